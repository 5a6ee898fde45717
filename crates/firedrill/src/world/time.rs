//! Scenario time: milliseconds since the start, on the runtime's clock, which never steps.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use crate::scenario::Ms;

/// Runs from the start of the scenario.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stopwatch(Instant);

impl Stopwatch {
    pub(super) fn start() -> Self {
        Self(Instant::now())
    }

    /// Milliseconds since the start.
    pub(super) fn now(self) -> Ms {
        self.of(Instant::now())
    }

    pub(super) fn of(self, at: Instant) -> Ms {
        engine::time::millis(at.saturating_duration_since(self.0))
    }

    /// Waits until so long after the start; not at all when that is over.
    pub(super) async fn until(self, at: Ms) {
        sleep_until(self.0 + Duration::from_millis(u64::try_from(at).unwrap_or(0))).await;
    }
}
