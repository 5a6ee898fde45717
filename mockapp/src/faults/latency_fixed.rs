//! `latency.fixed`: every answer comes later by the same time.

use super::fields::{Fields, Invalid, required};
use super::kind::{Domain, Fault, Info};
use super::plan::Plan;
use super::strike::Strike;
use crate::tools::{Component, Tool};

/// The longest latency of any fault: one hour.
pub(super) const LONGEST_MS: u64 = 3_600_000;

#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct LatencyFixed {
    ms: u64,
}

impl Fault for LatencyFixed {
    const INFO: Info = Info {
        name: "latency.fixed",
        domain: Domain::Requests,
        about: "Waits this long before the request is handled.",
        component: Component::Api,
        plain: "Every answer is late by the same time",
        cured_by: &[Tool::ScaleOut],
        parameters: &[("ms", "milliseconds, up to one hour")],
        example: r#"{"fault": "latency.fixed", "on": "GET /api/ping", "for": "2m", "ms": 1500}"#,
    };

    fn take(fields: &mut Fields) -> Result<Self, Invalid> {
        Ok(Self { ms: required("ms", fields.whole("ms", 0..=LONGEST_MS)?)? })
    }

    fn has_size(&self) -> bool {
        true
    }

    fn on_request(&self, strike: &Strike, plan: &mut Plan) {
        plan.latency += strike.ms(self.ms as f64);
    }
}
