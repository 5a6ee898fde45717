//! `http.auth`: the credentials are no longer good, or no longer good enough.

use super::fields::{Fields, Invalid};
use super::http_status::answer;
use super::kind::{Domain, Fault, Info};
use super::plan::Plan;
use super::strike::Strike;
use crate::tools::{Component, Tool};
use http::HeaderValue;
use http::header::WWW_AUTHENTICATE;
use serde_json::json;

#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct HttpAuth {
    code: u16,
}

impl Fault for HttpAuth {
    const INFO: Info = Info {
        name: "http.auth",
        domain: Domain::Requests,
        about: "Answers 401 as if the token had expired, or 403 as if a right were missing.",
        component: Component::Credentials,
        plain: "Credentials have expired or lack a right",
        cured_by: &[Tool::RenewCredentials],
        parameters: &[("code", "401 or 403; 401 when absent")],
        example: r#"{"fault": "http.auth", "on": "GET /api/ping", "for": "2m", "code": 401}"#,
    };

    fn take(fields: &mut Fields) -> Result<Self, Invalid> {
        match fields.whole("code", 401..=403)? {
            None | Some(401) => Ok(Self { code: 401 }),
            Some(403) => Ok(Self { code: 403 }),
            Some(other) => {
                Err(Invalid::at("code", format!("`code` must be 401 or 403, not {other}")))
            }
        }
    }

    fn on_request(&self, _strike: &Strike, plan: &mut Plan) {
        let expired = "Bearer error=\"invalid_token\", error_description=\"The token expired\"";
        plan.answer.get_or_insert_with(|| match self.code {
            403 => answer(403, Some(&json!({"error": "forbidden"}))),
            code => answer(code, Some(&json!({"error": "the token expired"})))
                .with(WWW_AUTHENTICATE, HeaderValue::from_static(expired)),
        });
    }
}
