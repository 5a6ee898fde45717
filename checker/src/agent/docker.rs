//! Counts running containers over the socket of the container engine: one request of its HTTP
//! interface. Nothing but the list is ever asked for. The list also has those that are paused and
//! those that wait to be started once more, for ever perhaps: they do not run.

use std::{io, time::Duration};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde::Deserialize;

use crate::transport::Transport;

/// The longest list that is read, in bytes: some thousands of containers.
const LIST_CAP: usize = 16 << 20;

/// How many containers run.
///
/// # Errors
/// Says why they cannot be counted, and names the socket.
pub(crate) async fn running(
    transport: &dyn Transport,
    socket: &str,
    limit: Duration,
) -> Result<u32, String> {
    let counted = match tokio::time::timeout(limit, list(transport, socket)).await {
        Ok(counted) => counted,
        Err(_) => Err(format!("no answer within {} ms", limit.as_millis())),
    };
    counted.map_err(|why| format!("containers cannot be counted over {socket}: {why}"))
}

async fn list(transport: &dyn Transport, socket: &str) -> Result<u32, String> {
    let stream = transport.connect_unix(socket).await.map_err(|error| refused(&error))?;
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
    let list: Vec<Container> = serde_json::from_slice(body).map_err(told)?;
    u32::try_from(list.iter().filter(|one| one.runs()).count()).map_err(told)
}

/// What is read of an entry of the list.
#[derive(Deserialize)]
struct Container {
    /// `running`, also with an unhealthy process inside; `restarting`, `paused`, `exited` ….
    #[serde(rename = "State")]
    state: Option<State>,
}

/// Engines write the state as a word, and in other lists as an object.
#[derive(Deserialize)]
#[serde(untagged)]
enum State {
    Word(String),
    Other(serde::de::IgnoredAny),
}

impl Container {
    /// An engine that says nothing of a state lists only what runs.
    fn runs(&self) -> bool {
        match &self.state {
            Some(State::Word(word)) => word.eq_ignore_ascii_case("running"),
            Some(State::Other(_)) | None => true,
        }
    }
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

#[cfg(test)]
mod tests {
    use super::count;

    #[test]
    fn only_what_runs_is_counted_of_an_engine_s_list() {
        let counted = |list: &str| count(http::StatusCode::OK, list.as_bytes());
        let real = r#"[{"Id":"a","State":"running","Status":"Up 3 minutes (unhealthy)"},
            {"Id":"b","State":"restarting","Status":"Restarting (1) 4 seconds ago"},
            {"Id":"c","State":"paused","Status":"Up 2 hours (Paused)"},
            {"Id":"d","State":"running","Status":"Up 2 hours"}]"#;
        assert_eq!(counted(real), Ok(2));
        assert_eq!(counted(r#"[{},{"State":null},{"State":{"Running":true}}]"#), Ok(3));
        assert!(counted("{}").is_err() && counted(r#"["a"]"#).is_err());
    }
}
