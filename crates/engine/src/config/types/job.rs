//! What a `job` check looks at. Plain data.

use std::time::Duration;

use crate::config::{json_query::JsonQuery, template::JobUrl};

/// A `job` check.
#[derive(Clone, Debug)]
pub struct JobSpec {
    /// The address of the job's state, with `{job_id}`.
    pub status_url: JobUrl,
    /// Request headers as written.
    pub headers: Vec<(String, String)>,
    /// Where the latest id is read from, every cycle.
    pub job_id_file: String,
    /// Where the state stands in the answer.
    pub status_path: JsonQuery,
    /// By when on each day a success must be known.
    pub success_by: Option<jiff::civil::Time>,
    /// From when on a success counts for the day.
    pub window_start: jiff::civil::Time,
    /// How long after its start a job must have succeeded.
    pub within: Option<Duration>,
    /// What it means that no job has run at a deadline.
    pub when_no_job: WhenNoJob,
}

/// What it means that no job has run when the deadline comes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WhenNoJob {
    /// The deadline is missed.
    #[default]
    Miss,
    /// All is well.
    Ok,
}
