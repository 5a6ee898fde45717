//! The three other programs as child processes of this one: the same executable under another
//! name, so that one `cargo run` is enough. A child stops when its parent is gone, whatever the
//! parent died of, because its standard input ends then.

use std::{
    ffi::OsString,
    fs::File,
    io::{self, Read as _},
    path::{Path, PathBuf},
    process::{ExitCode, ExitStatus, Stdio},
    time::Duration,
};

use rustix::process::{Pid, Signal, getpid, kill_process};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader, Lines},
    process::{Child, ChildStdout, Command},
    time::timeout,
};

/// How long a program may take to start and to stop.
const PATIENCE: Duration = Duration::from_secs(10);

/// The other programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Name {
    /// The stack that breaks.
    Mockapp,
    /// The monitor.
    Checker,
    /// The board.
    Dashboard,
}

impl Name {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Mockapp => "mockapp",
            Self::Checker => "checker",
            Self::Dashboard => "dashboard",
        }
    }
}

/// Is one of the other programs, until it ends or the parent is gone.
pub(crate) fn be(name: Name, args: Vec<OsString>) -> ExitCode {
    std::thread::spawn(|| {
        let mut rest = Vec::new();
        // Whatever ends the reading, the parent is no longer there to stop this process.
        let _ = io::stdin().read_to_end(&mut rest);
        let _ = kill_process(getpid(), Signal::TERM);
    });
    let args = std::iter::once(OsString::from(name.word())).chain(args);
    match name {
        Name::Mockapp => mockapp::main_from(args),
        Name::Checker => checker::main_from(args),
        Name::Dashboard => dashboard::main_from(args),
    }
}

/// How programs are started.
#[derive(Clone, Debug)]
pub(crate) struct Launcher {
    /// The executable that all of them are.
    pub(crate) executable: PathBuf,
    /// Whether what they say on standard error goes to `NAME.log` in their folder, and not to that
    /// of this process.
    pub(crate) log_to_folder: bool,
}

impl Launcher {
    /// Starts this very executable, whose standard error they share.
    pub(crate) fn own() -> io::Result<Self> {
        Ok(Self { executable: std::env::current_exe()?, log_to_folder: false })
    }

    /// Starts a program in a folder, with only the given variables besides the usual ones.
    pub(crate) fn start(
        &self,
        name: Name,
        args: &[String],
        folder: &Path,
        vars: &[(&str, String)],
    ) -> io::Result<Program> {
        let mut command = Command::new(&self.executable);
        command.arg("program").arg(name.word()).arg("--").args(args).current_dir(folder);
        command.env_clear().envs(kept_vars()).envs(vars.iter().map(|(k, v)| (*k, v)));
        let stderr = if self.log_to_folder { log(name, folder)?.into() } else { Stdio::inherit() };
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(stderr);
        let mut child = command.process_group(0).kill_on_drop(true).spawn()?;
        let stdout = child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
        Ok(Program { name, child, output: Some(BufReader::new(stdout).lines()) })
    }
}

/// The file of what a program says on standard error; starts of the same program share it.
fn log(name: Name, folder: &Path) -> io::Result<File> {
    File::options().create(true).append(true).open(folder.join(format!("{}.log", name.word())))
}

/// A program that runs as a child.
#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) name: Name,
    child: Child,
    output: Option<Lines<BufReader<ChildStdout>>>,
}

impl Program {
    /// Starts a program as [`Launcher::own`] does.
    pub(crate) fn start(
        name: Name,
        args: &[String],
        folder: &Path,
        vars: &[(&str, String)],
    ) -> io::Result<Self> {
        Launcher::own()?.start(name, args, folder, vars)
    }

    /// The address that the program says it listens on.
    pub(crate) async fn address(&mut self) -> io::Result<String> {
        self.told(" listening on ").await
    }

    /// What stands behind these words on the first line that has them.
    pub(crate) async fn told(&mut self, words: &str) -> io::Result<String> {
        let listen = async {
            while let Some(line) = self.line().await {
                if let Some((_, address)) = line.split_once(words) {
                    return Ok(address.trim().to_owned());
                }
            }
            Err(io::Error::other(format!("{} ended before it listened", self.name.word())))
        };
        let late = || io::Error::new(io::ErrorKind::TimedOut, "it did not start listening");
        timeout(PATIENCE, listen).await.unwrap_or_else(|_| Err(late()))
    }

    /// The next line that the program prints; nothing once it has closed its output.
    pub(crate) async fn line(&mut self) -> Option<String> {
        self.output.as_mut()?.next_line().await.ok().flatten()
    }

    /// Lets it print whatever it likes from now on; nobody reads it.
    pub(crate) fn mute(&mut self) {
        if let Some(output) = self.output.take() {
            let mut output = output.into_inner();
            tokio::spawn(async move { tokio::io::copy(&mut output, &mut tokio::io::sink()).await });
        }
    }

    /// Sends it a signal; nothing happens when it has ended by itself.
    pub(crate) fn signal(&self, signal: Signal) {
        let pid = self.child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        if let Some(pid) = pid {
            let _ = kill_process(pid, signal);
        }
    }

    /// How it ended, once it has.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// Kills it, as a crash would, and waits until it is gone.
    pub(crate) async fn kill(mut self) {
        let _ = self.child.kill().await;
    }

    /// Asks the program to stop and waits for it; one that does not is killed.
    pub(crate) async fn stop(mut self) {
        self.signal(Signal::TERM);
        // One that was paused must run to hear it.
        self.signal(Signal::CONT);
        if timeout(PATIENCE, self.child.wait()).await.is_err() {
            let _ = self.child.kill().await;
        }
    }
}

/// What a child keeps of this process's environment. Nothing that could make it send mail.
fn kept_vars() -> impl Iterator<Item = (String, String)> {
    ["PATH", "HOME", "LANG", "TERM", "NO_COLOR", "RUST_LOG", "RUST_BACKTRACE", "TMPDIR"]
        .into_iter()
        .filter_map(|name| Some((name.to_owned(), std::env::var(name).ok()?)))
}
