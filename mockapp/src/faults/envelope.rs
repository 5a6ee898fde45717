//! The fields that every fault has: where it is on, how long, how often.
//! Owns their parsing and the rule which match is injected; holds no counters.

use super::draw_of;
use super::fields::{Fields, Invalid};
use super::selector::Selector;
use crate::draw::Draw;
use std::time::Duration;

/// The envelope's keys, in the order in which they are documented.
pub(crate) const KEYS: [(&str, &str); 9] = [
    ("id", "name of this fault, 1 to 64 of A-Z a-z 0-9 . _ -; given when absent"),
    ("fault", "which fault, see the catalogue"),
    ("on", "\"METHOD /path\" with *, or db, queue, job, job:NAME; absent: everything it can be on"),
    ("for", "ends by itself after 250ms, 30s, 5m, 2h, 1d"),
    ("p", "probability of each match, 0 to 1"),
    ("times", "ends after so many injections"),
    ("skip", "lets the first so many matches pass"),
    ("every", "injects each so-many-th match"),
    ("sticky", "true: survives POST /admin/reset"),
];

/// The envelope of one fault.
#[derive(Debug, Clone, Default)]
pub(crate) struct Envelope {
    pub(crate) on: Option<Selector>,
    pub(crate) lasts: Option<Duration>,
    pub(crate) p: Option<f64>,
    pub(crate) times: Option<u64>,
    pub(crate) skip: Option<u64>,
    pub(crate) every: Option<u64>,
    pub(crate) sticky: bool,
}

impl Envelope {
    pub(crate) fn take(fields: &mut Fields) -> Result<Self, Invalid> {
        const MANY: u64 = 1_000_000_000;
        Ok(Self {
            on: fields.text("on")?.map(|text| Selector::parse(&text)).transpose()?,
            lasts: fields.duration("for")?,
            p: fields.number("p", 0.0..=1.0)?,
            times: fields.whole("times", 1..=MANY)?,
            skip: fields.whole("skip", 0..=MANY)?,
            every: fields.whole("every", 1..=MANY)?,
            sticky: fields.flag("sticky")?.unwrap_or(false),
        })
    }

    /// Whether the `nth` match (from 1) is injected, given how many were injected before it.
    pub(crate) fn injects(&self, nth: u64, injected: u64, draw: Draw) -> bool {
        let skip = self.skip.unwrap_or(0);
        nth > skip
            && (nth - skip).is_multiple_of(self.every.unwrap_or(1))
            && self.times.is_none_or(|times| injected < times)
            && self.p.is_none_or(|p| draw.unit(draw_of::CHANCE) < p)
    }

    /// Whether `times` is used up.
    pub(crate) fn spent(&self, injected: u64) -> bool {
        self.times.is_some_and(|times| injected >= times)
    }

    /// Whether any field decides match by match.
    pub(crate) fn counts_matches(&self) -> bool {
        self.p.is_some() || self.times.is_some() || self.skip.is_some() || self.every.is_some()
    }
}
