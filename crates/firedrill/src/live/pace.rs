//! Where a live run stands: real instants as times of the scenario and back.

use std::time::Duration;

use checker::clock::Clock;
use engine::{Timestamp, time::millis};
use tokio::time::Instant;

use super::scale::Scale;
use crate::scenario::Ms;

/// The clock of a run, from its 0s on.
#[derive(Clone, Debug)]
pub(super) struct Pace {
    /// How much shorter real time is.
    pub(super) scale: Scale,
    clock: Clock,
    zero: Instant,
    zero_wall: Timestamp,
}

impl Pace {
    /// A run whose 0s was, or will be, at this instant of the wall clock.
    pub(super) fn from(zero_wall: Timestamp, scale: Scale) -> Self {
        let clock = Clock::system();
        let (now, wall) = (Instant::now(), clock.now().wall);
        let zero = now + zero_wall.since(wall);
        let zero = zero.checked_sub(wall.since(zero_wall)).unwrap_or(zero);
        Self { scale, clock, zero, zero_wall }
    }

    /// The instant of 0s.
    pub(super) fn began(&self) -> Timestamp {
        self.zero_wall
    }

    /// The present, by the clock on the wall.
    pub(super) fn wall(&self) -> Timestamp {
        self.clock.now().wall
    }

    /// The present, in the scenario's time.
    pub(super) fn now(&self) -> Ms {
        self.of(Instant::now())
    }

    /// An instant in the scenario's time.
    pub(super) fn of(&self, at: Instant) -> Ms {
        let before = self.zero.saturating_duration_since(at);
        self.scale.told_ms(millis(at.saturating_duration_since(self.zero)) - millis(before))
    }

    /// What a clock on the wall said, in the scenario's time.
    pub(super) fn at(&self, wall: Timestamp) -> Ms {
        self.scale.told_ms(wall.as_millis() - self.zero_wall.as_millis())
    }

    /// When a time of the scenario comes.
    pub(super) fn instant(&self, at: Ms) -> Instant {
        let before = if at < 0 { self.scale.real_ms(-at) } else { Duration::ZERO };
        let zero = self.zero.checked_sub(before).unwrap_or(self.zero);
        zero + self.scale.real_ms(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn instants_and_times_of_the_scenario_are_two_names_of_one_thing() {
        let wall = Clock::system().now().wall;
        for ahead in [-10_000, 0, 10_000] {
            let zero = Timestamp::from_millis(wall.as_millis() + ahead);
            let pace = Pace::from(zero, Scale(20.0));
            for at in [-20_000, 0, 40_000] {
                assert_eq!(pace.of(pace.instant(at)), at);
                assert_eq!(pace.at(Timestamp::from_millis(zero.as_millis() + at / 20)), at);
            }
            assert!((pace.now() - pace.at(pace.wall())).abs() < 2_000, "the clocks agree");
        }
    }
}
