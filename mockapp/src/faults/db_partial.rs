//! `db.partial`: the database answers and can be read, but nothing can be written.

use super::condition::{Asked, Occasion};
use super::fields::{Fields, Invalid};
use super::http_status::answer;
use super::kind::{Domain, Fault, Info};
use super::plan::Plan;
use super::strike::Strike;
use crate::tools::{Component, Tool};
use serde_json::json;

#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct DbPartial {}

impl Fault for DbPartial {
    const INFO: Info = Info {
        name: "db.partial",
        domain: Domain::Db,
        about: "Reads and the database's health are fine; every POST of the application answers 500. The same as db with kind writes_fail.",
        component: Component::Db,
        plain: "The database can be read but not written",
        cured_by: &[Tool::FailoverDb],
        parameters: &[],
        example: r#"{"fault": "db.partial", "for": "5m"}"#,
    };

    fn take(_fields: &mut Fields) -> Result<Self, Invalid> {
        Ok(Self {})
    }

    fn wants(&self, occasion: &Occasion<'_>, _serial: u64) -> bool {
        matches!(occasion, Occasion::Request(asked) if writes(asked))
    }

    fn on_request(&self, _strike: &Strike, plan: &mut Plan) {
        write_fails(plan);
    }
}

/// Whether a request needs to write.
pub(super) fn writes(asked: &Asked<'_>) -> bool {
    asked.method == "POST"
}

/// What it is answered.
pub(super) fn write_fails(plan: &mut Plan) {
    let body = json!({"error": "the database refused the write"});
    plan.answer.get_or_insert_with(|| answer(500, Some(&body)));
}
