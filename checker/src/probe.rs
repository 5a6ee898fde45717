//! Looking at targets: dispatches a check to its kind and brings back raw facts, one file a kind.
//! It never judges what it saw.

mod http;
mod job;

use std::io;

use engine::{
    config::{Check, Spec},
    observation::Observation,
    time::Timestamp,
};

use crate::http::HttpClient;

/// Reads a job id file: its content and, if the file system says, when it was written.
pub type IdFile<'a> = dyn Fn(&str) -> io::Result<(Vec<u8>, Option<Timestamp>)> + Send + Sync + 'a;

/// Makes one attempt of a check, within the limit of the check.
pub async fn fetch(client: &HttpClient, id_file: &IdFile<'_>, check: &Check) -> Observation {
    let seen = match &check.spec {
        Spec::Http(spec) => http::fetch(client, spec, check.timeout).await,
        Spec::Job(spec) => job::fetch(client, id_file, spec, check.timeout).await,
    };
    seen.unwrap_or_else(|reason| Observation::Unmeasured { reason })
}
