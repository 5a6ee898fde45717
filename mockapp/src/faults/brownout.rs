//! `brownout`: everything is a bit wrong at once: slower, with errors, short of connections.

use super::fields::{Fields, Invalid};
use super::http_status::answer;
use super::kind::{Domain, Fault, Info, draw_of};
use super::plan::Plan;
use super::strike::Strike;
use crate::tools::{Component, Tool};
use serde_json::json;

/// What the full level means, at the usual speed.
const WAIT_MS: f64 = 2_000.0;
const OVERLOADED: f64 = 0.3;
const NO_CONNECTION: f64 = 0.2;

#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct Brownout {
    level: f64,
    /// How much longer everything takes at the full level.
    #[serde(skip)]
    wait_ms: f64,
}

impl Fault for Brownout {
    const INFO: Info = Info {
        name: "brownout",
        domain: Domain::Requests,
        about: "At level 1: 2 s slower, 30 % are answered 503 and 20 % find no database connection (500); less of all at lower levels.",
        component: Component::Api,
        plain: "Everything gets a little worse under load",
        cured_by: &[Tool::ScaleOut],
        parameters: &[(
            "level",
            "0 to 1, 1 when absent; with shape {ramp: 5m} it grows up to this",
        )],
        example: r#"{"fault": "brownout", "on": "*", "for": "10m", "level": 0.8, "shape": {"ramp": "5m"}}"#,
    };

    fn take(fields: &mut Fields) -> Result<Self, Invalid> {
        Ok(Self { level: fields.number("level", 0.0..=1.0)?.unwrap_or(1.0), wait_ms: WAIT_MS })
    }

    fn hasten(&mut self, speed: f64) {
        self.wait_ms = WAIT_MS / speed;
    }

    fn draws(&self) -> bool {
        self.level > 0.0
    }

    fn has_size(&self) -> bool {
        true
    }

    fn on_request(&self, strike: &Strike, plan: &mut Plan) {
        let level = strike.scaled(self.level);
        plan.latency += strike.ms(self.level * self.wait_ms);
        let draw = strike.draw.unit(draw_of::CHOICE);
        if draw < level * OVERLOADED {
            plan.answer.get_or_insert_with(|| answer(503, Some(&json!({"error": "overloaded"}))));
        } else if draw < level * (OVERLOADED + NO_CONNECTION) {
            let body = json!({"error": "connection pool exhausted"});
            plan.answer.get_or_insert_with(|| answer(500, Some(&body)));
        }
    }
}
