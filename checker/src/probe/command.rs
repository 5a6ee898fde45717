//! A `command` check: one run of the user's program.

use std::time::Duration;

use engine::{
    config::CommandSpec,
    observation::{Observation, ProgramEnd, ProgramSeen},
};

use crate::command::{Call, Command, CommandOutcome, Exit, Finished};

/// What became of the program.
///
/// # Errors
/// Says why it could not be run.
pub(super) async fn fetch(
    command: &dyn Command,
    spec: &CommandSpec,
    timeout: Duration,
) -> Result<Observation, String> {
    let call = Call { argv: spec.argv.clone(), stdin: None, timeout };
    let program = spec.argv.first().map(String::as_str).unwrap_or_default();
    let seen = match command.run(&call).await {
        CommandOutcome::Finished(finished) => said(&finished),
        CommandOutcome::TimedOut => silent(ProgramEnd::TimedOut),
        CommandOutcome::NotFound => return Err(format!("{program}: no such program")),
        CommandOutcome::PermissionDenied => return Err(format!("{program}: permission denied")),
        CommandOutcome::Failed(error) => return Err(format!("{program}: {error}")),
    };
    Ok(Observation::Program(seen))
}

fn said(finished: &Finished) -> ProgramSeen {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let end = match finished.exit {
        Exit::Code(code) => ProgramEnd::Code(code),
        Exit::Signal(signal) => ProgramEnd::Signal(signal),
    };
    ProgramSeen { end, stdout: text(&finished.stdout), stderr: text(&finished.stderr) }
}

const fn silent(end: ProgramEnd) -> ProgramSeen {
    ProgramSeen { end, stdout: String::new(), stderr: String::new() }
}
