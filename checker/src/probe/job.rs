//! A `job` check: the latest job's id from its file, then the state of that job. The file is read
//! at every attempt, so that the newest run is followed.

use std::{io, path::Path, time::Duration};

use engine::{
    config::{HttpRequest, JobSpec},
    observation::{JobId, JobObservation, Observation},
};

use store::disk::{Disk, read_up_to};

use crate::http::HttpClient;

/// The most that is read of a file with a job's id, in bytes; an id is far shorter.
const ID_FILE_CAP: usize = 4096;

/// What is known of the latest job.
///
/// # Errors
/// Says why the checker itself could not look.
pub(super) async fn fetch(
    client: &HttpClient,
    disk: &dyn Disk,
    spec: &JobSpec,
    timeout: Duration,
) -> Result<Observation, String> {
    let id = latest(disk, &spec.job_id_file);
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
fn latest(disk: &dyn Disk, path: &str) -> Result<Option<JobId>, String> {
    let file = Path::new(path);
    let content = match disk.open(file).and_then(|opened| read_up_to(&*opened, 0, ID_FILE_CAP)) {
        Ok(content) => content,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(format!("{path}: {error}")),
    };
    let written_at = disk.stat(file).ok().and_then(|stat| stat.modified);
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
