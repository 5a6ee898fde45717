//! How a fault is shown under `/admin/faults` and on the panel.

use super::entry::{EndedBy, Entry};
use crate::clock::{between, rfc3339};
use crate::faults::Domain;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

/// What `GET /admin/faults` shows of a fault.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct FaultView {
    pub(crate) id: String,
    pub(crate) fault: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) on: Option<String>,
    pub(crate) parameters: Value,
    #[serde(rename = "for", skip_serializing_if = "Option::is_none")]
    pub(crate) lasts: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) until: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) p: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) times: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) skip: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) every: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) shape: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) when: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) max_active: Option<u64>,
    pub(crate) sticky: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cured_by: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) worsened_by: Option<Value>,
    pub(crate) active: bool,
    /// Whether its shape lets it act at present.
    pub(crate) acting: bool,
    pub(crate) started_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ends_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ends_in_s: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ended_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ended_by: Option<EndedBy>,
    pub(crate) matched: u64,
    pub(crate) injected: u64,
    pub(crate) overflow: u64,
    /// Whether users may notice it on any route.
    #[serde(skip)]
    pub(crate) harms_requests: bool,
}

impl FaultView {
    pub(crate) fn of(entry: &Entry, now: Timestamp) -> Self {
        let envelope = &entry.spec.envelope;
        let active = entry.ended.is_none();
        let given = |key: &str| envelope.given.get(key).cloned();
        Self {
            id: entry.id.clone(),
            fault: entry.spec.kind.info().name,
            on: envelope.on.as_ref().map(|on| on.text()),
            parameters: entry.spec.kind.parameters(),
            lasts: envelope.lasts.map(crate::duration::text),
            until: given("until"),
            p: envelope.gate.p,
            times: envelope.gate.times,
            skip: envelope.gate.skip,
            every: envelope.gate.every,
            shape: given("shape"),
            when: given("when"),
            max_active: envelope.max_active,
            sticky: envelope.sticky,
            cured_by: given("cured_by"),
            worsened_by: given("worsened_by"),
            active,
            acting: active && entry.acts(),
            started_at: rfc3339(entry.started_at),
            ends_at: entry.ends_at.map(rfc3339),
            ends_in_s: entry.ends_at.filter(|_| active).map(|end| seconds_up(now, end)),
            ended_at: entry.ended.map(|(at, _)| rfc3339(at)),
            ended_by: entry.ended.map(|(_, why)| why),
            matched: entry.matched,
            injected: entry.injected,
            overflow: entry.overflow,
            harms_requests: harms_requests(entry),
        }
    }
}

/// Components have tiles of their own, and `noop` harms nobody.
fn harms_requests(entry: &Entry) -> bool {
    match entry.spec.kind.info().domain {
        Domain::Requests | Domain::Listener | Domain::Net | Domain::App => true,
        Domain::Db | Domain::Queue | Domain::Job | Domain::Remedy | Domain::Anything => false,
    }
}

/// Remaining whole seconds, rounded up, so that a running fault never shows zero.
fn seconds_up(now: Timestamp, end: Timestamp) -> u64 {
    u64::try_from(between(now, end).as_millis().div_ceil(1_000)).unwrap_or(u64::MAX)
}
