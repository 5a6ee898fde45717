//! From the files of an exercise to its record: the one way, whether it ended as it should or this
//! program was killed in the middle. Scores nothing itself.

use std::{fs, path::Path};

use super::{
    causes,
    desk::Mail,
    facts::Facts,
    files::{Left, Use},
    pages::debrief::html,
    plan::{Plan, Source},
    postmortem::markdown,
    record::{Ending, Operation, Record, Worth},
};

/// What ended an exercise whose end was never written.
const KILLED: &str = "firedrill itself was stopped in the middle";

/// The record of what was played in a folder.
///
/// # Errors
/// Says what is missing or broken.
pub(super) fn of(folder: &Path) -> Result<Record, String> {
    let _ = folder;
    Err("soon".to_owned())
}

/// Writes the record, the page and the post-mortem into the folder.
///
/// # Errors
/// Names the file that cannot be written.
pub(super) fn write(folder: &Path, record: &Record) -> Result<(), String> {
    let json = serde_json::to_string_pretty(record).map_err(|error| error.to_string())?;
    let files = [
        ("exercise.json", json + "\n"),
        ("debrief.html", html(record)),
        ("postmortem.md", markdown(record)),
    ];
    files.into_iter().try_for_each(|(name, text)| {
        let path = folder.join(name);
        fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))
    })
}
