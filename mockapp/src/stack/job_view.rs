//! How a job is shown to those who ask for its status.

use super::jobs::{Job, Phase};
use super::ledger::Ledger;
use crate::clock::rfc3339;
use serde::Serialize;
use serde_json::{Value, json};

/// What `GET /jobs/{id}/status` answers.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct JobView {
    pub(crate) job_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    pub(crate) status: &'static str,
    pub(crate) started_at: String,
    pub(crate) finished_at: Option<String>,
    /// Shown when it is not as it should be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) output: Option<Value>,
}

impl JobView {
    pub(super) fn of(job: &Job, ledger: &Ledger) -> Self {
        let unheard = job.unheard.is_some_and(|serial| ledger.holds(serial));
        let (status, finished_at) = match job.phase {
            Phase::Due(_) | Phase::Hung(_) => ("running", None),
            Phase::Succeeded(_) | Phase::Failed(_) if unheard => ("running", None),
            Phase::Succeeded(at) => ("succeeded", Some(at)),
            Phase::Failed(at) => ("failed", Some(at)),
        };
        let shown = |at: jiff::Timestamp| rfc3339(at.checked_add(job.shift).unwrap_or(at));
        let has_output = job.is_empty && finished_at.is_some();
        Self {
            job_id: job.id.clone(),
            name: job.name.clone(),
            status,
            started_at: shown(job.started_at),
            finished_at: finished_at.map(shown),
            output: has_output.then(|| json!({"rows": 0})),
        }
    }
}
