//! The faults that are or were active, with their counters.
//! Owns activation, automatic ends and match counting; never looks at a clock.

use crate::clock::{after, between, rfc3339};
use crate::draw::Draw;
use crate::faults::{Domain, FaultKind, Job, JobKind, Spec};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use std::collections::VecDeque;

/// Ended faults that stay listed, so that their counters can be asserted.
const KEPT: usize = 200;
/// Faults that may be active at once.
const MOST_ACTIVE: usize = 100;

/// Why a fault is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum EndedBy {
    /// Its `for` was over.
    Time,
    /// Its `times` were used up.
    Times,
    /// `POST /admin/reset`.
    Reset,
    /// `DELETE /admin/faults/{id}`, or its toggle.
    Request,
}

/// Why a fault was not taken in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refused {
    #[error("a fault with the id `{0}` is active already")]
    Duplicate(String),
    #[error("`{0}` is the id of a toggle: use POST or PATCH /admin/faults")]
    Reserved(String),
    #[error("{MOST_ACTIVE} faults are active already: end some first")]
    TooMany,
}

/// One fault, active or ended.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// Never used twice, unlike ids.
    pub(crate) serial: u64,
    pub(crate) id: String,
    pub(crate) spec: Spec,
    pub(crate) started_at: Timestamp,
    ends_at: Option<Timestamp>,
    ended: Option<(Timestamp, EndedBy)>,
    matched: u64,
    injected: u64,
}

impl Entry {
    /// Counts one match; `Some` when it is injected.
    fn gate(&mut self, seed: u64) -> Option<Draw> {
        self.matched += 1;
        let draw = Draw::new(seed, &self.id, self.matched);
        let hit = self.spec.envelope.injects(self.matched, self.injected, draw);
        self.injected += u64::from(hit);
        hit.then_some(draw)
    }

    /// A hanging job is held by its fault, so that using up `times` must not release it.
    fn is_spent(&self) -> bool {
        let holds = matches!(&self.spec.kind, FaultKind::Job(Job { kind: JobKind::Hang, .. }));
        !holds && self.spec.envelope.spent(self.injected)
    }
}

/// What `GET /admin/faults` shows of a fault.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct FaultView {
    pub(crate) id: String,
    pub(crate) fault: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) on: Option<String>,
    pub(crate) parameters: Value,
    #[serde(rename = "for", skip_serializing_if = "Option::is_none")]
    pub(crate) lasts: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) p: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) times: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) skip: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) every: Option<u64>,
    pub(crate) sticky: bool,
    pub(crate) active: bool,
    pub(crate) started_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ends_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ends_in_s: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ended_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ended_by: Option<EndedBy>,
    pub(crate) matched: u64,
    pub(crate) injected: u64,
}

impl FaultView {
    fn of(entry: &Entry, now: Timestamp) -> Self {
        let envelope = &entry.spec.envelope;
        let active = entry.ended.is_none();
        Self {
            id: entry.id.clone(),
            fault: entry.spec.kind.info().name,
            on: envelope.on.as_ref().map(|on| on.text()),
            parameters: entry.spec.kind.parameters(),
            lasts: envelope.lasts.map(crate::duration::text),
            p: envelope.p,
            times: envelope.times,
            skip: envelope.skip,
            every: envelope.every,
            sticky: envelope.sticky,
            active,
            started_at: rfc3339(entry.started_at),
            ends_at: entry.ends_at.map(rfc3339),
            ends_in_s: entry.ends_at.filter(|_| active).map(|end| seconds_up(now, end)),
            ended_at: entry.ended.map(|(at, _)| rfc3339(at)),
            ended_by: entry.ended.map(|(_, why)| why),
            matched: entry.matched,
            injected: entry.injected,
        }
    }
}

/// Remaining whole seconds, rounded up, so that a running fault never shows zero.
fn seconds_up(now: Timestamp, end: Timestamp) -> u64 {
    u64::try_from(between(now, end).as_millis().div_ceil(1_000)).unwrap_or(u64::MAX)
}

/// All faults of one stack.
#[derive(Debug)]
pub(crate) struct Ledger {
    seed: u64,
    active: Vec<Entry>,
    ended: VecDeque<Entry>,
    serials: u64,
    given_ids: u64,
}

impl Ledger {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, active: Vec::new(), ended: VecDeque::new(), serials: 0, given_ids: 0 }
    }

    /// Whether a fault of this id may start now.
    pub(crate) fn admits(&self, id: Option<&str>) -> Result<(), Refused> {
        if self.active.len() >= MOST_ACTIVE {
            return Err(Refused::TooMany);
        }
        match id.filter(|id| self.is_active(id)) {
            Some(id) => Err(Refused::Duplicate(id.to_owned())),
            None => Ok(()),
        }
    }

    /// Starts a fault and answers how it is listed. The caller has asked [`Self::admits`].
    pub(crate) fn start(&mut self, spec: Spec, now: Timestamp) -> FaultView {
        let id = spec.id.clone().unwrap_or_else(|| self.next_id());
        self.serials += 1;
        // A closed listener cannot count whom it turns away: closing it is the one match.
        let once = u64::from(spec.kind.info().domain == Domain::Listener);
        let entry = Entry {
            serial: self.serials,
            id,
            started_at: now,
            ends_at: spec.envelope.lasts.map(|lasts| after(now, lasts)),
            spec,
            ended: None,
            matched: once,
            injected: once,
        };
        let view = FaultView::of(&entry, now);
        self.active.push(entry);
        view
    }

    fn next_id(&mut self) -> String {
        loop {
            self.given_ids += 1;
            let id = format!("fault-{}", self.given_ids);
            if !self.is_active(&id) {
                return id;
            }
        }
    }

    pub(crate) fn is_active(&self, id: &str) -> bool {
        self.active.iter().any(|entry| entry.id == id)
    }

    pub(crate) fn holds(&self, serial: u64) -> bool {
        self.active.iter().any(|entry| entry.serial == serial)
    }

    /// Whether any active fault satisfies `wanted`; counts nothing.
    pub(crate) fn any(&self, wanted: impl Fn(&FaultKind) -> bool) -> bool {
        self.active.iter().any(|entry| wanted(&entry.spec.kind))
    }

    /// Ends the selected faults at `now` and answers their ids.
    pub(crate) fn end_where(
        &mut self,
        now: Timestamp,
        why: EndedBy,
        selected: impl Fn(&Entry) -> bool,
    ) -> Vec<String> {
        let (over, active) = std::mem::take(&mut self.active).into_iter().partition(selected);
        self.active = active;
        let over: Vec<Entry> = over;
        let ids = over.iter().map(|entry| entry.id.clone()).collect();
        self.keep(over.into_iter().map(|entry| Entry { ended: Some((now, why)), ..entry }));
        ids
    }

    fn keep(&mut self, over: impl Iterator<Item = Entry>) {
        self.ended.extend(over);
        let excess = self.ended.len().saturating_sub(KEPT);
        self.ended.drain(..excess);
    }

    /// Ends what was to end by `now`, each at its own instant.
    pub(crate) fn expire(&mut self, now: Timestamp) {
        while let Some(end) = self.next_end().filter(|end| *end <= now) {
            self.end_where(end, EndedBy::Time, |entry| entry.ends_at == Some(end));
        }
    }

    pub(crate) fn next_end(&self) -> Option<Timestamp> {
        self.active.iter().filter_map(|entry| entry.ends_at).min()
    }

    /// Counts a match on every active fault that `wanted` selects and answers the injected ones.
    pub(crate) fn hits(
        &mut self,
        now: Timestamp,
        wanted: impl Fn(&Entry) -> bool,
    ) -> Vec<(Entry, Draw)> {
        let seed = self.seed;
        let mut hits = Vec::new();
        for entry in self.active.iter_mut().filter(|entry| wanted(entry)) {
            if let Some(draw) = entry.gate(seed) {
                hits.push((entry.clone(), draw));
            }
        }
        if self.active.iter().any(Entry::is_spent) {
            self.end_where(now, EndedBy::Times, Entry::is_spent);
        }
        hits
    }

    /// The active faults that `wanted` selects, as if all were injected; counts nothing.
    pub(crate) fn peek(&self, wanted: impl Fn(&Entry) -> bool) -> Vec<Entry> {
        self.active.iter().filter(|entry| wanted(entry)).cloned().collect()
    }

    /// The active faults, oldest first.
    pub(crate) fn active(&self, now: Timestamp) -> Vec<FaultView> {
        self.active.iter().map(|entry| FaultView::of(entry, now)).collect()
    }

    /// The ended faults that are kept, in the order in which they ended.
    pub(crate) fn ended(&self, now: Timestamp) -> Vec<FaultView> {
        self.ended.iter().map(|entry| FaultView::of(entry, now)).collect()
    }

    /// The newest fault of this id, active or ended.
    pub(crate) fn find(&self, id: &str, now: Timestamp) -> Option<FaultView> {
        let ended = self.ended.iter();
        let newest = ended.chain(&self.active).rfind(|entry| entry.id == id);
        newest.map(|entry| FaultView::of(entry, now))
    }
}
