//! The public page: one file that says how everything is, and nothing of where it is or what was
//! answered. It takes names for people, words, times and percentages; a reason, an address or a
//! quotation never gets here. Pure.

use std::time::Duration;

use askama::Template;
use engine::Timestamp;
use store::read::StripCell;

use crate::{
    app::{Look, Seen},
    overview::Overview,
    pages::{clip, tile::since},
    shown::{Shown, stale_after},
    zone::{Moment, Zone},
};

/// How much time the strip shows, and in how many cells.
const WINDOW: Duration = Duration::from_secs(24 * 3600);
const CELLS: u64 = 48;

/// The longest name, in characters.
const NAME: usize = 80;

#[derive(Template)]
#[template(path = "public.html", whitespace = "minimize")]
struct PublicPage {
    title: String,
    overview: Overview,
    /// The checker has stopped, and how long ago.
    stopped: Option<Moment>,
    rows: Vec<Row>,
    made: Moment,
    day: String,
    zone: String,
}

/// One check.
#[derive(Debug)]
struct Row {
    title: String,
    shown: Shown,
    since: Option<(String, String)>,
    measured: Option<Moment>,
    uptime: String,
    cells: Vec<Cell>,
}

/// Half an hour.
#[derive(Debug)]
struct Cell {
    class: &'static str,
    title: String,
}

/// The page; `title` stands over it.
pub(crate) fn render(look: &Look<'_>, title: &str) -> askama::Result<String> {
    let stopped = look.condition().stopped.as_ref();
    let page = PublicPage {
        title: title.to_owned(),
        overview: Overview::of(look),
        stopped: stopped.map(|(at, _)| look.zone.moment(*at, look.now)),
        rows: look.checks().iter().map(|seen| Row::of(look, seen)).collect(),
        made: look.zone.moment(look.now, look.now),
        day: look.zone.day(look.now),
        zone: look.zone.label(look.now),
    };
    page.render()
}

impl Row {
    fn of(look: &Look<'_>, seen: &Seen<'_>) -> Self {
        let holds = stale_after(seen.entry);
        let cells = look.view.strip(seen.name.as_str(), usize::MAX);
        let spans = spans(&cells, look.now, holds);
        Self {
            title: clip(seen.title(), NAME),
            shown: seen.shown,
            since: since(seen, &look.zone, look.now),
            measured: seen.entry.last_checked_at.map(|at| look.zone.moment(at, look.now)),
            uptime: uptime(&spans, look.now),
            cells: (0..CELLS).map(|n| Cell::of(&spans, n, &look.zone, look.now)).collect(),
        }
    }
}

/// A stretch of time with what is known of it. Nothing is known where nobody looked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Span {
    from: Timestamp,
    until: Timestamp,
    shown: Shown,
}

/// What was found holds until the next look, but no longer than a check may be silent.
fn spans(cells: &[StripCell], now: Timestamp, holds: Duration) -> Vec<Span> {
    let nexts = cells.iter().skip(1).map(|cell| cell.ts).chain([now]);
    let mut found = Vec::new();
    for (cell, next) in cells.iter().zip(nexts) {
        let until = next.min(cell.ts + holds).max(cell.ts);
        found.push(Span { from: cell.ts, until, shown: Shown::from_status(cell.status) });
        if until < next {
            found.push(Span { from: until, until: next, shown: Shown::Stale });
        }
    }
    found
}

/// `99.98 % up in 24 h`. Time that nobody looked at counts as down, from the first look on; the
/// number is cut off, so that only what never failed has 100.
fn uptime(spans: &[Span], now: Timestamp) -> String {
    let Some(first) = spans.first() else { return "Not measured yet".to_owned() };
    let all = now.since(first.from).as_millis();
    let up = spans.iter().filter(|span| span.shown.is_up());
    let up: u128 = up.map(|span| span.until.since(span.from).as_millis()).sum();
    if all == 0 {
        return "Not measured yet".to_owned();
    }
    let hundredths = up * 10_000 / all;
    let span = engine::time::humane(Duration::from_secs(now.since(first.from).as_secs()));
    format!("{}.{:02} % up in {span}", hundredths / 100, hundredths % 100)
}

impl Cell {
    fn of(spans: &[Span], number: u64, zone: &Zone, now: Timestamp) -> Self {
        let length = WINDOW / u32::try_from(CELLS).unwrap_or(1);
        let back = |n: u64| length * u32::try_from(CELLS - n).unwrap_or(0);
        let (from, until) = (now - back(number), now - back(number + 1));
        let within = spans.iter().filter(|span| span.from < until && span.until > from);
        let worst = within.map(|span| span.shown).min();
        let (class, word) = worst.map_or(("s-none", "not measured"), |shown| match shown {
            Shown::Stale => ("s-none", "not measured"),
            Shown::Fail
            | Shown::Retrying
            | Shown::Warn
            | Shown::Unknown
            | Shown::Pending
            | Shown::Ok => (shown.class(), shown.word()),
        });
        let clock = |at| zone.moment(at, now).clock;
        Self { class, title: format!("{} to {}: {word}", clock(from), clock(until)) }
    }
}

#[cfg(test)]
mod tests {
    use engine::Status;

    use super::*;

    fn at(s: i64) -> Timestamp {
        Timestamp::from_millis(s * 1000)
    }

    fn cell(s: i64, status: Status) -> StripCell {
        StripCell { ts: at(s), status, latency_ms: None, attempts: 1 }
    }

    #[test]
    fn what_was_found_holds_until_the_next_look_or_until_it_is_stale() {
        let cells = [cell(0, Status::Ok), cell(60, Status::Fail), cell(100, Status::Warn)];
        let found = spans(&cells, at(300), Duration::from_secs(90));
        let told: Vec<_> = found
            .iter()
            .map(|span| (span.from.as_millis() / 1000, span.until.as_millis() / 1000, span.shown))
            .collect();
        let expected = [
            (0, 60, Shown::Ok),
            (60, 100, Shown::Fail),
            (100, 190, Shown::Warn),
            (190, 300, Shown::Stale),
        ];
        assert_eq!(told, expected);
        assert_eq!(uptime(&found, at(300)), "50.00 % up in 5 min");
    }

    #[test]
    fn only_what_never_failed_has_a_hundred_percent() {
        let day = 86_400;
        let long = Duration::from_secs(2 * 86_400);
        let fine = spans(&[cell(0, Status::Ok)], at(day), long);
        assert_eq!(uptime(&fine, at(day)), "100.00 % up in 1 d");
        let blip = [cell(0, Status::Ok), cell(100, Status::Fail), cell(101, Status::Ok)];
        assert_eq!(uptime(&spans(&blip, at(day), long), at(day)), "99.99 % up in 1 d");
        assert_eq!(uptime(&[], at(day)), "Not measured yet");
        assert_eq!(uptime(&spans(&[cell(5, Status::Ok)], at(5), long), at(5)), "Not measured yet");
    }
}
