//! Where the status of services comes from: the file that the checker writes for other programs,
//! or the board itself; and from which age on it is not to be believed. Reads, never writes.

use std::{path::PathBuf, time::Duration};

use engine::Timestamp;
use serde_json::{Map, Value};
use store::Disk;

/// The most that is read of a status file, in bytes.
const CAP: usize = 4 << 20;

/// Where the status of services comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusSource {
    /// The file; absent, or when it cannot be read, the board is asked.
    pub file: Option<PathBuf>,
    /// From which age on a warning goes with it.
    pub stale: Duration,
}

impl Default for StatusSource {
    fn default() -> Self {
        Self { file: None, stale: Duration::from_secs(90) }
    }
}

/// A status file that was read.
#[derive(Clone, Debug)]
pub(crate) struct StatusFile {
    pub(crate) path: PathBuf,
    pub(crate) generated_at: Timestamp,
    pub(crate) content: Map<String, Value>,
}

impl StatusSource {
    /// Reads the file; one that is missing or is none is no status.
    pub(crate) fn read(&self, disk: &dyn Disk) -> Option<StatusFile> {
        let path = self.file.clone()?;
        let bytes = disk.open(&path).and_then(|file| file.read_at(0, CAP)).ok()?;
        let content: Map<String, Value> = serde_json::from_slice(&bytes).ok()?;
        let generated_at = content.get("generated_at")?.as_str()?.parse().ok()?;
        Some(StatusFile { path, generated_at, content })
    }
}
