//! Counts running containers over the socket of the container engine: one request of its HTTP
//! interface. Nothing but the list is ever asked for.

use std::{io, time::Duration};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde::de::IgnoredAny;
use tokio::net::UnixStream;

/// The longest list that is read, in bytes: some thousands of containers.
const LIST_CAP: usize = 16 << 20;

/// How many containers run.
///
/// # Errors
/// Says why they cannot be counted, and names the socket.
pub(crate) async fn running(socket: &str, limit: Duration) -> Result<u32, String> {
    let counted = match tokio::time::timeout(limit, list(socket)).await {
        Ok(counted) => counted,
        Err(_) => Err(format!("no answer within {} ms", limit.as_millis())),
    };
    counted.map_err(|why| format!("containers cannot be counted over {socket}: {why}"))
}

async fn list(socket: &str) -> Result<u32, String> {
    let stream = UnixStream::connect(socket).await.map_err(|error| refused(&error))?;
    let (mut ask, link) = http1::handshake(TokioIo::new(stream)).await.map_err(told)?;
    let request = http::Request::get("/containers/json")
        .header(http::header::HOST, "docker")
        .header(http::header::CONNECTION, "close")
        .body(Empty::<Bytes>::new())
        .map_err(told)?;
    let asked = async {
        let response = ask.send_request(request).await.map_err(told)?;
        let status = response.status();
        let body = Limited::new(response.into_body(), LIST_CAP).collect().await.map_err(told)?;
        count(status, &body.to_bytes())
    };
    tokio::pin!(asked, link);
    // The link ends when the answer is complete, and may do so before it has been read.
    tokio::select! {
        biased;
        counted = &mut asked => counted,
        ended = &mut link => match ended {
            Ok(()) => asked.await,
            Err(error) => Err(error.to_string()),
        },
    }
}

fn count(status: http::StatusCode, body: &[u8]) -> Result<u32, String> {
    if !status.is_success() {
        return Err(format!("the answer was {}", status.as_u16()));
    }
    let list: Vec<IgnoredAny> = serde_json::from_slice(body).map_err(told)?;
    u32::try_from(list.len()).map_err(told)
}

fn refused(error: &io::Error) -> String {
    let help = if error.kind() == io::ErrorKind::PermissionDenied {
        "; run as a member of the group that owns it (getent group docker)"
    } else if error.kind() == io::ErrorKind::NotFound {
        "; is the engine there, and its socket mounted?"
    } else {
        ""
    };
    format!("{error}{help}")
}

fn told(error: impl std::fmt::Display) -> String {
    error.to_string()
}
