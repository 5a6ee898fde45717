//! Changes to a configuration that might have told a trouble sooner, each in the words of
//! `checks.yaml`. Only the ones that what was seen speaks for; whether they help is tried elsewhere.

use engine::{
    Check, Config,
    config::{Predicate, Spec},
    status::NoticeKind,
};
use serde_json::{Value, json};

use super::leaves::{Leaf, Leaves, Rule, round_up};
use crate::{
    naive::Asked,
    scenario::Ms,
    train::facts::{Facts, Reading},
};

/// A change to one check.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Edit {
    /// Which check.
    pub(super) check: String,
    /// The change in words: `crit_ms: 500`.
    pub(super) words: String,
    /// What it is, in the check's own keys.
    change: Change,
}

#[derive(Clone, Debug, PartialEq)]
enum Change {
    /// A key gets this value.
    Set(&'static str, Value),
    /// A rule for the answer, in place of the one on the same path.
    Rule(String, Value),
    /// A further event is told.
    Tell(&'static str),
}

/// What might have helped, the cheapest first.
pub(super) fn edits(config: &Config, facts: &Facts, routes: &Leaves, onset: Ms) -> Vec<Edit> {
    let mut edits = Vec::new();
    for check in config.enabled() {
        if let Spec::Http(http) = &check.spec {
            let route = Asked::of(&http.request).line();
            let found = routes.get(&route).into_iter().flatten();
            edits.extend(found.filter_map(|(path, leaf)| rule(check, path, leaf)));
            edits.extend(limit(check, &route, facts, onset));
        }
        edits.extend(deadline(check));
    }
    let concerned = config.enabled().filter(|check| is_concerned(check, &facts.results, onset));
    let concerned: Vec<_> = concerned.collect();
    edits.extend(concerned.iter().filter_map(|check| warning(check)));
    edits.extend(concerned.iter().filter_map(|check| interval(check)));
    edits.extend(concerned.iter().filter_map(|check| retries(check)));
    edits
}

fn edit(check: &Check, words: String, change: Change) -> Edit {
    Edit { check: check.name.to_string(), words, change }
}

fn rule(check: &Check, path: &str, leaf: &Leaf) -> Option<Edit> {
    let (word, value) = match leaf.rule()? {
        Rule::Lt(limit) => ("lt", number(limit)),
        Rule::Equals(value) => ("equals", value),
    };
    if has(check, path, word, &value) {
        return None;
    }
    let words = format!("`expect_jsonpath: {{path: \"{path}\", {word}: {value}}}`");
    Some(edit(check, words, Change::Rule(path.to_owned(), json!({"path": path, word: value}))))
}

/// Whether a check already asks as much of a value.
fn has(check: &Check, path: &str, word: &str, value: &Value) -> bool {
    let Spec::Http(http) = &check.spec else { return false };
    let rules = http.expect_jsonpath.iter().filter(|rule| rule.query.text() == path);
    let mut asked = rules.flat_map(|rule| &rule.predicates);
    asked.any(|asked| match asked {
        Predicate::Equals(other) => word == "equals" && other == value,
        Predicate::Lt(limit) | Predicate::Lte(limit) => {
            word == "lt" && value.as_f64().is_some_and(|value| *limit <= value)
        }
        Predicate::Ne(_) | Predicate::Gt(_) | Predicate::Gte(_) | Predicate::Exists(_) => false,
    })
}

/// Whole numbers are written as such.
fn number(number: f64) -> Value {
    if number.fract() == 0.0 { json!(number as i64) } else { json!(number) }
}

/// A limit on the latency between what was usual and what came.
fn limit(check: &Check, route: &str, facts: &Facts, onset: Ms) -> Option<Edit> {
    let Spec::Http(http) = &check.spec else { return None };
    let took = |late: bool| {
        let asked = facts.users.iter().filter(move |asked| (asked.at >= onset) == late);
        asked.filter(|asked| asked.route == route).map(|asked| asked.took).max()
    };
    let limit = round_up(took(false)? as f64 * 2.0 + 100.0) as Ms;
    let known = http.crit.map_or(Ms::MAX, engine::time::millis);
    let helps = took(true)? >= limit && limit < known;
    let words = format!("`crit_ms: {limit}`");
    helps.then(|| edit(check, words, Change::Set("crit_ms", limit.into())))
}

/// An earlier deadline for a job.
fn deadline(check: &Check) -> Option<Edit> {
    let Spec::Job(job) = &check.spec else { return None };
    let minutes = job.within?.as_secs() / 60 / 4;
    let words = format!("`minutes_after_start: {minutes}`");
    (minutes > 0).then(|| edit(check, words, Change::Set("minutes_after_start", minutes.into())))
}

fn is_concerned(check: &Check, results: &[Reading], onset: Ms) -> bool {
    let own = results.iter().filter(|one| one.check == check.name.as_str());
    own.filter(|one| one.at >= onset).any(|one| one.word != "OK")
}

fn warning(check: &Check) -> Option<Edit> {
    let told = check.notify_on.contains(&NoticeKind::Warn);
    let words = "`warn` in `notify_on`".to_owned();
    (!told).then(|| edit(check, words, Change::Tell("warn")))
}

fn interval(check: &Check) -> Option<Edit> {
    let engine::schedule::Schedule::Every(every) = &check.schedule else { return None };
    let seconds = every.as_secs() / 3;
    let words = format!("`interval_s: {seconds}`");
    (seconds >= 1).then(|| edit(check, words, Change::Set("interval_s", seconds.into())))
}

fn retries(check: &Check) -> Option<Edit> {
    let words = "`retries: 0`, at the price of an alarm for every blip,".to_owned();
    (check.retries > 0).then(|| edit(check, words, Change::Set("retries", 0.into())))
}

impl Edit {
    /// The configuration with the change in it, as JSON, which is YAML too.
    pub(super) fn applied_to(&self, config: &Value) -> Option<Vec<u8>> {
        let mut config = config.clone();
        let checks = config.get_mut("checks")?.as_array_mut()?;
        let check = checks.iter_mut().find(|check| check["name"] == self.check.as_str())?;
        let check = check.as_object_mut()?;
        match &self.change {
            Change::Set(key, value) => drop(check.insert((*key).to_owned(), value.clone())),
            Change::Rule(path, rule) => {
                let rules = check.entry("expect_jsonpath").or_insert_with(|| json!([]));
                let rules = rules.as_array_mut()?;
                rules.retain(|known| known["path"] != path.as_str());
                rules.push(rule.clone());
            }
            Change::Tell(word) => {
                let usual = || json!(["first_fail", "recovered"]);
                let told = check.entry("notify_on").or_insert_with(usual);
                told.as_array_mut()?.push((*word).into());
            }
        }
        serde_json::to_vec(&config).ok()
    }
}
