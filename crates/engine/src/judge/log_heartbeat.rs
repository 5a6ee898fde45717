//! Judges a log by its newest heartbeat: how old it is, and how many clients it tells of.
//! Facts: `last_heartbeat` (local time of the log, without zone), `minutes_ago` (one decimal),
//! `clients`, all null without a heartbeat, and `stale`, on which a restart may depend.

use std::time::Duration;

use jiff::{
    civil::DateTime,
    tz::{AmbiguousOffset, TimeZone},
};
use serde_json::{Map, Value};

use crate::{
    config::{LogHeartbeatSpec, LogSource},
    details::Details,
    observation::LogSeen,
    outcome::Outcome,
    status::Status,
    time::Timestamp,
};

/// How far a clock may be ahead of ours before its times are not believed.
const AHEAD_MAX: Duration = Duration::from_secs(300);

/// A heartbeat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Beat {
    at: Timestamp,
    clients: u64,
}

/// The verdict. The zone is that of the check, for a log of which no other is known.
pub(crate) fn judge(
    spec: &LogHeartbeatSpec,
    zone: &TimeZone,
    seen: &LogSeen,
    now: Timestamp,
) -> Outcome {
    let zone = spec.zone.as_ref().or(seen.zone.as_ref()).unwrap_or(zone);
    let Some(beat) = newest(spec, zone, &seen.text, now) else {
        let facts = facts(None, zone, now, !seen.cut);
        return outcome(Status::Fail, nothing_found(spec, seen), facts);
    };
    let stale = now.since(beat.at) > spec.max_age;
    let (status, reason) = verdict(spec, beat, stale, now);
    outcome(status, reason, facts(Some(beat), zone, now, stale))
}

fn verdict(spec: &LogHeartbeatSpec, beat: Beat, stale: bool, now: Timestamp) -> (Status, String) {
    let (clients, ago) = (beat.clients, minutes(now.since(beat.at)));
    if is_ahead(beat, now) {
        let ahead = minutes(beat.at.since(now));
        let reason = format!(
            "Last heartbeat has a timestamp in the future ({ahead:.1} min ahead) with {clients} clients."
        );
        (Status::Fail, reason)
    } else if stale {
        let max = spec.max_age.as_secs() / 60;
        let reason =
            format!("Last heartbeat was {ago:.1} min ago (max {max}) with {clients} clients.");
        (Status::Fail, reason)
    } else if clients < spec.min_clients {
        let reason = format!("Heartbeat is recent ({ago:.1} min ago) but only {clients} clients.");
        (Status::Warn, reason)
    } else {
        let reason = format!("Last heartbeat {ago:.1} min ago with {clients} clients — all good.");
        (Status::Ok, reason)
    }
}

fn nothing_found(spec: &LogHeartbeatSpec, seen: &LogSeen) -> String {
    let place = match &spec.source {
        LogSource::Journal(_) => "journal logs",
        LogSource::File(path) => path,
    };
    match &seen.absent {
        Some(why) => format!("No recent heartbeat found in {place}: {why}."),
        None if seen.cut => format!("No recent heartbeat found in the newest part of {place}."),
        None => format!("No recent heartbeat found in {place}."),
    }
}

/// The newest heartbeat that is not in the future. One that is counts only when there is no other
/// that is recent: then the clock that wrote it is what is wrong.
fn newest(spec: &LogHeartbeatSpec, zone: &TimeZone, text: &str, now: Timestamp) -> Option<Beat> {
    let within = |beat: &Beat| now.since(beat.at) <= spec.lookback;
    let beats = text.lines().filter_map(|line| beat(spec, zone, line, now)).filter(within);
    let (mut past, mut ahead) = (None::<Beat>, None::<Beat>);
    for beat in beats {
        let best = if is_ahead(beat, now) { &mut ahead } else { &mut past };
        if best.is_none_or(|known| beat.at >= known.at) {
            *best = Some(beat);
        }
    }
    let recent = past.filter(|beat| now.since(beat.at) <= spec.max_age);
    recent.or(ahead).or(past)
}

fn is_ahead(beat: Beat, now: Timestamp) -> bool {
    beat.at.since(now) > AHEAD_MAX
}

fn beat(spec: &LogHeartbeatSpec, zone: &TimeZone, line: &str, now: Timestamp) -> Option<Beat> {
    let found = spec.pattern.regex().captures(line)?;
    let clients = found.name("clients")?.as_str().parse().ok()?;
    let at = instant(found.name("time")?.as_str().trim(), zone, now)?;
    Some(Beat { at, clients })
}

/// The instant of a time in the log. A local time that a change of the clocks makes ambiguous is
/// taken as the later of the two, unless that is still to come.
fn instant(text: &str, zone: &TimeZone, now: Timestamp) -> Option<Timestamp> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(at);
    }
    let local: DateTime = text.parse().ok()?;
    let ambiguous = zone.to_ambiguous_timestamp(local);
    if let AmbiguousOffset::Fold { .. } = ambiguous.offset() {
        let later = Timestamp::from(ambiguous.later().ok()?);
        if later.since(now) <= AHEAD_MAX {
            return Some(later);
        }
    }
    ambiguous.compatible().ok().map(Timestamp::from)
}

/// Minutes with one decimal.
fn minutes(span: Duration) -> f64 {
    (span.as_secs_f64() / 6.0).round() / 10.0
}

fn facts(beat: Option<Beat>, zone: &TimeZone, now: Timestamp, stale: bool) -> Map<String, Value> {
    let local = |beat: Beat| {
        beat.at.to_jiff().to_zoned(zone.clone()).strftime("%Y-%m-%dT%H:%M:%S").to_string()
    };
    let known = [
        ("last_heartbeat", beat.map(local).into()),
        ("minutes_ago", beat.map(|beat| minutes(now.since(beat.at))).into()),
        ("clients", beat.map(|beat| beat.clients).into()),
        ("stale", stale.into()),
    ];
    known.map(|(name, value)| (name.to_owned(), value)).into_iter().collect()
}

fn outcome(status: Status, reason: String, facts: Map<String, Value>) -> Outcome {
    let details = Details { reason, facts, ..Details::default() };
    Outcome { status, details, latency_ms: None, retry: status == Status::Fail, job: None }
}
