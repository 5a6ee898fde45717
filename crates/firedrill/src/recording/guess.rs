//! What a journal gives away of a configuration that is not at hand. Pure.

use engine::{
    NoticeKind, Status, Timestamp, config::Predicate, details::Expectation,
    observation::TransportErrorKind, time::millis,
};
use serde_json::Value;

use super::{
    card::{Deadlines, Wants},
    cycles::Cycle,
};
use crate::scenario::Ms;

/// A rule for a body.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Rule {
    /// The JSONPath.
    pub(super) path: String,
    /// What must hold.
    pub(super) wanted: Predicate,
}

impl Rule {
    /// The key and the value by which a configuration says it.
    pub(super) fn key(&self) -> (&'static str, Value) {
        match &self.wanted {
            Predicate::Equals(value) => ("equals", value.clone()),
            Predicate::Ne(value) => ("ne", value.clone()),
            Predicate::Lt(limit) => ("lt", number(*limit)),
            Predicate::Lte(limit) => ("lte", number(*limit)),
            Predicate::Gt(limit) => ("gt", number(*limit)),
            Predicate::Gte(limit) => ("gte", number(*limit)),
            Predicate::Exists(wanted) => ("exists", Value::Bool(*wanted)),
        }
    }

    /// Whether it holds for a value; none is a missing one.
    pub(super) fn holds(&self, value: Option<&Value>) -> bool {
        let number = |test: fn(f64, f64) -> bool, limit: f64| {
            value.and_then(Value::as_f64).is_some_and(|is| test(is, limit))
        };
        let same = |wanted: &Value| {
            value.is_some_and(|is| {
                is == wanted || (is.is_number() && is.as_f64() == wanted.as_f64())
            })
        };
        match &self.wanted {
            Predicate::Equals(wanted) => same(wanted),
            Predicate::Ne(unwanted) => value.is_some() && !same(unwanted),
            Predicate::Lt(limit) => number(|is, limit| is < limit, *limit),
            Predicate::Lte(limit) => number(|is, limit| is <= limit, *limit),
            Predicate::Gt(limit) => number(|is, limit| is > limit, *limit),
            Predicate::Gte(limit) => number(|is, limit| is >= limit, *limit),
            Predicate::Exists(wanted) => *wanted == value.is_some(),
        }
    }
}

fn number(limit: f64) -> Value {
    match limit.fract() == 0.0 && limit.abs() < 9e15 {
        true => Value::from(limit as i64),
        false => Value::from(limit),
    }
}

/// The time between two cycles, in milliseconds: the shortest that there was.
pub(super) fn interval(cycles: &[Cycle]) -> u64 {
    let gaps = cycles.windows(2).map(|two| two[1].ended.since(two[0].ended).as_secs());
    gaps.filter(|gap| *gap > 0).min().unwrap_or(30) * 1_000
}

/// The limit of an attempt, when one has reached it, in milliseconds.
pub(super) fn timeout(cycles: &[Cycle]) -> Option<Ms> {
    let silent = |cycle: &&Cycle| cycle.done.details.error == Some(TransportErrorKind::Timeout);
    let longest = cycles.iter().filter(silent).filter_map(|cycle| cycle.done.latency_ms).min()?;
    // Timers end a little late, never early.
    let ms = i64::try_from(longest).ok()?;
    Some(if ms >= 1_000 { ms / 500 * 500 } else { ms })
}

/// The wait between two attempts: what a failing cycle took longer than its attempts. Its turn is
/// known from the cycles that were well at once.
pub(super) fn backoff(cycles: &[Cycle], interval: Ms, attempts: u32) -> Option<Ms> {
    let ended = |cycle: &Cycle| cycle.ended.as_millis();
    let took = |cycle: &Cycle| i64::try_from(cycle.done.latency_ms.unwrap_or(0)).unwrap_or(0);
    let well = cycles.iter().find(|cycle| cycle.done.attempts == 1)?;
    let phase = ended(well) - took(well);
    let failed = |cycle: &&Cycle| {
        cycle.done.status == Status::Fail && cycle.done.attempts == attempts && attempts > 1
    };
    let failed = cycles.iter().find(failed)?;
    let late = (ended(failed) - phase).rem_euclid(interval.max(1));
    let waits = late - i64::from(attempts) * took(failed);
    let each = waits / i64::from(attempts - 1);
    (each > 0).then_some((each + 50) / 100 * 100)
}

/// The least time between two reminders of one outage, in milliseconds.
pub(super) fn reminders(notices: impl Iterator<Item = (Timestamp, NoticeKind)>) -> Option<Ms> {
    let (mut last, mut least) = (None, None);
    for (at, kind) in notices {
        match (kind, last) {
            (NoticeKind::Reminder, Some(before)) => {
                let gap = millis(at.since(before)) / 1_000 * 1_000;
                least = Some(least.map_or(gap, |least: Ms| least.min(gap)));
                last = Some(at);
            }
            (NoticeKind::FirstFail | NoticeKind::DeadlineMiss, _) => last = Some(at),
            (NoticeKind::Recovered, _) => last = None,
            _ => {}
        }
    }
    least
}

/// What is told of when nothing else is said, but for what was not told although it happened.
pub(super) fn usual_notices(cycles: &[Cycle], is_job: bool) -> Vec<NoticeKind> {
    let missed = |cycle: &Cycle| cycle.done.job.as_ref().is_some_and(|job| job.missed.is_some());
    let opened = cycles.iter().any(|cycle| {
        cycle.done.status == Status::Fail && cycle.done.prev.is_up() && !missed(cycle)
    });
    let closed =
        cycles.iter().any(|cycle| cycle.done.prev == Status::Fail && cycle.done.status.is_up());
    let late = !is_job || cycles.iter().any(missed);
    let all = [
        (NoticeKind::FirstFail, opened),
        (NoticeKind::Recovered, closed),
        (NoticeKind::DeadlineMiss, late),
    ];
    all.into_iter().filter(|(_, happened)| !happened).map(|(kind, _)| kind).collect()
}

/// The zone of the deadlines that were missed.
pub(super) fn zone(cycles: &[Cycle]) -> Option<String> {
    let missed = cycles.iter().find_map(|cycle| cycle.done.job.as_ref()?.missed.as_ref())?;
    missed.rule.strip_prefix("success_by ")?.rsplit(' ').next().map(str::to_owned)
}

/// What a check wants, by what it found.
pub(super) fn wants(type_word: &str, cycles: &[Cycle]) -> Wants {
    match type_word {
        "http" => answer(cycles),
        "job" => Wants::Job(deadlines(cycles)),
        _ => Wants::Else,
    }
}

fn answer(cycles: &[Cycle]) -> Wants {
    let all = || cycles.iter().flat_map(|cycle| &cycle.done.details.expectations);
    let mut rules: Vec<Rule> = Vec::new();
    for rule in all().filter(|seen| seen.what.starts_with('$')).filter_map(rule) {
        if !rules.contains(&rule) {
            rules.push(rule);
        }
    }
    let limits = |bad: bool| {
        cycles
            .iter()
            .filter(move |cycle| (cycle.done.status == Status::Fail) == bad)
            .flat_map(|cycle| &cycle.done.details.expectations)
            .filter(move |seen| seen.what == "latency" && seen.ok != bad)
            .find_map(limit)
    };
    let warned = cycles
        .iter()
        .filter(|cycle| cycle.done.status == Status::Warn)
        .flat_map(|cycle| &cycle.done.details.expectations)
        .find_map(limit);
    Wants::Answer {
        method: "GET".to_owned(),
        path: None,
        rules,
        warn: warned.or_else(|| limits(false)),
        crit: limits(true),
    }
}

/// `< 3000 ms`.
fn limit(seen: &Expectation) -> Option<Ms> {
    let text = (seen.what == "latency").then_some(&seen.expected)?;
    text.strip_prefix("< ")?.strip_suffix(" ms")?.parse().ok()
}

/// `< 50`, `not 3`, `any value`, `true`.
fn rule(seen: &Expectation) -> Option<Rule> {
    let text = seen.expected.as_str();
    let number = |prefix: &str| text.strip_prefix(prefix)?.trim().parse::<f64>().ok();
    let json = |text: &str| serde_json::from_str::<Value>(text).ok();
    let wanted = match text {
        "any value" => Predicate::Exists(true),
        "no value" => Predicate::Exists(false),
        _ => number("<= ")
            .map(Predicate::Lte)
            .or_else(|| number(">= ").map(Predicate::Gte))
            .or_else(|| number("< ").map(Predicate::Lt))
            .or_else(|| number("> ").map(Predicate::Gt))
            .or_else(|| json(text.strip_prefix("not ")?).map(Predicate::Ne))
            .or_else(|| json(text).map(Predicate::Equals))?,
    };
    Some(Rule { path: seen.what.clone(), wanted })
}

/// Deadlines as a miss tells of its rule: `within 10 min of its start`, `success_by 02:30 from
/// 00:00 Europe/Berlin`.
fn deadlines(cycles: &[Cycle]) -> Deadlines {
    let missed = cycles.iter().filter_map(|cycle| cycle.done.job.as_ref()?.missed.as_ref());
    let mut found = Deadlines::default();
    for missed in missed {
        let mut words = missed.rule.split(' ');
        match (words.next(), words.next(), words.nth(1)) {
            (Some("success_by"), Some(by), Some(from)) => {
                found.by = Some((by.to_owned(), from.to_owned()));
            }
            (Some("within"), ..) => {
                let started = cycles.iter().filter_map(|cycle| cycle.done.job.as_ref()?.started_at);
                let before = started.filter(|at| *at <= missed.deadline).max();
                let within = before.map(|at| missed.deadline.since(at).as_secs() / 60);
                found.minutes = within.filter(|minutes| *minutes > 0).or(found.minutes);
            }
            _ => {}
        }
    }
    found
}
