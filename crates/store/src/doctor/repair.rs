//! Repairs under the lock of the writer. Every step first puts a copy of what it changes beside it;
//! a repair that is interrupted can be run again.

use std::{
    io,
    ops::ControlFlow,
    path::{Path, PathBuf},
};

use engine::{Timestamp, board::Board};

use super::{Examined, Grade, files, look};
use crate::{
    Disk, Paths,
    disk::LockError,
    history,
    line::{self, LineError},
    paths::folder_of,
    scan,
    snapshot::{self, Reading},
};

/// Why nothing was repaired.
#[derive(Debug, thiserror::Error)]
pub enum RepairError {
    /// A checker writes the store.
    #[error("a checker writes this store: {holder}. Stop it first")]
    Locked {
        /// What it wrote about itself.
        holder: String,
    },
    /// A file cannot be used. What was repaired before stays repaired.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Repairs what can be repaired without loss. Returns what was done, a sentence each, and what is
/// found afterwards.
///
/// # Errors
/// When a checker runs, or a file cannot be read or written.
pub fn repair(
    paths: &Paths,
    disk: &dyn Disk,
    now: Timestamp,
) -> Result<(Vec<String>, Examined), RepairError> {
    let _lock = disk.lock(&paths.lock(), "a doctor").map_err(|error| match error {
        LockError::Held { holder } => RepairError::Locked { holder },
        LockError::Io(error) => RepairError::Io(error),
    })?;
    let mut surgeon = Surgeon { disk, stamp: stamp(now), done: Vec::new() };
    for path in files::temporary(paths, disk)? {
        surgeon.move_aside(&path, "leftover")?;
    }
    for part in history::own_parts(disk, paths)? {
        surgeon.mend(&part.path)?;
    }
    // Garbage between sound lines is gone now, so that they may be whole again.
    let found = look(paths, disk, None)?;
    let of_state =
        |grade| found.findings.iter().any(|one| one.file == paths.state && one.grade == grade);
    if of_state(Grade::Repairable) && !of_state(Grade::Beyond) {
        surgeon.remake_state(paths)?;
    }
    Ok((surgeon.done, look(paths, disk, None)?))
}

struct Surgeon<'a> {
    disk: &'a dyn Disk,
    stamp: String,
    done: Vec<String>,
}

impl Surgeon<'_> {
    /// Whole lines that parse stay; the file as it was is kept when a line is taken out, the bytes
    /// behind the last line when it is only its end.
    fn mend(&mut self, path: &Path) -> io::Result<()> {
        let bytes = self.disk.read(path)?;
        let (kept, bad, tail) = sorted_out(&*self.disk.open(path)?, bytes.len() as u64)?;
        if bad == 0 && tail.is_empty() {
            return Ok(());
        }
        let whole_tail = !tail.is_empty() && line::decode(&tail).is_ok();
        if bad > 0 {
            let aside = self.keep(path, "damaged", &bytes)?;
            self.say(&format!("took {bad} lines out of {}, as it was", path.display()), &aside);
        } else if !whole_tail {
            let aside = self.keep(path, "torn", &tail)?;
            let what = format!("cut {} bytes off the end of {}", tail.len(), path.display());
            self.say(&what, &aside);
        }
        let mut mended = kept;
        if whole_tail {
            mended.extend_from_slice(&tail);
            mended.push(b'\n');
            self.done.push(format!("ended the last line of {}", path.display()));
        }
        self.disk.replace(path, &mended)
    }

    /// The state that the history comes to, from the state as far as that can be trusted.
    fn remake_state(&mut self, paths: &Paths) -> io::Result<()> {
        let parts = history::parts(self.disk, paths)?;
        let mut board = Board::default();
        history::fold(&mut board, &parts)?;
        match snapshot::read(self.disk, &paths.state)? {
            Reading::Absent => {}
            Reading::Board(_) => self.move_aside(&paths.state, "old")?,
            Reading::Corrupt(_) => self.move_aside(&paths.state, "corrupt")?,
        }
        self.disk.replace(&paths.state, &snapshot::render(&board))?;
        self.done.push(format!("made {} from the history", paths.state.display()));
        Ok(())
    }

    fn move_aside(&mut self, path: &Path, mark: &str) -> io::Result<()> {
        let aside = self.free(path, mark);
        self.disk.rename(path, &aside)?;
        self.say(&format!("moved {} aside", path.display()), &aside);
        Ok(())
    }

    fn keep(&mut self, path: &Path, mark: &str, bytes: &[u8]) -> io::Result<PathBuf> {
        let aside = self.free(path, mark);
        self.disk.replace(&aside, bytes)?;
        Ok(aside)
    }

    /// A name that nothing has.
    fn free(&self, path: &Path, mark: &str) -> PathBuf {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let base = format!("{}.{mark}-{}", name.trim_start_matches('.'), self.stamp);
        let numbered = (2..).map(|number| format!("{base}.{number}"));
        let mut names = std::iter::once(base.clone()).chain(numbered);
        let free = names.find(|name| self.disk.stat(&folder_of(path).join(name)).is_err());
        folder_of(path).join(free.unwrap_or(base))
    }

    fn say(&mut self, what: &str, aside: &Path) {
        self.done.push(format!("{what}; kept in {}", aside.display()));
    }
}

/// The lines that may stay, how many may not, and what stands behind the last whole line.
fn sorted_out(file: &dyn crate::disk::ReadAt, len: u64) -> io::Result<(Vec<u8>, usize, Vec<u8>)> {
    let (mut kept, mut bad) = (Vec::new(), 0);
    let end = scan::forwards(file, 0, len, |_, text| {
        if matches!(line::decode(text), Err(LineError::Malformed(_))) {
            bad += 1;
        } else {
            kept.extend_from_slice(text);
            kept.push(b'\n');
        }
        ControlFlow::Continue(())
    })?;
    let tail = file.read_at(end, usize::try_from(len - end).unwrap_or(usize::MAX))?;
    Ok((kept, bad, tail))
}

fn stamp(now: Timestamp) -> String {
    now.to_jiff().strftime("%Y%m%dT%H%M%SZ").to_string()
}
