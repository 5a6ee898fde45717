//! A report for programs: one JSON document. Fields may be added, never renamed; times are
//! milliseconds since the start of the scenario, `took_ms` is real time.

use serde_json::{Map, Value, json};

use super::{
    list::{self, Action, Alert},
    words::count,
};
use crate::{
    played::FaultSpan,
    verdict::{Finding, Told, Verdict},
};

/// The version of the format.
const VERSION: u32 = 1;

/// The whole document.
pub(crate) fn json(told: &[Told]) -> String {
    let document = json!({
        "version": VERSION,
        "passed": count(told, Verdict::Pass),
        "failed": count(told, Verdict::Fail),
        "inconclusive": count(told, Verdict::Inconclusive),
        "cases": told.iter().map(case).collect::<Vec<_>>(),
    });
    format!("{document:#}\n")
}

fn case(told: &Told) -> Value {
    let (scenario, played) = (&told.scenario, &told.played);
    let params: Map<String, Value> =
        scenario.params.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    json!({
        "scenario": scenario.name,
        "title": scenario.title(),
        "file": scenario.source.file,
        "about": scenario.about,
        "params": params,
        "seed": scenario.seed,
        "verdict": told.judged.verdict.word(),
        "took_ms": u64::try_from(told.took.as_millis()).unwrap_or(u64::MAX),
        "run_ms": played.end,
        "findings": told.judged.findings.iter().map(finding).collect::<Vec<_>>(),
        "faults": played.faults.iter().map(fault).collect::<Vec<_>>(),
        "alerts": list::alerts(played).iter().map(alert).collect::<Vec<_>>(),
        "actions": list::actions(played).iter().map(action).collect::<Vec<_>>(),
    })
}

fn finding(finding: &Finding) -> Value {
    let Finding { rule, place, message, expected, actual, help, at } = finding;
    json!({
        "rule": rule,
        "line": place.map(|place| place.line),
        "column": place.map(|place| place.column),
        "message": message,
        "expected": expected,
        "actual": actual,
        "help": help,
        "at_ms": at,
    })
}

fn fault(fault: &FaultSpan) -> Value {
    let FaultSpan { id, kind, on, realm: _, start, end, matched, injected } = fault;
    json!({
        "id": id,
        "kind": kind,
        "on": on,
        "start_ms": start,
        "end_ms": end,
        "matched": matched,
        "injected": injected,
    })
}

fn alert(alert: &Alert<'_>) -> Value {
    json!({
        "at_ms": alert.at,
        "event": alert.copy.event,
        "check": alert.copy.check,
        "channels": alert.channels,
        "subject": alert.copy.subject,
        "repeat": alert.repeat,
    })
}

fn action(action: &Action<'_>) -> Value {
    json!({
        "at_ms": action.at,
        "check": action.done.name.as_str(),
        "action": action.done.action,
        "result": action.result(),
        "reason": action.done.reason,
        "helped": action.helped,
    })
}
