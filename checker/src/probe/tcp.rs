//! A `tcp` check: one conversation with a port.

use std::time::Duration;

use engine::{config::TcpSpec, observation::Observation};

use crate::http::HttpClient;

/// What became of the connection.
///
/// # Errors
/// Says why the checker itself could not look.
pub(super) async fn fetch(
    client: &HttpClient,
    spec: &TcpSpec,
    timeout: Duration,
) -> Result<Observation, String> {
    client.talk(spec, timeout).await.map(Observation::Tcp)
}
