//! The files around a store: what a crash left behind, what an earlier repair moved aside, and what
//! does not belong there.

use std::{
    io,
    path::{Path, PathBuf},
};

use super::{Finding, Grade};
use crate::{Disk, Paths, history, paths::folder_of};

/// What marks a file that a repair has moved aside; no file of the history is called so.
pub(super) const ASIDE: [&str; 4] = [".damaged-", ".torn-", ".leftover-", ".corrupt-"];

/// Files that a replacement leaves behind when the machine stops in the middle of it, and files
/// that nobody reads.
pub(super) fn leftovers(paths: &Paths, disk: &dyn Disk, quiet: bool) -> io::Result<Vec<Finding>> {
    let mut findings = Vec::new();
    if quiet {
        findings.extend(temporary(paths, disk)?.iter().map(|path| {
            let what = "a temporary file that was never put in its place";
            Finding::new(Grade::Repairable, path, what, "it is moved aside")
        }));
    }
    let known = history::segments(disk, paths)?;
    for name in names(disk, &paths.segments())? {
        let ours = known.iter().any(|segment| segment.name == name) || is_aside(&name);
        if !ours && !name.starts_with('.') {
            let path = paths.segments().join(name);
            let what = "this is no closed day, so that nobody reads it";
            findings.push(Finding::new(Grade::Note, &path, what, "move it elsewhere"));
        }
    }
    Ok(findings)
}

/// The temporary files of a replacement that never ended.
pub(super) fn temporary(paths: &Paths, disk: &dyn Disk) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for path in [&paths.state, &paths.results] {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let temporary = folder_of(path).join(format!(".{name}.tmp"));
        if disk.stat(&temporary).is_ok() {
            found.push(temporary);
        }
    }
    let folder = paths.segments();
    let inside = names(disk, &folder)?.into_iter();
    let inside = inside.filter(|name| name.starts_with('.') && name.ends_with(".tmp"));
    found.extend(inside.map(|name| folder.join(name)));
    Ok(found)
}

/// Whether an earlier repair has moved something of the history aside.
pub(super) fn was_repaired(paths: &Paths, disk: &dyn Disk) -> io::Result<bool> {
    let beside = names(disk, folder_of(&paths.results))?;
    let inside = names(disk, &paths.segments())?;
    Ok(beside.iter().chain(&inside).any(|name| name.contains(ASIDE[0])))
}

pub(super) fn is_aside(name: &str) -> bool {
    ASIDE.iter().any(|mark| name.contains(mark))
}

fn names(disk: &dyn Disk, folder: &Path) -> io::Result<Vec<String>> {
    match disk.list(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        other => other,
    }
}
