//! Time as the engine sees it: always an argument, never read.
//! Wall-clock time names instants for people; monotonic time measures durations. They are two
//! values, because a wall clock can be stepped while a duration runs. Everything is in whole
//! milliseconds. Never reads a clock.

use std::{fmt, ops::Add, ops::Sub, time::Duration};

use jiff::tz::TimeZone;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// A wall-clock instant in whole milliseconds since the Unix epoch.
/// Its text form is RFC 3339 in UTC with exactly three decimals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The instant so many milliseconds after the Unix epoch.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the Unix epoch.
    #[must_use]
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// The same instant for calendar arithmetic; an instant outside jiff's range is clamped.
    #[must_use]
    pub fn to_jiff(self) -> jiff::Timestamp {
        jiff::Timestamp::from_millisecond(self.0).unwrap_or(if self.0 < 0 {
            jiff::Timestamp::MIN
        } else {
            jiff::Timestamp::MAX
        })
    }

    /// How long after `earlier` this instant is; zero when it is not after it.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// The UTC date as `YYYY-MM-DD`: the name of the day segment that the instant belongs to.
    #[must_use]
    pub fn utc_date(self) -> String {
        self.to_jiff().strftime("%Y-%m-%d").to_string()
    }

    /// `2026-01-05 08:00:00 IST`, for people, in the given zone.
    #[must_use]
    pub fn in_zone(self, zone: &TimeZone) -> String {
        self.to_jiff().to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M:%S %Z").to_string()
    }
}

impl From<jiff::Timestamp> for Timestamp {
    fn from(at: jiff::Timestamp) -> Self {
        Self(at.as_millisecond())
    }
}

impl Add<Duration> for Timestamp {
    type Output = Self;
    fn add(self, by: Duration) -> Self {
        Self(self.0.saturating_add(millis(by)))
    }
}

impl Sub<Duration> for Timestamp {
    type Output = Self;
    fn sub(self, by: Duration) -> Self {
        Self(self.0.saturating_sub(millis(by)))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3}", self.to_jiff())
    }
}

impl std::str::FromStr for Timestamp {
    type Err = jiff::Error;
    fn from_str(text: &str) -> Result<Self, jiff::Error> {
        text.parse::<jiff::Timestamp>().map(Self::from)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

/// A monotonic instant in milliseconds since an origin of the driver's own choosing.
/// It may be negative: something restored from disk happened before the origin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mono(pub i64);

impl Mono {
    /// How long after `earlier` this instant is; zero when it is not after it.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

impl Add<Duration> for Mono {
    type Output = Self;
    fn add(self, by: Duration) -> Self {
        Self(self.0.saturating_add(millis(by)))
    }
}

/// The present, in both of its meanings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Now {
    /// What the clock on the wall says.
    pub wall: Timestamp,
    /// How far the stopwatch has come.
    pub mono: Mono,
}

impl Now {
    /// The monotonic instant at which, by today's wall clock, `at` was or will be.
    #[must_use]
    pub fn mono_of(self, at: Timestamp) -> Mono {
        Mono(self.mono.0.saturating_add(at.0.saturating_sub(self.wall.0)))
    }
}

/// Whole milliseconds of a duration, saturating.
#[must_use]
pub fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// A duration for people, its two largest units: `45 s`, `4 min 30 s`, `1 h 59 min`, `3 d 4 h`.
#[must_use]
pub fn humane(duration: Duration) -> String {
    let ms = duration.as_millis();
    let s = ms / 1000;
    match s {
        0 => format!("{ms} ms"),
        1..60 => with_rest(s, "s", 0, ""),
        60..3600 => with_rest(s / 60, "min", s % 60, "s"),
        3600..86_400 => with_rest(s / 3600, "h", s % 3600 / 60, "min"),
        _ => with_rest(s / 86_400, "d", s % 86_400 / 3600, "h"),
    }
}

fn with_rest(whole: u128, unit: &str, rest: u128, smaller: &str) -> String {
    if rest == 0 { format!("{whole} {unit}") } else { format!("{whole} {unit} {rest} {smaller}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timestamp_is_written_in_utc_with_exactly_three_decimals_and_read_back() {
        let at = Timestamp::from_millis(1_767_580_200_120);
        assert_eq!(at.to_string(), "2026-01-05T02:30:00.120Z");
        assert_eq!("2026-01-05T08:00:00.12+05:30".parse::<Timestamp>().ok(), Some(at));
        assert_eq!(serde_json::to_string(&at).ok(), Some("\"2026-01-05T02:30:00.120Z\"".into()));
    }

    #[test]
    fn a_duration_reads_in_its_two_largest_units() {
        let read = |s: u64| humane(Duration::from_secs(s));
        assert_eq!(
            [read(0), read(45), read(60), read(270), read(7140), read(273_600)],
            ["0 ms", "45 s", "1 min", "4 min 30 s", "1 h 59 min", "3 d 4 h"]
        );
    }

    #[test]
    fn a_wall_clock_that_went_backwards_gives_no_negative_duration() {
        let late = Timestamp::from_millis(5_000);
        assert_eq!(Timestamp::from_millis(1_000).since(late), Duration::ZERO);
    }
}
