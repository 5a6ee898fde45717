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
    Virtual(Arc<Dial>),
}

/// A wall clock that can be wrong: since an instant it runs from a reading at a rate of its own.
#[derive(Debug)]
struct Dial {
    /// The monotonic milliseconds of the last change.
    since: AtomicI64,
    /// What the clock said then, in milliseconds of the epoch.
    said: AtomicI64,
    /// How much faster than monotonic time it runs since, in millionths.
    ppm: AtomicI64,
}

impl Dial {
    fn read(&self, mono: Mono) -> i64 {
        let elapsed = mono.0.saturating_sub(self.since.load(Ordering::Relaxed));
        let gained = elapsed.saturating_mul(self.ppm.load(Ordering::Relaxed)) / 1_000_000;
        self.said.load(Ordering::Relaxed).saturating_add(elapsed).saturating_add(gained)
    }

    fn set(&self, mono: Mono, said: i64, ppm: i64) {
        self.since.store(mono.0, Ordering::Relaxed);
        self.said.store(said, Ordering::Relaxed);
        self.ppm.store(ppm, Ordering::Relaxed);
    }
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
        let said = AtomicI64::new(epoch.as_millis());
        let dial = Dial { since: AtomicI64::new(0), said, ppm: AtomicI64::new(0) };
        Self { origin: Instant::now(), wall: Wall::Virtual(Arc::new(dial)) }
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
        if let Wall::Virtual(dial) = &self.wall {
            let mono = Mono(millis(self.origin.elapsed()));
            let ppm = dial.ppm.load(Ordering::Relaxed);
            dial.set(mono, dial.read(mono).saturating_add(by_ms), ppm);
        }
    }

    /// Lets a virtual wall clock run faster than monotonic time by so many millionths from now on;
    /// -1,000,000 stops it, 0 is the right rate. Does nothing to the system's.
    pub fn run_fast(&self, ppm: i64) {
        if let Wall::Virtual(dial) = &self.wall {
            let mono = Mono(millis(self.origin.elapsed()));
            dial.set(mono, dial.read(mono), ppm);
        }
    }

    fn wall_at(&self, mono: Mono) -> Timestamp {
        match &self.wall {
            Wall::System => system_time(),
            Wall::Virtual(dial) => Timestamp::from_millis(dial.read(mono)),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the one place that reads the system clock")]
fn system_time() -> Timestamp {
    jiff::Timestamp::now().into()
}
