//! The one place of the checker that reads a clock.
//! Monotonic time is tokio's, so that pausing the runtime makes it virtual; wall-clock time is the
//! system's, or virtual: an epoch plus the monotonic time plus every step that a scenario made.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use engine::time::{Mono, Now, Timestamp, millis};
use tokio::time::Instant;

/// Tells the time, in both of its meanings.
#[derive(Clone, Debug)]
pub struct Clock {
    origin: Instant,
    wall: Wall,
}

#[derive(Clone, Debug)]
enum Wall {
    System,
    Virtual { epoch: Timestamp, stepped: Arc<AtomicI64> },
}

impl Clock {
    /// The machine's own clocks. Monotonic time starts at the call.
    #[must_use]
    pub fn system() -> Self {
        Self { origin: Instant::now(), wall: Wall::System }
    }

    /// A wall clock that says `epoch` at the call and then follows monotonic time.
    #[must_use]
    pub fn virtual_from(epoch: Timestamp) -> Self {
        let stepped = Arc::new(AtomicI64::new(0));
        Self { origin: Instant::now(), wall: Wall::Virtual { epoch, stepped } }
    }

    /// The present.
    #[must_use]
    pub fn now(&self) -> Now {
        let mono = Mono(millis(self.origin.elapsed()));
        Now { wall: self.wall_at(mono), mono }
    }

    /// When a monotonic instant comes, for the runtime's timers.
    #[must_use]
    pub fn instant(&self, at: Mono) -> Instant {
        self.origin + at.since(Mono(0))
    }

    /// Steps a virtual wall clock by so many milliseconds; does nothing to the system's.
    pub fn step(&self, by_ms: i64) {
        if let Wall::Virtual { stepped, .. } = &self.wall {
            stepped.fetch_add(by_ms, Ordering::Relaxed);
        }
    }

    fn wall_at(&self, mono: Mono) -> Timestamp {
        match &self.wall {
            Wall::System => system_time(),
            Wall::Virtual { epoch, stepped } => {
                let since = mono.0.saturating_add(stepped.load(Ordering::Relaxed));
                Timestamp::from_millis(epoch.as_millis().saturating_add(since))
            }
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the one place that reads the system clock")]
fn system_time() -> Timestamp {
    jiff::Timestamp::now().into()
}
