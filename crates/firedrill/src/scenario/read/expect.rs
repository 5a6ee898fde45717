//! `expect`, `sometimes`, `always`, `live` and `flags`.

use std::time::Duration;

use engine::{
    NoticeKind, Status,
    config::{
        context::{Node, did_you_mean},
        yaml::Yaml,
    },
    event::ActionResult,
};

use super::{
    Reading,
    mapping::{Mapping, items},
    values,
    vocabulary::{ACTION, ALERT, EVENTS, EXPECT, PAGE, RESULTS, STATE, STATES, TOGGLES, Table},
};
use crate::scenario::{
    ActionExpect, AlertExpect, CheckerFlags, Checks, Count, Doing, Expect, Happening, Invariant,
    Live, Moment, PageExpect, Shown, Sometimes, StateExpect, Step, When, Within,
};

pub(super) fn read(root: &Mapping<'_>, reading: &Reading<'_>) -> Expect {
    let first = reading.place_of(&root.node);
    let none = Expect { alerts_place: first, actions_place: first, ..Expect::default() };
    let Some(node) = root.get("expect") else { return none };
    let Some(expect) = Mapping::open(&node, &EXPECT) else { return none };
    let place = |key: &str| match expect.has(key) {
        true => reading.place(&expect.node, key),
        false => reading.place(&root.node, "expect"),
    };
    Expect {
        alerts: listed(&expect, "alerts", &ALERT)
            .iter()
            .filter_map(|m| alert(m, reading))
            .collect(),
        alerts_place: place("alerts"),
        actions: listed(&expect, "actions", &ACTION)
            .iter()
            .filter_map(|m| action(m, reading))
            .collect(),
        actions_place: place("actions"),
        states: listed(&expect, "state", &STATE).iter().filter_map(|m| state(m, reading)).collect(),
        pages: listed(&expect, "page", &PAGE).iter().filter_map(|m| page(m, reading)).collect(),
    }
}

/// The mappings of a list; `none` and a single mapping are understood where they make sense.
fn listed<'a>(expect: &Mapping<'a>, key: &str, table: &'static Table) -> Vec<Mapping<'a>> {
    let Some(node) = expect.get(key) else { return Vec::new() };
    let one = matches!(node.yaml, Yaml::Map(_)) && key == "page";
    if one {
        return Mapping::open(&node, table).into_iter().collect();
    }
    if matches!(node.yaml.as_text(), Some("none")) && matches!(key, "alerts" | "actions") {
        return Vec::new();
    }
    let expected = if matches!(key, "alerts" | "actions") {
        "`none` or a list of mappings"
    } else {
        "a list of mappings"
    };
    items(&node, expected).iter().filter_map(|item| Mapping::open(item, table)).collect()
}

fn alert(mapping: &Mapping<'_>, reading: &Reading<'_>) -> Option<AlertExpect> {
    let check = checks(mapping, reading);
    let event = mapping
        .get("event")
        .and_then(|node| values::word(&node, EVENTS))
        .and_then(NoticeKind::parse);
    let when = when(mapping, reading);
    let count = count(mapping);
    let channel = mapping.get("channel").map(|node| values::text(&node));
    let regex = |key: &str| mapping.get(key).map(|node| values::regex(&node));
    let (subject, body) = (regex("subject"), regex("body"));
    Some(AlertExpect {
        place: reading.place_of(&mapping.node),
        channel: channel.transpose_some()?,
        subject: subject.transpose_some()?,
        body: body.transpose_some()?,
        check: check?,
        event: event?,
        when: when?,
        count: count?,
    })
}

fn action(mapping: &Mapping<'_>, reading: &Reading<'_>) -> Option<ActionExpect> {
    let check = checks(mapping, reading);
    let when = when(mapping, reading);
    let count = count(mapping);
    let regex = |key: &str| mapping.get(key).map(|node| values::regex(&node));
    let (action, reason) = (regex("action"), regex("reason"));
    let result = mapping.get("result").map(|node| values::word(&node, RESULTS).map(result));
    Some(ActionExpect {
        place: reading.place_of(&mapping.node),
        action: action.transpose_some()?,
        reason: reason.transpose_some()?,
        result: result.transpose_some()?,
        check: check?,
        when: when?,
        count: count?,
    })
}

fn result(word: &str) -> ActionResult {
    match word {
        "FAILED" => ActionResult::Failed,
        "SKIPPED" => ActionResult::Skipped,
        _ => ActionResult::Ok,
    }
}

/// Absent is fine, wrong is not.
trait Transpose<T> {
    fn transpose_some(self) -> Option<Option<T>>;
}

impl<T> Transpose<T> for Option<Option<T>> {
    fn transpose_some(self) -> Option<Option<T>> {
        match self {
            None => Some(None),
            Some(None) => None,
            Some(Some(value)) => Some(Some(value)),
        }
    }
}

fn state(mapping: &Mapping<'_>, reading: &Reading<'_>) -> Option<StateExpect> {
    let check = checks(mapping, reading);
    let stretch = stretch(mapping, reading);
    let is = mapping.get("is")?;
    let words: Vec<_> = match is.yaml {
        Yaml::List(_) => {
            items(&is, "").iter().filter_map(|item| values::word(item, STATES)).collect()
        }
        _ => values::word(&is, STATES).into_iter().collect(),
    };
    if words.is_empty() {
        let empty = matches!(is.yaml, Yaml::List(list) if list.is_empty());
        return if empty {
            is.refuse(is.problem("`is` is empty: it would check nothing"))
        } else {
            None
        };
    }
    let is = words.into_iter().map(shown).collect();
    let (from, until) = stretch?;
    Some(StateExpect { place: reading.place_of(&mapping.node), check: check?, from, until, is })
}

/// `at` or `during`.
fn stretch(mapping: &Mapping<'_>, reading: &Reading<'_>) -> Option<(Moment, Moment)> {
    match (mapping.get("at"), mapping.get("during")) {
        (Some(at), None) => {
            let at = values::moment(&at, reading.start, &reading.ids)?;
            Some((at.clone(), at))
        }
        (None, Some(during)) => values::moments(&during, reading.start, &reading.ids),
        (Some(_), Some(during)) => {
            let problem = during.problem("`at` and `during` exclude each other");
            during.refuse(problem.help("remove one of them"))
        }
        (None, None) if mapping.has_unknown => None,
        (None, None) => {
            let problem = mapping.problem("`at` or `during` is missing");
            mapping.node.refuse(problem.help("such as at: 1m59s, or during: [2m, 4m]"))
        }
    }
}

fn shown(word: &str) -> Shown {
    match word {
        "WARN" => Shown::Status(Status::Warn),
        "FAIL" => Shown::Status(Status::Fail),
        "UNKNOWN" => Shown::Status(Status::Unknown),
        "PENDING" => Shown::Status(Status::Pending),
        "RETRYING" => Shown::Retrying,
        "STALE" => Shown::Stale,
        _ => Shown::Status(Status::Ok),
    }
}

fn page(mapping: &Mapping<'_>, reading: &Reading<'_>) -> Option<PageExpect> {
    let at = mapping.get("at").and_then(|at| values::moment(&at, reading.start, &reading.ids));
    let path = mapping.get("path").and_then(|path| page_path(&path));
    let texts = |key: &str| mapping.get(key).map(|node| values::texts(&node)).unwrap_or_default();
    let (contains, lacks) = (texts("contains"), texts("lacks"));
    if contains.is_empty() && lacks.is_empty() && !mapping.has_unknown {
        let problem = mapping.problem("`contains` or `lacks` is missing or empty");
        mapping.node.context.report(problem.help("such as contains: \"api-availability\""));
    }
    Some(PageExpect {
        place: reading.place_of(&mapping.node),
        at: at?,
        path: path?,
        contains,
        lacks,
    })
}

fn page_path(node: &Node<'_>) -> Option<String> {
    let path = values::text(node)?;
    if path.starts_with('/') { Some(path) } else { node.wrong("a path that begins with `/`") }
}

/// `check`: a name of the configuration, or every one.
fn checks(mapping: &Mapping<'_>, reading: &Reading<'_>) -> Option<Checks> {
    let node = mapping.get("check")?;
    let name = values::text(&node)?;
    if name == "*" {
        return Some(Checks::All);
    }
    if reading.checks.contains(&name) {
        return Some(Checks::One(name));
    }
    let problem =
        node.problem(format!("there is no check `{name}` in {}", reading.checks_path.display()));
    let problem = problem.help(format!("checks: {}", reading.checks.join(", ")));
    node.refuse(match did_you_mean(&name, reading.checks.iter().map(String::as_str)) {
        Some(hint) => problem.label(hint),
        None => problem,
    })
}

fn when(mapping: &Mapping<'_>, reading: &Reading<'_>) -> Option<When> {
    let moment = |node: &Node<'_>| values::moment(node, reading.start, &reading.ids);
    let (at, between, after) = (mapping.get("at"), mapping.get("between"), mapping.get("after"));
    let given: Vec<_> = [&at, &between, &after].into_iter().flatten().collect();
    if let [_, second, ..] = given.as_slice() {
        let message = "only one of `at`, `between` and `after` may be there";
        return mapping.node.refuse(mapping.at_key(second.key, message).help("remove one of them"));
    }
    let within = mapping.get("within");
    match (at, between, after, within) {
        (Some(at), _, _, None) => moment(&at).map(When::At),
        (_, Some(both), _, None) => {
            values::moments(&both, reading.start, &reading.ids).map(|(a, b)| When::Between(a, b))
        }
        (_, _, Some(after), Some(within)) => {
            let (after, within) = (moment(&after), within_of(&within));
            Some(When::After(after?, within?))
        }
        (_, _, Some(after), None) => {
            let problem = after.problem("`after` needs `within`");
            after.refuse(problem.help("add within: bound, or within: 35s"))
        }
        (_, _, None, Some(within)) => {
            let problem = within.problem("`within` needs `after`");
            within.refuse(problem.help("add after: outage.start"))
        }
        (None, None, None, None) => Some(When::Any),
    }
}

fn within_of(node: &Node<'_>) -> Option<Within> {
    if node.yaml.as_text() == Some("bound") {
        return Some(Within::Bound);
    }
    if let Some(text) = node.yaml.as_text()
        && values::duration(text).is_none()
    {
        let problem = node.mismatch("`bound` or a duration such as 35s");
        return node.refuse(match did_you_mean(text, ["bound"]) {
            Some(hint) => problem.label(hint),
            None => problem,
        });
    }
    values::length(node).map(Within::Span)
}

fn count(mapping: &Mapping<'_>) -> Option<Count> {
    let count = match mapping.get("count") {
        Some(node) => values::count(&node)?,
        None => Count { min: 1, max: 1 },
    };
    let optional = match mapping.get("optional") {
        Some(node) => values::boolean(&node)?,
        None => false,
    };
    Some(if optional { Count { min: 0, ..count } } else { count })
}

/// `sometimes: [outage.injected]`.
pub(super) fn sometimes(
    root: &Mapping<'_>,
    reading: &Reading<'_>,
    steps: &[Step],
) -> Vec<Sometimes> {
    let Some(node) = root.get("sometimes") else { return Vec::new() };
    items(&node, "a list such as [outage.injected]")
        .iter()
        .filter_map(|item| happening(item, reading, steps))
        .collect()
}

fn happening(node: &Node<'_>, reading: &Reading<'_>, steps: &[Step]) -> Option<Sometimes> {
    let text = values::text(node)?;
    let (id, word) = text.split_once('.').unwrap_or((&text, ""));
    let what = match word {
        "injected" => Happening::Injected,
        "matched" => Happening::Matched,
        "ended" => Happening::Ended,
        _ => {
            let problem = node.problem(format!("`{text}` is nothing that can happen"));
            return node.refuse(problem.help("id.injected, id.matched or id.ended"));
        }
    };
    let other = steps.iter().find(|step| step.id == id);
    let strikes = other.is_none_or(|step| matches!(step.doing, Doing::Fault(_) | Doing::Toggle(_)));
    if !strikes && what != Happening::Ended {
        let problem = node.problem(format!("`{id}` is no fault: nothing can meet it"));
        return node.refuse(problem.help("name a fault or a toggle"));
    }
    if reading.ids.iter().any(|known| known == id) || TOGGLES.contains(&id) {
        return Some(Sometimes { place: reading.place_of(node), id: id.to_owned(), what });
    }
    let problem = node.problem(format!("there is no step with the id `{id}`"));
    node.refuse(match did_you_mean(id, reading.ids.iter().map(String::as_str)) {
        Some(hint) => problem.label(hint),
        None => problem.help(format!("ids: {}", reading.ids.join(", "))),
    })
}

/// The invariants to check.
pub(super) fn always(root: &Mapping<'_>) -> Vec<Invariant> {
    let all = || Invariant::ALL.to_vec();
    let Some(node) = root.get("always") else { return all() };
    match node.yaml {
        Yaml::Text(word) if word == "defaults" => all(),
        Yaml::Text(word) if word == "none" => Vec::new(),
        Yaml::Text(_) => invariant(&node).into_iter().collect(),
        Yaml::List(_) => {
            let words = items(&node, "");
            let named = words.iter().filter(|word| word.yaml.as_text() != Some("defaults"));
            let listed: Vec<_> = named.filter_map(invariant).collect();
            let defaults = words.iter().any(|word| word.yaml.as_text() == Some("defaults"));
            if defaults { all() } else { listed }
        }
        Yaml::Map(_) => {
            let Some(mapping) = Mapping::with_keys(&node, &["except"], &[]) else { return all() };
            let Some(except) = mapping.get("except") else {
                if mapping.has_unknown {
                    return all();
                }
                let problem = mapping.problem("`except` is missing");
                node.context.report(problem.help("such as always: {except: [settles]}"));
                return all();
            };
            let out: Vec<_> = match except.yaml {
                Yaml::List(_) => items(&except, "").iter().filter_map(invariant).collect(),
                _ => invariant(&except).into_iter().collect(),
            };
            all().into_iter().filter(|one| !out.contains(one)).collect()
        }
        _ => {
            node.wrong::<()>("defaults, none, a list of names, or {except: [names]}");
            all()
        }
    }
}

fn invariant(node: &Node<'_>) -> Option<Invariant> {
    let words = Invariant::ALL.map(Invariant::word);
    let word = values::word(node, &words)?;
    Invariant::ALL.into_iter().find(|one| one.word() == word)
}

/// How it is played live.
pub(super) fn live(root: &Mapping<'_>) -> Live {
    const SCALE: f64 = 20.0;
    const SLACK: Duration = Duration::from_secs(2);
    let usual = Live::Yes { scale: SCALE, slack: SLACK };
    let Some(node) = root.get("live") else { return usual };
    match node.yaml {
        Yaml::Bool(false) => Live::No,
        Yaml::Bool(true) => usual,
        Yaml::Text(word) if word.eq_ignore_ascii_case("no") => Live::No,
        Yaml::Text(word) if word.eq_ignore_ascii_case("yes") => usual,
        Yaml::Map(_) => {
            let Some(mapping) = Mapping::with_keys(&node, &["scale", "slack"], &[]) else {
                return usual;
            };
            let scale = mapping.get("scale").map_or(Some(SCALE), |node| scale(&node));
            let slack = mapping.get("slack").map_or(Some(SLACK), |node| values::length(&node));
            match (scale, slack) {
                (Some(scale), Some(slack)) => Live::Yes { scale, slack },
                _ => usual,
            }
        }
        _ => {
            node.wrong::<()>("`no`, or a mapping such as {scale: 20, slack: 2s}");
            usual
        }
    }
}

fn scale(node: &Node<'_>) -> Option<f64> {
    let value = if let Yaml::Num(number) = node.yaml { number.as_f64() } else { None };
    let value = value.filter(|value| (1.0..=1000.0).contains(value));
    value.or_else(|| node.wrong("a number from 1 to 1000"))
}

/// The checker's flags.
pub(super) fn flags(root: &Mapping<'_>) -> CheckerFlags {
    let mut flags = CheckerFlags::default();
    let Some(node) = root.get("flags") else { return flags };
    let words = items(&node, "a list such as [--no-actions]");
    let mut words = words.iter();
    while let Some(node) = words.next() {
        let text = node.yaml.as_text().unwrap_or_default();
        let (flag, value) = match text.split_once(['=', ' ']) {
            Some((flag, value)) => (flag, Some(value.trim().to_owned())),
            None => (text, None),
        };
        match (flag, value) {
            ("--no-actions", None) => flags.no_actions = true,
            ("--no-restart", None) => flags.no_restart = true,
            ("--interval", Some(value)) => flags.interval = interval(node, &value),
            ("--interval", None) => flags.interval = next_interval(node, words.next()),
            ("--no-actions" | "--no-restart", Some(_)) => {
                let problem = node.problem(format!("{flag} takes no value"));
                node.context.report(problem.help(format!("write {flag}")));
            }
            _ => unknown_flag(node, flag),
        }
    }
    flags
}

/// The value of `--interval` that stands in the next entry.
fn next_interval(flag: &Node<'_>, value: Option<&Node<'_>>) -> Option<Duration> {
    let Some(value) = value else {
        let problem = flag.problem("--interval takes a value");
        return flag
            .refuse(problem.help("such as \"--interval 5\" for seconds, or --interval=500ms"));
    };
    let text =
        value.yaml.as_text().map_or_else(|| values::json(value.yaml).to_string(), str::to_owned);
    interval(value, &text)
}

fn unknown_flag(node: &Node<'_>, flag: &str) {
    let known = ["--no-actions", "--no-restart", "--interval"];
    let problem =
        node.problem(format!("unknown flag `{flag}`")).help(format!("flags: {}", known.join(", ")));
    node.context.report(match did_you_mean(flag, known) {
        Some(hint) => problem.label(hint),
        None => problem,
    });
}

fn interval(node: &Node<'_>, text: &str) -> Option<Duration> {
    let seconds = text.parse::<f64>().ok().and_then(|s| Duration::try_from_secs_f64(s).ok());
    let length = seconds
        .or_else(|| values::duration(text))
        .filter(|length| *length >= Duration::from_millis(10));
    length.or_else(|| {
        let problem =
            node.problem("--interval takes seconds such as 5, or 500ms, 2m; at least 10ms");
        node.refuse(problem.label(format!("not `{text}`")))
    })
}
