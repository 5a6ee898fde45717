//! What was played: the exercise of this session once it is over, the past ones in their folders,
//! and the file of the ranking. Reads only, and keeps nothing but the record it was given.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
};

use crate::train::{assemble, record::Record, words::drawn};

/// The most past exercises that are listed, the newest first.
const MOST: usize = 200;

/// What was played. Clones are the same archive.
#[derive(Clone, Debug)]
pub(crate) struct Archive(Arc<Shelf>);

#[derive(Debug)]
struct Shelf {
    /// The folder in which each exercise has a folder of its own.
    exercises: Option<PathBuf>,
    ranking: Option<PathBuf>,
    finished: OnceLock<Record>,
}

/// A past exercise: its number, from 1 for the oldest, and its record or why it cannot be read.
#[derive(Debug)]
pub(super) struct Past {
    pub(super) number: usize,
    pub(super) folder: String,
    pub(super) record: Result<Record, String>,
}

impl Archive {
    /// The exercises of a folder, and the file of the ranking; either may be absent.
    pub(crate) fn new(exercises: Option<PathBuf>, ranking: Option<PathBuf>) -> Self {
        Self(Arc::new(Shelf { exercises, ranking, finished: OnceLock::new() }))
    }

    /// Keeps the record of the exercise that has just ended; from now on it may be told.
    pub(crate) fn finish(&self, record: Record) {
        // A second one would be a second end of the same exercise; the first one stands.
        let _ = self.0.finished.set(record);
    }

    /// The exercise of this session, once it is over.
    pub(crate) fn finished(&self) -> Option<&Record> {
        self.0.finished.get()
    }

    /// The file of the ranking.
    pub(super) fn ranking(&self) -> Option<&Path> {
        self.0.ranking.as_deref()
    }

    /// The past exercises, the newest first.
    pub(super) fn past(&self) -> Vec<Past> {
        let folders = self.folders();
        let numbered = folders.into_iter().enumerate().rev().take(MOST);
        numbered.map(|(at, folder)| Past::read(at + 1, &folder)).collect()
    }

    /// The past exercise of that number.
    pub(super) fn number(&self, number: usize) -> Option<Past> {
        let at = number.checked_sub(1)?;
        Some(Past::read(number, self.folders().get(at)?))
    }

    /// The folders that have a record, in the order of their names, which begin with the time.
    fn folders(&self) -> Vec<PathBuf> {
        let entries = self.0.exercises.as_ref().and_then(|folder| std::fs::read_dir(folder).ok());
        let paths = entries.into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()));
        let mut folders: Vec<_> =
            paths.filter(|path| path.join(assemble::FILE).is_file()).collect();
        folders.sort();
        folders
    }
}

impl Past {
    /// How its incident was chosen.
    pub(super) fn drawn(&self) -> String {
        self.record.as_ref().map_or_else(|_| String::new(), |of| drawn(of.seed, of.level))
    }

    fn read(number: usize, folder: &Path) -> Self {
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Self { number, folder: name, record: assemble::load(folder) }
    }
}
