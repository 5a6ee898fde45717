//! The events of the last day as rows of 40 bytes: enough to filter and count; the rest of a line
//! stays on disk until a page shows it. Oldest first, as they were written.

use std::{borrow::Cow, collections::BTreeMap, collections::VecDeque, sync::Arc};

use engine::{Event, Status, Timestamp};
use serde::Deserialize;

use super::{EventFilter, Query, Runs, Sample, StripCell};

/// What kind of event a row stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Kind {
    Check,
    Notify,
    Delivery,
    Action,
    Start,
    Stop,
    Config,
    CheckRemoved,
    Skip,
}

impl Kind {
    fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "check" => Self::Check,
            "notify" => Self::Notify,
            "delivery" => Self::Delivery,
            "action" => Self::Action,
            "start" => Self::Start,
            "stop" => Self::Stop,
            "config" => Self::Config,
            "check_removed" => Self::CheckRemoved,
            "skip" => Self::Skip,
            _ => return None,
        })
    }

    const fn is_in(self, filter: EventFilter, changed: bool) -> bool {
        match self {
            Self::Check => {
                matches!(filter, EventFilter::Checks)
                    || (changed && matches!(filter, EventFilter::Changes))
            }
            Self::Notify => matches!(filter, EventFilter::Notices),
            Self::Delivery => matches!(filter, EventFilter::Deliveries),
            Self::Action => matches!(filter, EventFilter::Actions),
            Self::Start | Self::Stop | Self::Config | Self::CheckRemoved | Self::Skip => {
                matches!(filter, EventFilter::System)
            }
        }
    }
}

/// The part of a line that a row is made of.
#[derive(Debug, Deserialize)]
pub(super) struct Line<'a> {
    pub(super) ts: Timestamp,
    #[serde(borrow)]
    event: Cow<'a, str>,
    #[serde(borrow, default)]
    name: Option<Cow<'a, str>>,
    #[serde(default)]
    status: Option<Status>,
    #[serde(default)]
    prev: Option<Status>,
    #[serde(default)]
    latency_ms: Option<u64>,
    #[serde(default)]
    attempts: Option<u32>,
    #[serde(borrow, default)]
    details: Option<Found<'a>>,
}

/// The part of a result's details that outlives the day.
#[derive(Debug, Deserialize)]
struct Found<'a> {
    #[serde(borrow, default)]
    reason: Cow<'a, str>,
    #[serde(default)]
    facts: serde_json::Map<String, serde_json::Value>,
}

impl Line<'_> {
    /// Adds the result to the runs of its check, when the line is one.
    pub(super) fn result_into(&self, runs: &mut Runs) {
        let (Some(name), Some(status), "check") = (&self.name, self.status, &*self.event) else {
            return;
        };
        let found = self.details.as_ref();
        let fact = |name| found.and_then(|found| found.facts.get(name)?.as_str());
        let reason = fact("error").or_else(|| found.map(|found| &*found.reason)).unwrap_or("");
        let state = fact("state");
        runs.push(name, Sample { ts: self.ts, status, state, reason });
    }
}

/// Where a line is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) segment: u16,
    pub(super) offset: u64,
    pub(super) len: u32,
}

const NONE: u32 = u32::MAX;

#[derive(Clone, Copy, Debug)]
struct Row {
    ts: Timestamp,
    offset: u64,
    len: u32,
    latency_ms: u32,
    name: u32,
    segment: u16,
    attempts: u16,
    kind: Kind,
    status: Status,
    prev: Status,
}

const _: () = assert!(size_of::<Row>() == 40, "a day may have millions of rows");

/// Rows, and for every name which of them are its own.
#[derive(Debug, Default)]
pub(super) struct Rows {
    rows: VecDeque<Row>,
    names: BTreeMap<Arc<str>, u32>,
    /// For every name the numbers of its rows; a row's number is its index plus `gone`.
    of_name: Vec<VecDeque<u32>>,
    /// How many rows were taken off the front, wrapping.
    gone: u32,
    /// Some row is earlier than the one before it, because a clock was set back.
    unsorted: bool,
}

impl Rows {
    /// Adds the row of a line; `None` when the line is no event.
    pub(super) fn push(&mut self, line: &Line<'_>, place: Place) -> Option<Kind> {
        let kind = Kind::parse(&line.event)?;
        let (status, prev, attempts) = match kind {
            Kind::Check => (line.status?, line.prev?, line.attempts?),
            Kind::Notify
            | Kind::Delivery
            | Kind::Action
            | Kind::Start
            | Kind::Stop
            | Kind::Config
            | Kind::CheckRemoved
            | Kind::Skip => (Status::Pending, Status::Pending, 0),
        };
        self.unsorted |= self.rows.back().is_some_and(|last| last.ts > line.ts);
        let name = line.name.as_deref().map_or(NONE, |name| self.number(name));
        if let Some(own) = self.of_name.get_mut(name as usize) {
            let index = u32::try_from(self.rows.len()).ok()?;
            own.push_back(self.gone.wrapping_add(index));
        }
        let latency_ms = line.latency_ms.map_or(NONE, |ms| u32::try_from(ms).unwrap_or(NONE - 1));
        self.rows.push_back(Row {
            ts: line.ts,
            offset: place.offset,
            len: place.len,
            latency_ms,
            name,
            segment: place.segment,
            attempts: u16::try_from(attempts).unwrap_or(u16::MAX),
            kind,
            status,
            prev,
        });
        Some(kind)
    }

    /// Takes off the rows that are too old. Returns the segment of the oldest that is left.
    pub(super) fn trim(&mut self, before: Timestamp) -> Option<u16> {
        while let Some(row) = self.rows.front().filter(|row| row.ts < before) {
            if let Some(own) = self.of_name.get_mut(row.name as usize) {
                own.pop_front();
            }
            self.rows.pop_front();
            self.gone = self.gone.wrapping_add(1);
        }
        self.rows.front().map(|row| row.segment)
    }

    /// When the newest event happened.
    pub(super) fn newest(&self) -> Option<Timestamp> {
        self.rows.back().map(|row| row.ts)
    }

    /// How many rows answer a question, and the places of those on its page, newest first.
    pub(super) fn answer(&self, query: &Query) -> (usize, usize, Vec<(Timestamp, Place)>) {
        let per_page = query.per_page.max(1);
        let rows = self.matching(query);
        let total = if query.statuses.is_empty() && query.events.is_empty() && !self.unsorted {
            rows.size()
        } else {
            rows.newest_first().filter(|row| fits(row, query)).count()
        };
        let page = query.page.clamp(1, total.div_ceil(per_page).max(1));
        let wanted = rows.newest_first().filter(|row| fits(row, query));
        let wanted = wanted.skip((page - 1) * per_page).take(per_page);
        (total, page, wanted.map(|row| (row.ts, row.place())).collect())
    }

    /// The last cycles of a check since an instant, oldest first.
    pub(super) fn strip(&self, name: &str, since: Timestamp, last: usize) -> Vec<StripCell> {
        let own = self.own(name);
        let rows = own.iter().flat_map(|own| own.iter().rev()).filter_map(|n| self.row(*n));
        let cycles = rows.filter(|row| row.kind == Kind::Check && row.ts >= since).take(last);
        let mut cells: Vec<_> = cycles.map(Row::cell).collect();
        cells.reverse();
        cells
    }

    /// The rows that a question is about as far as name and time go; with times out of order the
    /// times are left to [`fits`].
    fn matching<'a>(&'a self, query: &Query) -> Matching<'a> {
        let (own, len) = match query.name.as_ref().and_then(|name| self.own(name)) {
            Some(own) => (Some(own), own.len()),
            None if query.name.is_some() => (None, 0),
            None => (None, self.rows.len()),
        };
        let mut found = Matching { rows: self, own, from: 0, until: len };
        if !self.unsorted {
            found.from = found.first(|row| row.ts >= query.from);
            found.until = found.first(|row| row.ts > query.until).max(found.from);
        }
        found
    }

    fn own(&self, name: &str) -> Option<&VecDeque<u32>> {
        self.of_name.get(*self.names.get(name)? as usize)
    }

    fn row(&self, number: u32) -> Option<&Row> {
        self.rows.get(number.wrapping_sub(self.gone) as usize)
    }

    fn number(&mut self, name: &str) -> u32 {
        if let Some(number) = self.names.get(name) {
            return *number;
        }
        let number = u32::try_from(self.of_name.len()).unwrap_or(NONE - 1);
        self.names.insert(name.into(), number);
        self.of_name.push(VecDeque::new());
        number
    }
}

impl Row {
    const fn place(&self) -> Place {
        Place { segment: self.segment, offset: self.offset, len: self.len }
    }

    fn cell(&self) -> StripCell {
        StripCell {
            ts: self.ts,
            status: self.status,
            latency_ms: (self.latency_ms != NONE).then(|| self.latency_ms.into()),
            attempts: self.attempts.into(),
        }
    }
}

fn fits(row: &Row, query: &Query) -> bool {
    let changed = row.status != row.prev;
    let status = query.statuses.is_empty()
        || (row.kind == Kind::Check && query.statuses.contains(&row.status));
    let event = query.events.is_empty()
        || query.events.iter().any(|filter| row.kind.is_in(*filter, changed));
    status && event && (query.from..=query.until).contains(&row.ts)
}

/// A run of rows, all or those of one name.
struct Matching<'a> {
    rows: &'a Rows,
    own: Option<&'a VecDeque<u32>>,
    from: usize,
    until: usize,
}

impl<'a> Matching<'a> {
    const fn size(&self) -> usize {
        self.until - self.from
    }

    fn at(&self, index: usize) -> Option<&'a Row> {
        match self.own {
            Some(own) => self.rows.row(*own.get(index)?),
            None => self.rows.rows.get(index),
        }
    }

    fn first(&self, passes: impl Fn(&Row) -> bool) -> usize {
        let (mut low, mut high) = (self.from, self.until);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.at(middle).is_some_and(&passes) { high = middle } else { low = middle + 1 }
        }
        low
    }

    fn newest_first(&self) -> impl Iterator<Item = &'a Row> {
        (self.from..self.until).rev().filter_map(|index| self.at(index))
    }
}

/// Whether an event belongs to the ledger of a check: notices, deliveries, actions and changes.
pub(super) fn is_in_ledger(event: &Event, name: &str) -> bool {
    use engine::EventKind as E;
    let named = |one: Option<&engine::CheckName>| one.is_some_and(|one| one.as_str() == name);
    match &event.kind {
        E::Check(done) => named(Some(&done.name)) && done.status != done.prev,
        E::Notify(notice) => named(notice.name.as_ref()),
        E::Delivery(done) => named(done.name.as_ref()),
        E::Action(done) => named(Some(&done.name)),
        E::Start(_) | E::Stop(_) | E::Config(_) | E::CheckRemoved(_) | E::Skip(_) => false,
    }
}
