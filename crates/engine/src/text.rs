//! The words of a notice: subject and body, in the time zone of the check.
//! Pure functions of the state before, the verdict and the configuration.

use std::{fmt::Write as _, time::Duration};

use jiff::tz::TimeZone;

use crate::{
    board::Entry,
    config::Check,
    details::Turn,
    event::NoticeFacts,
    outcome::Outcome,
    status::{NoticeKind, Severity},
    time::{Timestamp, humane},
};

/// Everything that a notice is written from.
#[derive(Debug)]
pub struct Story<'a> {
    /// Why it is written.
    pub kind: NoticeKind,
    /// The check.
    pub check: &'a Check,
    /// The state before the cycle.
    pub before: &'a Entry,
    /// The state after the cycle.
    pub after: &'a Entry,
    /// The verdict of the cycle.
    pub outcome: &'a Outcome,
    /// How long the incident lasted so far.
    pub lasted: Option<Duration>,
    /// What is going to be done about it, one line each.
    pub next: Vec<String>,
}

/// `[P1][FIRST_FAIL] api-availability`.
#[must_use]
pub fn subject(kind: NoticeKind, severity: Severity, title: &str) -> String {
    format!("[{severity}][{}] {title}", kind.word().to_uppercase())
}

/// The machine-readable part.
#[must_use]
pub fn facts(story: &Story<'_>) -> NoticeFacts {
    let incident = story.after.incident.as_ref().or(story.before.incident.as_ref());
    NoticeFacts {
        from: story.before.status,
        to: story.outcome.status,
        since: incident.map(|incident| incident.opened_at),
        failures: story.after.consecutive_failures,
        reason: story.outcome.details.reason.clone(),
        latency_ms: story.outcome.latency_ms,
        turn: story.outcome.details.turn.clone(),
        lasted_ms: story
            .lasted
            .filter(|_| story.kind == NoticeKind::Recovered)
            .and_then(|lasted| u64::try_from(lasted.as_millis()).ok()),
    }
}

/// The text for people.
#[must_use]
pub fn body(story: &Story<'_>, now: Timestamp) -> String {
    let zone = &story.check.timezone;
    let mut text = format!("{}\n\n", headline(story));
    for (label, value) in lines(story, zone, now) {
        let _ = writeln!(text, "{:<10} {value}", format!("{label}:"));
    }
    for seen in story.outcome.details.expectations.iter().filter(|seen| !seen.ok) {
        let _ = writeln!(text, "  {} is {}, expected {}", seen.what, seen.actual, seen.expected);
    }
    if let Some(body) = &story.outcome.details.body {
        let _ = writeln!(text, "Body:      {body}");
    }
    for line in &story.next {
        let _ = writeln!(text, "Next:      {line}");
    }
    text
}

fn headline(story: &Story<'_>) -> String {
    let title = story.check.title();
    let lasted = story.lasted.map(humane).unwrap_or_default();
    match story.kind {
        NoticeKind::FirstFail => format!("{title} is failing."),
        NoticeKind::DeadlineMiss => format!("{title} missed its deadline."),
        NoticeKind::Reminder => format!("{title} is still failing, for {lasted} now."),
        NoticeKind::Recovered => format!("{title} is back after {lasted}."),
        NoticeKind::Warn => format!("{title} works, but worse than wanted."),
        NoticeKind::Unknown => format!("{title} cannot be measured."),
        NoticeKind::RemedyExhausted => {
            format!("{title} still fails and its remedy has used up its budget.")
        }
        NoticeKind::Change if story.outcome.details.turn.is_some() => {
            let turn = story.outcome.details.turn.as_ref();
            format!("{title}: {}.", turn.map(turned).unwrap_or_default())
        }
        NoticeKind::Change | NoticeKind::Test | NoticeKind::Report => {
            format!("{title} changed its status.")
        }
    }
}

fn lines(story: &Story<'_>, zone: &TimeZone, now: Timestamp) -> Vec<(&'static str, String)> {
    let check = story.check;
    let mut lines = vec![
        ("Check", format!("{} ({}, {})", check.name, check.spec.type_word(), check.severity)),
        ("Event", story.kind.word().to_owned()),
        ("Status", format!("{} -> {}", story.before.status, story.outcome.status)),
        ("At", now.in_zone(zone)),
    ];
    let facts = facts(story);
    lines.extend(facts.since.map(|since| ("Since", since.in_zone(zone))));
    if story.kind == NoticeKind::Recovered {
        lines.push(("Failures", format!("{} cycles in a row", story.before.consecutive_failures)));
        lines.extend(unannounced(story));
    } else if facts.failures > 0 {
        lines.push(("Failures", failures(story, facts.failures)));
    }
    lines.push(("Found", facts.reason));
    lines.extend(facts.latency_ms.map(|ms| ("Latency", format!("{ms} ms"))));
    lines
}

fn turned(turn: &Turn) -> String {
    let word = |value: &serde_json::Value| {
        if value.is_null() { "no answer".to_owned() } else { value.to_string() }
    };
    format!("{} went from {} to {}", turn.what, word(&turn.previous), word(&turn.current))
}

fn failures(story: &Story<'_>, failures: u32) -> String {
    let cycles = if failures == 1 { "cycle" } else { "cycles in a row" };
    let tried = if story.check.retries == 0 {
        String::new()
    } else {
        format!(", {} attempts each", story.check.retries + 1)
    };
    format!("{failures} {cycles}{tried}")
}

fn unannounced(story: &Story<'_>) -> Option<(&'static str, String)> {
    let incident = story.before.incident.as_ref()?;
    let quiet = incident.announced_at.is_none();
    quiet.then(|| ("Note", "the failure itself was not announced on any channel".to_owned()))
}
