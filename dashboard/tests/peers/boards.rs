//! Boards as processes on loopback, each over a store and a configuration of its own.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use engine::{Severity, Status, Timestamp};
use serde_json::Value;

use crate::history::{History, because, secs};

/// How long anything may take on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A board that is stopped when it goes out of scope.
pub(crate) struct Board {
    child: Child,
    pub(crate) address: String,
}

impl Drop for Board {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Board {
    pub(crate) fn start(folder: &Path, addr: &str, env: &[(&str, &str)]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dashboard"));
        command.args(["--addr", addr, "--config", "config.yaml"]).current_dir(folder).env_clear();
        command.envs(env.iter().copied()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let first = lines.next().unwrap().unwrap();
        let address = first.strip_prefix("dashboard listening on http://").unwrap();
        let address = address.trim_end_matches('/').to_owned();
        Self { child, address }
    }

    /// Status line and body of an answer.
    pub(crate) fn get(&self, path: &str, key: Option<&str>) -> (String, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let key = key.map(|key| format!("authorization: Bearer {key}\r\n")).unwrap_or_default();
        let host = &self.address;
        write!(stream, "GET {path} HTTP/1.1\r\nhost: {host}\r\n{key}connection: close\r\n\r\n")
            .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.lines().next().unwrap().to_owned(), body.to_owned())
    }

    pub(crate) fn cluster(&self) -> Value {
        let (head, body) = self.get("/api/cluster", None);
        assert!(head.contains("200"), "{head}");
        // A long answer comes in chunks; one object has the only braces at its ends.
        serde_json::from_str(&dechunked(&body)).unwrap()
    }

    pub(crate) fn page(&self) -> String {
        dechunked(&self.get("/cluster", None).1)
    }
}

/// The body without the sizes of its chunks.
pub(crate) fn dechunked(body: &str) -> String {
    if body.starts_with(['{', '<']) {
        return body.to_owned();
    }
    let (mut rest, mut whole) = (body, String::new());
    while let Some((size, after)) = rest.split_once("\r\n") {
        let size = usize::from_str_radix(size, 16).unwrap();
        whole.push_str(&after[..size]);
        rest = after[size..].trim_start_matches("\r\n");
    }
    whole
}

#[expect(clippy::disallowed_methods, reason = "real processes take real time")]
pub(crate) fn wait<T>(what: &str, mut find: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = find() {
            return found;
        }
        assert!(Instant::now() < end, "not seen within {PATIENCE:?}: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

pub(crate) fn now() -> Timestamp {
    dashboard::Clock::system().now()
}

/// A store in which a service was measured for a while, and a configuration.
pub(crate) fn folder(service: &str, config: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut history = History::started(now() - secs(3600), &[(service, "http", Severity::P3)]);
    for n in (0..60).rev() {
        history.cycle(now() - secs(30 * n), service, Status::Ok, because("200 in 12 ms"));
    }
    fs::write(folder.path().join("results.jsonl"), &history.results).unwrap();
    fs::write(folder.path().join("state.json"), history.state()).unwrap();
    fs::write(folder.path().join("config.yaml"), config).unwrap();
    folder
}

pub(crate) fn server_a(peer: &str, rest: &str) -> String {
    format!(
        "node_id: node-a\nnode_name: Server A\npeer_refresh_seconds: 0.2\npeers:\n  \
         - {{id: node-b, name: Server B, base_url: 'http://{peer}/', {rest}}}\n"
    )
}

pub(crate) const SERVER_B: &str = "node_id: node-b\nnode_name: Server of B\npeers: []\n";
