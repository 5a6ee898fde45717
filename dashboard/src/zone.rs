//! Times and durations as people read them, in the time zone of the board.
//! Never reads a clock; an unknown zone name falls back to the default one.

use std::time::Duration;

use engine::{Timestamp, time::humane};
use jiff::{Zoned, tz::TimeZone};

/// The zone of a board whose configuration names none.
const DEFAULT: &str = "Asia/Kolkata";

/// The time zone of the board.
#[derive(Clone, Debug)]
pub(crate) struct Zone {
    name: String,
    zone: TimeZone,
}

/// One instant, told three ways.
#[derive(Clone, Debug)]
pub(crate) struct Moment {
    /// RFC 3339 in UTC, for machines.
    pub(crate) iso: String,
    /// Time of day in the zone; with the date unless it is today.
    pub(crate) clock: String,
    /// `7 s ago`.
    pub(crate) ago: String,
}

impl Zone {
    /// The zone of that name, or the default one.
    #[must_use]
    pub(crate) fn named(name: Option<&str>) -> Self {
        let found = name.and_then(|name| Some((name, TimeZone::get(name).ok()?)));
        let (name, zone) =
            found.unwrap_or_else(|| (DEFAULT, TimeZone::get(DEFAULT).unwrap_or(TimeZone::UTC)));
        Self { name: name.to_owned(), zone }
    }

    /// How a heading names the zone: `IST`, or `America/Lima, UTC-05` where it has no letters.
    #[must_use]
    pub(crate) fn label(&self, now: Timestamp) -> String {
        let short = self.at(now).strftime("%Z").to_string();
        if short.starts_with(['+', '-']) { format!("{}, UTC{short}", self.name) } else { short }
    }

    /// `08:00:05`.
    #[must_use]
    pub(crate) fn time(&self, at: Timestamp) -> String {
        self.at(at).strftime("%H:%M:%S").to_string()
    }

    /// `Monday 5 January 2026`.
    #[must_use]
    pub(crate) fn day(&self, at: Timestamp) -> String {
        self.at(at).strftime("%A %-d %B %Y").to_string()
    }

    /// `5 Jan`.
    #[must_use]
    pub(crate) fn short_day(&self, at: Timestamp) -> String {
        self.at(at).strftime("%-d %b").to_string()
    }

    /// `08:00`.
    #[must_use]
    pub(crate) fn minute(&self, at: Timestamp) -> String {
        self.at(at).strftime("%H:%M").to_string()
    }

    /// The instant told three ways.
    #[must_use]
    pub(crate) fn moment(&self, at: Timestamp, now: Timestamp) -> Moment {
        let local = self.at(at);
        let today = local.date() == self.at(now).date();
        let pattern = if today { "%H:%M:%S" } else { "%-d %b %H:%M:%S" };
        Moment {
            iso: at.to_string(),
            clock: local.strftime(pattern).to_string(),
            ago: ago(at, now),
        }
    }

    fn at(&self, at: Timestamp) -> Zoned {
        at.to_jiff().to_zoned(self.zone.clone())
    }
}

/// `7 s ago`, `just now`, or for an instant to come `in 4 s`.
#[must_use]
pub(crate) fn ago(at: Timestamp, now: Timestamp) -> String {
    match (now.since(at), at.since(now)) {
        (_, ahead) if ahead >= Duration::from_secs(1) => format!("in {}", humane(whole(ahead))),
        (gone, _) if gone < Duration::from_secs(1) => "just now".to_owned(),
        (gone, _) => format!("{} ago", humane(whole(gone))),
    }
}

/// The time from `at` to `now` in whole seconds, for people.
#[must_use]
pub(crate) fn lasting(at: Timestamp, now: Timestamp) -> String {
    let span = now.since(at);
    if span < Duration::from_secs(1) { "0 s".to_owned() } else { humane(whole(span)) }
}

/// `14 ms`, `1.24 s`.
#[must_use]
pub(crate) fn latency(ms: u64) -> String {
    match ms {
        0..1000 => format!("{ms} ms"),
        1000..60_000 => format!("{}.{:02} s", ms / 1000, ms % 1000 / 10),
        _ => humane(Duration::from_millis(ms)),
    }
}

/// `0.4 ms` and `12 ms`, from microseconds.
#[must_use]
pub(crate) fn micros(us: u64) -> String {
    if us < 10_000 { format!("{}.{} ms", us / 1000, us % 1000 / 100) } else { latency(us / 1000) }
}

fn whole(span: Duration) -> Duration {
    Duration::from_secs(span.as_secs())
}
