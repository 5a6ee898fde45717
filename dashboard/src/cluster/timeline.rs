//! A window as eighty coloured segments, oldest first. Each is told in words too. Pure.

use std::time::Duration;

use engine::Status;
use store::read::Stretch;

use crate::{
    cluster::{
        range::Window,
        uptime::{missing, passes},
    },
    zone::Zone,
};

/// How many segments a timeline has.
pub(crate) const SEGMENTS: u32 = 80;

/// A part of the window.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Segment {
    pub(crate) mood: Mood,
    /// When it was and what was found.
    pub(crate) title: String,
}

/// What a segment shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mood {
    Success,
    Warning,
    Error,
    Missing,
}

impl Mood {
    /// The CSS class.
    pub(crate) const fn class(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Warning => "warning",
            Self::Error => "error",
            Self::Missing => "missing",
        }
    }
}

/// What was found of a service.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Record<'a> {
    pub(crate) found: &'a [Stretch],
    pub(crate) every: Duration,
}

/// The segments of a window.
pub(crate) fn segments(record: Record<'_>, window: Window, zone: &Zone) -> Vec<Segment> {
    let mut rest = record.found;
    let segment = |n| {
        let part = window.part(n, SEGMENTS);
        let gone = rest.iter().take_while(|one| one.last < part.from).count();
        // The last result before the part still speaks for its beginning.
        rest = &rest[gone.saturating_sub(1)..];
        of(Record { found: rest, ..record }, part, zone)
    };
    (0..SEGMENTS).map(segment).collect()
}

fn of(record: Record<'_>, part: Window, zone: &Zone) -> Segment {
    let near = record.found.iter().take_while(|one| one.first <= part.until);
    let inside: Vec<_> = near.filter_map(|one| one.clone().within(part.from, part.until)).collect();
    let count = |keep: &dyn Fn(Status) -> bool| {
        inside.iter().filter(|one| keep(one.status)).map(|one| u64::from(one.count)).sum::<u64>()
    };
    let good = count(&|status| status == Status::Ok);
    let warned = count(&|status| matches!(status, Status::Warn | Status::Unknown));
    let failed = count(&|status| status == Status::Fail);
    let lost = missing(&inside, part, record.every);
    let silent = inside.is_empty() && !covered(record, part);
    let mood = match (failed, warned) {
        _ if silent => Mood::Missing,
        (1.., _) => Mood::Error,
        _ if lost > good + warned => Mood::Missing,
        (0, 1..) => Mood::Warning,
        (0, 0) => Mood::Success,
    };
    let mood = if inside.is_empty() && !silent { held(record, part) } else { mood };
    let seen = (good + warned + failed > 0).then(|| counted(good, warned, failed, lost));
    let said = seen.unwrap_or_else(|| if silent { "no samples" } else { "between samples" }.into());
    Segment { mood, title: format!("{}: {said}", when(part, zone)) }
}

fn counted(good: u64, warned: u64, failed: u64, lost: u64) -> String {
    let words = [(good, "OK"), (warned, "warning"), (failed, "failed"), (lost, "missing")];
    let told = words.iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{n} {word}"));
    told.collect::<Vec<_>>().join(", ")
}

/// Whether a part without results is only shorter than the wait between two of them.
fn covered(record: Record<'_>, part: Window) -> bool {
    let patience = record.every * 3 / 2;
    let last = before(record, part);
    last.is_some_and(|one| part.until.since(one.last) <= patience || spans(one, part, patience))
        || record.found.iter().any(|one| spans(one, part, patience))
}

/// Whether results on both sides of the part are close enough to each other.
fn spans(one: &Stretch, part: Window, patience: Duration) -> bool {
    one.first < part.from && one.last > part.until && one.pace() <= patience
}

fn before<'a>(record: Record<'a>, part: Window) -> Option<&'a Stretch> {
    record.found.iter().take_while(|one| one.first < part.from).last()
}

/// What the last result before the part says of it.
fn held(record: Record<'_>, part: Window) -> Mood {
    match before(record, part).map(|one| one.status) {
        Some(status) if passes(status, true) => Mood::Success,
        Some(Status::Fail) => Mood::Error,
        Some(Status::Warn | Status::Unknown) => Mood::Warning,
        Some(Status::Ok | Status::Pending) | None => Mood::Missing,
    }
}

/// The time of a part, as short as it can be told: there are hundreds on a page. Of a day the hours
/// are enough.
fn when(part: Window, zone: &Zone) -> String {
    let from = zone.minute(part.from);
    if part.span() * SEGMENTS <= Duration::from_secs(86_400) {
        format!("{from}–{}", zone.minute(part.until))
    } else {
        format!("{} {from}", zone.short_day(part.from))
    }
}
