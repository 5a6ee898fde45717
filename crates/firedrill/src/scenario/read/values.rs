//! Single values: times, counts, patterns, words. A value that is refused has been reported and
//! reads as absent.

use std::time::Duration;

use engine::{
    Timestamp,
    config::{
        context::{Node, did_you_mean},
        yaml::Yaml,
    },
};
use regex::Regex;
use serde_json::{Map, Value};

use super::mapping::items;
use crate::scenario::{Count, Edge, Moment, Ms};

const LENGTH: &str = "a duration such as 250ms, 30s, 5m, 1h30m";
const MOMENT: &str =
    "a time such as 2m or 1h30m, an RFC 3339 time, or an anchor such as outage.end+30s";
/// The longest time that a scenario may name: a leap year.
const LONGEST: Duration = Duration::from_secs(366 * 86_400);

/// A duration: whole numbers with units, the larger ones first; `0` needs none.
pub(crate) fn duration(text: &str) -> Option<Duration> {
    const UNITS: [(&str, u64); 5] =
        [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];
    if text == "0" {
        return Some(Duration::ZERO);
    }
    let (mut rest, mut total, mut last) = (text, 0_u64, u64::MAX);
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let (number, tail) = rest.split_at(digits);
        let end = tail.find(|c: char| c.is_ascii_digit()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(end);
        let (_, factor) = UNITS.iter().find(|(name, _)| *name == unit)?;
        if *factor >= last {
            return None;
        }
        total = total.checked_add(number.parse::<u64>().ok()?.checked_mul(*factor)?)?;
        (rest, last) = (tail, *factor);
    }
    (!text.is_empty()).then(|| Duration::from_millis(total)).filter(|length| *length <= LONGEST)
}

/// The same with a sign.
pub(super) fn signed(text: &str) -> Option<Ms> {
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    duration(rest).map(|length| sign * engine::time::millis(length))
}

pub(super) fn text(node: &Node<'_>) -> Option<String> {
    match node.yaml {
        Yaml::Text(text) if text.trim().is_empty() => {
            node.refuse(node.problem(format!("`{}` is empty", node.key)))
        }
        Yaml::Text(text) => Some(text.clone()),
        Yaml::Num(_) | Yaml::Bool(_) => node.refuse(node.mismatch("text").help("put it in quotes")),
        Yaml::Null | Yaml::NotFinite | Yaml::List(_) | Yaml::Map(_) | Yaml::Tagged => {
            node.wrong("text")
        }
    }
}

pub(super) fn texts(node: &Node<'_>) -> Vec<String> {
    match node.yaml {
        Yaml::List(_) => items(node, "").iter().filter_map(sought).collect(),
        _ => sought(node).into_iter().collect(),
    }
}

/// Text that is looked for somewhere: a number is meant as it is written, and so is a parameter
/// that is one.
fn sought(node: &Node<'_>) -> Option<String> {
    match node.yaml {
        Yaml::Num(_) | Yaml::Bool(_) => Some(json(node.yaml).to_string()),
        _ => text(node),
    }
}

pub(super) fn boolean(node: &Node<'_>) -> Option<bool> {
    if let Yaml::Bool(value) = node.yaml { Some(*value) } else { node.wrong("true or false") }
}

pub(super) fn whole(node: &Node<'_>, min: u64, max: u64) -> Option<u64> {
    let value = match node.yaml {
        Yaml::Num(number) => number.as_u64(),
        Yaml::Text(text) => text.trim().parse().ok(),
        _ => None,
    };
    let value = value.filter(|value| (min..=max).contains(value));
    value.or_else(|| node.wrong(&format!("a whole number from {min} to {max}")))
}

pub(super) fn length(node: &Node<'_>) -> Option<Duration> {
    match node.yaml {
        Yaml::Num(number) if number.as_u64() == Some(0) => Some(Duration::ZERO),
        Yaml::Num(number) => {
            let help = format!("the unit is missing: write `{number}s` or `{number}m`");
            node.refuse(node.mismatch(LENGTH).help(help))
        }
        Yaml::Text(text) => duration(text.trim()).or_else(|| {
            node.refuse(node.mismatch(LENGTH).label(no_length(text.trim(), "this is no duration")))
        }),
        _ => node.wrong(LENGTH),
    }
}

/// Why a text is no duration.
fn no_length(text: &str, otherwise: &'static str) -> &'static str {
    let shaped = text.chars().all(|c| c.is_ascii_digit() || "dhms".contains(c));
    let plain = shaped
        && text.starts_with(|c: char| c.is_ascii_digit())
        && text.ends_with(['d', 'h', 'm', 's']);
    if plain { "too long, or the larger units do not come first; at most 366d" } else { otherwise }
}

pub(super) fn regex(node: &Node<'_>) -> Option<Regex> {
    let pattern = sought(node)?;
    match Regex::new(&pattern) {
        Ok(regex) => Some(regex),
        Err(error) => {
            let why = error.to_string();
            let last =
                why.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
            node.refuse(node.problem(format!("bad regular expression: {last}")))
        }
    }
}

pub(super) fn word(node: &Node<'_>, words: &[&'static str]) -> Option<&'static str> {
    let said = text(node)?;
    let plain = |word: &str| word.trim().to_lowercase().replace([' ', '-'], "_");
    let known = words.iter().find(|word| plain(word) == plain(&said));
    known.copied().or_else(|| {
        let problem = node.problem(format!("unknown word `{said}` in `{}`", node.key));
        let problem = problem.help(format!("allowed here: {}", words.join(", ")));
        node.refuse(match did_you_mean(&said, words.iter().copied()) {
            Some(hint) => problem.label(hint),
            None => problem,
        })
    })
}

/// `1`, `0`, `1..3`, in quotes or not.
pub(super) fn count(node: &Node<'_>) -> Option<Count> {
    const EXPECTS: &str = "a number such as 1, or a range such as 1..3";
    let small = |n: u64| u32::try_from(n).ok();
    let found = match node.yaml {
        Yaml::Num(number) => number.as_u64().and_then(small).map(|n| Count { min: n, max: n }),
        Yaml::Text(text) => range(text)
            .or_else(|| text.trim().parse().ok().map(|n| (n, n)))
            .and_then(|(min, max)| Some(Count { min: small(min)?, max: small(max)? })),
        _ => None,
    };
    found.or_else(|| {
        let backwards = node.yaml.as_text().is_some_and(is_backwards);
        node.refuse(match backwards {
            true => node.mismatch(EXPECTS).label("the range goes backwards"),
            false => node.mismatch(EXPECTS),
        })
    })
}

/// Whether a text is a range that goes down.
pub(super) fn is_backwards(text: &str) -> bool {
    let parts =
        text.split_once("..").map(|(a, b)| (a.trim().parse::<u64>(), b.trim().parse::<u64>()));
    matches!(parts, Some((Ok(first), Ok(last))) if first > last)
}

/// `1..3`, both included.
pub(super) fn range(text: &str) -> Option<(u64, u64)> {
    let (first, last) = text.split_once("..")?;
    let (first, last) =
        (first.trim().parse().ok()?, last.trim_start_matches('=').trim().parse().ok()?);
    (first <= last).then_some((first, last))
}

/// A moment; `ids` are the steps that an anchor may name.
pub(super) fn moment(node: &Node<'_>, start: Timestamp, ids: &[String]) -> Option<Moment> {
    match node.yaml {
        Yaml::Num(number) if number.as_u64() == Some(0) => Some(Moment::At(0)),
        Yaml::Num(number) => {
            let help = format!("the unit is missing: write `{number}s` or `{number}m`");
            node.refuse(node.mismatch(MOMENT).help(help))
        }
        Yaml::Text(text) => moment_text(node, text.trim(), start, ids),
        _ => node.wrong(MOMENT),
    }
}

fn moment_text(node: &Node<'_>, text: &str, start: Timestamp, ids: &[String]) -> Option<Moment> {
    if let Some(length) = duration(text) {
        return Some(Moment::At(engine::time::millis(length)));
    }
    if text.starts_with(|c: char| c.is_ascii_digit()) && text.contains(['T', 't']) {
        return absolute(node, text, start);
    }
    let Some((id, edge, offset)) = anchor(text) else {
        let named = text.split_once('.').is_some_and(|(id, _)| ids.iter().any(|known| known == id));
        let label = match text {
            _ if named => "an anchor ends in `.start` or `.end`",
            _ if text.starts_with('-') => "a time before the start",
            _ => no_length(text, "this is no time"),
        };
        return node.refuse(node.mismatch(MOMENT).label(label));
    };
    if ids.iter().any(|known| known == id) {
        return Some(Moment::Anchor { id: id.to_owned(), edge, offset });
    }
    let problem = node.problem(format!("there is no step with the id `{id}`"));
    let problem = match did_you_mean(id, ids.iter().map(String::as_str)) {
        Some(hint) => problem.label(hint),
        None => problem,
    };
    let known = if ids.is_empty() {
        "no step has an id: add `id: outage` to one".to_owned()
    } else {
        format!("ids: {}", ids.join(", "))
    };
    node.refuse(problem.help(known))
}

fn absolute(node: &Node<'_>, text: &str, start: Timestamp) -> Option<Moment> {
    let Ok(at) = text.parse::<Timestamp>() else {
        let help = "such as 2026-01-05T08:30:00+05:30, with seconds and a zone";
        return node.refuse(node.problem(format!("`{text}` is no RFC 3339 time")).help(help));
    };
    let at = at.as_millis() - start.as_millis();
    if at < 0 {
        return node.refuse(
            node.problem(format!("{text} is before the start")).help(format!("`start` is {start}")),
        );
    }
    Some(Moment::At(at))
}

/// `outage.end + 30s`.
fn anchor(text: &str) -> Option<(&str, Edge, Ms)> {
    let dot = text.find('.')?;
    let (id, rest) = (&text[..dot], &text[dot + 1..]);
    let (edge, rest) = match (rest.strip_prefix("start"), rest.strip_prefix("end")) {
        (Some(rest), _) => (Edge::Start, rest),
        (None, Some(rest)) => (Edge::End, rest),
        (None, None) => return None,
    };
    let rest: String = rest.chars().filter(|c| !c.is_whitespace()).collect();
    let offset = match rest.as_str() {
        "" => 0,
        rest if rest.starts_with(['+', '-']) => signed(rest)?,
        _ => return None,
    };
    Some((id.trim(), edge, offset))
}

/// Two moments.
pub(super) fn moments(
    node: &Node<'_>,
    start: Timestamp,
    ids: &[String],
) -> Option<(Moment, Moment)> {
    const EXPECTS: &str = "a list of two moments, such as [2m, 4m]";
    let Yaml::List(list) = node.yaml else {
        return node.wrong(EXPECTS);
    };
    if list.len() != 2 {
        return node.wrong(EXPECTS);
    }
    let both = items(node, EXPECTS);
    let mut found = both.iter().map(|item| moment(item, start, ids));
    let (from, until) = (found.next()?, found.next()?);
    let (from, until) = (from?, until?);
    if let (Moment::At(a), Moment::At(b)) = (&from, &until)
        && a > b
    {
        return node.refuse(node.problem(format!("`{}` ends before it begins", node.key)));
    }
    Some((from, until))
}

/// A value as JSON.
pub(super) fn json(yaml: &Yaml) -> Value {
    match yaml {
        Yaml::Null | Yaml::NotFinite | Yaml::Tagged => Value::Null,
        Yaml::Bool(value) => Value::from(*value),
        Yaml::Num(number) => Value::Number(number.clone()),
        Yaml::Text(text) => Value::from(text.clone()),
        Yaml::List(list) => list.iter().map(json).collect(),
        Yaml::Map(entries) => {
            let pair = |entry: &engine::config::yaml::Entry| {
                let key = match &entry.key {
                    Yaml::Text(text) => text.clone(),
                    // `{500: 3}`: JSON has texts there only.
                    other => json(other).to_string(),
                };
                (key, json(&entry.value))
            };
            Value::Object(entries.iter().map(pair).collect::<Map<_, _>>())
        }
    }
}
