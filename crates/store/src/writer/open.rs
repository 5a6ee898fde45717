//! Opening a store and wiping it: who may, what is repaired, what is told.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use engine::{Mono, Timestamp, board::Board};

use super::Store;
use crate::{
    Disk, Paths,
    disk::{Lock, LockError},
    history, journal,
    paths::folder_of,
    snapshot::{self, Found},
};

/// What was found when a store was opened.
#[derive(Debug)]
pub struct Opened {
    /// The state of every check.
    pub board: Board,
    /// The number of the next event.
    pub next_seq: u64,
    /// What had to be repaired or deserves a warning, a sentence each.
    pub notes: Vec<String>,
}

/// Why a store cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process writes it.
    #[error(
        "another checker writes this store: {holder}. Stop it first, or give this one other files \
         with STATE_PATH and RESULTS_PATH"
    )]
    Locked {
        /// What the other wrote about itself.
        holder: String,
    },
    /// A file cannot be used.
    #[error("{}: {message}", path.display())]
    Unusable {
        /// Which file.
        path: PathBuf,
        /// Why, and what helps.
        message: String,
    },
}

/// Why a store cannot be wiped: the same reasons.
pub type ResetError = OpenError;

pub(super) fn open(
    paths: &Paths,
    disk: Arc<dyn Disk>,
    now: Timestamp,
    holder: &str,
) -> Result<(Store, Opened), OpenError> {
    let lock = locked(paths, &*disk, holder)?;
    let mut notes = Vec::new();
    let (board, has_history) = known_board(paths, &*disk, now, &mut notes)?;
    let (journal, repairs) = journal::recover(&disk, paths, now).map_err(at(&paths.results))?;
    notes.extend(repairs);
    let (board, next_seq) = replay(paths, &*disk, board, has_history, &mut notes)?;
    notes.iter().for_each(|note| tracing::warn!("{note}"));
    let opened = Opened { board: board.clone(), next_seq, notes };
    let mut store = Store {
        disk,
        paths: paths.clone(),
        journal,
        board,
        now: Mono::default(),
        lines_due: None,
        state_due: Some(Mono(i64::MIN)),
        state_from: Mono(i64::MIN),
        retry_at: None,
        journal_error: None,
        state_error: None,
        lock,
    };
    first_files(&mut store)?;
    Ok((store, opened))
}

/// Writes the state and begins the journal. A disk that is full must not stop the checks.
fn first_files(store: &mut Store) -> Result<(), OpenError> {
    let unless_full = |done: io::Result<()>, path: &Path| match done {
        Err(error) if error.kind() != io::ErrorKind::StorageFull => Err(at(path)(error)),
        Ok(()) | Err(_) => Ok(()),
    };
    unless_full(store.write_state(), &store.paths.state)?;
    store.state_from = Mono(i64::MIN);
    unless_full(store.journal.touch(), &store.paths.results)
}

fn locked(paths: &Paths, disk: &dyn Disk, holder: &str) -> Result<Box<dyn Lock>, OpenError> {
    for path in [&paths.results, &paths.state] {
        let folder = folder_of(path);
        disk.create_dir_all(folder).map_err(at(folder))?;
    }
    disk.lock(&paths.lock(), holder).map_err(|error| match error {
        LockError::Held { holder } => OpenError::Locked { holder },
        LockError::Io(error) => at(&paths.lock())(error),
    })
}

/// The board of `state.json`, and whether events may be missing from it. With no state and no
/// journal none are: both were deleted by somebody who wants to begin anew, even if closed days are
/// left.
fn known_board(
    paths: &Paths,
    disk: &dyn Disk,
    now: Timestamp,
    notes: &mut Vec<String>,
) -> Result<(Board, bool), OpenError> {
    match snapshot::load(disk, &paths.state, now).map_err(at(&paths.state))? {
        Found::Board(board) => Ok((board, true)),
        Found::Corrupt(note) => {
            notes.push(note);
            Ok((Board::default(), true))
        }
        Found::Absent => {
            let journal = history::journal(disk, paths);
            Ok((Board::default(), disk.stat(&journal).is_ok()))
        }
    }
}

/// Folds what the state has not seen. Returns the board and the number of the next event.
fn replay(
    paths: &Paths,
    disk: &dyn Disk,
    mut board: Board,
    has_history: bool,
    notes: &mut Vec<String>,
) -> Result<(Board, u64), OpenError> {
    let parts = history::parts(disk, paths).map_err(at(&paths.results))?;
    if let Some(legacy) = parts.iter().find(|part| part.path == paths.legacy()) {
        let (old, new) = (legacy.path.display(), paths.results.display());
        notes.push(format!("{old} is read as older history; new lines go to {new}"));
    }
    if has_history {
        let unparsable = history::fold(&mut board, &parts).map_err(at(&paths.results))?;
        notes.extend((unparsable > 0).then(|| {
            format!("{unparsable} lines of the history do not parse and were passed over")
        }));
    }
    let last = history::last_seq(&parts).map_err(at(&paths.results))?;
    let next_seq = last.max(board.last_seq()) + 1;
    Ok((board, next_seq))
}

/// Deletes the state and the whole history.
pub fn reset(paths: &Paths, disk: &dyn Disk) -> Result<(), ResetError> {
    let _lock = locked(paths, disk, "a reset")?;
    let folder = paths.segments();
    let segments = history::segments(disk, paths).map_err(at(&folder))?;
    let segments = segments.into_iter().map(|one| folder.join(one.name));
    for path in [paths.state.clone(), paths.results.clone()].into_iter().chain(segments) {
        match disk.remove(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(at(&path)(error)),
            Ok(()) | Err(_) => {}
        }
    }
    Ok(())
}

fn at(path: &Path) -> impl Fn(io::Error) -> OpenError {
    move |error| OpenError::Unusable {
        path: path.to_owned(),
        message: format!("{error}; {}", advice(error.kind())),
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the kinds of IO error are an open set")]
const fn advice(kind: io::ErrorKind) -> &'static str {
    match kind {
        io::ErrorKind::PermissionDenied => {
            "let the user that runs this read and write the file and its folder"
        }
        io::ErrorKind::ReadOnlyFilesystem => "choose a path on a disk that can be written",
        io::ErrorKind::StorageFull => "free some space on that disk",
        io::ErrorKind::NotADirectory | io::ErrorKind::IsADirectory => {
            "a file and a folder have the same name; move one of them away"
        }
        _ => "see that the disk works, or choose another path",
    }
}
