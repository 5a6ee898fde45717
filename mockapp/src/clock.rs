//! The only file that reads a clock. Time is an anchor plus tokio's elapsed time, so that a paused
//! runtime makes everything virtual and a stepped system clock never reorders what happened here.

use jiff::Timestamp;
use std::time::Duration;
use tokio::time::Instant;

/// Where the mock app gets its time from. Create it inside the runtime that will use it.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    epoch: Timestamp,
    origin: Instant,
}

impl Clock {
    /// The machine's wall clock, read once; from then on it runs with tokio's clock.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the wall clock")]
    pub fn system() -> Self {
        Self::starting_at(Timestamp::now())
    }

    /// A clock that shows `epoch` now; for virtual time.
    pub fn starting_at(epoch: Timestamp) -> Self {
        Self { epoch, origin: Instant::now() }
    }

    pub(crate) fn now(&self) -> Timestamp {
        after(self.epoch, self.origin.elapsed())
    }
}

/// `at + by`, saturating at the end of representable time.
pub(crate) fn after(at: Timestamp, by: Duration) -> Timestamp {
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}

/// How long from `from` to `to`; zero when `to` is not later.
pub(crate) fn between(from: Timestamp, to: Timestamp) -> Duration {
    Duration::try_from(to.duration_since(from)).unwrap_or_default()
}

/// RFC 3339 in UTC with milliseconds.
pub(crate) fn rfc3339(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}
