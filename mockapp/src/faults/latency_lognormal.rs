//! `latency.lognormal`: mostly near a median, now and then far above it, as real services are.

use super::fields::{Fields, Invalid, required};
use super::kind::{Domain, Fault, Info, draw_of};
use super::latency_fixed::LONGEST_MS;
use super::plan::Plan;
use super::strike::Strike;
use crate::tools::{Component, Tool};

#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct LatencyLognormal {
    median_ms: u64,
    sigma: f64,
    max_ms: u64,
}

impl Fault for LatencyLognormal {
    const INFO: Info = Info {
        name: "latency.lognormal",
        domain: Domain::Requests,
        about: "Waits near the median mostly, far above it now and then.",
        component: Component::Api,
        plain: "Answers are slow, a few of them very slow",
        cured_by: &[Tool::ScaleOut],
        parameters: &[
            ("median_ms", "half of the waits are shorter"),
            ("sigma", "spread, 0 to 3"),
            ("max_ms", "longer ones are cut to this; one hour when absent"),
        ],
        example: r#"{"fault": "latency.lognormal", "on": "GET /api/ping", "for": "5m", "median_ms": 300, "sigma": 0.8}"#,
    };

    fn take(fields: &mut Fields) -> Result<Self, Invalid> {
        Ok(Self {
            median_ms: required("median_ms", fields.whole("median_ms", 0..=LONGEST_MS)?)?,
            sigma: required("sigma", fields.number("sigma", 0.0..=3.0)?)?,
            max_ms: fields.whole("max_ms", 1..=LONGEST_MS)?.unwrap_or(LONGEST_MS),
        })
    }

    fn draws(&self) -> bool {
        self.sigma > 0.0
    }

    fn has_size(&self) -> bool {
        true
    }

    fn on_request(&self, strike: &Strike, plan: &mut Plan) {
        // Box-Muller; 1 - u keeps the logarithm's argument above zero.
        let radius = (-2.0 * (1.0 - strike.draw.unit(draw_of::LATENCY)).ln()).sqrt();
        let normal =
            radius * (std::f64::consts::TAU * strike.draw.unit(draw_of::LATENCY_ANGLE)).cos();
        let ms = self.median_ms as f64 * (self.sigma * normal).exp();
        plan.latency += strike.ms(ms.min(self.max_ms as f64));
    }
}
