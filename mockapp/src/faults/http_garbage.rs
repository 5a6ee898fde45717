//! `http.garbage`: random bytes instead of an answer, then the end.

use super::fields::{Fields, Invalid};
use super::kind::{Domain, Fault, Info, draw_of};
use super::plan::{Plan, Raw};
use super::strike::Strike;
use crate::tools::{Component, Tool};
use bytes::Bytes;

#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct HttpGarbage {
    bytes: u64,
}

impl Fault for HttpGarbage {
    const INFO: Info = Info {
        name: "http.garbage",
        domain: Domain::Requests,
        about: "Sends random bytes instead of an answer, then closes.",
        component: Component::Api,
        plain: "Answers are random bytes",
        cured_by: &[Tool::RestartApi],
        parameters: &[("bytes", "how many, up to 1048576; 64 when absent")],
        example: r#"{"fault": "http.garbage", "on": "GET /api/ping", "for": "2m", "bytes": 64}"#,
    };

    fn take(fields: &mut Fields) -> Result<Self, Invalid> {
        Ok(Self { bytes: fields.whole("bytes", 1..=1_048_576)?.unwrap_or(64) })
    }

    fn draws(&self) -> bool {
        true
    }

    fn on_request(&self, strike: &Strike, plan: &mut Plan) {
        let byte = |nth: u64| (strike.draw.unit(draw_of::BYTES + nth) * 256.0) as u8;
        plan.raw.get_or_insert_with(|| Raw::Garbage((0..self.bytes).map(byte).collect::<Bytes>()));
    }
}
