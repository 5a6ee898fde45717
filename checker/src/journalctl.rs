//! Reads what a unit wrote into the journal, through `journalctl`. Tells apart a unit that wrote
//! nothing and a journal that is not there or that the checker may not read.

use std::time::Duration;

use engine::{details::excerpt, time::humane};

use crate::{
    actions::Tools,
    command::{Call, Command, CommandOutcome, Exit, Finished, OUTPUT_CAP},
};

/// What a unit wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lines {
    /// The newest lines, newest first, as journalctl prints them.
    pub text: String,
    /// Whether older ones were left out.
    pub cut: bool,
}

/// The lines of a unit within the last so many minutes, newest first: what does not fit is old.
///
/// # Errors
/// Says why the journal could not be read.
pub async fn read(
    command: &dyn Command,
    tools: &Tools,
    unit: &str,
    minutes: u64,
    timeout: Duration,
) -> Result<Lines, String> {
    let program = &tools.journalctl;
    let call = Call { argv: argv(program, unit, minutes), stdin: None, timeout };
    match command.run(&call).await {
        CommandOutcome::Finished(finished) => listen(program, &finished),
        CommandOutcome::NotFound => Err(format!(
            "no journalctl on this machine (`{program}` was not found): its journal cannot be \
             read; JOURNALCTL_BIN names the program where it lies elsewhere"
        )),
        CommandOutcome::PermissionDenied => Err(format!("{program}: permission denied")),
        CommandOutcome::TimedOut => Err(format!("{program} timed out after {}", humane(timeout))),
        CommandOutcome::Failed(error) => Err(format!("{program}: {error}")),
    }
}

fn argv(program: &str, unit: &str, minutes: u64) -> Vec<String> {
    let since = format!("{minutes} minutes ago");
    [program, "-u", unit, "--since", &since, "--no-pager", "--reverse"].map(str::to_owned).to_vec()
}

fn listen(program: &str, finished: &Finished) -> Result<Lines, String> {
    let said = excerpt(finished.stderr.trim_ascii());
    let cut = finished.stdout.len() >= OUTPUT_CAP;
    let text = String::from_utf8_lossy(&finished.stdout).into_owned();
    let is_empty = text.lines().all(|line| line.trim().is_empty() || line.starts_with("-- "));
    if is_empty && let Some(why) = hidden(&said) {
        return Err(format!("{why}: {said}"));
    }
    match finished.exit {
        Exit::Code(0) => Ok(Lines { text, cut }),
        // Some versions end like this when there is nothing to show.
        Exit::Code(1) if said.is_empty() => Ok(Lines { text, cut }),
        Exit::Code(code) if said.is_empty() => {
            Err(format!("{program} ended with exit code {code}"))
        }
        Exit::Code(code) => Err(format!("{program} ended with exit code {code}: {said}")),
        Exit::Signal(signal) => Err(format!("{program} was ended by signal {signal}")),
    }
}

/// Why nothing is shown although something may be there.
fn hidden(said: &str) -> Option<&'static str> {
    const REASONS: [(&str, &str); 4] = [
        ("insufficient permissions", "the checker may not read the journal"),
        ("not seeing messages from other users", "the checker may not read the journal"),
        ("No journal files were found", "this machine keeps no journal"),
        ("No journal boot entry found", "this machine keeps no journal"),
    ];
    REASONS.iter().find(|(part, _)| said.contains(part)).map(|(_, why)| *why)
}
