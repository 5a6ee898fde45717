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

/// What stands in the place of `state.json`, as it is.
#[derive(Debug)]
pub(crate) enum Reading {
    /// Nothing.
    Absent,
    /// A board.
    Board(Board),
    /// Something that does not parse, and why.
    Corrupt(String),
}

/// Reads `state.json` and leaves it alone.
pub(crate) fn read(disk: &dyn Disk, path: &Path) -> io::Result<Reading> {
    match whole(disk, path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Reading::Absent),
        Err(error) => Err(error),
        Ok(bytes) => Ok(match parse(&bytes) {
            Ok(board) => Reading::Board(board),
            Err(error) => Reading::Corrupt(error.to_string()),
        }),
    }
}

/// Reads `state.json`, moving it aside when it does not parse.
pub(crate) fn load(disk: &dyn Disk, path: &Path, now: Timestamp) -> io::Result<Found> {
    match read(disk, path)? {
        Reading::Absent => Ok(Found::Absent),
        Reading::Board(mut board) => {
            board.entries.values_mut().for_each(|entry| entry.retrying = None);
            Ok(Found::Board(board))
        }
        Reading::Corrupt(error) => move_aside(disk, path, now, &error).map(Found::Corrupt),
    }
}

/// A file to its end, on a disk whose reads may come short too.
fn whole(disk: &dyn Disk, path: &Path) -> io::Result<Vec<u8>> {
    let file = disk.open(path)?;
    let len = file.stat()?.len;
    read_up_to(&*file, 0, usize::try_from(len).unwrap_or(usize::MAX))
}

fn move_aside(disk: &dyn Disk, path: &Path, now: Timestamp, error: &str) -> io::Result<String> {
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
