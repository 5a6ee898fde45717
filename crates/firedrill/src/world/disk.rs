//! The checker's disk as the world sees it: every change passes through and is noted with its time.
//! Faults of the disk that need somebody in between are done here; the others are the memory's.

use std::{
    io,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use checker::clock::Clock;
use store::{
    Disk, MemoryDisk,
    disk::{Append, Lock, LockError, ReadAt, Stat},
};
use tokio::sync::{Notify, mpsc::UnboundedSender};

use super::{chance::Chance, time::Stopwatch};
use crate::scenario::Ms;

/// Something that was done to the disk.
#[derive(Debug)]
pub(super) enum Note {
    /// These bytes were written to the end of the journal.
    Appended(Ms, Vec<u8>),
    /// The journal as it was so far is safe.
    Synced,
    /// The journal was cut to a length by its writer.
    Cut(u64),
    /// The machine went down: so much of the journal is left.
    Crashed(u64),
    /// The journal of a day was closed.
    Closed(PathBuf),
    /// `state.json` was replaced.
    State(Ms, Vec<u8>),
}

/// The disk with its observer. Clones are the same disk.
#[derive(Clone, Debug)]
pub(super) struct Watched {
    inner: MemoryDisk,
    clock: Clock,
    watch: Stopwatch,
    notes: UnboundedSender<Note>,
    /// Whether every `state.json` is kept: there are many.
    keeps_states: bool,
    dials: Arc<Dials>,
}

/// What the stage turns and reads.
#[derive(Debug, Default)]
struct Dials {
    /// Changes so far.
    operations: AtomicU64,
    /// The change at which the checker is to die; 0 for none.
    fatal: AtomicU64,
    /// How long a sync takes, in milliseconds, and which syncs.
    slow: Mutex<Option<(u64, Chance)>>,
    /// What the checker still has to wait for its syncs, in milliseconds.
    owed_ms: AtomicU64,
    /// Whether the checker has died at its change and nobody has taken it away yet.
    dead: AtomicBool,
    /// Bytes of the journal that were written since the start of the run, and those that were synced.
    written: AtomicU64,
    safe: AtomicU64,
    died: Notify,
}

impl Watched {
    pub(super) fn new(
        inner: MemoryDisk,
        clock: Clock,
        watch: Stopwatch,
        notes: UnboundedSender<Note>,
        keeps_states: bool,
    ) -> Self {
        Self { inner, clock, watch, notes, keeps_states, dials: Arc::default() }
    }

    /// Lets the checker die at the nth change from now on.
    pub(super) fn die_after(&self, operations: u64) {
        let so_far = self.dials.operations.load(Ordering::Relaxed);
        self.dials.fatal.store(so_far + operations, Ordering::Relaxed);
    }

    /// Whether the checker is dead: whatever it still does in this instant must not be seen.
    pub(super) fn is_dead(&self) -> bool {
        self.dials.dead.load(Ordering::Relaxed)
    }

    /// The dead checker has been taken away.
    pub(super) fn revive(&self) {
        self.inner.halt_after(None);
        self.dials.dead.store(false, Ordering::Relaxed);
    }

    /// Resolves at the change that [`Self::die_after`] named.
    pub(super) async fn died(&self) {
        self.dials.died.notified().await;
    }

    /// Every sync that is struck takes so many milliseconds from now on.
    pub(super) fn set_slow(&self, slow: Option<(u64, Chance)>) {
        *self.dials.slow.lock().unwrap_or_else(PoisonError::into_inner) = slow;
    }

    /// The machine goes down; of what was not synced the first few bytes of each file survive.
    pub(super) fn crash(&self, unsynced: usize) {
        self.inner.crash_keeping(unsynced);
        let left = self.inner.stat(Path::new("results.jsonl")).map_or(0, |stat| stat.len);
        self.note(Note::Crashed(left));
    }

    /// How many bytes of the journal were synced since the start of the run.
    pub(super) fn safe_bytes(&self) -> u64 {
        self.dials.safe.load(Ordering::Relaxed)
    }

    /// What the checker has to wait for the syncs since the last call, in milliseconds.
    pub(super) fn take_owed(&self) -> u64 {
        self.dials.owed_ms.swap(0, Ordering::Relaxed)
    }

    fn count(&self) {
        self.inner.set_now(self.clock.now().wall);
        let count = self.dials.operations.fetch_add(1, Ordering::Relaxed) + 1;
        if count == self.dials.fatal.load(Ordering::Relaxed) {
            self.inner.halt_after(Some(0));
            self.dials.dead.store(true, Ordering::Relaxed);
            self.dials.died.notify_one();
        }
    }

    fn wait(&self) {
        let slow = self.dials.slow.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((ms, chance)) = &*slow
            && chance.strikes()
        {
            self.dials.owed_ms.fetch_add(*ms, Ordering::Relaxed);
        }
    }

    fn note(&self, note: Note) {
        // Nobody reads once the run is over.
        let _ = self.notes.send(note);
    }
}

fn is_journal(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == "results.jsonl")
}

impl Disk for Watched {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.inner.read(path)
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn ReadAt>> {
        self.inner.open(path)
    }

    fn stat(&self, path: &Path) -> io::Result<Stat> {
        self.inner.stat(path)
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<String>> {
        self.inner.list(folder)
    }

    fn create_dir_all(&self, folder: &Path) -> io::Result<()> {
        self.inner.create_dir_all(folder)
    }

    fn append(&self, path: &Path) -> io::Result<Box<dyn Append>> {
        let inner = self.inner.append(path)?;
        let disk = is_journal(path).then(|| self.clone());
        Ok(match disk {
            Some(disk) => Box::new(Journal { inner, disk }),
            None => inner,
        })
    }

    fn replace(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        self.count();
        self.wait();
        self.inner.replace(path, bytes)?;
        if self.keeps_states && path.file_name().is_some_and(|name| name == "state.json") {
            self.note(Note::State(self.watch.now(), bytes.to_vec()));
        }
        Ok(())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.count();
        self.inner.rename(from, to)?;
        if is_journal(from) {
            self.note(Note::Closed(to.to_owned()));
        }
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.count();
        self.inner.remove(path)
    }

    fn lock(&self, path: &Path, holder: &str) -> Result<Box<dyn Lock>, LockError> {
        self.inner.lock(path, holder)
    }
}

/// The open journal.
#[derive(Debug)]
struct Journal {
    inner: Box<dyn Append>,
    disk: Watched,
}

impl Append for Journal {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.disk.count();
        let before = self.inner.len()?;
        let written = self.inner.append(bytes);
        let arrived = self.inner.len().unwrap_or(before).saturating_sub(before);
        let arrived = usize::try_from(arrived).unwrap_or(0).min(bytes.len());
        self.disk.dials.written.fetch_add(arrived as u64, Ordering::Relaxed);
        self.disk.note(Note::Appended(self.disk.watch.now(), bytes[..arrived].to_vec()));
        written
    }

    fn sync(&mut self) -> io::Result<()> {
        self.disk.count();
        self.disk.wait();
        let before = self.disk.inner.failures();
        self.inner.sync()?;
        // A sync that is struck and still says that all is well has lied.
        if self.disk.inner.failures() == before {
            let written = self.disk.dials.written.load(Ordering::Relaxed);
            self.disk.dials.safe.store(written, Ordering::Relaxed);
            self.disk.note(Note::Synced);
        }
        Ok(())
    }

    fn len(&self) -> io::Result<u64> {
        self.inner.len()
    }

    fn truncate(&mut self, len: u64) -> io::Result<()> {
        self.disk.count();
        self.inner.truncate(len)?;
        self.disk.note(Note::Cut(len));
        Ok(())
    }
}
