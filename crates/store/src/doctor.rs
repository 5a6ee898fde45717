//! Looks a store over without changing it, says what is wrong with it and where, and repairs what
//! can be repaired without loss. A repair moves aside and never deletes: every byte that was there
//! is there afterwards, if under another name. Reads no clock.

mod files;
mod history;
mod repair;
mod state;

use std::{
    io,
    path::{Path, PathBuf},
};

use crate::{
    Disk, Paths,
    disk::LockError,
    snapshot::{self, Reading},
};

pub use repair::{RepairError, repair};

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grade {
    /// Worth knowing; nothing is wrong.
    Note,
    /// Wrong, and a repair loses nothing.
    Repairable,
    /// Wrong, and something is lost already or a person has to decide.
    Beyond,
}

/// Something that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub grade: Grade,
    /// The file or the folder.
    pub file: PathBuf,
    /// The line, from 1, where it is about one.
    pub line: Option<u64>,
    /// What is wrong.
    pub what: String,
    /// What can be done.
    pub remedy: String,
}

impl Finding {
    fn new(grade: Grade, file: &Path, what: impl Into<String>, remedy: impl Into<String>) -> Self {
        let (what, remedy) = (what.into(), remedy.into());
        Self { grade, file: file.to_owned(), line: None, what, remedy }
    }

    fn at(self, line: u64) -> Self {
        Self { line: Some(line), ..self }
    }
}

/// What an examination found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Examined {
    /// Who writes the store at present, in its own words.
    pub running: Option<String>,
    /// How many files the history has.
    pub files: usize,
    /// How many whole lines they have.
    pub lines: u64,
    /// The numbers of the first and the last event.
    pub seqs: Option<(u64, u64)>,
    /// How many checks `state.json` knows.
    pub checks: usize,
    /// Everything found, in the order of the files.
    pub findings: Vec<Finding>,
}

impl Examined {
    /// The worst grade of any finding.
    #[must_use]
    pub fn worst(&self) -> Grade {
        self.findings.iter().map(|finding| finding.grade).max().unwrap_or(Grade::Note)
    }
}

/// Looks a store over. While somebody writes it, what changes from moment to moment is left out: the
/// end of the journal, temporary files, and how far the state has come.
///
/// # Errors
/// When a file cannot be read at all.
pub fn examine(paths: &Paths, disk: &dyn Disk) -> io::Result<Examined> {
    let running = writer(paths, disk)?;
    look(paths, disk, running)
}

fn look(paths: &Paths, disk: &dyn Disk, running: Option<String>) -> io::Result<Examined> {
    let quiet = running.is_none();
    // The state is never ahead of the journal, so it is read first.
    let reading = snapshot::read(disk, &paths.state)?;
    let mut findings = files::leftovers(paths, disk, quiet)?;
    let told = history::examine(paths, disk, &reading, quiet)?;
    findings.extend(told.findings);
    findings.extend(state::judge(paths, &reading, &told.folds, quiet));
    let checks = if let Reading::Board(board) = &reading { board.entries.len() } else { 0 };
    let (files, lines, seqs) = (told.files, told.lines, told.folds.seqs);
    Ok(Examined { running, files, lines, seqs, checks, findings })
}

/// Who holds the lock. A lock that was never taken is not made.
fn writer(paths: &Paths, disk: &dyn Disk) -> io::Result<Option<String>> {
    if disk.stat(&paths.lock()).is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
        return Ok(None);
    }
    match disk.lock(&paths.lock(), "a doctor") {
        Ok(_) => Ok(None),
        Err(LockError::Held { holder }) => Ok(Some(holder)),
        Err(LockError::Io(error)) => Err(error),
    }
}
