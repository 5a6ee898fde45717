//! TLS: what is trusted, what is told of what is not, and HTTP/2.

use std::{io::Write, net::SocketAddr, sync::Arc, time::Duration};

use checker::{
    clock::Clock,
    http::{HttpClient, Tls},
    transport::Tcp,
};
use engine::{
    observation::{Exchange, Phase, TransportErrorKind},
    time::Timestamp,
};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer},
};
use tokio::io::AsyncWriteExt;
use tokio_rustls::TlsAcceptor;

use crate::server::{LIMIT, OK, ask, request, serve};

/// An authority of the test's own, and the client that trusts it.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    der: CertificateDer<'static>,
    pem: String,
}

impl Authority {
    fn new(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        let (der, pem) = (certificate.der().clone(), certificate.pem());
        Self { issuer: Issuer::new(params, key), der, pem }
    }

    fn client(&self) -> HttpClient {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(self.pem.as_bytes()).unwrap();
        let tls = Tls::with_ca_file(Clock::system(), file.path()).unwrap();
        HttpClient::new(Arc::new(Tcp), tls)
    }

    /// A server's settings with a certificate of this authority.
    fn server(&self, params: &CertificateParams) -> ServerConfig {
        let key = KeyPair::generate().unwrap();
        let leaf = params.signed_by(&key, &self.issuer).unwrap();
        config(vec![leaf.der().clone(), self.der.clone()], &key)
    }
}

fn params(host: &str) -> CertificateParams {
    let mut params = CertificateParams::new(vec![host.to_owned()]).unwrap();
    params.distinguished_name.push(DnType::CommonName, format!("cn of {host}"));
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(2098, 7, 6);
    params
}

fn config(chain: Vec<CertificateDer<'static>>, key: &KeyPair) -> ServerConfig {
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider);
    let builder = builder.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
    builder.with_single_cert(chain, key).unwrap()
}

async fn https(config: ServerConfig) -> SocketAddr {
    let acceptor = TlsAcceptor::from(Arc::new(config));
    serve(move |_, stream| {
        let acceptor = acceptor.clone();
        async move {
            let Ok(mut stream) = acceptor.accept(stream).await else {
                return;
            };
            request(&mut stream).await;
            stream.write_all(OK).await.unwrap();
            let _ = stream.shutdown().await;
        }
    })
    .await
}

async fn visit(client: &HttpClient, address: SocketAddr) -> Exchange {
    client.exchange(&ask("GET", &format!("https://{address}/")), LIMIT).await
}

#[tokio::test]
async fn a_certificate_of_a_trusted_authority_is_accepted_and_its_end_is_told() {
    let authority = Authority::new("Test CA");
    for host in ["127.0.0.1", "localhost"] {
        let address = https(authority.server(&params(host))).await;
        let url = format!("https://{host}:{}/", address.port());
        let seen = authority.client().exchange(&ask("GET", &url), LIMIT).await;
        assert_eq!(seen.result.unwrap().status, 200);
        let certificate = seen.certificate.unwrap();
        assert_eq!(certificate.not_after.to_string(), "2098-07-06T00:00:00.000Z");
        assert_eq!(certificate.subject, format!("cn of {host}"));
        assert!(seen.phases.tls_us.unwrap() > 0);
    }
}

#[tokio::test]
async fn refusals_are_told_apart_and_still_tell_the_dates() {
    use TransportErrorKind::{
        CertificateExpired, CertificateNotYetValid, CertificateUntrusted, CertificateWrongHost,
    };
    let (trusted, other) = (Authority::new("Test CA"), Authority::new("Other CA"));
    let (mut expired, mut early) = (params("127.0.0.1"), params("127.0.0.1"));
    expired.not_after = date_time_ymd(2026, 1, 2);
    early.not_before = date_time_ymd(2097, 3, 4);
    let key = KeyPair::generate().unwrap();
    let alone = params("127.0.0.1").self_signed(&key).unwrap();
    let mut both = CertificateParams::new(vec!["a.test".into(), "10.0.0.1".into()]).unwrap();
    both.not_after = date_time_ymd(2098, 7, 6);
    let cases = [
        (
            trusted.server(&expired),
            CertificateExpired,
            "certificate of 127.0.0.1 expired on 2026-01-02",
        ),
        (
            trusted.server(&early),
            CertificateNotYetValid,
            "certificate of 127.0.0.1 is not valid before 2097-03-04",
        ),
        (
            other.server(&params("127.0.0.1")),
            CertificateUntrusted,
            "certificate of 127.0.0.1 is signed by Other CA, which is not trusted",
        ),
        (
            config(vec![alone.der().clone()], &key),
            CertificateUntrusted,
            "certificate of 127.0.0.1 is self-signed and not trusted",
        ),
        (
            trusted.server(&both),
            CertificateWrongHost,
            "certificate is not for 127.0.0.1; it is for a.test and 10.0.0.1",
        ),
    ];
    let client = trusted.client();
    for (server, kind, message) in cases {
        let seen = visit(&client, https(server).await).await;
        let error = seen.result.unwrap_err();
        assert_eq!((error.kind, error.phase, &*error.message), (kind, Phase::Tls, message));
        let end = if kind == CertificateExpired { "2026-01-02" } else { "2098-07-06" };
        assert_eq!(seen.certificate.unwrap().not_after.utc_date(), end, "{message}");
    }
}

#[tokio::test]
async fn an_authority_that_serves_its_own_certificate_is_self_signed() {
    let mut root = params("127.0.0.1");
    root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let der = root.self_signed(&key).unwrap().der().clone();
    let address = https(config(vec![der], &key)).await;
    let error = visit(&Authority::new("Test CA").client(), address).await.result.unwrap_err();
    assert_eq!(error.kind, TransportErrorKind::CertificateUntrusted, "{error}");
    assert_eq!(error.message, "certificate of 127.0.0.1 is self-signed and not trusted");
}

#[tokio::test]
async fn certificates_expire_by_the_clock_of_the_checker() {
    let authority = Authority::new("Test CA");
    let address = https(authority.server(&params("127.0.0.1"))).await;
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(authority.pem.as_bytes()).unwrap();
    let clock = Clock::virtual_from("2098-07-05T00:00:00Z".parse::<Timestamp>().unwrap());
    let tls = Tls::with_ca_file(clock.clone(), file.path()).unwrap();
    let client = HttpClient::new(Arc::new(Tcp), tls);
    assert!(visit(&client, address).await.result.is_ok());
    clock.step(2 * 86_400_000);
    let error = visit(&client, address).await.result.unwrap_err();
    assert_eq!(error.kind, TransportErrorKind::CertificateExpired, "no session is resumed");
}

#[tokio::test]
async fn a_server_that_does_not_speak_tls_is_told_from_one_that_breaks_off() {
    let client = Authority::new("Test CA").client();
    let plain = serve(|_, mut stream| async move {
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        request_bytes(&mut stream).await;
    })
    .await;
    let error = visit(&client, plain).await.result.unwrap_err();
    assert_eq!((error.kind, error.phase), (TransportErrorKind::Tls, Phase::Tls));
    assert_eq!(error.message, format!("{plain} does not speak TLS"));
    let closing = serve(|_, mut stream| async move { request_bytes(&mut stream).await }).await;
    let error = visit(&client, closing).await.result.unwrap_err();
    assert_eq!((error.kind, error.phase), (TransportErrorKind::Closed, Phase::Tls), "{error}");
    let silent = serve(|_, stream| async move {
        std::future::pending::<()>().await;
        drop(stream);
    })
    .await;
    let request = ask("GET", &format!("https://{silent}/"));
    let error = client.exchange(&request, Duration::from_millis(200)).await.result.unwrap_err();
    assert_eq!((error.kind, error.phase), (TransportErrorKind::Timeout, Phase::Tls));
    let start = format!("no TLS handshake with {silent} within 200 ms (connected after ");
    assert!(error.message.starts_with(&start), "{error}");
}

/// Reads whatever comes first.
async fn request_bytes(stream: &mut tokio::net::TcpStream) {
    let mut some = [0; 2048];
    let _ = tokio::io::AsyncReadExt::read(stream, &mut some).await;
}

#[tokio::test]
async fn http_asked_of_a_tls_port_is_a_wrong_answer() {
    let address = https(Authority::new("Test CA").server(&params("127.0.0.1"))).await;
    let error = crate::server::error(&crate::server::get(address)).await;
    let kinds = [TransportErrorKind::Protocol, TransportErrorKind::Closed];
    assert!(kinds.contains(&error.kind), "{error:?}");
}

#[tokio::test]
async fn a_ca_file_that_is_none_is_refused_by_name() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(b"hello").unwrap();
    let error = Tls::with_ca_file(Clock::system(), file.path()).unwrap_err();
    assert!(error.contains(&file.path().display().to_string()), "{error}");
    let missing = Tls::with_ca_file(Clock::system(), "/no/such/ca.pem".as_ref()).unwrap_err();
    assert!(missing.starts_with("CA_FILE /no/such/ca.pem: "), "{missing}");
}

type Echo = http::Response<Full<bytes::Bytes>>;

/// Tells what it was asked, so that the test can see it.
async fn echo(request: http::Request<hyper::body::Incoming>) -> Result<Echo, hyper::Error> {
    let (head, body) = request.into_parts();
    let body = String::from_utf8(body.collect().await?.to_bytes().to_vec()).unwrap();
    let names: Vec<&str> = head.headers.keys().map(http::HeaderName::as_str).collect();
    let text = format!("{:?} {} {} {names:?} {body}", head.version, head.method, head.uri);
    Ok(http::Response::new(Full::new(text.into())))
}

async fn http2(mut config: ServerConfig) -> SocketAddr {
    config.alpn_protocols = vec![b"h2".to_vec()];
    let acceptor = TlsAcceptor::from(Arc::new(config));
    serve(move |_, stream| {
        let acceptor = acceptor.clone();
        async move {
            let stream = TokioIo::new(acceptor.accept(stream).await.unwrap());
            let server = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
            let _ = server.serve_connection(stream, hyper::service::service_fn(echo)).await;
        }
    })
    .await
}

#[tokio::test]
async fn http2_is_spoken_where_tls_agrees_on_it() {
    let authority = Authority::new("Test CA");
    let address = http2(authority.server(&params("127.0.0.1"))).await;
    let client = authority.client();
    let mut post = ask("POST", &format!("https://{address}/a?b=1"));
    post.body = Some("payload".into());
    for keep_alive in [false, true, true] {
        post.keep_alive = keep_alive;
        let seen = client.exchange(&post, LIMIT).await;
        let body = seen.result.unwrap().body;
        let text = String::from_utf8_lossy(&body);
        assert!(text.starts_with(&format!("HTTP/2.0 POST https://{address}/a?b=1 ")), "{text}");
        assert!(text.ends_with("payload") && !text.contains("\"host\""), "{text}");
    }
    let again = client.exchange(&post, LIMIT).await;
    assert!(again.phases.connect_us.is_none() && again.certificate.is_some(), "{again:?}");
}
