//! The view: the board, the condition of the checker, and the history of the last day.
//! Owned by one task; brought up to date by its calls, never by itself.

use std::{io, sync::Arc, time::Duration};

use engine::{Timestamp, board::Board, event::ConfigLoaded};

use super::{Page, Query, Runs, Stretch, StripCell, recall, tail::Tail};
use crate::{Disk, Paths, disk::Stat, snapshot};

/// How far back the view shows anything.
const SHOWN: Duration = Duration::from_secs(24 * 3600);

/// What is known of the checker itself and of the files.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Condition {
    /// The newest configuration that was loaded or refused.
    pub config: Option<(Timestamp, ConfigLoaded)>,
    /// The newest configuration that was accepted.
    pub accepted: Option<(Timestamp, ConfigLoaded)>,
    /// When the checker last started.
    pub started: Option<Timestamp>,
    /// When and why the checker stopped, if it has not started again since.
    pub stopped: Option<(Timestamp, String)>,
    /// When the newest event of the last day happened.
    pub last_event_at: Option<Timestamp>,
    /// Lines of the last day that do not parse.
    pub unparsable: u64,
    /// Why `state.json` cannot be read; the board is then the last that could.
    pub state_error: Option<String>,
    /// Why the journal cannot be read; the history is then what was read before.
    pub results_error: Option<String>,
    /// Whether `state.json` is there.
    pub state_present: bool,
}

/// What pages show.
#[derive(Debug)]
pub struct View {
    paths: Paths,
    disk: Arc<dyn Disk>,
    board: Board,
    condition: Condition,
    state: Option<Stat>,
    tail: Tail,
    /// The results of the month before the tail begins, once they were asked for.
    older: Option<(Timestamp, Runs)>,
    now: Timestamp,
    state_reads: u64,
    version: u64,
}

impl View {
    /// A view of some files, whether they are there or not. Empty until it is refreshed.
    #[must_use]
    pub fn open(paths: Paths, disk: Arc<dyn Disk>) -> Self {
        Self {
            paths,
            disk,
            board: Board::default(),
            condition: Condition::default(),
            state: None,
            tail: Tail::default(),
            older: None,
            now: Timestamp::default(),
            state_reads: 0,
            version: 0,
        }
    }

    /// Brings the view up to date. Costs two calls of `stat` when nothing has changed.
    pub fn refresh(&mut self, now: Timestamp) {
        self.now = now;
        let state = self.refresh_state();
        let results = self.tail.refresh(&*self.disk, &self.paths, now);
        let error = results.as_ref().err();
        let error =
            error.map(|error| format!("{} cannot be read: {error}", self.paths.results.display()));
        let broken = error != self.condition.results_error;
        self.condition.results_error = error;
        if state || broken || results.is_ok_and(|news| news) {
            self.version += 1;
            self.tell();
        }
    }

    /// The state of every check.
    #[must_use]
    pub const fn board(&self) -> &Board {
        &self.board
    }

    /// What is known of the checker itself and of the files.
    #[must_use]
    pub const fn condition(&self) -> &Condition {
        &self.condition
    }

    /// A page of the events of the 24 hours before the last refresh, newest first.
    #[must_use]
    pub fn page(&self, query: &Query) -> Page {
        let query = Query { from: query.from.max(self.now - SHOWN), ..query.clone() };
        let (total, page, places) = self.tail.rows.answer(&query);
        let rows = places.into_iter().filter_map(|(ts, place)| self.tail.event(ts, place));
        let pages = total.div_ceil(query.per_page.max(1)).max(1);
        Page { rows: rows.collect(), total, page, pages }
    }

    /// The last cycles of a check within the 24 hours before the last refresh, oldest first.
    #[must_use]
    pub fn strip(&self, name: &str, last: usize) -> Vec<StripCell> {
        self.tail.rows.strip(name, self.now - SHOWN, last)
    }

    /// What was found of a check between two instants, oldest first. Reaches a month back once
    /// [`View::recall`] was called, else to where [`View::begun`] says.
    #[must_use]
    pub fn stretches(&self, name: &str, from: Timestamp, until: Timestamp) -> Vec<Stretch> {
        let older = self.older.as_ref().filter(|(begun, _)| *begun == self.tail.begun);
        let older = older.map(|(_, runs)| runs.stretches(name, from, until));
        let mut found = older.unwrap_or_default();
        found.extend(self.tail.runs.stretches(name, from, until));
        found
    }

    /// From when on everything is in memory without [`View::recall`].
    #[must_use]
    pub const fn begun(&self) -> Timestamp {
        self.tail.begun
    }

    /// Reads the month before [`View::begun`], unless that was done. It happens once in the life
    /// of a view, and again only when the journal was replaced.
    pub fn recall(&mut self) {
        let begun = self.tail.begun;
        if self.older.as_ref().is_none_or(|(at, _)| *at != begun) {
            let runs = recall(&self.paths, &*self.disk, begun);
            self.remember(begun, runs);
        }
    }

    /// Takes what [`recall`] has found before `begun`, as read elsewhere.
    pub fn remember(&mut self, begun: Timestamp, runs: Runs) {
        self.older = Some((begun, runs));
    }

    /// How often [`View::refresh`] has read the contents of a file.
    #[must_use]
    pub const fn reads(&self) -> u64 {
        self.state_reads + self.tail.reads
    }

    /// A number that changes whenever a refresh has found something new.
    #[must_use]
    pub const fn version(&self) -> u64 {
        self.version
    }

    /// Reads `state.json` if it is another than the last time. Returns whether it was.
    fn refresh_state(&mut self) -> bool {
        let stat = match self.disk.stat(&self.paths.state) {
            Ok(stat) => stat,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return self.no_state(),
            Err(error) => return self.state_unreadable(&error.to_string()),
        };
        if self.state == Some(stat) {
            return false;
        }
        self.state_reads += 1;
        self.condition.state_present = true;
        match self.disk.read(&self.paths.state) {
            Err(error) => return self.state_unreadable(&error.to_string()),
            Ok(bytes) => match snapshot::parse(&bytes) {
                Err(error) => {
                    self.state_unreadable(&format!("it does not parse: {error}"));
                }
                Ok(board) => {
                    self.board = board;
                    self.condition.state_error = None;
                }
            },
        }
        self.state = Some(stat);
        true
    }

    fn no_state(&mut self) -> bool {
        let news = self.condition.state_present || self.condition.state_error.is_some();
        self.state = None;
        self.board = Board::default();
        self.condition.state_present = false;
        self.condition.state_error = None;
        news
    }

    fn state_unreadable(&mut self, why: &str) -> bool {
        let error = Some(format!("{} cannot be read: {why}", self.paths.state.display()));
        let news = self.condition.state_error != error;
        self.condition.state_error = error;
        news
    }

    fn tell(&mut self) {
        let life = self.tail.life.clone();
        self.condition.config = life.config;
        self.condition.accepted = life.accepted;
        self.condition.started = life.started;
        self.condition.stopped = life.stopped;
        self.condition.last_event_at = self.tail.rows.newest();
        self.condition.unparsable = self.tail.unparsable;
    }
}
