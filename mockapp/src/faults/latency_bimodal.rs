//! `latency.bimodal`: most answers are fast, some are slow, none is in between.

use super::fields::{Fields, Invalid, required};
use super::kind::{Domain, Fault, Info, draw_of};
use super::latency_fixed::LONGEST_MS;
use super::plan::Plan;
use super::strike::Strike;
use crate::tools::{Component, Tool};

#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct LatencyBimodal {
    fast_ms: u64,
    slow_ms: u64,
    p_slow: f64,
}

impl Fault for LatencyBimodal {
    const INFO: Info = Info {
        name: "latency.bimodal",
        domain: Domain::Requests,
        about: "Waits either of two times.",
        component: Component::Api,
        plain: "Some answers are quick, some very slow",
        cured_by: &[Tool::ScaleOut],
        parameters: &[
            ("fast_ms", "the usual wait; 0 when absent"),
            ("slow_ms", "the other one"),
            ("p_slow", "probability of the other one, 0 to 1"),
        ],
        example: r#"{"fault": "latency.bimodal", "on": "GET /api/ping", "for": "5m", "fast_ms": 20, "slow_ms": 3000, "p_slow": 0.1}"#,
    };

    fn take(fields: &mut Fields) -> Result<Self, Invalid> {
        Ok(Self {
            fast_ms: fields.whole("fast_ms", 0..=LONGEST_MS)?.unwrap_or(0),
            slow_ms: required("slow_ms", fields.whole("slow_ms", 0..=LONGEST_MS)?)?,
            p_slow: required("p_slow", fields.number("p_slow", 0.0..=1.0)?)?,
        })
    }

    fn draws(&self) -> bool {
        self.p_slow > 0.0 && self.p_slow < 1.0
    }

    fn has_size(&self) -> bool {
        true
    }

    fn on_request(&self, strike: &Strike, plan: &mut Plan) {
        let slow = strike.draw.unit(draw_of::LATENCY) < self.p_slow;
        plan.latency += strike.ms(if slow { self.slow_ms } else { self.fast_ms } as f64);
    }
}
