//! `latency.exp`: waits as between independent events: mostly short, seldom long.

use super::fields::{Fields, Invalid, required};
use super::kind::{Domain, Fault, Info, draw_of};
use super::latency_fixed::LONGEST_MS;
use super::plan::Plan;
use super::strike::Strike;
use crate::tools::{Component, Tool};

#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct LatencyExp {
    min_ms: u64,
    mean_ms: u64,
    max_ms: u64,
}

impl Fault for LatencyExp {
    const INFO: Info = Info {
        name: "latency.exp",
        domain: Domain::Requests,
        about: "Waits at least so long, and an exponentially distributed time more.",
        component: Component::Api,
        plain: "Answers are slow, with a long tail",
        cured_by: &[Tool::ScaleOut],
        parameters: &[
            ("min_ms", "shortest wait; 0 when absent"),
            ("mean_ms", "mean of all waits"),
            ("max_ms", "longer ones are cut to this; one hour when absent"),
        ],
        example: r#"{"fault": "latency.exp", "on": "GET /api/ping", "for": "5m", "min_ms": 50, "mean_ms": 400}"#,
    };

    fn take(fields: &mut Fields) -> Result<Self, Invalid> {
        let min_ms = fields.whole("min_ms", 0..=LONGEST_MS)?.unwrap_or(0);
        let mean_ms = required("mean_ms", fields.whole("mean_ms", 0..=LONGEST_MS)?)?;
        let max_ms = fields.whole("max_ms", 0..=LONGEST_MS)?.unwrap_or(LONGEST_MS);
        if min_ms > mean_ms {
            let text = format!("`min_ms` {min_ms} is above `mean_ms` {mean_ms}");
            return Err(Invalid::at("min_ms", text));
        }
        Ok(Self { min_ms, mean_ms, max_ms })
    }

    fn draws(&self) -> bool {
        self.min_ms != self.mean_ms
    }

    fn has_size(&self) -> bool {
        true
    }

    fn on_request(&self, strike: &Strike, plan: &mut Plan) {
        // 1 - u keeps the logarithm's argument above zero.
        let more = -(1.0 - strike.draw.unit(draw_of::LATENCY)).ln();
        let ms = self.min_ms as f64 + (self.mean_ms - self.min_ms) as f64 * more;
        plan.latency += strike.ms(ms.min(self.max_ms as f64));
    }
}
