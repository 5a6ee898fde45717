//! The target: a process that answers every request with the same small JSON, as cheaply as it can.

use std::{
    io::{BufRead as _, BufReader, Read as _},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

const GOOD: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\
    content-length: 27\r\n\r\n{\"ok\":true,\"latency_ms\":12}";
const BAD: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n";

/// The running target.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) address: SocketAddr,
    pub(crate) switch: PathBuf,
    child: Child,
}

impl Target {
    pub(crate) fn start() -> Self {
        let switch = std::env::temp_dir().join(format!("firedrill-bench-{}", std::process::id()));
        let mut command = Command::new(std::env::current_exe().unwrap());
        let command = command.arg("target").env("SWITCH", &switch);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self { address: line.trim().parse().unwrap(), switch, child }
    }
}

/// Lets every answer be a 503 from now on, or a 200 again.
pub(crate) fn fail(switch: &Path, on: bool) {
    if on {
        std::fs::write(switch, "").unwrap();
    } else {
        let _ = std::fs::remove_file(switch);
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        fail(&self.switch, false);
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Serves until the parent is gone.
pub(crate) fn serve() {
    std::thread::spawn(|| {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(0);
    });
    let switch = PathBuf::from(std::env::var_os("SWITCH").unwrap());
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_all().build().unwrap().block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        crate::meter::say(&listener.local_addr().unwrap().to_string());
        loop {
            let Ok((mut stream, _)) = listener.accept().await else {
                continue;
            };
            let answer = if switch.exists() { BAD } else { GOOD };
            tokio::spawn(async move {
                let mut request = [0; 4096];
                while stream.read(&mut request).await.unwrap_or(0) > 0 {
                    if stream.write_all(answer).await.is_err() {
                        break;
                    }
                }
            });
        }
    });
}
