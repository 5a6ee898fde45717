//! One fault, active or ended, with its counters and the phase it is in.
//! Owns the counting of matches; never looks at a clock.

use super::slots::{Slot, Slots};
use crate::clock::{after, between};
use crate::draw::Draw;
use crate::faults::condition::Occasion;
use crate::faults::kind::{Verdict, draw_of};
use crate::faults::shape::Phase;
use crate::faults::{Domain, FaultKind, Spec, Strike};
use crate::stack::Accepting;
use jiff::Timestamp;
use serde::Serialize;
use std::collections::VecDeque;
use std::sync::Arc;

/// Matches that are remembered for kinds with a window.
const REMEMBERED: usize = 10_000;

/// Why a fault is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum EndedBy {
    /// Its `for` was over.
    Time,
    /// Its `times` were used up.
    Times,
    /// What it rested on was gone.
    Itself,
    /// `POST /admin/reset`.
    Reset,
    /// `DELETE /admin/faults/{id}`, or its toggle.
    Request,
    /// A tool of the operator's.
    Operator,
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
    /// Whether it keeps the process from living, and when that changes.
    down: (bool, Option<Timestamp>),
    /// The latest period of a burst, and its matches.
    burst: (u64, u64),
    /// When the latest matches were, of those kinds that have a window.
    recent: VecDeque<Timestamp>,
    slots: Slots,
    /// It has done something that lasts until it ends.
    pub(super) tripped: bool,
    /// It has come to its end by itself.
    pub(super) faded: bool,
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
        let own = spec.kind.length(&spec.envelope.gate);
        let length = spec.envelope.lasts.into_iter().chain(own).min();
        let mut entry = Self {
            serial,
            started_at: now,
            ends_at: length.map(|length| after(now, length)),
            phase,
            id,
            spec: Arc::new(spec),
            ended: None,
            matched: 0,
            injected: 0,
            overflow: 0,
            down: (false, None),
            burst: (0, 0),
            recent: VecDeque::new(),
            slots: Slots::default(),
            tripped: false,
            faded: false,
        };
        entry.count_closing();
        entry.live(now);
        entry
    }

    pub(crate) fn over(self, now: Timestamp, why: EndedBy) -> Self {
        Self { ended: Some((now, why)), ..self }
    }

    /// Whether it does anything at present.
    pub(crate) fn acts(&self) -> bool {
        self.phase.acts
    }

    /// Whether it keeps the process from living.
    pub(crate) fn is_down(&self) -> bool {
        self.down.0
    }

    /// What becomes of new connections because of it.
    pub(crate) fn accepting(&self) -> Accepting {
        if self.is_down() { Accepting::Refused } else { self.spec.kind.accepting() }
    }

    /// The memory that it has made the process take.
    pub(crate) fn memory_mb(&self, now: Timestamp) -> Option<u64> {
        let FaultKind::Mem(fault) = &self.spec.kind else {
            return None;
        };
        Some(fault.used_mb(between(self.phase.since, now)))
    }

    /// When it ends or changes its phase by itself next.
    pub(crate) fn next_change(&self) -> Option<Timestamp> {
        self.ends_at.into_iter().chain(self.phase.until).chain(self.down.1).min()
    }

    /// Enters what begins at `at`; answers whether the process dies of it.
    pub(crate) fn pass(&mut self, seed: u64, at: Timestamp) -> bool {
        while self.phase.until.is_some_and(|until| until <= at) {
            self.phase = self.spec.envelope.shape.next(self.phase, (seed, &self.id));
            self.count_closing();
        }
        self.live(at)
    }

    /// A closed listener cannot count whom it turns away: each closing is a match.
    fn count_closing(&mut self) {
        let closes = self.phase.acts && self.spec.kind.info().domain == Domain::Listener;
        self.matched += u64::from(closes);
        self.injected += u64::from(closes);
    }

    /// Looks whether the process lives; each death is a match.
    fn live(&mut self, now: Timestamp) -> bool {
        let age = between(self.phase.since, now);
        let life = self.spec.kind.life(&self.spec.envelope.gate, age).filter(|_| self.phase.acts);
        let until = life.and_then(|life| life.lasts).map(|lasts| after(now, lasts));
        let dies = life.is_some_and(|life| life.down) && !self.down.0;
        self.down = (life.is_some_and(|life| life.down), until);
        self.matched += u64::from(dies);
        self.injected += u64::from(dies);
        dies
    }

    /// Whether this is something for it, other faults apart.
    pub(crate) fn admits(&self, occasion: &Occasion<'_>) -> bool {
        self.spec.kind.wants(occasion, self.serial)
            && self.spec.envelope.when.as_ref().is_none_or(|when| when.takes(occasion))
    }

    /// Counts one match; `Some` when it is injected.
    pub(crate) fn strike(
        &mut self,
        seed: u64,
        now: Timestamp,
        occasion: &Occasion<'_>,
    ) -> Option<Hit> {
        self.matched += 1;
        self.forget(now);
        let hit = self.as_if(seed, now, occasion);
        let rarer = if self.spec.kind.has_size() { 1.0 } else { hit.strike.level };
        let gate = &self.spec.envelope.gate;
        let chosen =
            gate.injects_at(rarer, (seed, &self.id, self.drawn(seed)), self.matched, self.injected);
        if !self.is_in_burst(now) || !chosen {
            return None;
        }
        let verdict = self.spec.kind.verdict(&hit.strike);
        self.remember(now, verdict);
        self.faded |= verdict == Verdict::Ends;
        if verdict != Verdict::Strikes {
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

    fn forget(&mut self, now: Timestamp) {
        if let Some(window) = self.spec.kind.window() {
            while self.recent.front().is_some_and(|at| between(*at, now) >= window) {
                self.recent.pop_front();
            }
        }
    }

    fn remember(&mut self, now: Timestamp, verdict: Verdict) {
        let kind = &self.spec.kind;
        if kind.window().is_some() && kind.remembers(verdict) && self.recent.len() < REMEMBERED {
            self.recent.push_back(now);
        }
    }

    /// The injection of the latest match as if nothing but time decided; counts nothing.
    pub(crate) fn as_if(&self, seed: u64, now: Timestamp, occasion: &Occasion<'_>) -> Hit {
        let hop = match occasion {
            Occasion::Request(asked) => asked.hop(),
            Occasion::Connection { .. } | Occasion::Part => 0,
        };
        let strike = Strike {
            draw: Draw::new(seed, &self.id, self.drawn(seed)),
            serial: self.serial,
            level: self.spec.envelope.shape.level(between(self.started_at, now)),
            age: between(self.phase.since, now),
            recent: self.recent.len() as u64,
            oldest: self.recent.front().map(|at| between(*at, now)).unwrap_or_default(),
            hop,
        };
        let (id, spec) = (self.id.clone(), Arc::clone(&self.spec));
        Hit { id, serial: self.serial, spec, strike, slot: None }
    }

    /// Whose draws the latest match has: its own, or those of one before it.
    fn drawn(&self, seed: u64) -> u64 {
        let alike = |nth: &u64| {
            let draw = Draw::new(seed, &self.id, *nth).unit(draw_of::ALIKE);
            *nth > 1 && draw < self.spec.envelope.correlation
        };
        let own = self.matched;
        if self.spec.envelope.correlation == 0.0 {
            return own;
        }
        (0..own).map(|back| own - back).find(|nth| !alike(nth)).unwrap_or(own)
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

    pub(crate) fn is_spent(&self) -> bool {
        self.spec.kind.spends() && self.spec.envelope.gate.spent(self.injected)
    }
}
