//! One fault, active or ended, with its counters and the phase it is in.
//! Owns the counting of matches; never looks at a clock.

use super::slots::{Slot, Slots};
use crate::clock::{after, between};
use crate::draw::Draw;
use crate::faults::condition::Asked;
use crate::faults::shape::Phase;
use crate::faults::{Domain, FaultKind, Job, JobKind, Spec, Strike};
use jiff::Timestamp;
use serde::Serialize;
use std::sync::Arc;

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
    /// Whoever plays the scenario ended everything.
    Heal,
}

/// One fault, active or ended.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// Never used twice, unlike ids.
    pub(crate) serial: u64,
    pub(crate) id: String,
    pub(crate) spec: Arc<Spec>,
    pub(crate) started_at: Timestamp,
    pub(crate) ends_at: Option<Timestamp>,
    pub(crate) ended: Option<(Timestamp, EndedBy)>,
    pub(crate) matched: u64,
    pub(crate) injected: u64,
    /// Would have been injected, but for `max_active`.
    pub(crate) overflow: u64,
    phase: Phase,
    /// The latest period of a burst, and its matches.
    burst: (u64, u64),
    slots: Slots,
}

/// One injection of a fault.
#[derive(Debug)]
pub(crate) struct Hit {
    pub(crate) id: String,
    pub(crate) serial: u64,
    pub(crate) spec: Arc<Spec>,
    pub(crate) strike: Strike,
    /// Held for as long as the injection lasts.
    pub(crate) slot: Option<Slot>,
}

impl Entry {
    pub(crate) fn new(seed: u64, serial: u64, id: String, spec: Spec, now: Timestamp) -> Self {
        let phase = spec.envelope.shape.first(now, (seed, &id));
        let mut entry = Self {
            serial,
            started_at: now,
            ends_at: spec.envelope.lasts.map(|lasts| after(now, lasts)),
            phase,
            id,
            spec: Arc::new(spec),
            ended: None,
            matched: 0,
            injected: 0,
            overflow: 0,
            burst: (0, 0),
            slots: Slots::default(),
        };
        entry.count_closing();
        entry
    }

    /// A closed listener cannot count whom it turns away: each closing is a match.
    fn count_closing(&mut self) {
        let closes = self.phase.acts && self.spec.kind.info().domain == Domain::Listener;
        self.matched += u64::from(closes);
        self.injected += u64::from(closes);
    }

    pub(crate) fn over(self, now: Timestamp, why: EndedBy) -> Self {
        Self { ended: Some((now, why)), ..self }
    }

    /// Whether it does anything at present.
    pub(crate) fn acts(&self) -> bool {
        self.phase.acts
    }

    /// When it ends or changes its phase by itself next.
    pub(crate) fn next_change(&self) -> Option<Timestamp> {
        self.ends_at.into_iter().chain(self.phase.until).min()
    }

    /// Enters the phase that begins at `at`, if one does.
    pub(crate) fn pass(&mut self, seed: u64, at: Timestamp) {
        while self.phase.until.is_some_and(|until| until <= at) {
            self.phase = self.spec.envelope.shape.next(self.phase, (seed, &self.id));
            self.count_closing();
        }
    }

    /// Whether its condition lets it act on this request, other faults apart.
    pub(crate) fn admits(&self, asked: Option<&Asked<'_>>) -> bool {
        self.spec.envelope.when.as_ref().is_none_or(|when| when.takes(asked))
    }

    /// Counts one match; `Some` when it is injected.
    pub(crate) fn strike(&mut self, seed: u64, now: Timestamp) -> Option<Hit> {
        self.matched += 1;
        let hit = self.as_if(seed, now);
        let rarer = if self.spec.kind.has_size() { 1.0 } else { hit.strike.level };
        let gate = &self.spec.envelope.gate;
        let chosen = gate.injects_at(rarer, (seed, &self.id), self.matched, self.injected);
        if !self.is_in_burst(now) || !chosen {
            return None;
        }
        let slot = self.spec.envelope.max_active.map(|most| self.slots.take(most));
        if matches!(slot, Some(None)) {
            self.overflow += 1;
            return None;
        }
        self.injected += 1;
        Some(Hit { slot: slot.flatten(), ..hit })
    }

    /// The injection of the latest match as if nothing but time decided; counts nothing.
    pub(crate) fn as_if(&self, seed: u64, now: Timestamp) -> Hit {
        let strike = Strike {
            draw: Draw::new(seed, &self.id, self.matched),
            serial: self.serial,
            level: self.spec.envelope.shape.level(between(self.started_at, now)),
            age: between(self.phase.since, now),
        };
        let (id, spec) = (self.id.clone(), Arc::clone(&self.spec));
        Hit { id, serial: self.serial, spec, strike, slot: None }
    }

    fn is_in_burst(&mut self, now: Timestamp) -> bool {
        let age = between(self.started_at, now);
        let Some((period, size)) = self.spec.envelope.shape.burst(age) else {
            return true;
        };
        if self.burst.0 != period {
            self.burst = (period, 0);
        }
        self.burst.1 += 1;
        self.burst.1 <= size
    }

    /// A hanging job is held by its fault, so that using up `times` must not release it.
    pub(crate) fn is_spent(&self) -> bool {
        let holds = matches!(&self.spec.kind, FaultKind::Job(Job { kind: JobKind::Hang, .. }));
        !holds && self.spec.envelope.gate.spent(self.injected)
    }
}
