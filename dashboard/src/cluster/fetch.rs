//! Asks a peer one question over HTTP: bounded in time and in size, no redirects, and its key only
//! in the header. Over https it trusts what the system trusts. Knows nothing of what is asked.

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use bytes::Bytes;
use engine::config::PeerNode;
use http::{HeaderValue, Request, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper::{body::Incoming, client::conn::http1};
use hyper_util::rt::TokioIo;
use rustls::{CertificateError, ClientConfig, RootCertStore, crypto::ring, pki_types::ServerName};
use serde_json::Value;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::TlsConnector;

/// The limit of one question.
const LIMIT: Duration = Duration::from_secs(10);

/// The longest answer, in bytes.
const LARGEST: usize = 16 << 20;

/// The JSON that the peer answers at a path.
///
/// # Errors
/// Says in one sentence why there is none.
pub(crate) async fn get(peer: &PeerNode, path: &str) -> Result<Value, String> {
    let asked = timeout(LIMIT, ask(peer, path)).await;
    let body =
        asked.unwrap_or_else(|_late| Err(format!("timed out after {} s", LIMIT.as_secs())))?;
    serde_json::from_slice(&body).map_err(|error| format!("its answer is not JSON: {error}"))
}

async fn ask(peer: &PeerNode, path: &str) -> Result<Bytes, String> {
    let url = &peer.base_url;
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let stream = connect(host, url.port_or_known_default().unwrap_or(80)).await?;
    if url.scheme() == "https" {
        talk(secure(stream, host).await?, peer, path).await
    } else {
        talk(stream, peer, path).await
    }
}

async fn talk<S>(stream: S, peer: &PeerNode, path: &str) -> Result<Bytes, String>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let broken = |error: hyper::Error| format!("the exchange broke: {error}");
    let (mut sender, link) = http1::handshake(TokioIo::new(stream)).await.map_err(broken)?;
    // It ends with the exchange, or when this future is dropped with its end of the link.
    tokio::spawn(link);
    let answer = sender.send_request(request(peer, path)?).await.map_err(broken)?;
    well(&answer)?;
    let body = Limited::new(answer.into_body(), LARGEST).collect().await;
    let body = body.map_err(|error| format!("its answer broke off or is too large: {error}"))?;
    Ok(body.to_bytes())
}

async fn connect(host: &str, port: u16) -> Result<TcpStream, String> {
    let stream = TcpStream::connect((host, port)).await;
    stream.map_err(|error| format!("cannot connect to {host}:{port}: {}", said(&error)))
}

async fn secure(
    stream: TcpStream,
    host: &str,
) -> Result<tokio_rustls::client::TlsStream<TcpStream>, String> {
    let refused = |error: &dyn std::fmt::Display| format!("no TLS with {host}: {error}");
    let name = ServerName::try_from(host.to_owned()).map_err(|error| refused(&error))?;
    let connector = TlsConnector::from(trust().map_err(|error| refused(&error))?);
    connector.connect(name, stream).await.map_err(|error| refused(&distrust(&error)))
}

/// Why there is no secure connection: what is wrong with a certificate is said with what helps.
#[expect(clippy::wildcard_enum_match_arm, reason = "the list of the library is open")]
fn distrust(error: &std::io::Error) -> String {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    let Some(rustls::Error::InvalidCertificate(wrong)) = inner else {
        return error.to_string();
    };
    match wrong {
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "its certificate is not for this name; base_url must have the name that stands in it"
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "its certificate has expired"
        }
        CertificateError::UnknownIssuer | CertificateError::BadSignature => {
            "its certificate is not trusted; SSL_CERT_FILE names a file with the authorities that are"
        }
        _ => return format!("its certificate is bad: {wrong}"),
    }
    .to_owned()
}

/// What the system trusts; read at the first peer that needs it.
fn trust() -> Result<Arc<ClientConfig>, String> {
    static TRUST: OnceLock<Result<Arc<ClientConfig>, String>> = OnceLock::new();
    TRUST.get_or_init(|| read_trust().map(Arc::new).map_err(|error| error.to_string())).clone()
}

fn read_trust() -> Result<ClientConfig, rustls::Error> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let config = config.with_safe_default_protocol_versions()?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

/// The system's own words without its number.
fn said(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_lowercase()
}

fn request(peer: &PeerNode, path: &str) -> Result<Request<Empty<Bytes>>, String> {
    let url = &peer.base_url;
    let authority = &url[url::Position::BeforeHost..url::Position::AfterPort];
    let base = url.path().trim_end_matches('/');
    let mut request = Request::get(format!("{base}{path}"))
        .header(header::HOST, authority)
        .header(header::ACCEPT, "application/json")
        .header(header::CONNECTION, "close");
    if let Some(key) = &peer.api_key {
        let mut bearer = HeaderValue::try_from(format!("Bearer {key}"))
            .map_err(|_bad| "its api_key cannot be sent in a header".to_owned())?;
        bearer.set_sensitive(true);
        request = request.header(header::AUTHORIZATION, bearer);
    }
    request.body(Empty::new()).map_err(|error| format!("cannot be asked: {error}"))
}

fn well(answer: &Response<Incoming>) -> Result<(), String> {
    match answer.status() {
        StatusCode::OK => Ok(()),
        StatusCode::UNAUTHORIZED => Err("401 Unauthorized: api_key is missing or wrong".to_owned()),
        other => Err(format!("it answered {other}")),
    }
}
