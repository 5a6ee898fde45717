//! Asks `systemctl` about units and says how it is called to change one. Tells apart a machine that
//! has no systemctl, one that was not booted with systemd, and a unit that is not well. It never
//! starts, stops or restarts anything itself.

use std::time::Duration;

use engine::{details::excerpt, observation::UnitSeen, time::humane};

use crate::{
    actions::Tools,
    command::{Call, Command, CommandOutcome, Exit, Finished},
};

/// Why nothing is known of a unit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoAnswer {
    /// The machine has no such program.
    #[error(
        "no systemctl on this machine (`{program}` was not found): units are a matter of machines \
         with systemd; SYSTEMCTL_BIN names the program where it lies elsewhere"
    )]
    NoSystemctl {
        /// What was looked for.
        program: String,
    },
    /// There is a systemctl, but nothing that it could ask.
    #[error("this machine was not booted with systemd: {said}")]
    NotBooted {
        /// In its own words.
        said: String,
    },
    /// It could not be asked, or did not answer.
    #[error("{0}")]
    Other(String),
}

/// Program and arguments of `systemctl VERB UNIT`, through `sudo -n` where asked for: that never
/// waits for a password.
#[must_use]
pub fn argv(tools: &Tools, use_sudo: bool, verb: &str, unit: &str) -> Vec<String> {
    let sudo = use_sudo.then(|| [tools.sudo.clone(), "-n".to_owned()]);
    let systemctl = [tools.systemctl.clone(), verb.to_owned(), unit.to_owned()];
    sudo.into_iter().flatten().chain(systemctl).collect()
}

/// What an operator can do where sudo would have asked for a password; nothing else is advised on.
#[must_use]
pub(crate) fn advice(tools: &Tools, complaint: &str, verb: &str, unit: &str) -> Option<String> {
    let asked = complaint.contains("sudo: a password is required");
    let rule = format!("NOPASSWD: {} {verb} {unit}", tools.systemctl);
    asked.then(|| format!("{complaint}; a sudoers rule lets it: `{rule}`, with the whole path"))
}

/// The state of a unit as `systemctl is-active` tells it.
///
/// # Errors
/// Says why nothing is known of the unit; never because the unit is not well.
pub async fn is_active(
    command: &dyn Command,
    tools: &Tools,
    unit: &str,
    use_sudo: bool,
    timeout: Duration,
) -> Result<UnitSeen, NoAnswer> {
    let call = Call { argv: argv(tools, use_sudo, "is-active", unit), stdin: None, timeout };
    let program = call.argv[0].clone();
    match command.run(&call).await {
        CommandOutcome::Finished(finished) => {
            listen(&program, &finished).map_err(|why| advised(tools, why, unit))
        }
        CommandOutcome::NotFound if use_sudo => {
            Err(NoAnswer::Other(format!("{program}: no such program")))
        }
        CommandOutcome::NotFound => Err(NoAnswer::NoSystemctl { program }),
        CommandOutcome::PermissionDenied => {
            Err(NoAnswer::Other(format!("{program}: permission denied")))
        }
        CommandOutcome::TimedOut => {
            Err(NoAnswer::Other(format!("{program} timed out after {}", humane(timeout))))
        }
        CommandOutcome::Failed(error) => Err(NoAnswer::Other(format!("{program}: {error}"))),
    }
}

fn advised(tools: &Tools, why: NoAnswer, unit: &str) -> NoAnswer {
    match advice(tools, &why.to_string(), "is-active", unit) {
        Some(said) => NoAnswer::Other(said),
        None => why,
    }
}

/// What LSB and systemctl mean by "no such unit".
const NO_SUCH_UNIT: i32 = 4;

/// A word on standard output is the answer, whatever the exit code: it is not 0 for all but active
/// units. Without a word only one exit code speaks of the unit; all others are about ourselves.
fn listen(program: &str, finished: &Finished) -> Result<UnitSeen, NoAnswer> {
    let complaint = excerpt(finished.stderr.trim_ascii());
    if let Some(state) = word(&finished.stdout) {
        let other = state != "active" && !complaint.is_empty();
        return Ok(UnitSeen { state, complaint: other.then_some(complaint) });
    }
    let output = excerpt(finished.stdout.trim_ascii());
    let said = if complaint.is_empty() { output } else { complaint };
    if said.contains("not been booted with systemd") {
        return Err(NoAnswer::NotBooted { said });
    }
    match finished.exit {
        Exit::Code(NO_SUCH_UNIT) => {
            let complaint = (!said.is_empty()).then_some(said);
            Ok(UnitSeen { state: "unknown".to_owned(), complaint })
        }
        Exit::Code(code) => {
            let how = format!("{program} ended with exit code {code}");
            let silent = said.is_empty();
            Err(NoAnswer::Other(if silent { how } else { format!("{how}: {said}") }))
        }
        Exit::Signal(signal) => {
            Err(NoAnswer::Other(format!("{program} was ended by signal {signal}")))
        }
    }
}

/// The word of the first line: lower-case letters only, as systemd's states are.
fn word(stdout: &[u8]) -> Option<String> {
    let line = str::from_utf8(stdout).ok()?.lines().next()?.trim();
    let is_state = |c: char| c.is_ascii_lowercase() || c == '-';
    let fits = !line.is_empty() && line.len() <= 40 && line.chars().all(is_state);
    fits.then(|| line.to_owned())
}
