//! Standard output and standard error of the commands: what the program is asked for goes to the
//! one, why it could not be done to the other.

use std::io::Write as _;

/// Writes text to standard output. A reader that has gone away is no error.
pub(crate) fn say(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// Writes text to standard error.
pub(crate) fn complain(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}
