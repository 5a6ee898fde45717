//! The files of a checker's folder that a scenario edits: replaced whole, never half. Keeps the
//! configuration as the scenario knows it; on the disk its lengths are divided.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::{config::scaled, scale::Scale};
use crate::scenario::{EditWith, EditedFile};

/// The configuration under test, by its name in the checker's folder.
pub(super) const CHECKS: &str = "checks.yaml";

/// The folder and the configuration in it.
#[derive(Debug)]
pub(super) struct Files {
    folder: PathBuf,
    checks: String,
    scale: Scale,
}

impl Files {
    /// Puts a configuration into a folder.
    pub(super) fn put(folder: &Path, checks: &str, scale: Scale) -> io::Result<Self> {
        let this = Self { folder: folder.to_owned(), checks: checks.to_owned(), scale };
        this.replace(CHECKS, &scaled(checks, scale))?;
        Ok(this)
    }

    /// Carries out an edit.
    ///
    /// # Errors
    /// A text that is to be replaced is not there, or the file cannot be written.
    pub(super) fn edit(&mut self, file: &EditedFile, with: &EditWith) -> Result<(), String> {
        let path = match file {
            EditedFile::Checks => CHECKS,
            EditedFile::Other(path) => path.as_str(),
        };
        let old = match file {
            EditedFile::Checks => self.checks.clone(),
            EditedFile::Other(path) => {
                fs::read_to_string(self.folder.join(path)).unwrap_or_default()
            }
        };
        let new = edited(path, old, with)?;
        let text = if *file == EditedFile::Checks { scaled(&new, self.scale) } else { new.clone() };
        self.replace(path, &text).map_err(|error| format!("cannot write {path}: {error}"))?;
        if *file == EditedFile::Checks {
            self.checks = new;
        }
        Ok(())
    }

    fn replace(&self, path: &str, text: &str) -> io::Result<()> {
        let path = self.folder.join(path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(".new");
        let new = path.with_file_name(name);
        fs::write(&new, text)?;
        fs::rename(&new, &path)
    }
}

fn edited(path: &str, old: String, with: &EditWith) -> Result<String, String> {
    match with {
        EditWith::Text(text) => Ok(text.clone()),
        EditWith::Replace(pairs) => {
            let one = |text: String, (from, to): &(String, String)| match text.contains(from) {
                true => Ok(text.replace(from, to)),
                false => Err(format!("`{from}` is not in {path}, so it cannot be replaced")),
            };
            pairs.iter().try_fold(old, one)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edit_is_made_in_the_scenarios_words_and_written_in_real_time() {
        let folder = tempfile::tempdir().unwrap();
        let text = "checks: [{name: a, type: http, url: \"http://127.0.0.1/\", interval_s: 60}]\n";
        let mut files = Files::put(folder.path(), text, Scale(20.0)).unwrap();
        let pairs = vec![("interval_s: 60".to_owned(), "interval_s: 80".to_owned())];
        let replace = EditWith::Replace(pairs);
        files.edit(&EditedFile::Checks, &replace).unwrap();
        let written = fs::read_to_string(folder.path().join(CHECKS)).unwrap();
        assert!(written.contains("\"interval_s\": 4.0"), "{written}");
        let error = files.edit(&EditedFile::Checks, &replace).unwrap_err();
        assert_eq!(error, "`interval_s: 60` is not in checks.yaml, so it cannot be replaced");
    }

    #[test]
    fn another_file_and_a_broken_text_are_written_as_they_are() {
        let folder = tempfile::tempdir().unwrap();
        let mut files = Files::put(folder.path(), "checks: []\n", Scale(20.0)).unwrap();
        let text = |text: &str| EditWith::Text(text.to_owned());
        files.edit(&EditedFile::Other(".last_job_id".to_owned()), &text("job-1")).unwrap();
        files.edit(&EditedFile::Checks, &text("checks: [")).unwrap();
        let read = |name| fs::read_to_string(folder.path().join(name)).unwrap();
        assert_eq!((read(".last_job_id").as_str(), read(CHECKS).as_str()), ("job-1", "checks: ["));
    }
}
