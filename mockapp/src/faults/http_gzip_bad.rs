//! `http.gzip_bad`: the head says gzip, the body is plain text.

use super::fields::{Fields, Invalid};
use super::kind::{Domain, Fault, Info};
use super::plan::Plan;
use super::rewrite::Rewrite;
use super::strike::Strike;
use crate::tools::{Component, Tool};

#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct HttpGzipBad {}

impl Fault for HttpGzipBad {
    const INFO: Info = Info {
        name: "http.gzip_bad",
        domain: Domain::Requests,
        about: "Says Content-Encoding: gzip over a body that is not compressed.",
        component: Component::Api,
        plain: "Answers claim a compression they do not have",
        cured_by: &[Tool::RollbackDeploy],
        parameters: &[],
        example: r#"{"fault": "http.gzip_bad", "on": "GET /api/ping", "for": "2m"}"#,
    };

    fn take(_fields: &mut Fields) -> Result<Self, Invalid> {
        Ok(Self {})
    }

    fn on_request(&self, _strike: &Strike, plan: &mut Plan) {
        plan.rewrites.push(Rewrite::ClaimGzip);
    }
}
