//! The only file that reads a clock. Live, the wall clock is read each time, because a board that
//! slept with its machine must wake up in the present; in virtual time it runs with tokio's clock.

use engine::Timestamp;
use tokio::time::Instant;

/// Where the board gets its time from.
#[derive(Clone, Copy, Debug)]
pub struct Clock(Kind);

#[derive(Clone, Copy, Debug)]
enum Kind {
    System,
    Virtual { epoch: Timestamp, origin: Instant },
}

impl Clock {
    /// The machine's wall clock.
    #[must_use]
    pub const fn system() -> Self {
        Self(Kind::System)
    }

    /// A clock that shows `epoch` now and runs with tokio's clock, for virtual time.
    #[must_use]
    pub fn starting_at(epoch: Timestamp) -> Self {
        Self(Kind::Virtual { epoch, origin: Instant::now() })
    }

    /// The present.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the file that reads the clock")]
    pub fn now(&self) -> Timestamp {
        match self.0 {
            Kind::System => jiff::Timestamp::now().into(),
            Kind::Virtual { epoch, origin } => epoch + origin.elapsed(),
        }
    }
}
