//! The one writer of a store: takes events, folds them into the board, and brings both to disk in
//! time. Runs on its caller's thread and clock; it neither waits nor reads a clock.

mod open;

use std::{io, path::Path, sync::Arc, time::Duration};

use engine::{
    CheckName, Event, EventKind, Mono, Timestamp,
    board::{Board, Retrying},
};

pub use open::{OpenError, Opened, ResetError, reset};

use crate::{
    Disk, Paths,
    disk::Lock,
    journal::{self, Journal},
    snapshot,
};

/// How long a plain result may wait for others before it is made durable.
const GROUP: Duration = Duration::from_millis(250);

/// The least time between two writings of `state.json`.
const STATE_EVERY: Duration = Duration::from_secs(1);

/// How long after an error the next try is made.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// The writer of a store.
#[derive(Debug)]
pub struct Store {
    disk: Arc<dyn Disk>,
    paths: Paths,
    journal: Journal,
    board: Board,
    /// The latest time that the caller told.
    now: Mono,
    /// When the lines that wait must be durable.
    lines_due: Option<Mono>,
    /// When `state.json` is to be written, if it has to be.
    state_due: Option<Mono>,
    /// When `state.json` may be written again.
    state_from: Mono,
    /// Nothing is tried before this, because the last try failed.
    retry_at: Option<Mono>,
    journal_error: Option<String>,
    state_error: Option<String>,
    #[expect(dead_code, reason = "held until the store is dropped")]
    lock: Box<dyn Lock>,
}

impl Store {
    /// Opens a store for its only writer, repairing what a crash left behind. `holder` says who
    /// that is, for others who come later.
    pub fn open(
        paths: &Paths,
        disk: Arc<dyn Disk>,
        now: Timestamp,
        holder: &str,
    ) -> Result<(Self, Opened), OpenError> {
        open::open(paths, disk, now, holder)
    }

    /// Takes an event: it is folded into the board, and on disk within 250 ms, or at the next tick
    /// when it is more than a plain result.
    pub fn record(&mut self, event: &Event) {
        let important = is_important(event);
        self.journal.push(event, important);
        self.board.apply(event);
        let due = if important { self.now } else { self.now + GROUP };
        self.lines_due = Some(self.lines_due.map_or(due, |earlier| earlier.min(due)));
        self.want_state();
    }

    /// Shows that an attempt of a check failed and more follow, or that this is over.
    pub fn retrying(&mut self, name: &CheckName, retrying: Option<Retrying>) {
        if let Some(entry) = self.board.entries.get_mut(name) {
            entry.retrying = retrying;
            self.want_state();
        }
    }

    /// Lets everything that was recorded so far be written at the next tick.
    pub(crate) fn end_group(&mut self) {
        self.lines_due = self.lines_due.map(|_| self.now);
    }

    /// The board, as far as events were recorded.
    #[must_use]
    pub const fn board(&self) -> &Board {
        &self.board
    }

    /// Tells the time without doing anything.
    pub const fn set_now(&mut self, now: Mono) {
        self.now = now;
    }

    /// Makes everything that was recorded durable. After an error it is kept and tried again.
    pub fn sync(&mut self, now: Mono) -> io::Result<()> {
        self.now = now;
        let done = self.journal.flush();
        match &done {
            Ok(()) => {
                self.lines_due = None;
                self.retry_at = None;
            }
            Err(_) => self.retry_at = Some(now + RETRY_AFTER),
        }
        note(&mut self.journal_error, &self.paths.results, &done);
        done
    }

    /// Does what is due.
    pub fn tick(&mut self, now: Mono) {
        self.now = now;
        if self.retry_at.is_some_and(|at| now < at) {
            return;
        }
        let due = |at: Option<Mono>| at.is_some_and(|at| at <= now);
        if (due(self.lines_due) || due(self.state_due)) && self.sync(now).is_err() {
            return;
        }
        if due(self.state_due) {
            // The error is kept for `health`, and the next tick tries again.
            let _ = self.write_state();
        }
    }

    /// When the next tick has something to do.
    #[must_use]
    pub fn next_tick(&self) -> Option<Mono> {
        let due = self.lines_due.into_iter().chain(self.state_due).min()?;
        Some(self.retry_at.map_or(due, |at| at.max(due)))
    }

    /// Deletes the closed days before the date of an instant. Returns how many there were.
    pub fn prune(&mut self, keep_from: Timestamp) -> usize {
        journal::prune(&*self.disk, &self.paths, keep_from).unwrap_or_else(|error| {
            tracing::warn!(%error, "old history cannot be deleted");
            0
        })
    }

    /// What is wrong with the disk, in words; `None` when all is well.
    #[must_use]
    pub fn health(&self) -> Option<String> {
        let error = self.journal_error.as_ref().or(self.state_error.as_ref());
        let lost = match self.journal.dropped() {
            0 => String::new(),
            count => format!("; {count} were lost for want of room"),
        };
        match (error, self.journal.waiting()) {
            (None, _) if lost.is_empty() => None,
            (None, _) => Some(format!("the disk works again{lost}")),
            (Some(error), 0) => Some(format!("{error}{lost}")),
            (Some(error), waiting) => Some(format!("{error}; {waiting} lines wait{lost}")),
        }
    }

    /// Makes everything durable, writes `state.json` and gives the lock back.
    pub fn close(mut self) -> io::Result<()> {
        self.sync(self.now)?;
        if self.state_due.is_some() { self.write_state() } else { Ok(()) }
    }

    fn want_state(&mut self) {
        if self.state_due.is_none() {
            self.state_due = Some(self.state_from.max(self.now));
        }
    }

    /// Only ever follows a successful sync, so that the state is never ahead of the journal.
    fn write_state(&mut self) -> io::Result<()> {
        self.state_from = self.now + STATE_EVERY;
        let done = self.disk.replace(&self.paths.state, &snapshot::render(&self.board));
        match &done {
            Ok(()) => self.state_due = None,
            Err(_) => self.state_due = Some(self.state_from),
        }
        note(&mut self.state_error, &self.paths.state, &done);
        done
    }
}

/// Keeps what is wrong with a file. The log is told when that begins and when it ends.
fn note(trouble: &mut Option<String>, path: &Path, done: &io::Result<()>) {
    let path = path.display();
    match done {
        Ok(()) if trouble.take().is_some() => tracing::info!("{path} can be written again"),
        Ok(()) => {}
        Err(error) => {
            let said = format!("{path} cannot be written: {error}");
            if trouble.replace(said.clone()).is_none() {
                tracing::error!("{said}; checks and alerts go on");
            }
        }
    }
}

/// Whether an event is worth a sync of its own.
pub(crate) fn is_important(event: &Event) -> bool {
    match &event.kind {
        EventKind::Check(done) => done.status != done.prev,
        EventKind::Skip(_) | EventKind::Delivery(_) => false,
        EventKind::Notify(_)
        | EventKind::Action(_)
        | EventKind::Start(_)
        | EventKind::Stop(_)
        | EventKind::Config(_)
        | EventKind::CheckRemoved(_) => true,
    }
}
