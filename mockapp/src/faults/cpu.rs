//! `cpu`: others use a share of the processor, so that everything takes longer.

use super::fields::{Fields, Invalid, required};
use super::kind::{Domain, Fault, Info};
use super::plan::Plan;
use super::strike::Strike;
use crate::tools::{Component, Tool};
use std::time::Duration;

#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct Cpu {
    share: f64,
    ms: u64,
}

impl Fault for Cpu {
    const INFO: Info = Info {
        name: "cpu",
        domain: Domain::Requests,
        about: "A busy processor: what takes t takes t / (1 - share). Nothing is really burnt.",
        component: Component::Api,
        plain: "The processor is busy with something else",
        cured_by: &[Tool::ScaleOut],
        parameters: &[
            ("share", "used by others, 0 to 0.999"),
            ("ms", "what an answer takes on an idle processor; 10 when absent"),
        ],
        example: r#"{"fault": "cpu", "on": "*", "for": "5m", "share": 0.99}"#,
    };

    fn take(fields: &mut Fields) -> Result<Self, Invalid> {
        Ok(Self {
            share: required("share", fields.number("share", 0.0..=0.999)?)?,
            ms: fields.whole("ms", 0..=60_000)?.unwrap_or(10),
        })
    }

    fn has_size(&self) -> bool {
        true
    }

    fn on_request(&self, strike: &Strike, plan: &mut Plan) {
        plan.latency += Duration::from_millis(self.ms);
        plan.slowdown = plan.slowdown.max(1.0 / (1.0 - strike.scaled(self.share)));
    }
}
