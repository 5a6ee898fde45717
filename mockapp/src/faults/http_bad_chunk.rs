//! `http.bad_chunk`: a chunked body whose second chunk has no size.

use super::fields::{Fields, Invalid};
use super::kind::{Domain, Fault, Info};
use super::plan::{Plan, Raw};
use super::strike::Strike;
use crate::tools::{Component, Tool};

#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct HttpBadChunk {}

impl Fault for HttpBadChunk {
    const INFO: Info = Info {
        name: "http.bad_chunk",
        domain: Domain::Requests,
        about: "Sends half of the body in chunks, then a chunk without a size, then closes.",
        component: Component::Api,
        plain: "Answers are framed wrongly",
        cured_by: &[Tool::RestartApi],
        parameters: &[],
        example: r#"{"fault": "http.bad_chunk", "on": "GET /api/ping", "for": "2m"}"#,
    };

    fn take(_fields: &mut Fields) -> Result<Self, Invalid> {
        Ok(Self {})
    }

    fn on_request(&self, _strike: &Strike, plan: &mut Plan) {
        plan.raw.get_or_insert(Raw::BadChunk);
    }
}
