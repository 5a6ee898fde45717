//! A disk in memory that behaves like one: bytes and directory entries count as durable only once
//! they were synced, and it can run full, break, halt at any step and lose its power.
//! Its time is what it was told; it never reads a clock.

mod model;

use std::{
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use engine::Timestamp;

use self::model::{Chance, Model};
use super::{Append, Disk, Lock, LockError, ReadAt, Stat};

/// What is wrong with the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// No space is left: half of what is written arrives, then nothing.
    Full,
    /// Nothing can be read or written.
    Io,
    /// What is written arrives, but cannot be made durable.
    Sync,
    /// What is synced is said to be durable and is not.
    LostSync,
    /// Nothing can be changed; what is there can be read.
    ReadOnly,
    /// One bit of everything that is read is wrong.
    BitFlip,
    /// Only the first half of everything that is read arrives.
    ShortRead,
}

/// A disk in memory. Clones are the same disk.
#[derive(Clone, Debug, Default)]
pub struct MemoryDisk(Arc<Mutex<Model>>);

impl MemoryDisk {
    /// Sets the time at which files are written from now on.
    pub fn set_now(&self, now: Timestamp) {
        self.model().now = now;
    }

    /// Breaks the disk, or repairs it.
    pub fn set_failure(&self, failure: Option<Failure>) {
        let mut model = self.model();
        model.failure = failure;
        model.chance = Chance::default();
    }

    /// Breaks the disk for those operations that somebody picks: asked once for each that the
    /// failure could strike.
    pub fn set_failure_when(&self, failure: Failure, strikes: impl Fn() -> bool + Send + 'static) {
        let mut model = self.model();
        model.failure = Some(failure);
        model.chance = Chance::of(strikes);
    }

    /// How often a failure has struck so far.
    #[must_use]
    pub fn failures(&self) -> u64 {
        self.model().struck.get()
    }

    /// Lets so many more steps happen that change something; all later ones fail, as if the machine
    /// had stopped there. An atomic replacement is four steps. `None` takes the halt back.
    pub fn halt_after(&self, steps: Option<u64>) {
        self.model().steps_left = steps;
    }

    /// How many steps have changed something so far.
    #[must_use]
    pub fn steps(&self) -> u64 {
        self.model().steps
    }

    /// Power failure and return: only what was synced is there, every handle is dead, every lock
    /// is free, and a halt is over.
    pub fn crash(&self) {
        self.crash_keeping(0);
    }

    /// The same, but of every file's bytes that were not synced the first few survive.
    pub fn crash_keeping(&self, unsynced: usize) {
        self.model().crash(unsynced);
    }

    /// Puts a file there, durable, as a person with an editor would; its identity stays.
    pub fn put(&self, path: &Path, bytes: &[u8]) {
        self.model().put(path, bytes);
    }

    /// Every file's path, sorted.
    #[must_use]
    pub fn files(&self) -> Vec<PathBuf> {
        self.model().live.keys().cloned().collect()
    }

    fn model(&self) -> MutexGuard<'_, Model> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn handle(&self, model: &mut Model, node: u64) -> Handle {
        model.hold(node);
        Handle { disk: self.clone(), node, era: model.era }
    }
}

impl Disk for MemoryDisk {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let model = self.model();
        model.readable()?;
        Ok(model.spoiled(model.node(model.find(path)?)?.bytes.clone()))
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn ReadAt>> {
        let mut model = self.model();
        model.readable()?;
        let node = model.find(path)?;
        Ok(Box::new(self.handle(&mut model, node)))
    }

    fn stat(&self, path: &Path) -> io::Result<Stat> {
        let model = self.model();
        model.stat(model.find(path)?)
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<String>> {
        self.model().list(folder)
    }

    fn create_dir_all(&self, folder: &Path) -> io::Result<()> {
        self.model().create_dir_all(folder)
    }

    fn append(&self, path: &Path) -> io::Result<Box<dyn Append>> {
        let mut model = self.model();
        let node = match model.find(path) {
            Ok(node) => node,
            Err(_) => model.create(path)?,
        };
        Ok(Box::new(self.handle(&mut model, node)))
    }

    fn replace(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        self.model().replace(path, bytes)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.model().rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.model().remove(path)
    }

    fn lock(&self, path: &Path, holder: &str) -> Result<Box<dyn Lock>, LockError> {
        let mut model = self.model();
        model.lock(path, holder)?;
        let era = model.era;
        Ok(Box::new(MemoryLock { disk: self.clone(), path: path.to_owned(), era }))
    }
}

/// An open file; it outlives the file's name, but not a crash.
#[derive(Debug)]
struct Handle {
    disk: MemoryDisk,
    node: u64,
    era: u64,
}

impl Handle {
    fn alive(&self) -> io::Result<MutexGuard<'_, Model>> {
        let model = self.disk.model();
        if model.era == self.era {
            Ok(model)
        } else {
            Err(io::Error::other("the file was open when the machine crashed"))
        }
    }
}

impl ReadAt for Handle {
    fn stat(&self) -> io::Result<Stat> {
        self.alive()?.stat(self.node)
    }

    fn read_at(&self, offset: u64, len: usize) -> io::Result<Vec<u8>> {
        let model = self.alive()?;
        model.readable()?;
        let bytes = &model.node(self.node)?.bytes;
        let from = usize::try_from(offset).unwrap_or(usize::MAX).min(bytes.len());
        Ok(model.spoiled(bytes[from..from.saturating_add(len).min(bytes.len())].to_vec()))
    }
}

impl Append for Handle {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.alive()?.append(self.node, bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.alive()?.sync(self.node)
    }

    fn len(&self) -> io::Result<u64> {
        ReadAt::stat(self).map(|stat| stat.len)
    }

    fn truncate(&mut self, len: u64) -> io::Result<()> {
        self.alive()?.truncate(self.node, len)
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        if let Ok(mut model) = self.alive() {
            model.release(self.node);
        }
    }
}

#[derive(Debug)]
struct MemoryLock {
    disk: MemoryDisk,
    path: PathBuf,
    era: u64,
}

impl Lock for MemoryLock {}

impl Drop for MemoryLock {
    fn drop(&mut self) {
        let mut model = self.disk.model();
        if model.era == self.era {
            model.locks.remove(&self.path);
        }
    }
}
