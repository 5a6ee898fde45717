//! `app.metastable`: an overload that feeds itself: failed requests come again, so that it
//! outlives what triggered it, until fewer come.

use super::fields::{Fields, Invalid, required};
use super::http_status::answer;
use super::job::as_text_always;
use super::kind::{Domain, Fault, Info, Verdict};
use super::plan::Plan;
use super::strike::Strike;
use crate::tools::{Component, Tool, faster};
use serde_json::json;
use std::time::Duration;

/// Over how long the load is measured at the usual speed.
const WINDOW: Duration = Duration::from_secs(60);

#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct AppMetastable {
    load: f64,
    k: f64,
    #[serde(serialize_with = "as_text_always")]
    trigger: Duration,
    /// Over how long the load is measured.
    #[serde(skip)]
    window: Duration,
}

impl Fault for AppMetastable {
    const INFO: Info = Info {
        name: "app.metastable",
        domain: Domain::Requests,
        about: "Answers 503 for as long as the trigger lasts, and on while the requests of the last minute, times k, are more than it can bear; then it is over.",
        component: Component::Api,
        plain: "An overload keeps itself going by retries",
        cured_by: &[Tool::RestartApi, Tool::ScaleOut],
        parameters: &[
            ("load", "requests a second that it can bear"),
            ("k", "how many a failed one turns into, with its retries; 3 when absent"),
            ("trigger", "a duration; 30s when absent"),
        ],
        example: r#"{"fault": "app.metastable", "on": "*", "for": "1h", "load": 0.1, "k": 3, "trigger": "1m"}"#,
    };

    fn take(fields: &mut Fields) -> Result<Self, Invalid> {
        Ok(Self {
            load: required("load", fields.number("load", 0.001..=1_000_000.0)?)?,
            k: fields.number("k", 1.0..=1_000.0)?.unwrap_or(3.0),
            trigger: fields.duration("trigger")?.unwrap_or(Duration::from_secs(30)),
            window: WINDOW,
        })
    }

    fn hasten(&mut self, speed: f64) {
        self.window = faster(WINDOW, speed);
    }

    fn draws(&self) -> bool {
        true
    }

    fn window(&self) -> Option<Duration> {
        Some(self.window)
    }

    fn verdict(&self, strike: &Strike) -> Verdict {
        let rate = (strike.recent + 1) as f64 * self.k / self.window.as_secs_f64();
        match strike.age < self.trigger || rate > self.load {
            true => Verdict::Strikes,
            false => Verdict::Ends,
        }
    }

    fn on_request(&self, _strike: &Strike, plan: &mut Plan) {
        plan.answer.get_or_insert_with(|| answer(503, Some(&json!({"error": "overloaded"}))));
    }
}
