//! `http.html_error_200`: a proxy's login page where JSON is expected, with status 200.

use super::fields::{Fields, Invalid};
use super::kind::{Domain, Fault, Info};
use super::plan::{Answer, Plan};
use super::strike::Strike;
use crate::tools::{Component, Tool};
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};

const PAGE: &str = "<!doctype html>\n<html><head><title>Sign in</title></head>\n\
    <body><h1>Sign in to continue</h1><form method=\"post\" action=\"/sso\"><input name=\"user\"></form></body></html>\n";

#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct HttpHtmlError200 {}

impl Fault for HttpHtmlError200 {
    const INFO: Info = Info {
        name: "http.html_error_200",
        domain: Domain::Requests,
        about: "Answers 200 with the HTML of a login page, as a proxy in between does.",
        component: Component::Api,
        plain: "A login page comes in place of the answer",
        cured_by: &[Tool::RollbackDeploy],
        parameters: &[],
        example: r#"{"fault": "http.html_error_200", "on": "GET /api/ping", "for": "2m"}"#,
    };

    fn take(_fields: &mut Fields) -> Result<Self, Invalid> {
        Ok(Self {})
    }

    fn on_request(&self, _strike: &Strike, plan: &mut Plan) {
        let html = HeaderValue::from_static("text/html; charset=utf-8");
        let page = || Answer::json(StatusCode::OK, Bytes::from_static(PAGE.as_bytes()));
        plan.answer.get_or_insert_with(|| page().with(CONTENT_TYPE, html));
    }
}
