//! `http.content_type`: the right body under the wrong label, or under none.

use super::fields::{Fields, Invalid, required, wrong};
use super::kind::{Domain, Fault, Info};
use super::plan::Plan;
use super::rewrite::Rewrite;
use super::strike::Strike;
use crate::tools::{Component, Tool};
use http::HeaderValue;

#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct HttpContentType {
    value: Option<String>,
    #[serde(skip)]
    header: Option<HeaderValue>,
}

impl Fault for HttpContentType {
    const INFO: Info = Info {
        name: "http.content_type",
        domain: Domain::Requests,
        about: "Sends another Content-Type, or none at all.",
        component: Component::Api,
        plain: "Answers are labelled as another type",
        cured_by: &[Tool::RollbackDeploy],
        parameters: &[("value", "the header's value, or null to leave it out")],
        example: r#"{"fault": "http.content_type", "on": "GET /api/ping", "for": "2m", "value": "text/html"}"#,
    };

    fn take(fields: &mut Fields) -> Result<Self, Invalid> {
        let value = required("value", fields.take("value"))?;
        if value.is_null() {
            return Ok(Self { value: None, header: None });
        }
        match value.as_str().map(|text| (text, HeaderValue::from_str(text))) {
            Some((text, Ok(header))) => {
                Ok(Self { value: Some(text.to_owned()), header: Some(header) })
            }
            Some((_, Err(_))) | None => {
                Err(wrong("value", "a header value without control characters, or null", &value))
            }
        }
    }

    fn on_request(&self, _strike: &Strike, plan: &mut Plan) {
        plan.rewrites.push(Rewrite::ContentType(self.header.clone()));
    }
}
