//! `http.malformed_json`: a 200 whose body is not quite JSON.

use super::fields::{Fields, Invalid, required};
use super::kind::{Domain, Fault, Info};
use super::plan::Plan;
use super::rewrite::{Malformed, Rewrite};
use super::strike::Strike;
use crate::tools::{Component, Tool};

const KINDS: [(&str, Malformed); 6] = [
    ("cut", Malformed::Cut),
    ("trailing", Malformed::Trailing),
    ("nan", Malformed::Nan),
    ("dup_key", Malformed::DupKey),
    ("bom", Malformed::Bom),
    ("bad_utf8", Malformed::BadUtf8),
];

#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct HttpMalformedJson {
    kind: Malformed,
}

impl Fault for HttpMalformedJson {
    const INFO: Info = Info {
        name: "http.malformed_json",
        domain: Domain::Requests,
        about: "The body is not quite JSON; status and Content-Type stay right.",
        component: Component::Api,
        plain: "Answers cannot be parsed",
        cured_by: &[Tool::RollbackDeploy],
        parameters: &[("kind", "cut, trailing, nan, dup_key, bom or bad_utf8")],
        example: r#"{"fault": "http.malformed_json", "on": "GET /db/health", "for": "2m", "kind": "cut"}"#,
    };

    fn take(fields: &mut Fields) -> Result<Self, Invalid> {
        Ok(Self { kind: required("kind", fields.choice("kind", &KINDS)?)? })
    }

    fn on_request(&self, _strike: &Strike, plan: &mut Plan) {
        plan.rewrites.push(Rewrite::Malform(self.kind));
    }
}
