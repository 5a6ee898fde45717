//! `slow_close`: the answer is complete, and the connection stays open for a while.

use super::fields::{Fields, Invalid, required};
use super::kind::{Domain, Fault, Info};
use super::latency_fixed::LONGEST_MS;
use super::plan::Plan;
use super::strike::Strike;
use crate::tools::{Component, Tool};

#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct SlowClose {
    ms: u64,
}

impl Fault for SlowClose {
    const INFO: Info = Info {
        name: "slow_close",
        domain: Domain::Requests,
        about: "Waits so long before it closes a connection that is to be closed.",
        component: Component::Api,
        plain: "Connections are closed late",
        cured_by: &[Tool::RestartApi],
        parameters: &[("ms", "milliseconds, up to one hour")],
        example: r#"{"fault": "slow_close", "on": "GET /api/ping", "for": "2m", "ms": 3000}"#,
    };

    fn take(fields: &mut Fields) -> Result<Self, Invalid> {
        Ok(Self { ms: required("ms", fields.whole("ms", 1..=LONGEST_MS)?)? })
    }

    fn has_size(&self) -> bool {
        true
    }

    fn on_request(&self, strike: &Strike, plan: &mut Plan) {
        plan.wire.close_waits += strike.ms(self.ms as f64);
    }
}
