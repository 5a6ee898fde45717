//! Judges whether something that calls in by itself has called in time. All that is known between
//! two looks stands in the facts of the check, so that a restart resets nothing. Time in which the
//! checker did not look does not count, nor do calls that were due then: nobody was there to be called.

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

/// Since when nobody could have called, because this machine had no network.
const UNHEARD: &str = "unheard_since";

/// A look that is this much off its turn was not preceded by a regular one.
const OFF: Duration = Duration::from_secs(1);

/// How regularly a check is looked at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Looks {
    /// The regular time between two looks.
    pub(crate) interval: Duration,
    /// Whether it is always the same.
    pub(crate) steady: bool,
}

/// The verdict at an instant; `beat` says that a call has just come.
pub(crate) fn judge(
    spec: &PushSpec,
    entry: &Entry,
    beat: bool,
    looks: Looks,
    now: Timestamp,
) -> Outcome {
    let before = Before::of(entry);
    if beat {
        let facts = facts(Some(now), None, Duration::ZERO);
        return outcome(Status::Ok, "a call has just come".to_owned(), facts);
    }
    let away = before.away + before.unattended(spec, entry, looks, now);
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

/// Nobody could call at the time of a look. Nothing is known then, and nothing is forgotten.
pub(crate) fn unheard(entry: &Entry, reason: &str, now: Timestamp) -> Outcome {
    let before = Before::of(entry);
    let since = before.since.or(before.last.is_none().then_some(now));
    let mut facts = facts(before.last, since, before.away);
    let unheard = before.unheard.or(entry.last_checked_at).unwrap_or(now);
    facts.insert(UNHEARD.to_owned(), json!(unheard));
    outcome(Status::Unknown, reason.to_owned(), facts)
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
    unheard: Option<Timestamp>,
}

impl Before {
    fn of(entry: &Entry) -> Self {
        let facts = &entry.details.facts;
        let at = |name: &str| facts.get(name)?.as_str()?.parse().ok();
        let away = facts.get(AWAY).and_then(Value::as_u64).unwrap_or(0);
        let away = Duration::from_millis(away);
        Self { last: at(LAST), since: at(SINCE), away, unheard: at(UNHEARD) }
    }

    /// How much of the time since the last look does not count: what is beyond a regular wait, and
    /// every call that was due in it and may have found nobody. A silence that was told already goes
    /// on.
    fn unattended(&self, spec: &PushSpec, entry: &Entry, looks: Looks, now: Timestamp) -> Duration {
        let looked = self.unheard.or(entry.last_checked_at);
        let Some(looked) = looked else { return Duration::ZERO };
        let (gap, interval) = (now.since(looked), looks.interval);
        let long = gap > interval * 2;
        let down = if long { gap - interval } else { Duration::ZERO };
        let odd = looks.steady && gap.abs_diff(interval) > OFF && self.last != Some(looked);
        let due = |at: Timestamp| {
            let since = self.last.map_or(Duration::ZERO, |last| at.since(last));
            since.as_millis().checked_div(spec.every.as_millis()).unwrap_or(0)
        };
        let told = entry.incident.is_some();
        let lost = if (long || odd) && !told { due(now) - due(looked).min(due(now)) } else { 0 };
        down.max(spec.every.saturating_mul(u32::try_from(lost).unwrap_or(u32::MAX)))
    }
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
