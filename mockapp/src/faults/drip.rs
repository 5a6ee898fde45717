//! `drip`: the head comes at once, the body a few bytes at a time.

use super::fields::{Fields, Invalid, required};
use super::kind::{Domain, Fault, Info};
use super::plan::Plan;
use super::strike::Strike;
use crate::wire::Drops;

#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct Drip {
    bytes: u64,
    every_ms: u64,
}

impl Fault for Drip {
    const INFO: Info = Info {
        name: "drip",
        domain: Domain::Requests,
        about: "Sends the head at once and the body so many bytes at a time.",
        parameters: &[("bytes", "bytes per drop, at least 1"), ("every_ms", "pause between drops")],
        example: r#"{"fault": "drip", "on": "GET /db/health", "for": "2m", "bytes": 2, "every_ms": 400}"#,
    };

    fn take(fields: &mut Fields) -> Result<Self, Invalid> {
        Ok(Self {
            bytes: required("bytes", fields.whole("bytes", 1..=1_048_576)?)?,
            every_ms: required("every_ms", fields.whole("every_ms", 1..=60_000)?)?,
        })
    }

    fn has_size(&self) -> bool {
        true
    }

    fn on_request(&self, strike: &Strike, plan: &mut Plan) {
        let bytes = usize::try_from(self.bytes).unwrap_or(usize::MAX);
        plan.wire.drip = Some(Drops { bytes, every: strike.ms(self.every_ms as f64) });
    }
}
