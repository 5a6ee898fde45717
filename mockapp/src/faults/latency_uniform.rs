//! `latency.uniform`: every answer comes later, evenly spread between two bounds.

use super::fields::{Fields, Invalid, required};
use super::kind::{Domain, Fault, Info, draw_of};
use super::latency_fixed::LONGEST_MS;
use super::plan::Plan;
use super::strike::Strike;
use crate::tools::{Component, Tool};

#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct LatencyUniform {
    min_ms: u64,
    max_ms: u64,
}

impl Fault for LatencyUniform {
    const INFO: Info = Info {
        name: "latency.uniform",
        domain: Domain::Requests,
        about: "Waits a time between two bounds, evenly spread.",
        component: Component::Api,
        plain: "Answers are late by varying times",
        cured_by: &[Tool::ScaleOut],
        parameters: &[
            ("min_ms", "shortest wait"),
            ("max_ms", "longest wait, up to one hour"),
            ("ms", "instead of both: the middle"),
            ("jitter_ms", "with ms: how far a wait may be from the middle"),
        ],
        example: r#"{"fault": "latency.uniform", "on": "GET /api/ping", "for": "2m", "min_ms": 200, "max_ms": 1800}"#,
    };

    fn take(fields: &mut Fields) -> Result<Self, Invalid> {
        let around = fields.whole("ms", 0..=LONGEST_MS)?;
        let jitter = fields.whole("jitter_ms", 0..=LONGEST_MS)?;
        let given = ["min_ms", "max_ms"].into_iter().find(|key| fields.peek(key).is_some());
        match (around, given) {
            (Some(ms), None) => Self::around(ms, required("jitter_ms", jitter)?),
            (Some(_), Some(key)) => Err(Invalid::at(key, format!("`{key}` does not go with `ms`"))),
            (None, _) if jitter.is_some() => Err(Invalid::at("ms", "`ms` is missing")),
            (None, _) => Self::between(fields),
        }
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

impl LatencyUniform {
    fn around(ms: u64, jitter: u64) -> Result<Self, Invalid> {
        match jitter <= ms {
            true => Ok(Self { min_ms: ms - jitter, max_ms: ms + jitter }),
            false => {
                Err(Invalid::at("jitter_ms", format!("`jitter_ms` {jitter} is above `ms` {ms}")))
            }
        }
    }

    fn between(fields: &mut Fields) -> Result<Self, Invalid> {
        let min_ms = required("min_ms", fields.whole("min_ms", 0..=LONGEST_MS)?)?;
        let max_ms = required("max_ms", fields.whole("max_ms", 0..=LONGEST_MS)?)?;
        match min_ms <= max_ms {
            true => Ok(Self { min_ms, max_ms }),
            false => {
                Err(Invalid::at("min_ms", format!("`min_ms` {min_ms} is above `max_ms` {max_ms}")))
            }
        }
    }
}
