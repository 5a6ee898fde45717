//! This machine as a node: every check is a service, but for the probe of the network, which is
//! the node's connectivity. Pure.

use std::time::Duration;

use engine::Status;
use serde_json::{Value, json};

use crate::{
    app::{Look, Seen},
    cluster::{
        model::{Connectivity, Node, Service},
        range::Window,
        uptime::{Uptime, passes},
    },
    shown::Shown,
};

/// The check that `monitor_dns` of a configuration stands for.
const PROBE: &str = engine::config::MONITOR_DNS;

/// The wait between two samples of a node that watches nothing.
const EVERY: Duration = Duration::from_secs(300);

/// Who this machine says it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Unique in the cluster.
    pub id: String,
    /// For people.
    pub name: String,
}

/// This machine in a window.
pub(crate) fn node(look: &Look<'_>, identity: &Identity, window: Window) -> Node {
    let (probe, services): (Vec<_>, Vec<_>) =
        look.checks().into_iter().partition(|seen| is_probe(seen));
    let every = services.iter().map(every).min().unwrap_or(EVERY);
    Node {
        id: identity.id.clone(),
        name: identity.name.clone(),
        every,
        updated_at: services.iter().filter_map(|seen| seen.entry.last_checked_at).max(),
        connectivity: probe.first().map(connectivity),
        services: services.iter().map(|seen| service(look, seen, window)).collect(),
    }
}

fn is_probe(seen: &Seen<'_>) -> bool {
    seen.name.as_str() == PROBE && seen.entry.type_word == "tcp"
}

fn every(seen: &Seen<'_>) -> Duration {
    Duration::from_millis(seen.entry.interval_ms.max(1))
}

/// A service manager's own word is worth more than ours, and only `active` is good.
fn is_strict(seen: &Seen<'_>) -> bool {
    seen.entry.type_word == "systemd"
}

fn service(look: &Look<'_>, seen: &Seen<'_>, window: Window) -> Service {
    let found = look.view.stretches(seen.name.as_str(), window.from, window.until);
    let uptime = Uptime::of(&found, window, every(seen), is_strict(seen));
    Service {
        id: seen.name.to_string(),
        name: seen.title().to_owned(),
        ok: is_ok(seen),
        state: state(seen),
        error: (!is_ok(seen)).then(|| error(seen)),
        last: seen.entry.last_checked_at,
        every: every(seen),
        strict: is_strict(seen),
        found,
        uptime,
        percent: uptime.percent(),
    }
}

/// Whether a check is up by what is known at present.
pub(crate) fn is_ok(seen: &Seen<'_>) -> bool {
    let status = if seen.shown == Shown::Warn { Status::Warn } else { Status::Ok };
    seen.shown.is_up() && passes(status, is_strict(seen))
}

/// The target's own word for its state where it has one, else the word of the tile.
pub(crate) fn state(seen: &Seen<'_>) -> String {
    let own = seen.entry.details.facts.get("state").and_then(Value::as_str);
    let own = own.filter(|_| !matches!(seen.shown, Shown::Stale | Shown::Pending));
    own.map_or_else(|| seen.shown.word().to_ascii_lowercase(), str::to_owned)
}

fn error(seen: &Seen<'_>) -> String {
    let details = &seen.entry.details;
    let own = details.facts.get("error").and_then(Value::as_str);
    let reason = own.unwrap_or(&details.reason);
    match seen.shown {
        Shown::Stale => format!("not measured lately; last seen {}", seen.entry.status),
        Shown::Pending => "not measured yet".to_owned(),
        Shown::Fail | Shown::Retrying | Shown::Warn | Shown::Unknown | Shown::Ok => {
            reason.to_owned()
        }
    }
}

fn connectivity(seen: &Seen<'_>) -> Connectivity {
    let entry = seen.entry;
    Connectivity {
        target: seen.title().to_owned(),
        ok: seen.shown.is_up(),
        latency_ms: entry.latency_ms.filter(|_| seen.shown.is_up()),
        error: (!seen.shown.is_up()).then(|| error(seen)),
        checked_at: entry.last_checked_at,
    }
}

/// `node` of the API.
pub(crate) fn card(node: &Node) -> Value {
    let seconds = node.every.as_secs_f64();
    json!({
        "id": node.id,
        "name": node.name,
        "interval_minutes": (seconds / 60.0).ceil().max(1.0) as u64,
        "interval_seconds": seconds,
    })
}

/// `status` of the API: the newest of every service.
pub(crate) fn status(node: &Node) -> Value {
    let check = |service: &Service| {
        let mut check = json!({
            "id": service.id,
            "name": service.name,
            "ok": service.ok,
            "state": service.state,
        });
        if let Some(error) = &service.error {
            check["error"] = json!(error);
        }
        check
    };
    let checks: Vec<_> = node.services.iter().map(check).collect();
    json!({"timestamp": node.updated_at, "checks": checks})
}

/// `connectivity` of the API.
pub(crate) fn reach(connectivity: &Connectivity) -> Value {
    let mut reach = json!({
        "target": connectivity.target,
        "ok": connectivity.ok,
        "latency_ms": connectivity.latency_ms,
        "checked_at": connectivity.checked_at,
    });
    if let Some(error) = &connectivity.error {
        reach["error"] = json!(error);
    }
    reach
}

/// `services` of the API.
pub(crate) fn services(node: &Node) -> Value {
    let one = |service: &Service| {
        json!({
            "id": service.id,
            "name": service.name,
            "uptime_percent": service.percent,
            "total_checks": service.uptime.total(),
            "passing": service.uptime.passing,
            "failing": service.uptime.failing,
            "missing_slots": service.uptime.missing,
            "last_state": service.state,
            "last_updated": service.last,
            "interval_seconds": service.every.as_secs_f64(),
        })
    };
    node.services.iter().map(one).collect()
}
