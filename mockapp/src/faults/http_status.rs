//! `http.status`: answers with a status of your choice; the application is not asked.

use super::fields::{Fields, Invalid, required, wrong};
use super::plan::{Answer, Plan};
use super::{Domain, Fault, Info, Strike};
use bytes::Bytes;
use http::StatusCode;
use serde_json::Value;

#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct HttpStatus {
    pub(crate) code: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) body: Option<Value>,
}

impl Fault for HttpStatus {
    const INFO: Info = Info {
        name: "http.status",
        domain: Domain::Requests,
        about: "Answers with this status; the application is not asked.",
        parameters: &[
            ("code", "status from 200 to 599"),
            ("body", "text, or any JSON value; a short JSON error when absent"),
        ],
        example: r#"{"fault": "http.status", "on": "GET /api/ping", "for": "2m", "code": 503}"#,
    };

    fn take(fields: &mut Fields) -> Result<Self, Invalid> {
        Ok(Self { code: take_code(fields)?, body: fields.take("body") })
    }

    fn on_request(&self, _strike: &Strike, plan: &mut Plan) {
        plan.answer.get_or_insert_with(|| answer(self.code, self.body.as_ref()));
    }
}

pub(super) fn take_code(fields: &mut Fields) -> Result<u16, Invalid> {
    let code = required("code", fields.whole("code", 200..=599)?)?;
    u16::try_from(code).map_err(|_| wrong("code", "a status from 200 to 599", &Value::from(code)))
}

pub(super) fn answer(code: u16, body: Option<&Value>) -> Answer {
    let text = match body {
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
        None => format!("{{\"error\":\"injected\",\"status\":{code}}}"),
    };
    let status = StatusCode::from_u16(code).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    let bodiless = matches!(code, 204 | 205 | 304);
    Answer { status, body: if bodiless { Bytes::new() } else { Bytes::from(text) } }
}
