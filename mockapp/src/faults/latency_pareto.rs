//! `latency.pareto`: waits with a long tail: the longest are most of all waiting.

use super::fields::{Fields, Invalid, required};
use super::kind::{Domain, Fault, Info, draw_of};
use super::latency_fixed::LONGEST_MS;
use super::plan::Plan;
use super::strike::Strike;
use crate::tools::{Component, Tool};

#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct LatencyPareto {
    min_ms: u64,
    alpha: f64,
    max_ms: u64,
}

impl Fault for LatencyPareto {
    const INFO: Info = Info {
        name: "latency.pareto",
        domain: Domain::Requests,
        about: "Waits at least so long, now and then very much longer.",
        component: Component::Api,
        plain: "Rare answers are extremely slow",
        cured_by: &[Tool::ScaleOut],
        parameters: &[
            ("min_ms", "shortest wait, from 1"),
            ("alpha", "0.1 to 10: the smaller, the longer the tail"),
            ("max_ms", "longer ones are cut to this; one hour when absent"),
        ],
        example: r#"{"fault": "latency.pareto", "on": "GET /api/ping", "for": "5m", "min_ms": 50, "alpha": 1.2, "max_ms": 10000}"#,
    };

    fn take(fields: &mut Fields) -> Result<Self, Invalid> {
        let min_ms = required("min_ms", fields.whole("min_ms", 1..=LONGEST_MS)?)?;
        let max_ms = fields.whole("max_ms", 1..=LONGEST_MS)?.unwrap_or(LONGEST_MS);
        if min_ms > max_ms {
            return Err(Invalid::at(
                "min_ms",
                format!("`min_ms` {min_ms} is above `max_ms` {max_ms}"),
            ));
        }
        Ok(Self { min_ms, alpha: required("alpha", fields.number("alpha", 0.1..=10.0)?)?, max_ms })
    }

    fn draws(&self) -> bool {
        self.min_ms != self.max_ms
    }

    fn has_size(&self) -> bool {
        true
    }

    fn on_request(&self, strike: &Strike, plan: &mut Plan) {
        let rest = 1.0 - strike.draw.unit(draw_of::LATENCY);
        let ms = self.min_ms as f64 / rest.powf(1.0 / self.alpha);
        plan.latency += strike.ms(ms.min(self.max_ms as f64));
    }
}
