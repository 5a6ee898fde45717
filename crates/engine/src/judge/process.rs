//! Judges how many processes run. Facts: `match`, `count`, `pids`.

use serde_json::{Map, Value, json};

use crate::{
    config::ProcessSpec,
    details::{Details, Expectation},
    outcome::Outcome,
    status::Status,
};

/// The most process numbers that are told.
const SHOWN: usize = 20;

/// The verdict on the processes that fit.
pub(crate) fn judge(spec: &ProcessSpec, pids: &[u32]) -> Outcome {
    let ok = spec.is_well(pids.len());
    let status = if ok { Status::Ok } else { Status::Fail };
    let mut reason = counted(spec, pids);
    if !ok {
        reason = format!("{reason}, expected {}", spec.wanted());
    }
    let expectations = vec![expectation(spec, pids, ok)];
    let details = Details { reason, expectations, facts: facts(spec, pids), ..Details::default() };
    Outcome { status, details, latency_ms: None, retry: !ok, job: None }
}

/// `2 processes match …` for people.
pub(super) fn counted(spec: &ProcessSpec, pids: &[u32]) -> String {
    match pids.len() {
        0 => format!("no process matches {}", spec.listed()),
        1 => format!("1 process matches {}", spec.listed()),
        n => format!("{n} processes match {}", spec.listed()),
    }
}

pub(super) fn expectation(spec: &ProcessSpec, pids: &[u32], ok: bool) -> Expectation {
    let (expected, actual) = (spec.wanted(), pids.len().to_string());
    Expectation { what: "processes".to_owned(), expected, actual, ok }
}

pub(super) fn facts(spec: &ProcessSpec, pids: &[u32]) -> Map<String, Value> {
    let shown = &pids[..pids.len().min(SHOWN)];
    let pairs =
        [("match", json!(spec.patterns)), ("count", json!(pids.len())), ("pids", json!(shown))];
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
