//! Looks for scenario files in folders. Reads no more of them than that they are scenarios.

use std::path::{Path, PathBuf};

/// Files that were named, and every scenario in folders that were.
///
/// # Errors
/// Names the path that is not there.
pub(crate) fn find(paths: &[PathBuf]) -> Result<Vec<PathBuf>, String> {
    let mut found = Vec::new();
    for path in paths {
        let missing = |error: std::io::Error| format!("{}: {error}", path.display());
        if std::fs::metadata(path).map_err(missing)?.is_dir() {
            search(path, &mut found).map_err(missing)?;
        } else {
            found.push(path.clone());
        }
    }
    if found.is_empty() {
        let paths: Vec<_> = paths.iter().map(|path| path.display().to_string()).collect();
        return Err(format!(
            "there is no scenario in {}: a scenario is a YAML file with the key `scenario`",
            paths.join(", ")
        ));
    }
    Ok(found)
}

fn search(folder: &Path, found: &mut Vec<PathBuf>) -> std::io::Result<()> {
    let mut paths: Vec<_> =
        std::fs::read_dir(folder)?.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            search(&path, found)?;
        } else if path.extension().is_some_and(|ending| ending == "yaml" || ending == "yml")
            && is_scenario(&path)
        {
            found.push(path);
        }
    }
    Ok(())
}

/// Whether a file has the key `scenario` at its top level.
fn is_scenario(path: &Path) -> bool {
    let text = std::fs::read(path).unwrap_or_default();
    String::from_utf8_lossy(&text).lines().any(|line| line.trim_end().starts_with("scenario:"))
}
