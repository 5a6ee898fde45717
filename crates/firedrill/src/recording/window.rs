//! `--window A..B`: which part of a journal is meant. Pure; reads no clock: what is not said as an
//! instant is counted from the journal's own end.

use engine::Timestamp;
use jiff::{civil, tz::TimeZone};

/// A stretch of a journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Window {
    /// From when.
    pub(super) from: Timestamp,
    /// Until when.
    pub(super) to: Timestamp,
}

/// What an end of a window may be.
pub(super) const FORMS: &str = "an end of a window is an instant (2026-01-05T14:00:00Z), a time in \
     the board's zone (2026-01-05T14:00), a time of the last day (14:00), so long before the end of \
     the journal (-2h), `start`, `end`, or nothing";

/// What the ends are counted from.
#[derive(Clone, Debug)]
pub(super) struct Frame {
    /// When the journal begins.
    pub(super) first: Timestamp,
    /// When it ends.
    pub(super) last: Timestamp,
    /// The zone of times without one.
    pub(super) zone: TimeZone,
}

impl Window {
    /// Reads `A..B`.
    ///
    /// # Errors
    /// Says which end is wrong, and what it may be.
    pub(super) fn parse(text: &str, frame: &Frame) -> Result<Self, String> {
        let (from, to) = text.split_once("..").ok_or_else(|| {
            format!("--window {text:?}: expected two ends with `..` between them; {FORMS}")
        })?;
        let to = match to.trim() {
            "" => frame.last,
            to => end(to, frame).ok_or_else(|| wrong(text, to))?,
        };
        let from = match from.trim() {
            "" => frame.first,
            from => end(from, frame).ok_or_else(|| wrong(text, from))?,
        };
        // 23:50..00:10 begins on the evening before.
        let over_midnight = from > to && is_time(text.split("..").next().unwrap_or_default());
        let from = if over_midnight { day_before(from, &frame.zone) } else { from };
        match from <= to {
            true => Ok(Self { from, to }),
            false => Err(format!("--window {text:?} ends before it begins")),
        }
    }
}

fn wrong(text: &str, end: &str) -> String {
    format!("--window {text:?}: {end:?} is no instant; {FORMS}")
}

fn end(text: &str, frame: &Frame) -> Option<Timestamp> {
    match text {
        "start" => return Some(frame.first),
        "end" | "now" => return Some(frame.last),
        _ => {}
    }
    if let Some(length) = text.strip_prefix('-') {
        return Some(frame.last - crate::scenario::duration(length)?);
    }
    let local = |at: civil::DateTime| Some(frame.zone.to_timestamp(at).ok()?.into());
    if is_time(text) {
        let today = frame.last.to_jiff().to_zoned(frame.zone.clone()).date();
        return local(today.to_datetime(text.trim().parse::<civil::Time>().ok()?));
    }
    let instant = || text.parse::<Timestamp>().ok();
    instant().or_else(|| local(text.parse::<civil::DateTime>().ok()?))
}

/// `14:00` or `14:00:30`.
fn is_time(text: &str) -> bool {
    let text = text.trim();
    text.len() >= 4 && text.contains(':') && text.chars().all(|c| c.is_ascii_digit() || c == ':')
}

fn day_before(at: Timestamp, zone: &TimeZone) -> Timestamp {
    let there = at.to_jiff().to_zoned(zone.clone());
    there.yesterday().map_or(at, |before| before.timestamp().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame() -> Frame {
        Frame {
            first: "2026-01-04T00:00:00Z".parse().unwrap(),
            last: "2026-01-05T15:00:00Z".parse().unwrap(),
            zone: TimeZone::get("Europe/Berlin").unwrap(),
        }
    }

    #[test]
    fn an_end_is_an_instant_a_time_of_day_or_a_distance_from_the_journals_end() {
        let cases = [
            ("2026-01-05T14:00:00Z..end", "2026-01-05T14:00:00.000Z", "2026-01-05T15:00:00.000Z"),
            ("14:00..14:30", "2026-01-05T13:00:00.000Z", "2026-01-05T13:30:00.000Z"),
            ("14:00:30..", "2026-01-05T13:00:30.000Z", "2026-01-05T15:00:00.000Z"),
            ("-2h..-90m", "2026-01-05T13:00:00.000Z", "2026-01-05T13:30:00.000Z"),
            ("..", "2026-01-04T00:00:00.000Z", "2026-01-05T15:00:00.000Z"),
            ("23:50..00:10", "2026-01-04T22:50:00.000Z", "2026-01-04T23:10:00.000Z"),
            ("2026-01-04T08:00..now", "2026-01-04T07:00:00.000Z", "2026-01-05T15:00:00.000Z"),
        ];
        for (text, from, to) in cases {
            let window = Window::parse(text, &frame()).unwrap();
            assert_eq!((window.from.to_string(), window.to.to_string()), (from.into(), to.into()));
        }
    }

    #[test]
    fn a_window_that_is_none_is_refused_with_what_it_may_be() {
        for text in ["", "14:00", "noon..end", "25:00..", "-2..end", "end..start", "2026-13-01.."] {
            let error = Window::parse(text, &frame()).unwrap_err();
            assert!(error.contains("--window"), "{error}");
        }
    }
}
