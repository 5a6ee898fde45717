//! `net.timeout`: the request is read, and the connection closed after a while without a byte.

use super::fields::{Fields, Invalid, required};
use super::kind::{Domain, Fault, Info};
use super::latency_fixed::LONGEST_MS;
use super::plan::Plan;
use super::strike::Strike;
use crate::tools::{Component, Tool};
use std::time::Duration;

#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct NetTimeout {
    after_ms: u64,
}

impl Fault for NetTimeout {
    const INFO: Info = Info {
        name: "net.timeout",
        domain: Domain::Requests,
        about: "Reads the request, says nothing for so long, and closes the connection.",
        component: Component::Network,
        plain: "Connections end without an answer",
        cured_by: &[Tool::RestartApi],
        parameters: &[("after_ms", "milliseconds, up to one hour")],
        example: r#"{"fault": "net.timeout", "on": "GET /api/ping", "for": "2m", "after_ms": 1500}"#,
    };

    fn take(fields: &mut Fields) -> Result<Self, Invalid> {
        Ok(Self { after_ms: required("after_ms", fields.whole("after_ms", 0..=LONGEST_MS)?)? })
    }

    fn on_request(&self, _strike: &Strike, plan: &mut Plan) {
        let after = Duration::from_millis(self.after_ms);
        plan.silence = Some(plan.silence.map_or(after, |other| other.min(after)));
    }
}
