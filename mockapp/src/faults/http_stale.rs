//! `http.stale`: the answers of a route stay as they were when the first request under the fault came.

use super::condition::Occasion;
use super::fields::{Fields, Invalid};
use super::kind::{Domain, Fault, Info, reads};
use super::plan::Plan;
use super::strike::Strike;
use crate::tools::{Component, Tool};

#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct HttpStale {}

impl Fault for HttpStale {
    const INFO: Info = Info {
        name: "http.stale",
        domain: Domain::Requests,
        about: "Answers each GET as it did the first time, as a cache does that nobody empties.",
        component: Component::Cache,
        plain: "Answers are frozen at an old state",
        cured_by: &[Tool::FlushCache],
        parameters: &[],
        example: r#"{"fault": "http.stale", "on": "GET /queue/health", "for": "10m"}"#,
    };

    fn take(_fields: &mut Fields) -> Result<Self, Invalid> {
        Ok(Self {})
    }

    fn wants(&self, occasion: &Occasion<'_>, _serial: u64) -> bool {
        matches!(occasion, Occasion::Request(asked) if reads(asked))
    }

    fn on_request(&self, strike: &Strike, plan: &mut Plan) {
        plan.frozen_by.get_or_insert(strike.serial);
    }
}
