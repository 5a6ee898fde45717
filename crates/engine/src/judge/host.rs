//! Judges a cycle of the agent: how much of the machine is used, how many containers run, and
//! whether internet and heartbeat work. A heartbeat that is answered differently from the last one
//! is a change of its own, whatever the status: the worker that should tell of an outage is out.

use serde_json::{Map, Value, json};

use crate::{
    board::Entry,
    config::{HostLimits, HostSpec, mask_url},
    details::{Details, Turn},
    observation::HostObservation,
    outcome::Outcome,
    status::Status,
};

/// Where the status code of the heartbeat stands among the facts; absent while none is sent.
const WORKER: &str = "worker_status";

/// The verdict on a cycle of the agent. Never tried again: every attempt is a row and a heartbeat.
pub(crate) fn judge(spec: &HostSpec, entry: &Entry, seen: &HostObservation) -> Outcome {
    let mut findings = Findings::default();
    findings.used("cpu", seen.cpu_percent, spec.cpu);
    findings.used("ram", seen.ram_percent, spec.ram);
    findings.used("disk", seen.disk_percent, spec.disk);
    findings.containers(spec, &seen.containers);
    if let (Err(why), true) = (&seen.ping_ms, spec.require_internet) {
        findings.add(Status::Fail, format!("no internet: {why}"));
    }
    findings.heartbeat(seen);
    let facts = facts(seen);
    let reason = match findings.reasons.as_slice() {
        [] => summary(seen),
        reasons => reasons.join("; "),
    };
    let turn = turn(spec, entry, seen);
    let details = Details { reason, facts, turn, ..Details::default() };
    let latency_ms = Some(seen.cycle_ms.max(0.0).round() as u64);
    Outcome { status: findings.status, details, latency_ms, retry: false, job: None }
}

struct Findings {
    status: Status,
    reasons: Vec<String>,
}

impl Default for Findings {
    fn default() -> Self {
        Self { status: Status::Ok, reasons: Vec::new() }
    }
}

impl Findings {
    /// The worst finding decides; what could not be measured hides no failure.
    fn add(&mut self, status: Status, reason: String) {
        let rank = |status: Status| match status {
            Status::Pending | Status::Ok => 0,
            Status::Warn => 1,
            Status::Unknown => 2,
            Status::Fail => 3,
        };
        if rank(status) > rank(self.status) {
            self.status = status;
        }
        self.reasons.push(reason);
    }

    fn used(&mut self, what: &str, percent: Option<f64>, limits: HostLimits) {
        let Some(percent) = percent else {
            return self.add(Status::Unknown, format!("the use of {what} cannot be read"));
        };
        let reached = |limit: &u32| percent >= f64::from(*limit);
        if let Some(limit) = limits.crit.filter(reached) {
            self.add(Status::Fail, format!("{what} {percent:.1} %, limit {limit} %"));
        } else if let Some(limit) = limits.warn.filter(reached) {
            self.add(Status::Warn, format!("{what} {percent:.1} %, warning from {limit} %"));
        }
    }

    fn containers(&mut self, spec: &HostSpec, seen: &Result<u32, String>) {
        match (spec.min_containers, seen) {
            (Some(least), Ok(found)) if *found < least => {
                self.add(Status::Fail, format!("{found} containers run, expected {least}"));
            }
            (Some(_), Err(why)) => self.add(Status::Unknown, why.clone()),
            (Some(_) | None, _) => {}
        }
    }

    fn heartbeat(&mut self, seen: &HostObservation) {
        match &seen.heartbeat {
            Some(Err(why)) => self.add(Status::Warn, format!("the heartbeat failed: {why}")),
            Some(Ok(code)) if !(200..300).contains(code) => {
                self.add(Status::Warn, format!("the heartbeat was answered with {code}"));
            }
            Some(Ok(_)) | None => {}
        }
    }
}

/// What was measured, under the names of the columns of `metrics.db`.
fn facts(seen: &HostObservation) -> Map<String, Value> {
    let mut facts = Map::new();
    let mut put = |name: &str, value: Value| {
        facts.insert(name.to_owned(), value);
    };
    put("cpu_percent", json!(seen.cpu_percent));
    put("ram_percent", json!(seen.ram_percent));
    put("ram_used_mb", json!(seen.ram_used_mb));
    put("disk_percent", json!(seen.disk_percent));
    put("container_count", json!(seen.containers.as_ref().ok()));
    put("internet_ok", json!(u8::from(seen.ping_ms.is_ok())));
    put("ping_ms", json!(seen.ping_ms.as_ref().ok()));
    match &seen.heartbeat {
        Some(answer) => put(WORKER, json!(answer.as_ref().ok())),
        None => put("heartbeat", json!("off")),
    }
    put("cycle_duration_ms", json!(seen.cycle_ms));
    facts
}

fn summary(seen: &HostObservation) -> String {
    let percent = |what: &str, value: Option<f64>| {
        value.map_or_else(|| format!("{what} ?"), |value| format!("{what} {value:.1} %"))
    };
    let containers = match &seen.containers {
        Ok(1) => "1 container".to_owned(),
        Ok(count) => format!("{count} containers"),
        Err(_) => "containers ?".to_owned(),
    };
    let internet = match &seen.ping_ms {
        Ok(ms) => format!("internet {ms:.0} ms"),
        Err(_) => "no internet".to_owned(),
    };
    let heartbeat = match &seen.heartbeat {
        None => "no heartbeat".to_owned(),
        Some(Ok(code)) => format!("heartbeat {code}"),
        Some(Err(_)) => "heartbeat failed".to_owned(),
    };
    let used = [
        percent("cpu", seen.cpu_percent),
        percent("ram", seen.ram_percent),
        percent("disk", seen.disk_percent),
    ];
    [used.join(", "), containers, internet, heartbeat].join(", ")
}

/// Whether the worker answers differently from before. The journal knows best what was before;
/// without one the newest row does, and a row without a code is a failed heartbeat, not nothing.
fn turn(spec: &HostSpec, entry: &Entry, seen: &HostObservation) -> Option<Turn> {
    let current = seen.heartbeat.as_ref()?.as_ref().ok().copied();
    let facts = &entry.details.facts;
    let previous = match facts.get(WORKER) {
        Some(code) => code.as_u64().and_then(|code| u16::try_from(code).ok()),
        None if facts.contains_key("heartbeat") => return None,
        None => seen.stored?,
    };
    (previous != current).then(|| Turn {
        what: WORKER.to_owned(),
        previous: json!(previous),
        current: json!(current),
        url: spec.heartbeat.as_ref().map(|heartbeat| mask_url(heartbeat.url.as_str())),
    })
}
