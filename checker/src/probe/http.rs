//! An `http` check: one exchange.

use std::time::Duration;

use engine::{config::HttpSpec, observation::Observation};

use crate::http::HttpClient;

/// What the target answered.
///
/// # Errors
/// Says why the checker itself could not look.
pub(super) async fn fetch(
    client: &HttpClient,
    spec: &HttpSpec,
    timeout: Duration,
) -> Result<Observation, String> {
    client.probe(&spec.request, timeout).await.map(Observation::Http)
}
