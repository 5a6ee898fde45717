//! When a check is due: every so often by the stopwatch, or by the wall clock in a time zone.
//! The same arithmetic serves the live checker and virtual time. Never reads a clock.

use std::{str::FromStr, time::Duration};

use jiff::tz::TimeZone;

use crate::time::{Mono, Now, Timestamp, millis};

/// When a check is due.
#[derive(Clone, Debug)]
pub enum Schedule {
    /// Every so often with a fixed phase, by monotonic time; the first time at once.
    Every(Duration),
    /// On the multiples of the interval since the Unix epoch, by the wall clock.
    Aligned(Duration),
    /// By a cron expression in a time zone.
    Cron(Cron),
}

/// A cron expression with its zone.
#[derive(Clone, Debug)]
pub struct Cron {
    text: String,
    compiled: croner::Cron,
    zone: TimeZone,
}

impl Cron {
    /// Compiles an expression of 5 fields, or 6 with the seconds first.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn parse(text: &str, zone: TimeZone) -> Result<Self, String> {
        let compiled = croner::Cron::from_str(text).map_err(|error| error.to_string())?;
        let this = Self { text: text.to_owned(), compiled, zone };
        this.next_after(Timestamp::default()).ok_or("it never falls due")?;
        Ok(this)
    }

    /// The expression as it was written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The first instant after `at`. In a daylight-saving gap that is the first instant after
    /// the gap, in an overlap the first of the two.
    #[must_use]
    pub fn next_after(&self, at: Timestamp) -> Option<Timestamp> {
        let from = at.to_jiff().to_zoned(self.zone.clone());
        let next = self.compiled.find_next_occurrence(&from, false).ok()?;
        Some(next.timestamp().into())
    }
}

impl Schedule {
    /// The longest regular wait between two turns, for bounds and for staleness.
    #[must_use]
    pub fn interval(&self, now: Timestamp) -> Duration {
        match self {
            Self::Every(every) | Self::Aligned(every) => *every,
            Self::Cron(cron) => cron.interval_at(now),
        }
    }

    /// Whether turns follow the wall clock and so move when it is stepped.
    #[must_use]
    pub const fn is_by_wall(&self) -> bool {
        matches!(self, Self::Aligned(_) | Self::Cron(_))
    }

    /// The first turn after a start at `now`; `offset` spreads checks that start together.
    #[must_use]
    pub fn first(&self, now: Now, offset: Duration) -> Mono {
        match self {
            Self::Every(_) => now.mono + offset,
            Self::Aligned(_) | Self::Cron(_) => self.next(now.mono, now),
        }
    }

    /// The turn after the one that was due at `due`. A fixed phase is kept: the result is the
    /// first multiple of the interval behind `due` that lies in the future.
    #[must_use]
    pub fn next(&self, due: Mono, now: Now) -> Mono {
        match self {
            Self::Every(every) => next_multiple(due, now.mono, *every),
            Self::Aligned(every) => now.mono_of(next_slot(now.wall, *every)),
            Self::Cron(cron) => {
                cron.next_after(now.wall).map_or(Mono(i64::MAX), |at| now.mono_of(at))
            }
        }
    }
}

impl Cron {
    fn interval_at(&self, now: Timestamp) -> Duration {
        let next = self.next_after(now).unwrap_or(now);
        self.next_after(next).unwrap_or(next).since(next)
    }
}

fn next_multiple(due: Mono, now: Mono, every: Duration) -> Mono {
    let step = millis(every).max(1);
    let passed = now.0.saturating_sub(due.0).max(0) / step;
    Mono(due.0.saturating_add((passed + 1).saturating_mul(step)))
}

fn next_slot(now: Timestamp, every: Duration) -> Timestamp {
    let step = millis(every).max(1);
    Timestamp::from_millis((now.as_millis().div_euclid(step) + 1).saturating_mul(step))
}

/// The place of a name in a spread of `over`: stable over restarts and machines.
#[must_use]
pub fn spread_offset(name: &str, over: Duration) -> Duration {
    let span = u64::try_from(over.as_millis()).unwrap_or(u64::MAX);
    if span == 0 { Duration::ZERO } else { Duration::from_millis(stable_hash(name) % span) }
}

/// FNV-1a with a finaliser: the same on every machine and in every version.
fn stable_hash(text: &str) -> u64 {
    let mixed = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    (mixed ^ (mixed >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 16
}
