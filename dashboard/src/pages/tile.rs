//! One check as a tile: the word, why, and since when. Pure.

use engine::{Timestamp, board::Retrying};

use crate::{
    app::{Look, Seen},
    pages::{clip, strip::Strip},
    query::check_path,
    shown::{Shown, stale_after},
    zone::{Moment, Zone, ago, lasting, latency},
};

/// The longest reason on a tile, in characters.
const WHY: usize = 200;

/// One check as a tile.
#[derive(Debug)]
pub(crate) struct Tile {
    pub(crate) href: String,
    pub(crate) title: String,
    pub(crate) kind: String,
    pub(crate) severity: &'static str,
    pub(crate) shown: Shown,
    pub(crate) why: String,
    pub(crate) failures: u32,
    pub(crate) latency: Option<String>,
    pub(crate) measured: Option<Moment>,
    pub(crate) since: Option<(String, String)>,
    pub(crate) strip: Option<Strip>,
}

impl Tile {
    /// The tile of a check with a strip of so many cycles; 0 for none.
    pub(crate) fn of(look: &Look<'_>, seen: &Seen<'_>, cycles: usize) -> Self {
        let entry = seen.entry;
        Self {
            href: check_path(seen.name.as_str()),
            title: seen.title().to_owned(),
            kind: entry.type_word.clone(),
            severity: entry.severity.word(),
            shown: seen.shown,
            why: clip(&why(seen, look.now), WHY),
            failures: entry.consecutive_failures,
            latency: entry.latency_ms.map(latency),
            measured: entry.last_checked_at.map(|at| look.zone.moment(at, look.now)),
            since: since(seen, &look.zone, look.now),
            strip: (cycles > 0).then(|| Strip::of(look, seen.name.as_str(), cycles)),
        }
    }
}

fn why(seen: &Seen<'_>, now: Timestamp) -> String {
    let entry = seen.entry;
    match (seen.shown, &entry.retrying) {
        (Shown::Stale, _) => stale(seen, now),
        (Shown::Retrying, Some(retrying)) => attempts(retrying, now),
        (Shown::Pending, _) if entry.details.reason.is_empty() => "Not measured yet".to_owned(),
        _ => entry.details.reason.clone(),
    }
}

fn stale(seen: &Seen<'_>, now: Timestamp) -> String {
    let Some(at) = seen.entry.last_checked_at else {
        return "Never measured although the checker was started".to_owned();
    };
    let (status, reason) = (seen.entry.status, &seen.entry.details.reason);
    format!("Not measured for {}. Last seen {status}: {reason}", lasting(at, now))
}

/// `2 of 3 attempts failed: connection refused; next attempt in 4 s`.
fn attempts(retrying: &Retrying, now: Timestamp) -> String {
    let Retrying { failed, of, reason, next_at } = retrying;
    let next = if *next_at > now { ago(*next_at, now) } else { "now".to_owned() };
    let next = next.replace("just now", "now");
    format!("{failed} of {of} attempts failed: {reason}, next attempt {next}")
}

pub(super) fn since(seen: &Seen<'_>, zone: &Zone, now: Timestamp) -> Option<(String, String)> {
    let entry = seen.entry;
    let (word, at) = match seen.shown {
        Shown::Fail => ("FAIL", entry.first_failed_at.or(entry.last_changed_at)?),
        Shown::Ok | Shown::Warn | Shown::Unknown => (seen.shown.word(), entry.last_changed_at?),
        Shown::Retrying => ("Last OK", entry.last_ok_at?),
        Shown::Stale => ("STALE", entry.last_checked_at? + stale_after(entry)),
        Shown::Pending => return None,
    };
    let clock = zone.moment(at, now).clock;
    let begun = if word == "Last OK" { "" } else { " since" };
    Some((format!("{word}{begun} {clock}"), lasting(at, now)))
}
