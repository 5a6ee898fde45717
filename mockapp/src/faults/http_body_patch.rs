//! `http.body_patch`: a JSON merge patch (RFC 7396) over the answer: a wrong value, a null, another type.

use super::fields::{Fields, Invalid, required};
use super::kind::{Domain, Fault, Info};
use super::plan::Plan;
use super::rewrite::Rewrite;
use super::strike::Strike;
use crate::tools::{Component, Tool};
use serde_json::Value;

#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct HttpBodyPatch {
    patch: Value,
}

impl Fault for HttpBodyPatch {
    const INFO: Info = Info {
        name: "http.body_patch",
        domain: Domain::Requests,
        about: "Merges this JSON into the answer (RFC 7396); null removes a member.",
        component: Component::Api,
        plain: "Answers carry wrong values",
        cured_by: &[Tool::RollbackDeploy],
        parameters: &[("patch", "any JSON value")],
        example: r#"{"fault": "http.body_patch", "on": "GET /queue/health", "for": "2m", "patch": {"depth": 999}}"#,
    };

    fn take(fields: &mut Fields) -> Result<Self, Invalid> {
        Ok(Self { patch: required("patch", fields.take("patch"))? })
    }

    fn on_request(&self, _strike: &Strike, plan: &mut Plan) {
        plan.rewrites.push(Rewrite::Patch(self.patch.clone()));
    }
}
