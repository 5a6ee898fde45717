//! The seam between the store and whatever keeps its bytes: a file system or memory.
//! Small on purpose: what is not here, the store does not do to a disk.

mod memory;
mod real;

use std::{fmt::Debug, io, path::Path};

use engine::Timestamp;

pub use memory::{Failure, MemoryDisk};
pub use real::RealDisk;

/// What is known of a file without reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stat {
    /// Its length in bytes.
    pub len: u64,
    /// When it was last written, where that is known.
    pub modified: Option<Timestamp>,
    /// The same as long as it is the same file, under whatever name.
    pub identity: u64,
}

/// Something that keeps files. A file that was created, replaced, renamed or removed stays so after
/// a power failure once the call has returned; appended bytes only once they were synced.
pub trait Disk: Debug + Send + Sync {
    /// The whole of a file.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;
    /// Opens a file to read ranges of it; the handle stays with the file when the name moves on.
    fn open(&self, path: &Path) -> io::Result<Box<dyn ReadAt>>;
    /// What is known of a file without reading it.
    fn stat(&self, path: &Path) -> io::Result<Stat>;
    /// The names of the files in a folder, sorted.
    fn list(&self, folder: &Path) -> io::Result<Vec<String>>;
    /// Makes a folder and those above it; mode 0750.
    fn create_dir_all(&self, folder: &Path) -> io::Result<()>;
    /// Opens a file to write at its end, creating it with mode 0640.
    fn append(&self, path: &Path) -> io::Result<Box<dyn Append>>;
    /// Puts a whole new file in the place of whatever is there; readers see the old or the new one.
    fn replace(&self, path: &Path, bytes: &[u8]) -> io::Result<()>;
    /// Puts a whole new file, which everybody may read, in the place of whatever is there; a link is
    /// replaced, never followed. It need not survive a power failure.
    fn publish(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        self.replace(path, bytes)
    }
    /// Gives a file another name, taking the place of what had it.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Removes a file.
    fn remove(&self, path: &Path) -> io::Result<()>;
    /// Locks a file for one owner, whose description is written into it for those who come later.
    fn lock(&self, path: &Path, holder: &str) -> Result<Box<dyn Lock>, LockError>;
}

/// A file that is open for reading.
pub trait ReadAt: Debug + Send + Sync {
    /// What is known of the file; its name may be gone.
    fn stat(&self) -> io::Result<Stat>;
    /// Up to `len` bytes from `offset`; fewer at the end of the file.
    fn read_at(&self, offset: u64, len: usize) -> io::Result<Vec<u8>>;
}

/// Up to `len` bytes from `offset`, however few of them each single read brings; fewer only at the
/// end of the file. A short read must never pass for the end.
///
/// # Errors
/// Those of the reads.
pub fn read_up_to(file: &dyn ReadAt, offset: u64, len: usize) -> io::Result<Vec<u8>> {
    let mut bytes = file.read_at(offset, len)?;
    while bytes.len() < len {
        let more = file.read_at(offset + bytes.len() as u64, len - bytes.len())?;
        if more.is_empty() {
            break;
        }
        bytes.extend(more);
    }
    Ok(bytes)
}

/// A file that is open for writing at its end.
pub trait Append: Debug + Send {
    /// Writes all of the bytes; after an error any beginning of them may be in the file.
    fn append(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// Returns once everything that was appended survives a power failure.
    fn sync(&mut self) -> io::Result<()>;
    /// The length of the file.
    fn len(&self) -> io::Result<u64>;
    /// Whether nothing is in the file.
    fn is_empty(&self) -> io::Result<bool> {
        Ok(self.len()? == 0)
    }
    /// Cuts the file to a length.
    fn truncate(&mut self, len: u64) -> io::Result<()>;
}

/// A lock that is held until this is dropped.
pub trait Lock: Debug + Send {}

/// Why a lock was not given.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Somebody else has it.
    #[error("it is held by {holder}")]
    Held {
        /// What the other wrote about itself.
        holder: String,
    },
    /// The lock file cannot be used.
    #[error(transparent)]
    Io(#[from] io::Error),
}
