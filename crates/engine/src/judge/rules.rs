//! Judges a JSON value by one rule of `expect_jsonpath`.

use serde_json::Value;

use crate::{
    config::{JsonRule, Predicate},
    details::Expectation,
};

/// The most characters of a value that are told.
const SHOWN: usize = 60;

/// One expectation a predicate. A rule holds when each of its predicates holds for every match;
/// a path that matches nothing breaks every predicate but `exists: false`.
pub(crate) fn judge(rule: &JsonRule, value: &Value) -> Vec<Expectation> {
    let found = rule.query.find(value);
    rule.predicates.iter().map(|predicate| expectation(rule, predicate, &found)).collect()
}

fn expectation(rule: &JsonRule, predicate: &Predicate, found: &[&Value]) -> Expectation {
    let (actual, ok) = if let Predicate::Exists(wanted) = predicate {
        exists(*wanted, found)
    } else if found.is_empty() {
        ("missing".to_owned(), false)
    } else {
        every(predicate, found)
    };
    let what = rule.query.text().to_owned();
    Expectation { what, expected: wanted(predicate), actual, ok }
}

fn exists(wanted: bool, found: &[&Value]) -> (String, bool) {
    let actual = found.first().map_or_else(|| "missing".to_owned(), |value| shown(value));
    (actual, wanted != found.is_empty())
}

fn every(predicate: &Predicate, found: &[&Value]) -> (String, bool) {
    match found.iter().find(|value| !holds(predicate, value)) {
        Some(broken) => (shown(broken), false),
        None => (found.first().map_or_else(String::new, |value| shown(value)), true),
    }
}

fn holds(predicate: &Predicate, value: &Value) -> bool {
    let number = |test: fn(f64, f64) -> bool, limit: f64| {
        value.as_f64().is_some_and(|actual| test(actual, limit))
    };
    match predicate {
        Predicate::Equals(wanted) => equal(value, wanted),
        Predicate::Ne(unwanted) => !equal(value, unwanted),
        Predicate::Lt(limit) => number(|a, b| a < b, *limit),
        Predicate::Lte(limit) => number(|a, b| a <= b, *limit),
        Predicate::Gt(limit) => number(|a, b| a > b, *limit),
        Predicate::Gte(limit) => number(|a, b| a >= b, *limit),
        Predicate::Exists(wanted) => *wanted,
    }
}

/// Equal as JSON, numbers by value: `1` equals `1.0`.
fn equal(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(x, y)| equal(x, y))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(k, x)| b.get(k).is_some_and(|y| equal(x, y)))
        }
        _ => one == other,
    }
}

fn wanted(predicate: &Predicate) -> String {
    match predicate {
        Predicate::Equals(value) => shown(value),
        Predicate::Ne(value) => format!("not {}", shown(value)),
        Predicate::Lt(limit) => format!("< {limit}"),
        Predicate::Lte(limit) => format!("<= {limit}"),
        Predicate::Gt(limit) => format!("> {limit}"),
        Predicate::Gte(limit) => format!(">= {limit}"),
        Predicate::Exists(true) => "any value".to_owned(),
        Predicate::Exists(false) => "no value".to_owned(),
    }
}

fn shown(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
