//! The faults that are or were active, with their counters.
//! Owns activation, automatic ends and match counting; never looks at a clock.

use super::Accepting;
use super::entry::{EndedBy, Entry, Hit};
use super::fault_view::FaultView;
use crate::clock::{after, between};
use crate::faults::Spec;
use crate::faults::condition::Occasion;
use crate::tools::Component;
use jiff::Timestamp;
use std::collections::VecDeque;
use std::sync::Arc;

/// Ended faults that are remembered, so that their counters can be asserted.
const KEPT: usize = 10_000;
/// Those of them that are listed.
const LISTED: usize = 200;
/// Faults that may be active at once.
const MOST_ACTIVE: usize = 100;

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

/// All faults of one stack.
#[derive(Debug, Clone)]
pub(crate) struct Ledger {
    seed: u64,
    active: Vec<Entry>,
    /// Shared with copies of the ledger until one of them ends a fault.
    ended: Arc<VecDeque<Entry>>,
    serials: u64,
    given_ids: u64,
    changes: u64,
    deaths: u64,
}

impl Ledger {
    pub(crate) fn new(seed: u64) -> Self {
        let (active, ended) = (Vec::new(), Arc::default());
        Self { seed, active, ended, serials: 0, given_ids: 0, changes: 0, deaths: 0 }
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
        self.changes += 1;
        let entry = Entry::new(self.seed, self.serials, id, spec, now);
        self.deaths += u64::from(entry.is_down());
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

    /// Whether the fault of this serial is active and acts.
    pub(crate) fn holds(&self, serial: u64) -> bool {
        self.active.iter().any(|entry| entry.serial == serial && entry.acts())
    }

    /// What is to become of new connections; refused before hanging.
    pub(crate) fn accepting(&self) -> Accepting {
        let wanted: Vec<Accepting> = self.on().map(Entry::accepting).collect();
        let asked = |what: &Accepting| wanted.contains(what);
        let worst = [Accepting::Refused, Accepting::Hanging].into_iter().find(asked);
        worst.unwrap_or(Accepting::Open)
    }

    /// Whether open connections are asked to end.
    pub(crate) fn dismisses(&self) -> bool {
        self.on().any(|entry| entry.spec.kind.dismisses())
    }

    /// How often the process has died so far.
    pub(crate) fn deaths(&self) -> u64 {
        self.deaths
    }

    /// The serial of the latest fault.
    pub(crate) fn latest(&self) -> u64 {
        self.serials
    }

    /// The faults that act, and whose other fault, if they wait for one, is active.
    fn on(&self) -> impl Iterator<Item = &Entry> {
        self.active.iter().filter(|entry| self.is_on(entry))
    }

    fn is_on(&self, entry: &Entry) -> bool {
        let other = entry.spec.envelope.when.as_ref().and_then(|when| when.active.as_deref());
        entry.acts() && other.is_none_or(|id| self.is_active(id))
    }

    /// Ends the selected faults at `now` and answers their ids.
    pub(crate) fn end_where(
        &mut self,
        now: Timestamp,
        why: EndedBy,
        selected: impl Fn(&Entry) -> bool,
    ) -> Vec<String> {
        if !self.active.iter().any(&selected) {
            return Vec::new();
        }
        let (over, active) = std::mem::take(&mut self.active).into_iter().partition(selected);
        self.active = active;
        let over: Vec<Entry> = over;
        self.changes += over.len() as u64;
        let ids = over.iter().map(|entry| entry.id.clone()).collect();
        self.keep(over.into_iter().map(|entry| entry.over(now, why)));
        ids
    }

    /// Lets what is left of the selected faults last twice as long, and answers their ids with
    /// the parts that people would blame.
    pub(crate) fn prolong(
        &mut self,
        now: Timestamp,
        selected: impl Fn(&Entry) -> bool,
    ) -> Vec<(String, Component)> {
        let chosen = self.active.iter_mut().filter(|entry| selected(entry));
        let worse: Vec<_> = chosen
            .map(|entry| {
                entry.ends_at = entry.ends_at.map(|end| after(end, between(now, end)));
                (entry.id.clone(), entry.spec.kind.info().component)
            })
            .collect();
        self.changes += worse.len() as u64;
        worse
    }

    fn keep(&mut self, over: impl Iterator<Item = Entry>) {
        let ended = Arc::make_mut(&mut self.ended);
        ended.extend(over);
        let excess = ended.len().saturating_sub(KEPT);
        ended.drain(..excess);
    }

    /// Lets faults end and change their phase, as it was due by `now`, each at its own instant.
    pub(crate) fn pass(&mut self, now: Timestamp) {
        while let Some(at) = self.next_change().filter(|at| *at <= now) {
            self.end_where(at, EndedBy::Time, |entry| entry.ends_at == Some(at));
            for entry in &mut self.active {
                self.deaths += u64::from(entry.pass(self.seed, at));
            }
        }
    }

    /// When a fault ends or changes its phase by itself next.
    pub(crate) fn next_change(&self) -> Option<Timestamp> {
        self.active.iter().filter_map(Entry::next_change).min()
    }

    /// Counts a match on every fault that may act on this and that `wanted` selects, and answers
    /// the injected ones.
    pub(crate) fn hits(
        &mut self,
        now: Timestamp,
        occasion: &Occasion<'_>,
        wanted: impl Fn(&Entry) -> bool,
    ) -> Vec<Hit> {
        if self.active.is_empty() {
            return Vec::new();
        }
        let lets = |entry: &Entry| wanted(entry) && self.is_on(entry) && entry.admits(occasion);
        let chosen: Vec<bool> = self.active.iter().map(lets).collect();
        let chosen = self.active.iter_mut().zip(chosen).filter(|(_, chosen)| *chosen);
        let hits = chosen.filter_map(|(entry, _)| entry.strike(self.seed, now, occasion)).collect();
        self.end_where(now, EndedBy::Times, Entry::is_spent);
        self.end_where(now, EndedBy::Itself, |entry| entry.faded);
        hits
    }

    /// As [`Self::hits`], for what is neither a request nor a connection.
    pub(crate) fn hits_on_part(
        &mut self,
        now: Timestamp,
        wanted: impl Fn(&Entry) -> bool,
    ) -> Vec<Hit> {
        self.hits(now, &Occasion::Part, wanted)
    }

    /// The faults that act on parts and that `wanted` selects, as if all were injected; counts
    /// nothing.
    pub(crate) fn peek(&self, now: Timestamp, wanted: impl Fn(&Entry) -> bool) -> Vec<Hit> {
        let chosen = self.on().filter(|entry| wanted(entry) && entry.admits(&Occasion::Part));
        chosen.map(|entry| entry.as_if(self.seed, now, &Occasion::Part)).collect()
    }

    /// The memory that the process has taken, when a fault makes it grow.
    pub(crate) fn memory_mb(&self, now: Timestamp) -> Option<u64> {
        self.on().filter_map(|entry| entry.memory_mb(now)).max()
    }

    /// The fault of this serial has done something that lasts until it ends.
    pub(crate) fn trip(&mut self, serial: u64) {
        for entry in self.active.iter_mut().filter(|entry| entry.serial == serial) {
            entry.tripped = true;
        }
    }

    /// The oldest fault of which that holds.
    pub(crate) fn tripped(&self) -> Option<&Entry> {
        self.active.iter().find(|entry| entry.tripped)
    }

    /// The active faults, oldest first.
    pub(crate) fn active(&self, now: Timestamp) -> Vec<FaultView> {
        self.active.iter().map(|entry| FaultView::of(entry, now)).collect()
    }

    /// The latest ended faults, newest first.
    pub(crate) fn ended(&self, now: Timestamp) -> Vec<FaultView> {
        self.ended.iter().rev().take(LISTED).map(|entry| FaultView::of(entry, now)).collect()
    }

    /// Every fault, in the order in which they started.
    pub(crate) fn all(&self) -> Vec<&Entry> {
        let mut all: Vec<&Entry> = self.ended.iter().chain(&self.active).collect();
        all.sort_by_key(|entry| entry.serial);
        all
    }

    /// Goes up whenever a fault starts or ends; nothing else lets faults act or not, but time.
    pub(crate) fn changes(&self) -> u64 {
        self.changes
    }

    /// Whether any active fault decides match by match.
    pub(crate) fn counts_matches(&self) -> bool {
        self.active.iter().any(|entry| entry.spec.counts_matches())
    }

    /// The newest fault of this id, active or ended.
    pub(crate) fn find(&self, id: &str, now: Timestamp) -> Option<FaultView> {
        let ended = self.ended.iter();
        let newest = ended.chain(&self.active).rfind(|entry| entry.id == id);
        newest.map(|entry| FaultView::of(entry, now))
    }
}
