//! Where scenarios and the files that they name are read from: the disk, or a bundle in memory. A
//! bundle can be made of what a reading has read. Understands none of it.

use std::{cell::RefCell, collections::BTreeMap, fs, io, path::Path};

use serde::{Deserialize, Serialize};

/// A place with files.
pub(crate) trait Library {
    /// The whole file.
    ///
    /// # Errors
    /// It is not there, or cannot be read.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;

    /// Whether there is such a file.
    fn has(&self, path: &Path) -> bool {
        self.read(path).is_ok()
    }
}

/// The disk.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OnDisk;

impl Library for OnDisk {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        fs::read(path)
    }

    fn has(&self, path: &Path) -> bool {
        path.is_file()
    }
}

/// Files in memory, by their paths.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Bundle(pub(crate) BTreeMap<String, String>);

impl Library for Bundle {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let text = self.0.get(&path.display().to_string());
        text.map(|text| text.clone().into_bytes()).ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

/// Another library whose every file that is read is kept.
pub(crate) struct Noting<'l> {
    library: &'l dyn Library,
    kept: RefCell<Bundle>,
}

impl<'l> Noting<'l> {
    /// Begins to note.
    pub(crate) fn on(library: &'l dyn Library) -> Self {
        Self { library, kept: RefCell::default() }
    }

    /// What was read.
    pub(crate) fn into_bundle(self) -> Bundle {
        self.kept.into_inner()
    }
}

impl Library for Noting<'_> {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let bytes = self.library.read(path)?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        self.kept.borrow_mut().0.insert(path.display().to_string(), text);
        Ok(bytes)
    }

    fn has(&self, path: &Path) -> bool {
        self.library.has(path)
    }
}

/// A text of a library; what is not UTF-8 is an error.
pub(super) fn text(library: &dyn Library, path: &Path) -> io::Result<String> {
    String::from_utf8(library.read(path)?)
        .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}
