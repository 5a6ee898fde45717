//! The computed bounds: how long an outage can stay unseen, and a recovery.
//! Printed by `explain`, used by scenarios as `within: bound`, and never exceeded.

use std::time::Duration;

use crate::{config::Check, time::Timestamp};

/// The bounds of a check, delivery of the alert not included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bound {
    /// From the beginning of an outage to FAIL, at the most.
    pub detect: Duration,
    /// From the end of an outage to OK, at the most.
    pub recover: Duration,
}

/// `interval + (retries+1)·timeout + retries·backoff`, and `interval + timeout`.
#[must_use]
pub fn bound(check: &Check, now: Timestamp) -> Bound {
    let interval = check.schedule.interval(now);
    let attempts = check.timeout.saturating_mul(check.retries.saturating_add(1));
    let waits = check.backoff.saturating_mul(check.retries);
    Bound {
        detect: interval.saturating_add(attempts).saturating_add(waits),
        recover: interval.saturating_add(check.timeout),
    }
}
