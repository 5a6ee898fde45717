//! The journal of a real checker, read for a recording: its events, and what of it cannot be read.
//! Reads files; writes none and decides nothing.

use std::{fs, path::Path};

use engine::{Event, EventKind, Timestamp, event::CheckCard};
use jiff::tz::TimeZone;
use store::{Paths, line};

/// A journal.
#[derive(Debug, Default)]
pub(super) struct Journal {
    /// What happened, in the order of time.
    pub(super) events: Vec<Event>,
    /// How many lines there were.
    pub(super) lines: usize,
    /// How many of them are no events, and why the first is not.
    pub(super) broken: usize,
    /// Where the first of them stands, and what is wrong with it.
    pub(super) first_broken: Option<String>,
}

impl Journal {
    /// Reads one file.
    ///
    /// # Errors
    /// Says why it cannot be read, or that it is no journal.
    pub(super) fn open(path: &Path) -> Result<Self, String> {
        let mut journal = Self::default();
        journal.take(path)?;
        match (journal.events.is_empty(), &journal.first_broken) {
            (true, Some(why)) => Err(format!(
                "{}: this is no journal of a checker: {why}\n  expected results.jsonl, or a closed \
                 day such as results/2026-01-05.jsonl",
                path.display()
            )),
            (true, None) => Err(format!("{}: the journal is empty", path.display())),
            (false, _) => Ok(journal),
        }
    }

    fn take(&mut self, path: &Path) -> Result<(), String> {
        let bytes = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let lines = bytes.split(|byte| *byte == b'\n').enumerate();
        for (at, text) in lines.filter(|(_, text)| !text.trim_ascii().is_empty()) {
            self.lines += 1;
            match line::decode(text) {
                Ok(event) => self.events.push(event),
                Err(error) => {
                    self.broken += 1;
                    let place = || format!("{}:{}: {error}", path.display(), at + 1);
                    self.first_broken.get_or_insert_with(place);
                }
            }
        }
        self.events.sort_by_key(|event| (event.ts, event.seq));
        Ok(())
    }

    /// Reads the closed days beside the journal as well, from the day before `from` on, when they
    /// are wanted.
    ///
    /// # Errors
    /// Says which file cannot be read.
    pub(super) fn reach_back(&mut self, path: &Path, from: Timestamp) -> Result<(), String> {
        if self.first().is_some_and(|first| first <= from) {
            return Ok(());
        }
        let days = Paths { state: path.to_owned(), results: path.to_owned() }.segments();
        let Ok(entries) = fs::read_dir(&days) else { return Ok(()) };
        let wanted = Timestamp::from_millis(from.as_millis() - 86_400_000).utc_date();
        let mut files: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        files.sort();
        let day = |path: &Path| path.file_stem()?.to_str().map(str::to_owned);
        let is_day = |path: &&std::path::PathBuf| {
            path.extension().is_some_and(|ending| ending == "jsonl")
                && day(path).is_some_and(|day| day >= wanted)
        };
        files.iter().filter(is_day).try_for_each(|file| self.take(file))
    }

    /// When it begins.
    pub(super) fn first(&self) -> Option<Timestamp> {
        self.events.first().map(|event| event.ts)
    }

    /// When it ends.
    pub(super) fn last(&self) -> Option<Timestamp> {
        self.events.last().map(|event| event.ts)
    }

    /// The zone of its board; UTC when it says none.
    pub(super) fn zone(&self) -> TimeZone {
        let named = self.events.iter().rev().find_map(|event| {
            let EventKind::Config(config) = &event.kind else { return None };
            config.timezone.clone()
        });
        named.and_then(|name| TimeZone::get(&name).ok()).unwrap_or(TimeZone::UTC)
    }

    /// The checks that were in force at any time until the end of a stretch, as they were last.
    pub(super) fn cards(&self, until: Timestamp) -> Vec<CheckCard> {
        let mut found: Vec<CheckCard> = Vec::new();
        for event in self.events.iter().filter(|event| event.ts <= until) {
            let EventKind::Config(config) = &event.kind else { continue };
            for card in &config.checks {
                match found.iter_mut().find(|known| known.name == card.name) {
                    Some(known) => known.clone_from(card),
                    None => found.push(card.clone()),
                }
            }
        }
        found
    }
}
