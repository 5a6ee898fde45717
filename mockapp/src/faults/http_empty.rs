//! `http.empty`: the right status with no body.

use super::fields::{Fields, Invalid};
use super::kind::{Domain, Fault, Info};
use super::plan::Plan;
use super::rewrite::Rewrite;
use super::strike::Strike;
use crate::tools::{Component, Tool};

#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct HttpEmpty {}

impl Fault for HttpEmpty {
    const INFO: Info = Info {
        name: "http.empty",
        domain: Domain::Requests,
        about: "The usual status, and not one byte of body.",
        component: Component::Api,
        plain: "Answers have no content",
        cured_by: &[Tool::RollbackDeploy],
        parameters: &[],
        example: r#"{"fault": "http.empty", "on": "GET /queue/health", "for": "2m"}"#,
    };

    fn take(_fields: &mut Fields) -> Result<Self, Invalid> {
        Ok(Self {})
    }

    fn on_request(&self, _strike: &Strike, plan: &mut Plan) {
        plan.rewrites.push(Rewrite::Empty);
    }
}
