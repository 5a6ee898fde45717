//! What can be wrong with a mail server, and whom it strikes. Counts; sends nothing.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use mockapp::Gate;
use serde_json::{Map, Value};

/// What can be wrong with a mail server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Broken {
    /// Nobody listens.
    Refuse,
    /// Every mail is put off.
    Greylist,
    /// Every mail is refused for good.
    Reject,
    /// Every mail is answered with this code.
    Code(u16),
    /// Nothing is ever said.
    Stall,
    /// The mail is taken, the connection breaks before that is said.
    LostAck,
    /// The mail is taken after so long.
    Slow(Duration),
    /// The mail arrives twice.
    Dup,
}

/// A fault, and how often it was met and struck.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) id: String,
    pub(super) broken: Broken,
    gate: Gate,
    seed: u64,
    matched: AtomicU64,
    injected: AtomicU64,
}

impl Fault {
    /// The fault of a step whose times are real ones already; nothing for a kind that is not known.
    pub(super) fn of(id: &str, kind: &str, step: &Map<String, Value>, seed: u64) -> Option<Self> {
        let whole = |key: &str| step.get(key).and_then(Value::as_u64);
        let code = whole("code").and_then(|code| u16::try_from(code).ok());
        let broken = match (kind, code) {
            ("mail.greylist" | "mail.reject", Some(code)) => Broken::Code(code),
            ("mail.refuse", _) => Broken::Refuse,
            ("mail.greylist", _) => Broken::Greylist,
            ("mail.reject", _) => Broken::Reject,
            ("mail.stall", _) => Broken::Stall,
            ("mail.lost_ack", _) => Broken::LostAck,
            ("mail.slow", _) => Broken::Slow(Duration::from_millis(whole("ms").unwrap_or(0))),
            ("mail.dup", _) => Broken::Dup,
            _ => return None,
        };
        let p = step.get("p").and_then(Value::as_f64);
        let (times, skip, every) = (whole("times"), whole("skip"), whole("every"));
        let (matched, injected) = (AtomicU64::new(0), AtomicU64::new(0));
        let gate = Gate { p, times, skip, every };
        Some(Self { id: id.to_owned(), broken, gate, seed, matched, injected })
    }

    /// A closed door turns everybody away; a fault that picks its clients must let them in first.
    pub(super) fn closes(&self) -> bool {
        self.broken == Broken::Refuse && self.gate == Gate::default()
    }

    /// Counts a client and says whether the fault strikes it.
    pub(super) fn meets(&self) -> bool {
        let nth = self.matched.fetch_add(1, Ordering::Relaxed) + 1;
        let struck = self.injected.load(Ordering::Relaxed);
        let strikes = self.gate.injects(self.seed, &self.id, nth, struck);
        self.injected.fetch_add(u64::from(strikes), Ordering::Relaxed);
        strikes
    }

    /// How often it was met, and how often it struck.
    pub(super) fn counts(&self) -> (u64, u64) {
        (self.matched.load(Ordering::Relaxed), self.injected.load(Ordering::Relaxed))
    }
}
