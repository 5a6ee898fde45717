//! What stood in the answers: the single values of a JSON document, and how they were as long as
//! nothing was wrong. Pure.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{scenario::Ms, train::facts::Request};

/// More values than this are no answer of a health route.
const MOST: usize = 200;

/// One value of the answers of a route, in the order of time.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Leaf {
    /// Before anything was wrong.
    pub(super) before: Vec<Value>,
    /// From then on, and when.
    pub(super) after: Vec<(Ms, Value)>,
}

/// The values of the answers of each route, by their paths: `$.pool.in_use`.
pub(super) type Leaves = BTreeMap<String, BTreeMap<String, Leaf>>;

/// What stood in the answers to these requests.
pub(super) fn leaves(users: &[Request], bodies: &[Vec<u8>], onset: Ms) -> Leaves {
    let mut routes = Leaves::new();
    for (asked, bytes) in users.iter().zip(bodies) {
        let Some(json) = body(bytes) else { continue };
        let route = routes.entry(asked.route.clone()).or_default();
        let mut found = Vec::new();
        collect("$", &json, &mut found);
        for (path, value) in found {
            let leaf = route.entry(path).or_default();
            match asked.at < onset {
                true => leaf.before.push(value),
                false => leaf.after.push((asked.at, value)),
            }
        }
    }
    routes
}

/// The JSON after the head of an answer.
fn body(bytes: &[u8]) -> Option<Value> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    serde_json::from_slice(&bytes[end + 4..]).ok()
}

fn collect(path: &str, value: &Value, found: &mut Vec<(String, Value)>) {
    if found.len() >= MOST {
        return;
    }
    match value {
        Value::Object(map) => {
            let plain =
                |key: &str| key.chars().all(|one| one.is_ascii_alphanumeric() || one == '_');
            for (key, value) in map.iter().filter(|(key, _)| plain(key)) {
                collect(&format!("{path}.{key}"), value, found);
            }
        }
        Value::Array(_) => {}
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            found.push((path.to_owned(), value.clone()));
        }
    }
}

/// What can be asked of a value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Rule {
    /// A number below.
    Lt(f64),
    /// Always this.
    Equals(Value),
}

impl Leaf {
    /// A rule that held before and would not have held later.
    pub(super) fn rule(&self) -> Option<Rule> {
        let first = self.before.first()?;
        let after = || self.after.iter().map(|(_, value)| value);
        match numbers(self.before.iter()) {
            Some(before) => limit(&before, &numbers(after())?),
            None => {
                let steady = self.before.iter().all(|value| value == first);
                let differs = after().any(|value| value != first);
                (steady && differs).then(|| Rule::Equals(first.clone()))
            }
        }
    }

    /// When it first broke that rule, what it was then, and what it had been.
    fn off(&self) -> Option<(Ms, &Value, &Value)> {
        let rule = self.rule()?;
        let off = |value: &Value| match &rule {
            Rule::Lt(limit) => value.as_f64().is_some_and(|is| is >= *limit),
            Rule::Equals(usual) => value != usual,
        };
        let (at, value) = self.after.iter().find(|(_, value)| off(value))?;
        Some((*at, value, self.before.last()?))
    }
}

/// The first value that was off: when, and what, in words.
pub(super) fn drift(leaves: &Leaves) -> Option<(Ms, String)> {
    let all = leaves.iter().flat_map(|(route, paths)| paths.iter().map(move |leaf| (route, leaf)));
    let off = all.filter_map(|(route, (path, leaf))| {
        let (at, value, usual) = leaf.off()?;
        Some((at, format!("{path} of {route} was {value}, usually {usual}")))
    });
    off.min_by_key(|(at, _)| *at)
}

fn numbers<'v>(mut values: impl Iterator<Item = &'v Value>) -> Option<Vec<f64>> {
    values.try_fold(Vec::new(), |mut all, value| {
        all.push(value.as_f64()?);
        Some(all)
    })
}

/// A round number well above what was usual, if that was passed. What goes up all the time, such as
/// a counter, has no usual value.
fn limit(before: &[f64], after: &[f64]) -> Option<Rule> {
    let (low, high) = (least(before)?, most(before)?);
    let counts = before.len() > 1 && before.windows(2).all(|two| two[0] < two[1]);
    let limit = round_up(high.max(0.0) * 2.0 + 1.0);
    let passed = most(after)? >= limit;
    (passed && !counts && low >= 0.0).then_some(Rule::Lt(limit))
}

fn least(numbers: &[f64]) -> Option<f64> {
    numbers.iter().copied().reduce(f64::min)
}

fn most(numbers: &[f64]) -> Option<f64> {
    numbers.iter().copied().reduce(f64::max)
}

/// The next of 1, 2, 5, 10, 20, 50 … that is not below.
pub(super) fn round_up(number: f64) -> f64 {
    let mut power = 1.0;
    while power * 10.0 < number {
        power *= 10.0;
    }
    let steps = [1.0, 2.0, 5.0, 10.0].map(|step| step * power);
    steps.into_iter().find(|step| *step >= number).unwrap_or(number)
}
