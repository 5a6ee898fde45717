//! Times of a run: moments resolved against what really happened, windows, and their words.

use std::time::Duration;

use engine::{Check, NoticeKind, bound::bound};

use super::facts::Facts;
use crate::scenario::{Edge, Moment, Ms, When, Within};

/// How long delivery may take after the bound; nothing in a virtual world but what mail faults add.
const DELIVERY: Ms = 1_000;
/// How long `at` is.
const SECOND: Ms = 1_000;

/// A time as the grammar writes it: `3m10s`.
pub(crate) fn text(at: Ms) -> String {
    let (sign, at) = (if at < 0 { "-" } else { "" }, at.abs());
    let units = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];
    let mut rest = at;
    let mut out = String::new();
    for (unit, size) in units {
        if rest >= size {
            out.push_str(&format!("{}{unit}", rest / size));
            rest %= size;
        }
    }
    if out.is_empty() { "0s".to_owned() } else { format!("{sign}{out}") }
}

/// A moment as it stands in the file.
pub(super) fn written(moment: &Moment) -> String {
    match moment {
        Moment::At(at) => text(*at),
        Moment::Anchor { id, edge, offset } => {
            let edge = match edge {
                Edge::Start => "start",
                Edge::End => "end",
            };
            match *offset {
                0 => format!("{id}.{edge}"),
                by if by > 0 => format!("{id}.{edge}+{}", text(by)),
                by => format!("{id}.{edge}{}", text(by)),
            }
        }
    }
}

/// From when until when something may happen, both included, and how that came about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) from: Ms,
    pub(super) until: Ms,
    pub(super) words: String,
}

/// Where an expectation's window lies for one check; an error says which moment never came.
pub(super) fn window(
    facts: &Facts<'_>,
    when: &When,
    check: Option<&Check>,
    event: Option<NoticeKind>,
) -> Result<Window, String> {
    let slack = facts.played.slack;
    let end = facts.played.end;
    let (from, until, words) = match when {
        When::Any => (Ms::MIN, Ms::MAX, "at some time in the run".to_owned()),
        When::At(at) => {
            let at = resolve(facts, at)?;
            (at - slack, at + SECOND - 1, format!("at {}", text(at)))
        }
        When::Between(from, until) => {
            let (a, b) = (resolve(facts, from)?, resolve(facts, until)?);
            (a, b, format!("between {} and {}", text(a), text(b)))
        }
        When::After(after, within) => {
            let from = resolve(facts, after)?;
            let (until, why) = match (within, check) {
                (Within::Span(span), _) => (from + engine::time::millis(*span), String::new()),
                (Within::Bound, Some(check)) => {
                    let (length, sum) = bound_of(facts, check, event);
                    (from + length + DELIVERY, format!(" (the bound, {sum})"))
                }
                (Within::Bound, None) => (end, String::new()),
            };
            let shown = until - if why.is_empty() { 0 } else { DELIVERY };
            let after = if matches!(after, Moment::At(_)) {
                String::new()
            } else {
                format!(", {} being {}", written(after), text(from))
            };
            (from, until, format!("between {} and {}{why}{after}", text(from), text(shown)))
        }
    };
    Ok(Window { from, until: until.saturating_add(slack), words })
}

/// When a moment was.
pub(super) fn resolve(facts: &Facts<'_>, moment: &Moment) -> Result<Ms, String> {
    let Moment::Anchor { id, edge, offset } = moment else {
        let Moment::At(at) = moment else { return Err(String::new()) };
        return Ok(*at);
    };
    let never = |what: &str| Err(format!("`{}` never came: {what}", written(moment)));
    match (facts.played.steps.get(id), edge) {
        (None, _) => never("the run ended before this step"),
        (Some((start, _)), Edge::Start) => Ok(start + offset),
        (Some((_, Some(end))), Edge::End) => Ok(end + offset),
        (Some((_, None)), Edge::End) => never("it still held at the end of the run"),
    }
}

/// The bound of a check for an event, and its sum in words.
pub(super) fn bound_of(
    facts: &Facts<'_>,
    check: &Check,
    event: Option<NoticeKind>,
) -> (Ms, String) {
    let bounds = bound(check, facts.scenario.start);
    let interval = short(check.schedule.interval(facts.scenario.start));
    let timeout = short(check.timeout);
    if event == Some(NoticeKind::Recovered) {
        return (
            engine::time::millis(bounds.recover),
            format!("{interval} interval + {timeout} timeout"),
        );
    }
    let retries = match check.retries {
        0 => String::new(),
        n => format!(" + {n} × {} back-off", short(check.backoff)),
    };
    let sum = format!("{interval} interval + {} × {timeout} timeout{retries}", check.retries + 1);
    (engine::time::millis(bounds.detect), sum)
}

fn short(length: Duration) -> String {
    text(engine::time::millis(length))
}
