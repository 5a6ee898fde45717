//! The results of one check in their order, and the stretches in which something was wrong.
//! Pure.

use std::collections::BTreeMap;

use engine::{Event, EventKind, Status, Timestamp, event::CheckDone};

use super::{symptom::Symptom, window::Window};

/// A cycle of a check.
#[derive(Clone, Debug)]
pub(super) struct Cycle {
    /// When it ended.
    pub(super) ended: Timestamp,
    /// What it found.
    pub(super) done: CheckDone,
}

/// The results of every check, by its name.
pub(super) type Cycles = BTreeMap<String, Vec<Cycle>>;

/// All results of a journal.
pub(super) fn of(events: &[Event]) -> Cycles {
    let mut found = Cycles::new();
    for event in events {
        if let EventKind::Check(done) = &event.kind {
            let cycle = Cycle { ended: event.ts, done: done.clone() };
            found.entry(done.name.as_str().to_owned()).or_default().push(cycle);
        }
    }
    found
}

/// A stretch in which a check was not well: the numbers of its first and last such cycle.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Trouble {
    /// The check.
    pub(super) check: String,
    /// Its first cycle.
    pub(super) first: usize,
    /// Its last cycle.
    pub(super) last: usize,
    /// FAIL, or WARN.
    pub(super) status: Status,
    /// What was wrong at first.
    pub(super) symptom: Symptom,
}

/// The troubles of one check: each of one status and of one kind. UNKNOWN ends none.
pub(super) fn troubles(check: &str, cycles: &[Cycle]) -> Vec<Trouble> {
    let mut found: Vec<Trouble> = Vec::new();
    let mut open = false;
    for (at, cycle) in cycles.iter().enumerate() {
        let status = cycle.done.status;
        if !matches!(status, Status::Fail | Status::Warn) {
            open = open && status == Status::Unknown;
            continue;
        }
        let symptom = Symptom::of(&cycle.done);
        let goes_on = |known: &Trouble| known.status == status && known.symptom.is_like(&symptom);
        match found.last_mut().filter(|known| open && goes_on(known)) {
            Some(known) => known.last = at,
            None => found.push(Trouble {
                check: check.to_owned(),
                first: at,
                last: at,
                status,
                symptom,
            }),
        }
        open = true;
    }
    found
}

/// When a trouble was first and last seen.
pub(super) fn seen(cycles: &Cycles, trouble: &Trouble) -> (Timestamp, Timestamp) {
    let of = &cycles[&trouble.check];
    (of[trouble.first].ended, of[trouble.last].ended)
}

/// The window, made as wide as the troubles that reach into it, and these troubles.
pub(super) fn within(cycles: &Cycles, all: &[Trouble], window: Window) -> (Window, Vec<Trouble>) {
    let mut wide = window;
    loop {
        let touched = |trouble: &&Trouble| {
            let (first, last) = seen(cycles, trouble);
            first <= wide.to && last >= wide.from
        };
        let inside: Vec<Trouble> = all.iter().filter(touched).cloned().collect();
        let ends = inside.iter().map(|trouble| seen(cycles, trouble));
        let wider = ends.fold(wide, |wide, (first, last)| Window {
            from: wide.from.min(first),
            to: wide.to.max(last),
        });
        if wider == wide {
            return (wide, inside);
        }
        wide = wider;
    }
}
