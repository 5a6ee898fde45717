//! Single values: from a node of the tree to a checked value of its kind.
//! Limits come from the tables. A value that is refused has been reported and reads as absent.

use std::time::Duration;

use jiff::{civil::Time, tz::TimeZone};

use crate::{
    config::{
        context::{Node, did_you_mean},
        section::{Section, check_repeated, items, not_text},
        table::Kind,
        text::expanded,
        yaml::Yaml,
    },
    schedule::Cron,
};

impl<'a> Section<'a> {
    pub(super) fn bool(&self, key: &str) -> Option<bool> {
        let (node, kind) = self.get(key)?;
        let Yaml::Bool(value) = node.yaml else {
            let yes = node.yaml.as_text().map(str::to_ascii_lowercase);
            let hint = match yes.as_deref() {
                Some("yes" | "on" | "true") => "write `true`",
                Some("no" | "off" | "false") => "write `false`",
                _ => return node.wrong(&kind.expects()),
            };
            return node.refuse(node.mismatch(&kind.expects()).help(hint));
        };
        Some(*value)
    }

    pub(super) fn int(&self, key: &str) -> Option<u64> {
        let (node, kind) = self.get(key)?;
        let Kind::Int { min, max } = kind else {
            return None;
        };
        whole(&node, *min, *max, &kind.expects())
    }

    /// The same for small numbers.
    pub(super) fn small(&self, key: &str) -> Option<u32> {
        self.int(key).and_then(|value| u32::try_from(value).ok())
    }

    /// Whole milliseconds; `Some(None)` for null.
    pub(super) fn millis(&self, key: &str) -> Option<Option<Duration>> {
        let (node, kind) = self.get(key)?;
        if matches!(node.yaml, Yaml::Null) {
            return Some(None);
        }
        let value = whole(&node, 1, 3_600_000, &kind.expects())?;
        Some(Some(Duration::from_millis(value)))
    }

    pub(super) fn seconds(&self, key: &str) -> Option<Duration> {
        let (node, kind) = self.get(key)?;
        let Kind::Seconds { min, max } = kind else {
            return None;
        };
        let Some(value) = finite(&node) else {
            let plain = node.yaml.as_text().and_then(span).map(|span| span.as_secs_f64());
            let problem = node.mismatch(&kind.expects());
            return node.refuse(match plain {
                Some(s) => problem.help(format!("`_s` keys take plain seconds: write `{s}`")),
                None => problem,
            });
        };
        if !(*min..=*max).contains(&value) {
            return node.refuse(node.mismatch(&kind.expects()).label("out of range"));
        }
        Some(Duration::from_millis((value * 1000.0).round() as u64))
    }

    pub(super) fn number(&self, key: &str) -> Option<f64> {
        let (node, kind) = self.get(key)?;
        finite(&node).or_else(|| {
            let problem = node.mismatch(&kind.expects());
            let number = node.yaml.as_text().filter(|text| text.trim().parse::<f64>().is_ok());
            node.refuse(match number {
                Some(_) => problem.help("write the number without quotes"),
                None => problem,
            })
        })
    }

    /// A duration with its unit, of at least a day.
    pub(super) fn span(&self, key: &str) -> Option<Duration> {
        let (node, kind) = self.get(key)?;
        let expects = kind.expects();
        if let Yaml::Num(number) = node.yaml {
            let help =
                format!("the unit is missing: write `{number}d` for days; units: ms, s, m, h, d");
            return node.refuse(node.mismatch(&expects).help(help));
        }
        match span(&expanded(&node, &expects)?) {
            Some(value) if value >= DAY => Some(value),
            Some(_) => node.refuse(node.mismatch(&expects).label("too short")),
            None => {
                let problem = node.mismatch(&expects).label("this is no duration");
                node.refuse(problem.help("a whole number and a unit: ms, s, m, h or d"))
            }
        }
    }

    /// A duration with its unit.
    pub(super) fn length(&self, key: &str) -> Option<Duration> {
        let (node, kind) = self.get(key)?;
        let expects = kind.expects();
        if let Yaml::Num(number) = node.yaml {
            let help = format!("the unit is missing: write `{number}s` for seconds, or m, h, d");
            return node.refuse(node.mismatch(&expects).help(help));
        }
        span(&expanded(&node, &expects)?).or_else(|| {
            let problem = node.mismatch(&expects).label("this is no duration");
            node.refuse(problem.help("a whole number and a unit: ms, s, m, h or d"))
        })
    }

    pub(super) fn zone(&self, key: &str) -> Option<TimeZone> {
        let (node, kind) = self.get(key)?;
        let name = expanded(&node, &kind.expects())?;
        TimeZone::get(&name).ok().or_else(|| {
            let names: Vec<_> = jiff::tz::db().available().map(|name| name.to_string()).collect();
            let problem = node.problem(format!("unknown time zone `{}`", node.written()));
            let problem = match did_you_mean(&name, names.iter().map(String::as_str)) {
                Some(hint) => problem.label(hint),
                None => problem,
            };
            node.refuse(problem.help("a name of the IANA database, such as Asia/Kolkata or UTC"))
        })
    }

    pub(super) fn cron(&self, key: &str, zone: &TimeZone) -> Option<Cron> {
        let (node, kind) = self.get(key)?;
        cron(&node, &kind.expects(), zone)
    }

    pub(super) fn time_of_day(&self, key: &str) -> Option<Time> {
        let (node, kind) = self.get(key)?;
        let expects = kind.expects();
        let text = expanded(&node, &expects)?;
        time_of_day(&text).or_else(|| node.refuse(node.mismatch(&expects).label("this is none")))
    }

    /// One of a closed set of words.
    pub(super) fn word(&self, key: &str) -> Option<&'static str> {
        let (node, kind) = self.get(key)?;
        let Kind::Word(words) = kind else { return None };
        word(&node, words)
    }

    /// A list of such words.
    pub(super) fn words(&self, key: &str) -> Option<Vec<&'static str>> {
        let (node, kind) = self.get(key)?;
        let Kind::Words(words) = kind else {
            return None;
        };
        if let Some(one) = node.yaml.as_text().filter(|one| words.contains(one)) {
            let help = format!("write a list: [{one}]");
            return node.refuse(node.mismatch("a list of words").help(help));
        }
        let found = items(&node, "a list of words, `[]` for none");
        Some(found.iter().filter_map(|item| word(item, words)).collect())
    }

    /// Any value as JSON, its strings expanded.
    pub(super) fn json(&self, key: &str) -> Option<serde_json::Value> {
        self.get(key).and_then(|(node, _)| json(&node))
    }
}

const DAY: Duration = Duration::from_secs(86_400);

fn finite(node: &Node<'_>) -> Option<f64> {
    if let Yaml::Num(number) = node.yaml { number.as_f64() } else { None }
}

fn whole(node: &Node<'_>, min: u64, max: u64, expects: &str) -> Option<u64> {
    let Yaml::Num(number) = node.yaml else {
        let digits = node.yaml.as_text().is_some_and(|text| text.parse::<u64>().is_ok());
        let problem = node.mismatch(expects);
        let quoted = "write the number without quotes";
        return node.refuse(if digits { problem.help(quoted) } else { problem });
    };
    match number.as_u64() {
        Some(value) if (min..=max).contains(&value) => Some(value),
        _ => node.refuse(node.mismatch(expects).label("out of range")),
    }
}

/// `250ms`, `30s`, `5m`, `2h` or `1d`.
pub(super) fn span(text: &str) -> Option<Duration> {
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().ok()?;
    let factor = match unit {
        "ms" => 1,
        "s" => 1000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    number
        .checked_mul(factor)
        .filter(|ms| *ms <= 1000 * 365 * 86_400_000)
        .map(Duration::from_millis)
}

fn time_of_day(text: &str) -> Option<Time> {
    let (hour, minute) = text.split_once(':')?;
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let shaped = matches!(hour.len(), 1 | 2) && minute.len() == 2;
    if !shaped || !digits(hour) || !digits(minute) {
        return None;
    }
    Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()
}

/// A cron expression in a zone.
pub(super) fn cron(node: &Node<'_>, expects: &str, zone: &TimeZone) -> Option<Cron> {
    let text = expanded(node, expects)?;
    let fields = text.split_whitespace().count();
    if !matches!(fields, 5 | 6) {
        let problem = node.mismatch(expects).label(format!("this has {fields}"));
        return node.refuse(problem.help("\"0 8 * * *\" means 08:00 every day"));
    }
    match Cron::parse(&text, zone.clone()) {
        Ok(cron) => Some(cron),
        Err(error) => node
            .refuse(node.problem(format!("bad cron expression: {}", error.trim_end_matches('.')))),
    }
}

fn word(node: &Node<'_>, words: &[&'static str]) -> Option<&'static str> {
    let expects = format!("one of {}", words.join(", "));
    let text = expanded(node, &expects)?;
    words.iter().find(|word| **word == text).copied().or_else(|| {
        let problem = node.problem(format!("unknown word `{}` in `{}`", node.written(), node.key));
        let problem = problem.help(format!("allowed here: {}", words.join(", ")));
        node.refuse(match did_you_mean(&text, words.iter().copied()) {
            Some(hint) => problem.label(hint),
            None => problem,
        })
    })
}

/// A value as JSON, its strings expanded.
pub(super) fn json(node: &Node<'_>) -> Option<serde_json::Value> {
    match node.yaml {
        Yaml::Null => Some(serde_json::Value::Null),
        Yaml::Bool(value) => Some((*value).into()),
        Yaml::Num(number) => Some(number.clone().into()),
        Yaml::Text(_) => expanded(node, "text").map(Into::into),
        Yaml::List(_) => items(node, "a list").iter().map(json).collect(),
        Yaml::Map(_) => object(node).map(Into::into),
        Yaml::NotFinite | Yaml::Tagged => node.wrong("any JSON value"),
    }
}

fn object(node: &Node<'_>) -> Option<serde_json::Map<String, serde_json::Value>> {
    let Yaml::Map(entries) = node.yaml else {
        return None;
    };
    check_repeated(node.context, &node.path, entries);
    let pairs = entries.iter().map(|entry| {
        let path = node.below(&entry.via);
        let Some(key) = entry.key.as_text() else {
            return node.refuse(not_text(&path, &entry.key));
        };
        let value = json(&Node { yaml: &entry.value, path, ..node.clone() })?;
        Some((key.to_owned(), value))
    });
    pairs.collect()
}
