//! `http.duplicate_response`: the same answer twice on one connection.

use super::fields::{Fields, Invalid};
use super::kind::{Domain, Fault, Info};
use super::plan::Plan;
use super::strike::Strike;
use crate::tools::{Component, Tool};

#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct HttpDuplicateResponse {}

impl Fault for HttpDuplicateResponse {
    const INFO: Info = Info {
        name: "http.duplicate_response",
        domain: Domain::Requests,
        about: "Sends the whole answer a second time; on a kept connection it stands where the next one should.",
        component: Component::Api,
        plain: "Answers come twice",
        cured_by: &[Tool::RestartApi],
        parameters: &[],
        example: r#"{"fault": "http.duplicate_response", "on": "GET /api/ping", "for": "2m"}"#,
    };

    fn take(_fields: &mut Fields) -> Result<Self, Invalid> {
        Ok(Self {})
    }

    fn on_request(&self, _strike: &Strike, plan: &mut Plan) {
        plan.wire.twice = true;
    }
}
