//! A TCP port: whether it takes a connection, in the words of the HTTP client's own failures.

use std::time::Duration;

use engine::{
    config::Endpoint,
    observation::{Phase, TransportError, TransportErrorKind as Kind},
};
use tokio::time::{Instant, timeout};
use url::Url;

use super::{HttpClient, failure::Broken};
use crate::transport::connect_any;

impl HttpClient {
    /// Opens a connection to a port and closes it; how many microseconds it took, or why there
    /// was none.
    ///
    /// # Errors
    /// Says why the checker itself could not look.
    pub async fn knock(
        &self,
        at: &Endpoint,
        limit: Duration,
    ) -> Result<Result<u64, TransportError>, String> {
        let begin = Instant::now();
        match timeout(limit, self.open_port(at)).await {
            Ok(Ok(())) => Ok(Ok(u64::try_from(begin.elapsed().as_micros()).unwrap_or(u64::MAX))),
            Ok(Err(Broken::Target(error))) => Ok(Err(error)),
            Ok(Err(Broken::Local(reason))) => Err(reason),
            Err(_) => {
                let message =
                    format!("no connection to {at} within {}", engine::time::humane(limit));
                Ok(Err(TransportError { kind: Kind::Timeout, phase: Phase::Connect, message }))
            }
        }
    }

    async fn open_port(&self, at: &Endpoint) -> Result<(), Broken> {
        let transport = &*self.inner.transport;
        let found = transport.resolve(&at.host, at.port).await;
        let addresses = found.map_err(|error| Broken::resolve(&error, transport))?;
        // The words of a failed connect are made from an address with its host.
        let url = Url::parse(&format!("http://{at}/"))
            .map_err(|error| Broken::bad_url(format!("{at}: {error}")))?;
        let opened = connect_any(transport, &addresses).await;
        opened.map(drop).map_err(|errors| Broken::connect(&errors, &url, transport))
    }
}
