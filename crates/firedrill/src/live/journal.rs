//! What a checker that runs has written so far, read as anybody could: its events, its board, and
//! whether all is well with the things that it watches. Never writes.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use engine::{
    CheckName, Event, EventKind, Status, Timestamp,
    board::{Board, Entry},
    event::CheckDone,
};
use store::{
    RealDisk,
    read::{EventFilter, Paths, Query, View},
};

/// More events than any live run has.
const ALL: usize = 1_000_000;
/// So many of the latest results hold one of every check.
const LATEST: usize = 5_000;

/// The files of a checker.
#[derive(Debug)]
pub(super) struct Journal {
    view: View,
}

/// Whether everything is OK.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Health {
    /// Every check has been measured and is OK.
    Green,
    /// A check has not been measured.
    NotYet(String),
    /// A check is something else.
    NotGreen(String),
}

impl Journal {
    /// The files of a folder, whether they are there or not.
    pub(super) fn in_folder(folder: &Path) -> Self {
        Self { view: View::open(Paths::in_folder(folder), Arc::new(RealDisk)) }
    }

    /// Reads what is new.
    pub(super) fn refresh(&mut self, now: Timestamp) {
        self.view.refresh(now);
    }

    /// When the checker last started, and whether it has stopped since.
    pub(super) fn started(&self) -> Option<(Timestamp, bool)> {
        let condition = self.view.condition();
        condition.started.map(|at| (at, condition.stopped.is_some()))
    }

    /// The state of every check, up to a second old.
    pub(super) fn board(&self) -> &Board {
        self.view.board()
    }

    /// All events of the last day, in the order of their numbers.
    pub(super) fn events(&self) -> Vec<Event> {
        let mut events = self.ask(Vec::new(), ALL);
        events.sort_by_key(|event| event.seq);
        events
    }

    /// Notices that some channel has neither accepted nor given up.
    pub(super) fn undelivered(&self) -> bool {
        let mut open: Vec<(u64, String)> = Vec::new();
        let mut events = self.ask(vec![EventFilter::Notices, EventFilter::Deliveries], ALL);
        events.sort_by_key(|event| event.seq);
        for event in events {
            match event.kind {
                EventKind::Notify(notice) => {
                    open.extend(notice.channels.into_iter().map(|channel| (notice.id, channel)));
                }
                EventKind::Delivery(done) if done.ok || done.gave_up => {
                    open.retain(|(id, channel)| *id != done.id || *channel != done.channel);
                }
                EventKind::Delivery(_)
                | EventKind::Check(_)
                | EventKind::Action(_)
                | EventKind::Start(_)
                | EventKind::Stop(_)
                | EventKind::Config(_)
                | EventKind::CheckRemoved(_)
                | EventKind::Skip(_) => {}
            }
        }
        !open.is_empty()
    }

    /// Whether these checks are all OK, and the first that is not.
    pub(super) fn health<'n>(&self, names: impl Iterator<Item = &'n CheckName>) -> Health {
        let mut latest: BTreeMap<CheckName, CheckDone> = BTreeMap::new();
        for event in self.ask(vec![EventFilter::Checks], LATEST) {
            if let EventKind::Check(done) = event.kind {
                latest.entry(done.name.clone()).or_insert(done);
            }
        }
        let verdicts: Vec<_> = names
            .map(|name| health(name, latest.get(name), self.board().entries.get(name)))
            .collect();
        let first = |wanted: fn(&Health) -> bool| verdicts.iter().find(|one| wanted(one)).cloned();
        first(|one| matches!(one, Health::NotGreen(_)))
            .or_else(|| first(|one| matches!(one, Health::NotYet(_))))
            .unwrap_or(Health::Green)
    }

    fn ask(&self, events: Vec<EventFilter>, per_page: usize) -> Vec<Event> {
        let until = Timestamp::from_millis(i64::MAX);
        let from = Timestamp::default();
        let query =
            Query { from, until, name: None, statuses: Vec::new(), events, page: 1, per_page };
        self.view.page(&query).rows
    }
}

fn health(name: &CheckName, done: Option<&CheckDone>, entry: Option<&Entry>) -> Health {
    let retrying = entry.and_then(|entry| entry.retrying.as_ref());
    if let Some(retrying) = retrying.filter(|_| done.is_none_or(|done| done.status == Status::Ok)) {
        return Health::NotGreen(format!("{name} is RETRYING ({})", retrying.reason));
    }
    let of_entry = entry.map(|entry| (entry.status, entry.details.reason.as_str()));
    match done.map(|done| (done.status, done.details.reason.as_str())).or(of_entry) {
        None | Some((Status::Pending, _)) => {
            Health::NotYet(format!("{name} is PENDING (not measured yet)"))
        }
        Some((Status::Ok, _)) => Health::Green,
        Some((status, reason)) => Health::NotGreen(format!("{name} is {status} ({reason})")),
    }
}
