//! Where the files of a store lie: two paths are given, the others follow from them.
//! Names only; nothing here touches a disk.

use std::path::{Path, PathBuf};

/// The places of a store's files. The lock and the day segments lie beside `results`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paths {
    /// The state of every check, such as `state.json`.
    pub state: PathBuf,
    /// The journal, such as `results.jsonl`.
    pub results: PathBuf,
}

impl Paths {
    /// The usual names in a folder: `state.json` and `results.jsonl`.
    #[must_use]
    pub fn in_folder(folder: &Path) -> Self {
        Self { state: folder.join("state.json"), results: folder.join("results.jsonl") }
    }

    /// The file whose lock the writer holds: `results.lock`.
    #[must_use]
    pub fn lock(&self) -> PathBuf {
        self.results.with_extension("lock")
    }

    /// The folder of the closed days: `results/`.
    #[must_use]
    pub fn segments(&self) -> PathBuf {
        let folder = self.results.with_extension("");
        if folder == self.results { self.results.with_extension("days") } else { folder }
    }

    /// A journal in the form of older tools: `results.json`.
    #[must_use]
    pub fn legacy(&self) -> PathBuf {
        self.results.with_extension("json")
    }
}

/// The folder that a file lies in; `.` for a bare name.
pub(crate) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        Some(_) | None => Path::new("."),
    }
}
