//! `firedrill schema`: the JSON Schema of scenario files.

use crate::{out::say, scenario::json_schema};

/// Prints it; answers the exit code.
pub(crate) fn schema() -> u8 {
    say(&format!("{:#}", json_schema()));
    0
}
