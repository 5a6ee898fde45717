//! A peer as it was heard of last: what it sent, when, and why it could not be reached since.
//! What was known is kept when a peer falls silent. Reads what other programs sent, so nothing of
//! it is believed to be there. Pure.

use std::{collections::BTreeMap, fmt, sync::Arc, time::Duration};

use engine::{Status, Timestamp};
use serde_json::{Value, json};
use store::read::{Runs, Sample};

use crate::{
    cluster::{
        model::{Connectivity, Node, Service},
        range::{Range, Window},
        uptime::Uptime,
    },
    pages::clip,
};

/// The most services of a peer that are taken, and the longest text of one.
const SERVICES: usize = 1000;
const TEXT: usize = 200;

/// A peer and all that is known of it.
#[derive(Clone, Debug)]
pub(crate) struct Peer {
    /// As this machine's configuration calls it.
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) address: String,
    /// What it sent last.
    pub(crate) heard: Option<Arc<Heard>>,
    /// Why the last attempt to hear of it failed.
    pub(crate) error: Option<String>,
}

/// What a peer sent.
#[derive(Debug)]
pub(crate) struct Heard {
    pub(crate) at: Timestamp,
    /// Who it says it is.
    pub(crate) id: String,
    name: String,
    every: Duration,
    status: Value,
    connectivity: Option<Value>,
    day: Account,
    month: Option<Arc<Account>>,
}

/// What a peer told of one span.
pub(crate) struct Account {
    history: Value,
    services: Value,
    runs: Runs,
    step: Duration,
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account").field("step", &self.step).finish_non_exhaustive()
    }
}

impl Account {
    /// Takes the answers on history and uptime.
    ///
    /// # Errors
    /// Says what is missing in them.
    pub(crate) fn read(mut history: Value, mut uptime: Value) -> Result<Self, String> {
        let step = seconds(&history["step_seconds"]).unwrap_or_default();
        let (history, services) = (history["history"].take(), uptime["services"].take());
        let (Value::Array(entries), Value::Array(rows)) = (&history, &services) else {
            return Err("it does not answer like a node: no history, or no services".to_owned());
        };
        if rows.len() > SERVICES {
            return Err(format!("it tells of more than {SERVICES} services"));
        }
        let mut runs = Runs::default();
        entries.iter().for_each(|entry| remember(&mut runs, entry));
        Ok(Self { history, services, runs, step })
    }
}

fn remember(runs: &mut Runs, entry: &Value) {
    let Some(ts) = entry["timestamp"].as_str().and_then(|text| text.parse().ok()) else {
        return;
    };
    for check in entry["checks"].as_array().into_iter().flatten() {
        let state = check["state"].as_str();
        let reason = check["error"].as_str().unwrap_or_default();
        let status = status(check["ok"].as_bool().unwrap_or(false), state.unwrap_or_default());
        if let Some(id) = check["id"].as_str() {
            runs.push(id, Sample { ts, status, state, reason });
        }
    }
}

/// What a result of a peer comes to in our words.
fn status(ok: bool, state: &str) -> Status {
    match (ok, state) {
        (true, "warn") | (false, "activating" | "reloading" | "deactivating" | "warn") => {
            Status::Warn
        }
        (true, _) => Status::Ok,
        (false, "unknown") => Status::Unknown,
        (false, _) => Status::Fail,
    }
}

impl Heard {
    /// Takes the answers of a peer.
    ///
    /// # Errors
    /// Says what is missing in them.
    pub(crate) fn read(
        at: Timestamp,
        mut answer: Value,
        day: Account,
        month: Option<Arc<Account>>,
    ) -> Result<Self, String> {
        let node = &answer["node"];
        let id = text(&node["id"]).ok_or("it does not answer like a node: no node.id")?;
        let minutes = seconds(&node["interval_minutes"]).map(|one| one * 60);
        let every = seconds(&node["interval_seconds"]).or(minutes);
        let name = text(&node["name"]).unwrap_or_else(|| id.clone());
        let every = every.unwrap_or(Duration::from_secs(300));
        let (status, connectivity) = (answer["status"].take(), answer["connectivity"].take());
        let connectivity = connectivity.is_object().then_some(connectivity);
        Ok(Self { at, id, name, every, status, connectivity, day, month })
    }

    fn account(&self, range: Range) -> Option<&Account> {
        match range {
            Range::Day => Some(&self.day),
            Range::Month => self.month.as_deref(),
        }
    }

    fn services(&self, range: Range, window: Window) -> Vec<Service> {
        let Some(account) = self.account(range) else {
            return Vec::new();
        };
        let checks = self.status["checks"].as_array().into_iter().flatten();
        let checks = checks.filter_map(|check| Some((check["id"].as_str()?, check))).collect();
        let rows = account.services.as_array().into_iter().flatten();
        rows.filter_map(|row| self.service(account, row, &checks, window)).collect()
    }

    fn service(
        &self,
        account: &Account,
        row: &Value,
        checks: &BTreeMap<&str, &Value>,
        window: Window,
    ) -> Option<Service> {
        let id = text(&row["id"])?;
        let now = checks.get(id.as_str());
        let number = |key: &str| row[key].as_u64().unwrap_or_default();
        let state = now.and_then(|now| text(&now["state"])).or_else(|| text(&row["last_state"]));
        let every = seconds(&row["interval_seconds"]).unwrap_or(self.every).max(account.step);
        Some(Service {
            name: text(&row["name"]).unwrap_or_else(|| id.clone()),
            ok: now.is_some_and(|now| now["ok"].as_bool().unwrap_or(false)),
            state: state.unwrap_or_else(|| "unknown".to_owned()),
            error: now.and_then(|now| text(&now["error"])),
            last: instant(&row["last_updated"]),
            every,
            strict: false,
            found: account.runs.stretches(&id, window.from, window.until),
            uptime: Uptime {
                passing: number("passing"),
                failing: number("failing"),
                missing: number("missing_slots"),
            },
            percent: row["uptime_percent"].as_f64().unwrap_or_default().clamp(0.0, 100.0),
            id,
        })
    }

    fn connectivity(&self) -> Option<Connectivity> {
        let found = self.connectivity.as_ref()?;
        Some(Connectivity {
            target: text(&found["target"]).unwrap_or_else(|| "network".to_owned()),
            ok: found["ok"].as_bool().unwrap_or(false),
            latency_ms: found["latency_ms"].as_f64().map(|ms| ms.max(0.0) as u64),
            error: text(&found["error"]),
            checked_at: instant(&found["checked_at"]),
        })
    }

    /// The span that its account covers: it ends when the peer was last heard of.
    pub(crate) fn window(&self, range: Range) -> Window {
        range.until(self.at)
    }
}

impl Peer {
    /// The peer in a span, when it was ever heard of.
    pub(crate) fn node(&self, range: Range) -> Node {
        let heard = self.heard.as_deref();
        Node {
            id: heard.map_or(&self.id, |heard| &heard.id).clone(),
            name: self.title().to_owned(),
            every: heard.map_or(Duration::ZERO, |heard| heard.every),
            services: heard
                .map_or_else(Vec::new, |heard| heard.services(range, heard.window(range))),
            connectivity: heard.and_then(Heard::connectivity),
            updated_at: heard.map(|heard| heard.at),
        }
    }

    /// Its name for people: ours, or else its own.
    pub(crate) fn title(&self) -> &str {
        let own = self.heard.as_ref().map_or(&self.id, |heard| &heard.name);
        if self.name == self.id { own } else { &self.name }
    }

    /// The peer as an entry of `nodes` in `/api/cluster`.
    pub(crate) fn entry(&self, range: Range) -> Value {
        let heard = self.heard.as_deref();
        let account = heard.and_then(|heard| heard.account(range));
        let status = heard.map(|heard| &heard.status);
        let every = heard.map(|heard| heard.every.as_secs_f64());
        let mut entry = json!({
            "node": {
                "id": heard.map_or(&self.id, |heard| &heard.id),
                "name": self.title(),
                "interval_minutes": every.map(|s| (s / 60.0).ceil().max(1.0) as u64),
                "interval_seconds": every,
            },
            "status": status,
            "connectivity": heard.and_then(|heard| heard.connectivity.as_ref()),
            "history": account.map_or(&Value::Array(Vec::new()), |account| &account.history),
            "services": account.map_or(&Value::Array(Vec::new()), |account| &account.services),
            "targets": account.map_or_else(Vec::new, |account| targets(&account.services)),
            "updated_at": heard.map(|heard| heard.at),
            "source": "peer",
            "base_url": self.address,
            "stale": self.error.is_some(),
        });
        if let Some(error) = &self.error {
            entry["error"] = json!(error);
        }
        entry
    }
}

fn targets(services: &Value) -> Vec<Value> {
    let rows = services.as_array().into_iter().flatten();
    rows.map(|row| json!({"id": row["id"], "name": row["name"]})).collect()
}

fn text(value: &Value) -> Option<String> {
    value.as_str().filter(|text| !text.is_empty()).map(|text| clip(text, TEXT))
}

fn instant(value: &Value) -> Option<Timestamp> {
    value.as_str()?.parse().ok()
}

fn seconds(value: &Value) -> Option<Duration> {
    let seconds = value.as_f64().filter(|s| *s > 0.0 && *s < 1e7)?;
    Some(Duration::from_secs_f64(seconds))
}
