//! `http.throttle`: a rate limit: so many requests in any window are answered, more are turned away.

use super::fields::{Fields, Invalid, required};
use super::http_status::answer;
use super::job::as_text_always;
use super::kind::{Domain, Fault, Info, Verdict};
use super::plan::Plan;
use super::strike::Strike;
use crate::tools::{Component, Tool};
use http::HeaderValue;
use http::header::RETRY_AFTER;
use serde_json::json;
use std::time::Duration;

#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct HttpThrottle {
    quota: u64,
    #[serde(serialize_with = "as_text_always")]
    window: Duration,
    code: u16,
}

impl Fault for HttpThrottle {
    const INFO: Info = Info {
        name: "http.throttle",
        domain: Domain::Requests,
        about: "Answers so many requests in any window of this length, and turns away the others with Retry-After.",
        component: Component::Api,
        plain: "Requests are turned away as too many",
        cured_by: &[Tool::ScaleOut],
        parameters: &[
            ("quota", "requests that are answered, from 0"),
            ("window", "a duration such as 1m"),
            ("code", "status of the others; 429 when absent"),
        ],
        example: r#"{"fault": "http.throttle", "on": "GET /api/ping", "for": "5m", "quota": 1, "window": "1m"}"#,
    };

    fn take(fields: &mut Fields) -> Result<Self, Invalid> {
        let code = fields.whole("code", 200..=599)?.unwrap_or(429);
        Ok(Self {
            quota: required("quota", fields.whole("quota", 0..=1_000)?)?,
            window: required("window", fields.duration("window")?)?,
            code: u16::try_from(code).unwrap_or(429),
        })
    }

    fn draws(&self) -> bool {
        true
    }

    fn window(&self) -> Option<Duration> {
        Some(self.window)
    }

    fn verdict(&self, strike: &Strike) -> Verdict {
        if strike.recent < self.quota { Verdict::Passes } else { Verdict::Strikes }
    }

    /// Only those that were answered use the quota up.
    fn remembers(&self, verdict: Verdict) -> bool {
        verdict == Verdict::Passes
    }

    fn on_request(&self, strike: &Strike, plan: &mut Plan) {
        let left = self.window.saturating_sub(strike.oldest);
        let seconds = left.as_millis().div_ceil(1_000).max(1) as u64;
        let body = json!({"error": "too many requests", "retry_after_s": seconds});
        let turned_away =
            || answer(self.code, Some(&body)).with(RETRY_AFTER, HeaderValue::from(seconds));
        plan.answer.get_or_insert_with(turned_away);
    }
}
