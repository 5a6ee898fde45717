//! `/api/status`: one object that serves the readers of both older forms: a list `checks` with a
//! `timestamp`, and counts with a map `services`. The latter comes from the file that the checker
//! writes for other programs, where there is one, and else from the board.

use engine::{board::Entry, service};
use serde_json::{Map, Value, json};

use crate::{
    app::{Look, Seen},
    cluster::local,
    overview::{last_measured, status_as_of, status_warning},
    shown::Shown,
};

/// Whether there is anything to tell, and the object.
pub(crate) fn body(look: &Look<'_>) -> (bool, Value) {
    let checks = look.checks();
    let last = last_measured(look);
    let known = last.is_some() || look.status.is_some();
    let mut body = json!({
        "timestamp": last,
        "generated_at": look.now,
        "checks": if last.is_some() { checks.iter().map(check).collect() } else { Vec::new() },
        "_file": {
            "path": look.status.map_or(look.places().0, |file| file.path.display().to_string()),
            "age_seconds": status_as_of(look).map(|at| look.now.since(at).as_secs()),
        },
    });
    let services = look.status.map_or_else(|| of_board(&checks), |file| file.content.clone());
    if let Some(body) = body.as_object_mut() {
        let own = |key: &String| matches!(key.as_str(), "timestamp" | "checks" | "_file");
        body.extend(services.into_iter().filter(|(key, _)| !own(key)));
    }
    if !known {
        body["error"] = json!("status_file_not_found");
    }
    if let Some(warning) = status_warning(look) {
        body["_warning"] = json!(warning);
    }
    (known, body)
}

/// Services and counts by the board. Without services the counts are of all checks.
fn of_board(checks: &[Seen<'_>]) -> Map<String, Value> {
    let is_service = |seen: &&Seen<'_>| seen.entry.type_word == service::TYPE;
    let any = checks.iter().any(|seen| is_service(&seen));
    let counted: Vec<_> = checks.iter().filter(|seen| !any || is_service(seen)).collect();
    let count = |keep: fn(&Seen<'_>) -> bool| counted.iter().filter(|seen| keep(seen)).count();
    let services = checks.iter().filter(is_service).map(|seen| {
        let (ok, word) = (seen.shown.is_up(), seen.shown.word());
        (seen.name.to_string(), service::tell(seen.name, seen.entry, ok, word))
    });
    let failing = |seen: &Seen<'_>| matches!(seen.shown, Shown::Fail | Shown::Retrying);
    let pairs = [
        ("ok_count", json!(count(local::is_ok))),
        ("fail_count", json!(count(failing))),
        ("total", json!(counted.len())),
        ("services", Value::Object(services.collect())),
    ];
    pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

fn check(seen: &Seen<'_>) -> Value {
    let Entry { severity, type_word, consecutive_failures, .. } = seen.entry;
    let mut check = json!({
        "id": seen.name,
        "name": seen.name,
        "display_name": seen.title(),
        "ok": local::is_ok(seen),
        "state": local::state(seen),
        "status": seen.shown.word(),
        "type": type_word,
        "severity": severity,
        "consecutive_failures": consecutive_failures,
        "latency_ms": seen.entry.latency_ms,
        "last_checked_at": seen.entry.last_checked_at,
        "first_failed_at": seen.entry.first_failed_at,
    });
    if !local::is_ok(seen) {
        check["error"] = json!(seen.entry.details.reason);
    }
    check
}
