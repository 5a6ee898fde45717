//! The words of the real programs, as systemd 252 says them.

use checker::command::{Exit, Finished};

/// How a program answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// It ends.
    Ends(Finished),
    /// There is no such program.
    NotFound,
    /// It may not be run.
    PermissionDenied,
    /// It does not end.
    Hangs,
}

pub(super) fn ends(code: i32, stdout: &str, stderr: &str) -> Answer {
    let [stdout, stderr] = [stdout, stderr].map(|text| text.as_bytes().to_vec());
    Answer::Ends(Finished { exit: Exit::Code(code), stdout, stderr })
}

pub(super) fn killed_by(signal: i32) -> Answer {
    Answer::Ends(Finished { exit: Exit::Signal(signal), ..Finished::default() })
}

/// `systemctl is-active`: 0 for an active unit only.
pub(super) fn is_active(word: &str) -> Answer {
    ends(if matches!(word, "active" | "reloading") { 0 } else { 3 }, &format!("{word}\n"), "")
}

pub(super) fn job_failed(unit: &str) -> Answer {
    let said = format!(
        "Job for {unit} failed because the control process exited with error code.\n\
         See \"systemctl status {unit}\" and \"journalctl -xeu {unit}\" for details.\n"
    );
    ends(1, "", &said)
}

pub(super) fn not_allowed(unit: &str) -> Answer {
    let said = format!(
        "Failed to restart {unit}: Interactive authentication required.\n\
         See system logs and 'systemctl status {unit}' for details.\n"
    );
    ends(1, "", &said)
}

pub(super) fn no_such_unit(unit: &str) -> Answer {
    ends(5, "", &format!("Failed to restart {unit}: Unit {unit} not found.\n"))
}

pub(super) fn not_booted() -> Answer {
    let said = "System has not been booted with systemd as init system (PID 1). Can't operate.\n\
                Failed to connect to bus: Host is down\n";
    ends(1, "", said)
}

pub(super) fn no_password() -> Answer {
    ends(1, "", "sudo: a password is required\n")
}

/// What `sudo` says of a program that is not there.
pub(super) fn sudo_finds_no(program: &str) -> Answer {
    ends(1, "", &format!("sudo: {program}: command not found\n"))
}

pub(super) fn journal_not_shown() -> Answer {
    let said = "Hint: You are currently not seeing messages from other users and the system.\n      \
                Users in the 'systemd-journal' group can see all messages. Pass -q to\n      \
                turn off this notice.\n\
                No journal files were opened due to insufficient permissions.\n";
    ends(1, "", said)
}

pub(super) fn no_journal() -> Answer {
    ends(0, "-- No entries --\n", "No journal files were found.\n")
}

pub(super) fn journal(lines: &str) -> Answer {
    ends(0, if lines.is_empty() { "-- No entries --\n" } else { lines }, "")
}
