//! Tests that need a part which this machine may not have.

use std::io::Write;

/// Says that a test did not run, and why; also in the file that `FIREDRILL_SKIPPED` names, so
/// that a run of all tests can list what it did not prove.
#[expect(clippy::print_stdout, reason = "a skipped test must be visible in the test's output")]
pub(crate) fn skipped(why: &str) {
    let line = format!("skipped: {why}");
    println!("{line}");
    let Some(path) = std::env::var_os("FIREDRILL_SKIPPED") else {
        return;
    };
    let file = std::fs::OpenOptions::new().create(true).append(true).open(path);
    writeln!(file.expect("the list of skipped tests can be opened"), "{line}")
        .expect("the list of skipped tests can be written");
}
