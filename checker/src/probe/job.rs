//! A `job` check: the latest job's id from its file, then the state of that job. The file is read
//! at every attempt, so that the newest run is followed.

use std::{io, time::Duration};

use engine::{
    config::{HttpRequest, JobSpec},
    observation::{JobId, JobObservation, Observation},
};

use super::IdFile;
use crate::http::HttpClient;

/// What is known of the latest job.
///
/// # Errors
/// Says why the checker itself could not look.
pub(super) async fn fetch(
    client: &HttpClient,
    id_file: &IdFile<'_>,
    spec: &JobSpec,
    timeout: Duration,
) -> Result<Observation, String> {
    let id = latest(id_file, &spec.job_id_file);
    let exchange = match &id {
        Ok(Some(job)) => {
            let request = status_request(spec, job)?;
            Some(client.probe(&request, timeout).await?)
        }
        Ok(None) | Err(_) => None,
    };
    Ok(Observation::Job(JobObservation { id, exchange }))
}

/// The latest id; `None` when no job has run yet.
fn latest(id_file: &IdFile<'_>, path: &str) -> Result<Option<JobId>, String> {
    let (content, written_at) = match id_file(path) {
        Ok(read) => read,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(format!("{path}: {error}")),
    };
    let text = str::from_utf8(&content).map_err(|_| format!("{path}: not text"))?;
    let id = JobId::parse(text, written_at).map_err(|error| format!("{path}: {error}"))?;
    Ok(Some(id))
}

fn status_request(spec: &JobSpec, job: &JobId) -> Result<HttpRequest, String> {
    Ok(HttpRequest {
        method: "GET".to_owned(),
        url: spec.status_url.for_job(&job.id)?,
        headers: spec.headers.clone(),
        body: None,
        follow_redirects: true,
        keep_alive: false,
    })
}
