//! What `--listen` serves: whether the checker is well, its state for Prometheus, and the door for
//! things that call in. Everything it knows comes through a [`Window`]; it decides nothing.

mod metrics;

use std::{
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
};

use axum::{
    Router,
    extract::{Path, State},
    response::{IntoResponse, Response},
    routing::get,
};
use http::{HeaderMap, StatusCode, header};
use tokio::net::TcpListener;

use crate::{live::Window, settings::Secret};

/// The format of `/metrics`.
const PROMETHEUS: &str = "text/plain; version=0.0.4; charset=utf-8";

/// What the routes share.
#[derive(Clone, Debug)]
struct Desk {
    window: Window,
    /// What a visitor of `/metrics` must present. Whoever calls in presents a token instead.
    key: Option<Secret>,
}

/// An address to listen on: `HOST:PORT`, or `:PORT` for this machine only.
///
/// # Errors
/// Says what an address looks like, or what another machine's access needs.
pub fn address(text: &str, has_key: bool, allow_remote: bool) -> Result<SocketAddr, String> {
    let wrong = || {
        format!("'{text}' is not an address to listen on; write HOST:PORT such as 127.0.0.1:8502")
    };
    let (host, port) = text.rsplit_once(':').ok_or_else(wrong)?;
    let found = match host {
        "" | "localhost" => {
            let port = port.parse().map_err(|_| wrong())?;
            SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port)
        }
        _ => text.parse().map_err(|_| wrong())?,
    };
    if !found.ip().is_loopback() && !has_key && !allow_remote {
        return Err(format!(
            "{found} can be reached from other machines; set API_KEY, or pass --allow-remote to \
             let everybody look"
        ));
    }
    Ok(found)
}

/// Takes the address.
///
/// # Errors
/// Says why it cannot be had.
pub async fn bind(address: SocketAddr) -> Result<TcpListener, String> {
    TcpListener::bind(address).await.map_err(|error| {
        if error.kind() == io::ErrorKind::AddrInUse {
            return format!("{address} is in use by another program; choose another --listen");
        }
        format!("cannot listen on {address}: {error}")
    })
}

/// Serves until it is dropped.
pub async fn serve(listener: TcpListener, window: Window, key: Option<Secret>) {
    if let Err(error) = axum::serve(listener, router(window, key)).await {
        tracing::error!(%error, "nobody can call in any more");
    }
}

/// What is served, without a socket.
pub fn router(window: Window, key: Option<Secret>) -> Router {
    Router::new()
        .route("/healthz", get(healthz))
        .route("/metrics", get(scrape))
        .route("/push/{token}", get(push).post(push))
        .with_state(Desk { window, key })
}

/// Green only when the loop answers and the store can be written.
async fn healthz(State(desk): State<Desk>) -> Response {
    let Some(shown) = desk.window.look().await else {
        return (StatusCode::SERVICE_UNAVAILABLE, "the checker does not answer\n").into_response();
    };
    match &shown.store_error {
        None => (StatusCode::OK, "ok\n").into_response(),
        Some(_) => {
            (StatusCode::SERVICE_UNAVAILABLE, "the store cannot be written\n").into_response()
        }
    }
}

async fn scrape(State(desk): State<Desk>, headers: HeaderMap) -> Response {
    if !desk.opens(&headers) {
        let ask = [(header::WWW_AUTHENTICATE, "Bearer")];
        let text = "The API key is missing or wrong. Send 'Authorization: Bearer KEY'.\n";
        return (StatusCode::UNAUTHORIZED, ask, text).into_response();
    }
    match desk.window.look().await {
        Some(shown) => {
            ([(header::CONTENT_TYPE, PROMETHEUS)], metrics::text(&shown)).into_response()
        }
        None => (StatusCode::SERVICE_UNAVAILABLE, "the checker does not answer\n").into_response(),
    }
}

/// A call. The same answer for every token that is not known.
async fn push(State(desk): State<Desk>, Path(token): Path<String>) -> Response {
    let checks = desk.window.called(&token);
    if checks.is_empty() {
        return (StatusCode::NOT_FOUND, "no check has this token\n").into_response();
    }
    for check in checks {
        if !desk.window.push(check).await {
            let text = "the checker does not answer\n";
            return (StatusCode::SERVICE_UNAVAILABLE, text).into_response();
        }
    }
    (StatusCode::OK, "ok\n").into_response()
}

impl Desk {
    /// Whether a visitor knows the key, in a time that does not depend on where it differs.
    fn opens(&self, headers: &HeaderMap) -> bool {
        let Some(key) = &self.key else {
            return true;
        };
        let given = headers.get(header::AUTHORIZATION).map_or(&b""[..], |given| given.as_bytes());
        let wanted = format!("Bearer {}", key.expose());
        let pairs = given.iter().zip(wanted.as_bytes().iter().cycle());
        let differences = pairs.fold(0, |sum, (a, b)| sum | (a ^ b));
        given.len() == wanted.len() && differences == 0
    }
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn other_machines_need_a_key_or_leave() {
        assert_eq!(address(":0", false, false).unwrap().to_string(), "127.0.0.1:0");
        assert_eq!(address("localhost:7", false, false).unwrap().to_string(), "127.0.0.1:7");
        assert!(address("0.0.0.0:1", false, false).unwrap_err().contains("--allow-remote"));
        assert!(address("0.0.0.0:1", true, false).is_ok());
        assert!(address("0.0.0.0:1", false, true).is_ok());
        for wrong in ["8080", ":port", "example.org:80", "127.0.0.1:99999"] {
            assert!(address(wrong, true, true).unwrap_err().contains("HOST:PORT"), "{wrong}");
        }
    }
}
