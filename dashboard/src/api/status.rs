//! `/api/status`: one object that serves the readers of both older forms: a list `checks` with a
//! `timestamp`, and counts with a map `services`.

use engine::board::Entry;
use serde_json::{Map, Value, json};

use crate::{
    app::{Look, Seen},
    cluster::local,
    overview::{Overview, last_measured},
    shown::Shown,
};

/// Whether there is anything to tell, and the object.
pub(crate) fn body(look: &Look<'_>) -> (bool, Value) {
    let checks = look.checks();
    let last = last_measured(look);
    let known = last.is_some();
    let count = |keep: fn(&Seen<'_>) -> bool| checks.iter().filter(|seen| keep(seen)).count();
    let services = checks.iter().filter(|seen| seen.entry.type_word == "service");
    let services: Map<String, Value> =
        services.map(|seen| (seen.name.to_string(), service(seen))).collect();
    let mut body = json!({
        "timestamp": last,
        "generated_at": look.now,
        "ok_count": count(local::is_ok),
        "fail_count": count(|seen| matches!(seen.shown, Shown::Fail | Shown::Retrying)),
        "total": checks.len(),
        "checks": if known { checks.iter().map(check).collect() } else { Vec::new() },
        "services": services,
        "_file": {
            "path": look.places().0,
            "age_seconds": last.map(|last| look.now.since(last).as_secs()),
        },
    });
    if !known {
        body["error"] = json!("status_file_not_found");
    }
    if let Some(warning) = warning(look) {
        body["_warning"] = json!(warning);
    }
    (known, body)
}

fn warning(look: &Look<'_>) -> Option<String> {
    let overview = Overview::of(look);
    overview.all_stale.then_some(overview.headline)
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

fn service(seen: &Seen<'_>) -> Value {
    json!({
        "name": seen.title(),
        "ok": seen.shown.is_up(),
        "status": seen.shown.word(),
        "latency_ms": seen.entry.latency_ms,
        "last_checked_at": seen.entry.last_checked_at,
        "reason": seen.entry.details.reason,
    })
}
