//! `latency.uniform`: every answer comes later, evenly spread between two bounds.

use super::fields::{Fields, Invalid, required};
use super::latency_fixed::LONGEST_MS;
use super::plan::Plan;
use super::{Domain, Fault, Info, Strike, draw_of};

#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct LatencyUniform {
    min_ms: u64,
    max_ms: u64,
}

impl Fault for LatencyUniform {
    const INFO: Info = Info {
        name: "latency.uniform",
        domain: Domain::Requests,
        about: "Waits a time between the two bounds, evenly spread.",
        parameters: &[("min_ms", "shortest wait"), ("max_ms", "longest wait, up to one hour")],
        example: r#"{"fault": "latency.uniform", "on": "GET /api/ping", "for": "2m", "min_ms": 200, "max_ms": 1800}"#,
    };

    fn take(fields: &mut Fields) -> Result<Self, Invalid> {
        let min_ms = required("min_ms", fields.whole("min_ms", 0..=LONGEST_MS)?)?;
        let max_ms = required("max_ms", fields.whole("max_ms", 0..=LONGEST_MS)?)?;
        if min_ms > max_ms {
            return Err(Invalid::at(
                "min_ms",
                format!("`min_ms` {min_ms} is above `max_ms` {max_ms}"),
            ));
        }
        Ok(Self { min_ms, max_ms })
    }

    fn draws(&self) -> bool {
        self.min_ms != self.max_ms
    }

    fn has_size(&self) -> bool {
        true
    }

    fn on_request(&self, strike: &Strike, plan: &mut Plan) {
        let span = (self.max_ms - self.min_ms + 1) as f64;
        let extra = (strike.draw.unit(draw_of::LATENCY) * span).floor();
        plan.latency += strike.ms(self.min_ms as f64 + extra);
    }
}
