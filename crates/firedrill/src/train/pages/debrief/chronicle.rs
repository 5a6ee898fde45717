//! Everything that happened, in the order of time: faults, users, alerts, deeds, tools.

use crate::{
    report::lanes::{action_sign, alert_sign},
    scenario::Ms,
    train::{
        desk::{Deed, Done},
        facts::EVERY,
        record::{Operation, Record, Span},
        words::{came_of, clock, did, ending, mail, verdict, worth},
    },
};

/// Who or what a line of the chronicle is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A fault began or ended.
    Fault,
    /// Users began or ceased to feel it.
    Users,
    /// An alert arrived.
    Alert,
    /// Somebody did something.
    Deed,
    /// A tool was used.
    Tool,
    /// The exercise began or ended.
    Exercise,
}

impl Kind {
    /// The class of its line.
    pub(crate) const fn class(self) -> &'static str {
        match self {
            Self::Fault => "c-fault",
            Self::Users => "c-users",
            Self::Alert => "c-alert",
            Self::Deed => "c-team",
            Self::Tool => "c-tool",
            Self::Exercise => "c-exercise",
        }
    }

    /// The word for people.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Fault => "fault",
            Self::Users => "users",
            Self::Alert => "alert",
            Self::Deed => "team",
            Self::Tool => "tool",
            Self::Exercise => "exercise",
        }
    }
}

/// A line of the chronicle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// When.
    pub(crate) at: Ms,
    /// Who or what.
    pub(crate) kind: Kind,
    /// Its sign in the picture, when it has one.
    pub(crate) sign: String,
    /// Which person, when it was one.
    pub(crate) by: String,
    /// What happened.
    pub(crate) what: String,
    /// What came of it, or what it was worth.
    pub(crate) outcome: String,
}

impl Entry {
    fn new(at: Ms, kind: Kind, what: String) -> Self {
        let nothing = String::new;
        Self { at, kind, sign: nothing(), by: nothing(), what, outcome: nothing() }
    }

    /// When, for people.
    pub(crate) fn clock(&self) -> String {
        clock(self.at)
    }
}

/// The chronicle of an exercise.
pub(crate) fn chronicle(record: &Record) -> Vec<Entry> {
    let mut all = faults(record);
    all.extend(users(record));
    all.extend(alerts(record));
    all.extend(deeds(record));
    all.extend(record.operations.iter().map(operation));
    let over = format!("over: {}", ending(&record.ending));
    all.push(Entry::new(record.ended, Kind::Exercise, over));
    // What happens at the same instant stays in the order of cause and effect.
    all.sort_by_key(|entry| entry.at);
    all
}

fn faults(record: &Record) -> Vec<Entry> {
    let both = |span: &Span| {
        let mut begins = Entry::new(span.from, Kind::Fault, format!("{} begins", span.what));
        begins.outcome.clone_from(&span.why);
        let ends = Entry::new(span.to, Kind::Fault, format!("{} ends", span.what));
        if span.to < record.ended { vec![begins, ends] } else { vec![begins] }
    };
    record.faults.iter().flat_map(both).collect()
}

/// When users began to fail on a route, and when they no longer did.
fn users(record: &Record) -> Vec<Entry> {
    let mut all = Vec::new();
    for lane in &record.users {
        let failing = lane.spans.iter().filter(|span| fails(span));
        let mut ends = failing.clone().map(|span| (span.from, span.to, span.why.as_str()));
        // A route that flaps would fill the page: the first failure and the last one tell it.
        let (Some(first), Some(last)) = (ends.clone().next(), ends.next_back()) else { continue };
        let mut began = Entry::new(first.0, Kind::Users, format!("{} fails for users", lane.name));
        first.2.clone_into(&mut began.outcome);
        all.push(began);
        // The last request stands for the time until the next one, which was never made.
        if last.1 + EVERY < record.ended {
            let what = format!("{} is good again for users", lane.name);
            let mut good = Entry::new(last.1, Kind::Users, what);
            let times = failing.count();
            if times > 1 {
                good.outcome = format!("after failing {times} times");
            }
            all.push(good);
        }
    }
    all
}

/// Whether users got nothing in this stretch, as opposed to being slow.
pub(crate) fn fails(span: &Span) -> bool {
    !matches!(span.what.to_ascii_lowercase().as_str(), "slow" | "good" | "ok" | "unsure")
}

fn alerts(record: &Record) -> Vec<Entry> {
    let entry = |(index, one): (usize, &crate::train::desk::Mail)| {
        let mut entry = Entry::new(one.at, Kind::Alert, mail(one));
        entry.sign = alert_sign(index);
        entry
    };
    record.alerts.iter().enumerate().map(entry).collect()
}

/// What people did; the use of a tool is told by its operation, unless it came to none.
fn deeds(record: &Record) -> Vec<Entry> {
    let told = |done: &&Done| match &done.deed {
        Deed::Operate { tool } => !record.operations.iter().any(|used| {
            used.tool == *tool && used.by == done.by && (used.from - done.at).abs() <= 5_000
        }),
        Deed::Acknowledge { .. }
        | Deed::Declare
        | Deed::Note { .. }
        | Deed::Diagnose { .. }
        | Deed::Hint
        | Deed::Resolve
        | Deed::Leave => true,
    };
    let entry = |(index, done): (usize, &Done)| {
        let mut entry = Entry::new(done.at, Kind::Deed, did(&done.deed));
        entry.sign = action_sign(index);
        entry.by.clone_from(&done.by);
        entry.outcome = outcome(record, done);
        entry
    };
    record.done.iter().filter(told).enumerate().map(entry).collect()
}

fn outcome(record: &Record, done: &Done) -> String {
    if let Deed::Diagnose { component, fault } = &done.deed {
        return verdict(&record.causes, component, fault).to_owned();
    }
    came_of(done).to_owned()
}

fn operation(used: &Operation) -> Entry {
    let mut entry = Entry::new(used.from, Kind::Tool, format!("used “{}”", used.label));
    entry.by.clone_from(&used.by);
    entry.outcome = format!("{}, done at {}", worth(used.worth), clock(used.to));
    entry
}
