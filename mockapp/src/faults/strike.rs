//! One injection of one fault: everything that its effect may depend on.
//! Plain data; what is done with it is each kind's own.

use crate::draw::Draw;
use std::time::Duration;

/// One injection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Strike {
    /// The draws of this match.
    pub(crate) draw: Draw,
    /// The fault's, never used twice.
    pub(crate) serial: u64,
    /// How far a ramp has come, 0 to 1.
    pub(crate) level: f64,
    /// How long the fault has been acting, without a pause.
    pub(crate) age: Duration,
    /// Remembered matches before this one, of those kinds that have a window.
    pub(crate) recent: u64,
    /// When the oldest of them was.
    pub(crate) oldest: Duration,
    /// How often the request was redirected already.
    pub(crate) hop: u64,
}

impl Strike {
    /// A size at this level.
    pub(crate) fn scaled(&self, size: f64) -> f64 {
        size * self.level
    }

    /// So many milliseconds at this level, as whole ones.
    pub(crate) fn ms(&self, ms: f64) -> Duration {
        Duration::from_millis(self.scaled(ms).round() as u64)
    }

    /// A length at this level, in whole milliseconds.
    pub(crate) fn length(&self, length: Duration) -> Duration {
        self.ms(length.as_millis() as f64)
    }
}
