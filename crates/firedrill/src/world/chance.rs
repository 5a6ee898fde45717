//! Whom a fault of the mail, the disk or the resolver strikes: counts, chance, and whether it is in
//! the down part of its flapping. Counts what it is asked; breaks nothing itself.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::Duration,
};

use mockapp::Gate;
use serde_json::{Map, Value};
use tokio::sync::Notify;

use super::time::Stopwatch;
use crate::scenario::{Ms, duration};

/// Still has strikes left.
const OPEN: Ms = -1;

/// The counters of a fault with the rule by which it strikes. Clones are the same fault.
#[derive(Clone, Debug)]
pub(super) struct Chance {
    id: String,
    seed: u64,
    gate: Gate,
    /// The lengths of the down part and of the up part that follows it, in milliseconds.
    flap: Option<(Ms, Ms)>,
    start: Ms,
    watch: Stopwatch,
    matched: Arc<AtomicU64>,
    injected: Arc<AtomicU64>,
    spent_at: Arc<AtomicI64>,
    spent: Arc<Notify>,
}

impl Chance {
    /// The chance of a step of the timeline that begins now; `spent` is told of its last strike.
    pub(super) fn new(
        (id, step): (&str, &Map<String, Value>),
        seed: u64,
        watch: Stopwatch,
        spent: Arc<Notify>,
    ) -> Self {
        Self {
            id: id.to_owned(),
            seed,
            gate: gate(step),
            flap: flap(step),
            start: watch.now(),
            watch,
            matched: Arc::default(),
            injected: Arc::default(),
            spent_at: Arc::new(AtomicI64::new(OPEN)),
            spent,
        }
    }

    /// Counts a match and says whether the fault strikes it.
    pub(super) fn strikes(&self) -> bool {
        if !self.acts() {
            return false;
        }
        let nth = self.matched.fetch_add(1, Ordering::Relaxed) + 1;
        let before = self.injected.load(Ordering::Relaxed);
        let hit = self.gate.injects(self.seed, &self.id, nth, before);
        if hit {
            self.injected.fetch_add(1, Ordering::Relaxed);
            if self.gate.times == Some(before + 1) {
                self.spent_at.store(self.watch.now(), Ordering::Relaxed);
                self.spent.notify_one();
            }
        }
        hit
    }

    /// Whether it would strike now, for who must not be counted; unknown when it hangs on a count or
    /// a draw.
    pub(super) fn would_strike(&self) -> Option<bool> {
        if !self.acts() {
            return Some(false);
        }
        let gate = &self.gate;
        let counts = gate.times.is_some() || gate.skip.is_some() || gate.every.is_some();
        (!counts && gate.p.is_none()).then_some(true)
    }

    /// When its flapping changes sides next.
    pub(super) fn next_edge(&self) -> Option<Ms> {
        let (down, up) = self.flap?;
        let since = self.watch.now() - self.start;
        let (turn, length) = (since.rem_euclid((down + up).max(1)), (down + up).max(1));
        let edge = if turn < down { down } else { length };
        Some(self.start + since - turn + edge)
    }

    /// Counts one match that was struck, whatever the rule.
    pub(super) fn struck_once(&self) {
        self.matched.store(1, Ordering::Relaxed);
        self.injected.store(1, Ordering::Relaxed);
    }

    /// When its `times` were used up.
    pub(super) fn spent_at(&self) -> Option<Ms> {
        Some(self.spent_at.load(Ordering::Relaxed)).filter(|at| *at != OPEN)
    }

    /// How often it was met, and how often it struck.
    pub(super) fn counts(&self) -> (u64, u64) {
        (self.matched.load(Ordering::Relaxed), self.injected.load(Ordering::Relaxed))
    }

    /// Flapping begins with the down part.
    fn acts(&self) -> bool {
        self.flap.is_none_or(|(down, up)| {
            (self.watch.now() - self.start).rem_euclid((down + up).max(1)) < down
        })
    }
}

fn gate(step: &Map<String, Value>) -> Gate {
    let whole = |key: &str| step.get(key).and_then(Value::as_u64);
    Gate {
        p: step.get("p").and_then(Value::as_f64),
        times: whole("times"),
        skip: whole("skip"),
        every: whole("every"),
    }
}

fn flap(step: &Map<String, Value>) -> Option<(Ms, Ms)> {
    let flap = step.get("shape")?.get("flap")?;
    let part = |key: &str| flap.get(key).and_then(Value::as_str).and_then(duration);
    let millis = |length: Duration| engine::time::millis(length);
    Some((millis(part("down")?), millis(part("up")?)))
}
