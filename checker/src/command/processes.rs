//! Real programs. Each gets a process group of its own, so that its children die with it.

use std::{
    io,
    os::unix::process::ExitStatusExt,
    pin::pin,
    process::{ExitStatus, Stdio},
    time::Duration,
};

use futures_util::future::BoxFuture;
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWriteExt},
    process::{Child, ChildStdin},
    time::timeout,
};

use super::{Call, Command, CommandOutcome, Exit, Finished, OUTPUT_CAP};

/// How long the rest of the output is waited for after the program has ended: something that it
/// left running may hold the pipes open for ever.
const LAST_WORDS: Duration = Duration::from_millis(200);

/// Starts programs on this machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct Processes;

impl Command for Processes {
    fn run<'a>(&'a self, call: &'a Call) -> BoxFuture<'a, CommandOutcome> {
        Box::pin(async move {
            match Group::start(call) {
                Ok(mut group) => group.finish(call).await,
                Err(error) => not_started(&error),
            }
        })
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the standard library's list is open")]
fn not_started(error: &io::Error) -> CommandOutcome {
    match error.kind() {
        io::ErrorKind::NotFound => CommandOutcome::NotFound,
        io::ErrorKind::PermissionDenied => CommandOutcome::PermissionDenied,
        _ => CommandOutcome::Failed(error.to_string()),
    }
}

/// A running program with its process group. Dropped before its end, all of it is killed.
struct Group {
    child: Child,
}

impl Group {
    fn start(call: &Call) -> io::Result<Self> {
        let [program, arguments @ ..] = call.argv.as_slice() else {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "no program is named"));
        };
        let stdin = if call.stdin.is_some() { Stdio::piped() } else { Stdio::null() };
        let child = tokio::process::Command::new(program)
            .args(arguments)
            .stdin(stdin)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true)
            .spawn()?;
        Ok(Self { child })
    }

    async fn finish(&mut self, call: &Call) -> CommandOutcome {
        match timeout(call.timeout, self.watch(call)).await {
            Ok(Ok(finished)) => CommandOutcome::Finished(finished),
            Ok(Err(error)) => CommandOutcome::Failed(error.to_string()),
            Err(_) => {
                self.kill();
                // Reaps; a killed program ends at once.
                let _ = self.child.wait().await;
                CommandOutcome::TimedOut
            }
        }
    }

    async fn watch(&mut self, call: &Call) -> io::Result<Finished> {
        let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
        let status = self.outputs(call, &mut stdout, &mut stderr).await?;
        Ok(Finished { exit: exit(status), stdout, stderr })
    }

    async fn outputs(
        &mut self,
        call: &Call,
        out: &mut Vec<u8>,
        err: &mut Vec<u8>,
    ) -> io::Result<ExitStatus> {
        let (stdin, stdout) = (self.child.stdin.take(), self.child.stdout.take());
        let stderr = self.child.stderr.take();
        let mut streams = pin!(async {
            let input = feed(stdin, call.stdin.as_deref());
            tokio::join!(input, drain(stdout, out), drain(stderr, err));
        });
        tokio::select! {
            biased;
            () = &mut streams => self.child.wait().await,
            status = self.child.wait() => {
                // What is still missing then was not written by the program.
                let _ = timeout(LAST_WORDS, streams).await;
                status
            }
        }
    }

    fn kill(&mut self) {
        if let Some(leader) = self.child.id() {
            kill_group(leader);
        }
        // The leader at least, if the group could not be killed.
        let _ = self.child.start_kill();
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Kills a process group. Its leader has not been reaped yet, so that the number is still its own.
fn kill_group(leader: u32) {
    let group = i32::try_from(leader).ok().and_then(Pid::from_raw);
    if let Some(Err(error)) = group.map(|group| kill_process_group(group, Signal::KILL)) {
        tracing::warn!(%error, "a command's children could not be killed");
    }
}

fn exit(status: ExitStatus) -> Exit {
    match (status.code(), status.signal()) {
        (Some(code), _) => Exit::Code(code),
        (None, signal) => Exit::Signal(signal.unwrap_or(0)),
    }
}

/// Writes what the program reads; a program that does not want it is not disturbed.
async fn feed(stdin: Option<ChildStdin>, bytes: Option<&[u8]>) {
    if let (Some(mut stdin), Some(bytes)) = (stdin, bytes) {
        let _ = stdin.write_all(bytes).await;
    }
}

/// Reads to the end, so that the program never waits for us, and keeps the beginning.
async fn drain(output: Option<impl AsyncRead + Unpin>, kept: &mut Vec<u8>) {
    let Some(mut output) = output else { return };
    let mut piece = [0; 4096];
    while let Ok(read @ 1..) = output.read(&mut piece).await {
        let room = OUTPUT_CAP - kept.len();
        kept.extend_from_slice(&piece[..read.min(room)]);
    }
}
