//! `http.redirect_loop`: redirected to itself, for ever or so many times, or to a wrong place.

use super::condition::Occasion;
use super::fields::{Fields, Invalid, wrong};
use super::http_status::answer;
use super::kind::{Domain, Fault, Info};
use super::plan::Plan;
use super::strike::Strike;
use crate::tools::{Component, Tool};
use http::HeaderValue;
use http::header::LOCATION;
use serde_json::json;

#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct HttpRedirectLoop {
    #[serde(skip_serializing_if = "Option::is_none")]
    hops: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<String>,
}

impl Fault for HttpRedirectLoop {
    const INFO: Info = Info {
        name: "http.redirect_loop",
        domain: Domain::Requests,
        about: "Redirects to itself with 307, for ever or so many times, or always to another place.",
        component: Component::Api,
        plain: "Requests are sent in circles",
        cured_by: &[Tool::RollbackDeploy],
        parameters: &[
            ("hops", "answers properly after so many redirections; absent: never"),
            ("location", "instead: where every redirection points"),
        ],
        example: r#"{"fault": "http.redirect_loop", "on": "GET /api/ping", "for": "2m", "hops": 30}"#,
    };

    fn take(fields: &mut Fields) -> Result<Self, Invalid> {
        let hops = fields.whole("hops", 1..=1_000_000)?;
        let location = fields.text("location")?;
        if hops.is_some() && location.is_some() {
            return Err(Invalid::at("location", "`location` and `hops` exclude each other"));
        }
        match location.as_deref().filter(|text| HeaderValue::from_str(text).is_err()) {
            Some(text) => Err(wrong("location", "a URL without control characters", &text.into())),
            None => Ok(Self { hops, location }),
        }
    }

    /// The last redirection leads to the application.
    fn wants(&self, occasion: &Occasion<'_>, _serial: u64) -> bool {
        match occasion {
            Occasion::Request(asked) => self.hops.is_none_or(|hops| asked.hop() < hops),
            Occasion::Connection { .. } | Occasion::Part => false,
        }
    }

    fn on_request(&self, strike: &Strike, plan: &mut Plan) {
        // A reference that is a query alone is on the same path.
        let next = format!("?hop={}", strike.hop + 1);
        let to = HeaderValue::from_str(self.location.as_deref().unwrap_or(&next));
        let body = json!({"error": "moved"});
        let moved = answer(307, Some(&body));
        plan.answer.get_or_insert_with(|| match to {
            Ok(to) => moved.with(LOCATION, to),
            Err(_) => moved,
        });
    }
}
