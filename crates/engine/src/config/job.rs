//! The keys of a `job` check.

use std::time::Duration;

use crate::config::{
    global::variable,
    json_query::JsonQuery,
    section::Section,
    types::{JobSpec, WhenNoJob},
};

/// Reads the keys. What is wrong has been reported.
pub(super) fn read(section: &Section<'_>) -> Option<JobSpec> {
    let status_url = section.job_url("status_url");
    let headers = section.headers("headers");
    let job_id_file = section.text("job_id_file");
    let status_path = match section.has("status_path") {
        true => section.json_path("status_path"),
        false => JsonQuery::parse("$.status").ok(),
    };
    let success_by = section.time_of_day("success_by");
    let window_start = section.time_of_day("window_start");
    let minutes = section.int("minutes_after_start");
    let when_no_job = match section.word("when_no_job") {
        Some("ok") => WhenNoJob::Ok,
        Some(_) | None => WhenNoJob::Miss,
    };
    let job_id_file = job_id_file
        .or_else(|| variable(section.context, "LAST_JOB_ID_FILE"))
        .unwrap_or_else(|| ".last_job_id".to_owned());
    Some(JobSpec {
        status_url: status_url?,
        headers,
        job_id_file,
        status_path: status_path?,
        success_by,
        window_start: window_start.unwrap_or_default(),
        within: minutes.map(|minutes| Duration::from_secs(minutes * 60)),
        when_no_job,
    })
}
