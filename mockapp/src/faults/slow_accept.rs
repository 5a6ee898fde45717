//! `slow_accept`: connections are established at once, and taken up late.

use super::condition::Occasion;
use super::fields::{Fields, Invalid, required};
use super::kind::{Domain, Fault, Info};
use super::latency_fixed::LONGEST_MS;
use super::plan::ConnectPlan;
use super::strike::Strike;
use crate::tools::{Component, Tool};

#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct SlowAccept {
    ms: u64,
}

impl Fault for SlowAccept {
    const INFO: Info = Info {
        name: "slow_accept",
        domain: Domain::Net,
        about: "Waits so long on each new connection before it reads from it; the panel's too.",
        component: Component::Api,
        plain: "Connections wait before they are taken up",
        cured_by: &[Tool::RestartApi, Tool::ScaleOut],
        parameters: &[("ms", "milliseconds, up to one hour")],
        example: r#"{"fault": "slow_accept", "for": "2m", "ms": 2000}"#,
    };

    fn take(fields: &mut Fields) -> Result<Self, Invalid> {
        Ok(Self { ms: required("ms", fields.whole("ms", 1..=LONGEST_MS)?)? })
    }

    fn has_size(&self) -> bool {
        true
    }

    fn locks_out(&self) -> bool {
        self.ms > 10_000
    }

    fn wants(&self, occasion: &Occasion<'_>, _serial: u64) -> bool {
        matches!(occasion, Occasion::Connection { .. })
    }

    fn on_connect(&self, strike: &Strike, plan: &mut ConnectPlan) {
        plan.latency += strike.ms(self.ms as f64);
    }
}
