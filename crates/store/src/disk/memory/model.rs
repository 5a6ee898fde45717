//! The contents of a disk in memory: nodes with bytes, names that point at nodes, and for both of
//! them what would survive a power failure. Knows nothing of handles but their number.

use std::{
    cell::Cell,
    collections::{BTreeMap, BTreeSet},
    fmt, io,
    path::{Path, PathBuf},
};

use engine::Timestamp;

use super::{Failure, LockError, Stat};
use crate::paths::folder_of;

/// The contents of a file. What survives a power failure is `bytes[..synced]` and then `lost`.
#[derive(Debug, Default)]
pub(super) struct Node {
    pub(super) bytes: Vec<u8>,
    synced: usize,
    /// Bytes that are durable although a truncation that is not took them away.
    lost: Vec<u8>,
    modified: Timestamp,
    handles: u32,
}

/// Who picks the operations that a failure strikes; nobody: all of them.
#[derive(Default)]
pub(super) struct Chance(Option<Box<dyn Fn() -> bool + Send>>);

impl Chance {
    pub(super) fn of(strikes: impl Fn() -> bool + Send + 'static) -> Self {
        Self(Some(Box::new(strikes)))
    }
}

impl fmt::Debug for Chance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Chance({})", if self.0.is_some() { "picked" } else { "all" })
    }
}

/// The contents of a disk.
#[derive(Debug, Default)]
pub(super) struct Model {
    nodes: BTreeMap<u64, Node>,
    pub(super) live: BTreeMap<PathBuf, u64>,
    durable: BTreeMap<PathBuf, u64>,
    folders: BTreeSet<PathBuf>,
    pub(super) locks: BTreeMap<PathBuf, String>,
    last_node: u64,
    pub(super) now: Timestamp,
    pub(super) failure: Option<Failure>,
    pub(super) chance: Chance,
    /// How often a failure has struck.
    pub(super) struck: Cell<u64>,
    pub(super) steps_left: Option<u64>,
    pub(super) steps: u64,
    pub(super) era: u64,
}

impl Model {
    pub(super) fn readable(&self) -> io::Result<()> {
        if self.strikes(Failure::Io) {
            return Err(io::Error::other("input/output error"));
        }
        Ok(())
    }

    /// Whether this failure strikes the operation at hand; counts that it does.
    fn strikes(&self, failure: Failure) -> bool {
        let hit = self.failure == Some(failure) && self.chance.0.as_ref().is_none_or(|pick| pick());
        self.struck.set(self.struck.get() + u64::from(hit));
        hit
    }

    /// What arrives of bytes that are read.
    pub(super) fn spoiled(&self, mut bytes: Vec<u8>) -> Vec<u8> {
        if bytes.len() > 1 && self.strikes(Failure::ShortRead) {
            bytes.truncate(bytes.len() / 2);
        } else if !bytes.is_empty() && self.strikes(Failure::BitFlip) {
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
        }
        bytes
    }

    pub(super) fn find(&self, path: &Path) -> io::Result<u64> {
        self.live.get(path).copied().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    pub(super) fn node(&self, node: u64) -> io::Result<&Node> {
        self.nodes.get(&node).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    pub(super) fn stat(&self, node: u64) -> io::Result<Stat> {
        let found = self.node(node)?;
        Ok(Stat { len: found.bytes.len() as u64, modified: Some(found.modified), identity: node })
    }

    pub(super) fn list(&self, folder: &Path) -> io::Result<Vec<String>> {
        self.readable()?;
        let names: Vec<String> = self
            .live
            .keys()
            .filter(|path| folder_of(path) == folder)
            .filter_map(|path| Some(path.file_name()?.to_str()?.to_owned()))
            .collect();
        let known = !names.is_empty() || self.folders.contains(folder);
        if known { Ok(names) } else { Err(io::ErrorKind::NotFound.into()) }
    }

    pub(super) fn create_dir_all(&mut self, folder: &Path) -> io::Result<()> {
        if !self.folders.contains(folder) {
            self.step()?;
            self.folders.insert(folder.to_owned());
        }
        Ok(())
    }

    pub(super) fn create(&mut self, path: &Path) -> io::Result<u64> {
        self.step()?;
        let node = self.add(path);
        self.sync_folders(&[folder_of(path)])?;
        Ok(node)
    }

    pub(super) fn append(&mut self, node: u64, bytes: &[u8]) -> io::Result<()> {
        self.step()?;
        let full = self.strikes(Failure::Full);
        let arriving = if full { &bytes[..bytes.len() / 2] } else { bytes };
        let now = self.now;
        let found = self.node_mut(node)?;
        found.bytes.extend_from_slice(arriving);
        found.modified = now;
        if full { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
    }

    pub(super) fn sync(&mut self, node: u64) -> io::Result<()> {
        self.step()?;
        if self.strikes(Failure::Sync) {
            return Err(io::Error::other("the sync failed"));
        }
        if self.strikes(Failure::LostSync) {
            return Ok(());
        }
        let found = self.node_mut(node)?;
        found.synced = found.bytes.len();
        found.lost.clear();
        Ok(())
    }

    pub(super) fn truncate(&mut self, node: u64, len: u64) -> io::Result<()> {
        self.step()?;
        let now = self.now;
        let found = self.node_mut(node)?;
        let len = usize::try_from(len).unwrap_or(usize::MAX);
        if let Some(cut) = found.bytes.get(len..found.synced) {
            found.lost = [cut, &found.lost].concat();
            found.synced = len;
        }
        found.bytes.resize(len, 0);
        found.modified = now;
        Ok(())
    }

    pub(super) fn replace(&mut self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let temporary = folder_of(path).join(format!(".{name}.tmp"));
        self.step()?;
        let node = self.add(&temporary);
        let written = self.append(node, bytes).and_then(|()| self.sync(node));
        if written.is_err() && self.steps_left != Some(0) {
            self.live.remove(&temporary);
            self.forget(node);
        }
        written.and_then(|()| self.rename(&temporary, path))
    }

    pub(super) fn rename(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        let node = self.find(from)?;
        self.step()?;
        self.live.remove(from);
        let gone = self.live.insert(to.to_owned(), node);
        self.sync_folders(&[folder_of(to), folder_of(from)])?;
        gone.into_iter().for_each(|gone| self.forget(gone));
        Ok(())
    }

    pub(super) fn remove(&mut self, path: &Path) -> io::Result<()> {
        let node = self.find(path)?;
        self.step()?;
        self.live.remove(path);
        self.sync_folders(&[folder_of(path)])?;
        self.forget(node);
        Ok(())
    }

    pub(super) fn lock(&mut self, path: &Path, holder: &str) -> Result<(), LockError> {
        if let Some(holder) = self.locks.get(path) {
            return Err(LockError::Held { holder: holder.clone() });
        }
        self.step()?;
        self.put(path, holder.as_bytes());
        self.locks.insert(path.to_owned(), holder.to_owned());
        Ok(())
    }

    pub(super) fn put(&mut self, path: &Path, bytes: &[u8]) {
        let now = self.now;
        let node = self.find(path).unwrap_or_else(|_| self.add(path));
        self.durable.insert(path.to_owned(), node);
        let handles = self.nodes.get(&node).map_or(0, |found| found.handles);
        let (bytes, synced) = (bytes.to_vec(), bytes.len());
        self.nodes.insert(node, Node { bytes, synced, lost: Vec::new(), modified: now, handles });
    }

    pub(super) fn crash(&mut self, unsynced: usize) {
        self.era += 1;
        self.locks.clear();
        self.steps_left = None;
        self.live.clone_from(&self.durable);
        let kept: BTreeSet<u64> = self.live.values().copied().collect();
        self.nodes.retain(|node, _| kept.contains(node));
        for node in self.nodes.values_mut() {
            node.crash(unsynced);
        }
    }

    pub(super) fn hold(&mut self, node: u64) {
        if let Some(found) = self.nodes.get_mut(&node) {
            found.handles += 1;
        }
    }

    pub(super) fn release(&mut self, node: u64) {
        if let Some(found) = self.nodes.get_mut(&node) {
            found.handles = found.handles.saturating_sub(1);
        }
        self.forget(node);
    }

    fn step(&mut self) -> io::Result<()> {
        self.readable()?;
        if self.strikes(Failure::ReadOnly) {
            return Err(io::ErrorKind::ReadOnlyFilesystem.into());
        }
        match &mut self.steps_left {
            Some(0) => return Err(io::Error::other("the machine has stopped")),
            Some(left) => *left -= 1,
            None => {}
        }
        self.steps += 1;
        Ok(())
    }

    fn node_mut(&mut self, node: u64) -> io::Result<&mut Node> {
        self.nodes.get_mut(&node).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn add(&mut self, path: &Path) -> u64 {
        self.last_node += 1;
        let fresh = Node { modified: self.now, ..Node::default() };
        self.nodes.insert(self.last_node, fresh);
        if let Some(gone) = self.live.insert(path.to_owned(), self.last_node) {
            self.forget(gone);
        }
        self.last_node
    }

    /// Makes the names in some folders durable, all of them at once as a file system's log does.
    fn sync_folders(&mut self, folders: &[&Path]) -> io::Result<()> {
        self.step()?;
        let inside = |path: &PathBuf| folders.contains(&folder_of(path));
        self.durable.retain(|path, _| !inside(path));
        let names = self.live.iter().filter(|(path, _)| inside(path));
        self.durable.extend(names.map(|(path, node)| (path.clone(), *node)));
        Ok(())
    }

    /// Frees a node that no name and no handle refers to.
    fn forget(&mut self, node: u64) {
        let named = self.live.values().chain(self.durable.values()).any(|one| *one == node);
        let held = self.nodes.get(&node).is_some_and(|found| found.handles > 0);
        if !named && !held {
            self.nodes.remove(&node);
        }
    }
}

impl Node {
    /// Keeps what is durable, and the first bytes of what was appended since.
    fn crash(&mut self, unsynced: usize) {
        if self.lost.is_empty() {
            self.bytes.truncate(self.synced.saturating_add(unsynced));
        } else {
            self.bytes.truncate(self.synced);
            self.bytes.append(&mut self.lost);
        }
        self.synced = self.bytes.len();
        self.handles = 0;
    }
}
