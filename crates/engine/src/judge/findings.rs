//! What a judge has found so far: the worst finding decides, all of them are told.

use std::time::Duration;

use crate::{
    details::{Details, Expectation},
    outcome::Outcome,
    status::Status,
};

/// What was found so far.
#[derive(Default)]
pub(super) struct Findings {
    status: Option<Status>,
    reasons: Vec<String>,
    expectations: Vec<Expectation>,
}

impl Findings {
    pub(super) fn fail(&mut self, reason: String) {
        self.status = Some(Status::Fail);
        self.reasons.push(reason);
    }

    pub(super) fn warn(&mut self, reason: String) {
        self.status = self.status.or(Some(Status::Warn));
        self.reasons.push(reason);
    }

    pub(super) fn saw(&mut self, what: &str, expected: String, actual: String, ok: bool) {
        self.expectations.push(Expectation { what: what.to_owned(), expected, actual, ok });
    }

    /// Holds a number against its limits; the unit is what stands behind the number.
    pub(super) fn limits(
        &mut self,
        (what, unit): (&str, &str),
        value: u64,
        warn: Option<u64>,
        crit: Option<u64>,
    ) {
        let reached = |limit: u64| value >= limit;
        let Some(limit) = crit.filter(|limit| reached(*limit)).or(warn).or(crit) else {
            return;
        };
        let ok = !reached(limit);
        if crit.is_some_and(reached) {
            self.fail(format!("{what} {value}{unit}, limit {limit}{unit}"));
        } else if !ok {
            self.warn(format!("{what} {value}{unit}, warning from {limit}{unit}"));
        }
        self.saw(what, format!("< {limit}{unit}"), format!("{value}{unit}"), ok);
    }

    /// Holds a latency in milliseconds against its limits.
    pub(super) fn latency(&mut self, ms: u64, warn: Option<Duration>, crit: Option<Duration>) {
        let whole = |limit: Duration| u64::try_from(limit.as_millis()).unwrap_or(u64::MAX);
        self.limits(("latency", " ms"), ms, warn.map(whole), crit.map(whole));
    }

    /// The verdict; `good` is told when there is nothing else to tell.
    pub(super) fn verdict(
        self,
        good: String,
        details: Details,
        latency_ms: Option<u64>,
    ) -> Outcome {
        let status = self.status.unwrap_or(Status::Ok);
        let reason = if self.reasons.is_empty() { good } else { self.reasons.join("; ") };
        let details = Details { reason, expectations: self.expectations, ..details };
        let retry = status == Status::Fail;
        Outcome { status, details, latency_ms, retry, job: None }
    }

    pub(super) fn failed(&self) -> bool {
        self.status == Some(Status::Fail)
    }
}
