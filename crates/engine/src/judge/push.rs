//! Judges whether something that calls in by itself has called in time. All that is known between
//! two looks stands in the facts of the check, so that a restart resets nothing. Time in which the
//! checker did not look does not count: nobody was there to be called.

use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::{
    board::Entry,
    config::PushSpec,
    details::Details,
    outcome::Outcome,
    status::Status,
    time::{Timestamp, humane},
};

/// When the last call came; absent before the first one.
pub(crate) const LAST: &str = "last_beat_at";
/// Since when a call is waited for when none has come yet.
const SINCE: &str = "watched_since";
/// For how many milliseconds since then nobody looked.
const AWAY: &str = "away_ms";

/// The verdict at an instant; `beat` says that a call has just come. `interval` is the regular
/// time between two looks.
pub(crate) fn judge(
    spec: &PushSpec,
    entry: &Entry,
    beat: bool,
    interval: Duration,
    now: Timestamp,
) -> Outcome {
    let before = Before::of(entry);
    if beat {
        let facts = facts(Some(now), None, Duration::ZERO);
        return outcome(Status::Ok, "a call has just come".to_owned(), facts);
    }
    let away = before.away + unattended(entry, interval, now);
    let from = before.last.or(before.since).unwrap_or(now);
    let silent = now.since(from).saturating_sub(away);
    let late = silent > spec.every + spec.grace;
    let reason = match (before.last, late) {
        (Some(_), false) => format!("the last call came {} ago", humane(now.since(from))),
        (Some(_), true) => missed(spec, "the last call came", silent, away),
        (None, false) => "no call has come yet".to_owned(),
        (None, true) => {
            missed(spec, "no call has come since this was first watched,", silent, away)
        }
    };
    let status = if late { Status::Fail } else { Status::Ok };
    outcome(status, reason, facts(before.last, before.last.is_none().then_some(from), away))
}

fn missed(spec: &PushSpec, what: &str, silent: Duration, away: Duration) -> String {
    let (every, grace) = (humane(spec.every), humane(spec.grace));
    let unseen = match away {
        Duration::ZERO => String::new(),
        away => format!(", not counting {} in which nobody looked", humane(away)),
    };
    format!("{what} {} ago, expected every {every} with {grace} of grace{unseen}", humane(silent))
}

fn outcome(status: Status, reason: String, facts: Map<String, Value>) -> Outcome {
    let details = Details { reason, facts, ..Details::default() };
    Outcome { status, details, latency_ms: None, retry: false, job: None }
}

/// What the last look left behind.
struct Before {
    last: Option<Timestamp>,
    since: Option<Timestamp>,
    away: Duration,
}

impl Before {
    fn of(entry: &Entry) -> Self {
        let facts = &entry.details.facts;
        let at = |name: &str| facts.get(name)?.as_str()?.parse().ok();
        let away = facts.get(AWAY).and_then(Value::as_u64).unwrap_or(0);
        Self { last: at(LAST), since: at(SINCE), away: Duration::from_millis(away) }
    }
}

/// How long nobody looked beyond what is regular.
fn unattended(entry: &Entry, interval: Duration, now: Timestamp) -> Duration {
    let gap = entry.last_checked_at.map_or(Duration::ZERO, |at| now.since(at));
    if gap > interval * 2 { gap - interval } else { Duration::ZERO }
}

fn facts(last: Option<Timestamp>, since: Option<Timestamp>, away: Duration) -> Map<String, Value> {
    let mut facts = Map::new();
    facts.extend(last.map(|last| (LAST.to_owned(), json!(last))));
    facts.extend(since.map(|since| (SINCE.to_owned(), json!(since))));
    let away = u64::try_from(away.as_millis()).unwrap_or(u64::MAX);
    if away > 0 {
        facts.insert(AWAY.to_owned(), json!(away));
    }
    facts
}
