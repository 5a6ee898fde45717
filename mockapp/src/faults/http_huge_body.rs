//! `http.huge_body`: the right answer with a great deal of padding.

use super::fields::{Fields, Invalid, required};
use super::kind::{Domain, Fault, Info};
use super::plan::Plan;
use super::rewrite::Rewrite;
use super::strike::Strike;
use crate::tools::{Component, Tool};

#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct HttpHugeBody {
    bytes: u64,
}

impl Fault for HttpHugeBody {
    const INFO: Info = Info {
        name: "http.huge_body",
        domain: Domain::Requests,
        about: "Adds so many bytes to the answer; it stays valid JSON.",
        component: Component::Api,
        plain: "Answers have grown far too large",
        cured_by: &[Tool::RollbackDeploy],
        parameters: &[("bytes", "how many more, up to 16777216")],
        example: r#"{"fault": "http.huge_body", "on": "GET /api/ping", "for": "2m", "bytes": 2097152}"#,
    };

    fn take(fields: &mut Fields) -> Result<Self, Invalid> {
        Ok(Self { bytes: required("bytes", fields.whole("bytes", 1..=16_777_216)?)? })
    }

    fn has_size(&self) -> bool {
        true
    }

    fn on_request(&self, strike: &Strike, plan: &mut Plan) {
        plan.rewrites.push(Rewrite::Grow(strike.scaled(self.bytes as f64) as usize));
    }
}
