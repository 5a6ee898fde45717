//! `state.json`: the board as one object keyed by check name, one check a line.
//! Replaced as a whole; a file that does not parse is moved aside, never overwritten.

use std::{io, path::Path};

use engine::{Timestamp, board::Board};

use crate::{Disk, disk::read_up_to, paths::folder_of};

/// The board as the text of `state.json`.
#[must_use]
pub fn render(board: &Board) -> Vec<u8> {
    let mut out = b"{".to_vec();
    for (name, entry) in &board.entries {
        out.extend_from_slice(if out.len() == 1 { b"\n" } else { b",\n" });
        let line = serde_json::to_writer(&mut out, name.as_str()).and_then(|()| {
            out.extend_from_slice(b": ");
            serde_json::to_writer(&mut out, entry)
        });
        line.expect("an entry has string keys only and is written to memory");
    }
    out.extend_from_slice(b"\n}\n");
    out
}

/// The board of a text of `state.json`.
pub(crate) fn parse(bytes: &[u8]) -> serde_json::Result<Board> {
    serde_json::from_slice(bytes)
}

/// What was found in the place of `state.json`.
#[derive(Debug)]
pub(crate) enum Found {
    /// Nothing.
    Absent,
    /// A board; attempts under way are forgotten, because they died with their process.
    Board(Board),
    /// Something that does not parse. It is kept under another name.
    Corrupt(String),
}

/// Reads `state.json`, moving it aside when it does not parse.
pub(crate) fn load(disk: &dyn Disk, path: &Path, now: Timestamp) -> io::Result<Found> {
    let bytes = match read(disk, path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Found::Absent),
        other => other?,
    };
    match parse(&bytes) {
        Ok(mut board) => {
            board.entries.values_mut().for_each(|entry| entry.retrying = None);
            Ok(Found::Board(board))
        }
        Err(error) => move_aside(disk, path, now, &error).map(Found::Corrupt),
    }
}

fn read(disk: &dyn Disk, path: &Path) -> io::Result<Vec<u8>> {
    let file = disk.open(path)?;
    let len = file.stat()?.len;
    read_up_to(&*file, 0, usize::try_from(len).unwrap_or(usize::MAX))
}

fn move_aside(
    disk: &dyn Disk,
    path: &Path,
    now: Timestamp,
    error: &serde_json::Error,
) -> io::Result<String> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let aside = format!("{name}.corrupt-{}", now.to_jiff().strftime("%Y%m%dT%H%M%SZ"));
    let aside = folder_of(path).join(aside);
    disk.rename(path, &aside)?;
    Ok(format!(
        "{} does not parse ({error}); it was moved to {} and rebuilt from the history",
        path.display(),
        aside.display()
    ))
}
