//! Ports: open, closed, silent, talkative, and behind TLS.

use std::{io::Write, net::SocketAddr, sync::Arc, time::Duration};

use checker::{clock::Clock, http::Tls};
use engine::{Status, observation::TransportErrorKind as Kind};
use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use rustls::{ServerConfig, pki_types::PrivateKeyDer};
use store::MemoryDisk;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::TlsAcceptor;

use crate::support::{check, found, found_with, free_port, hands, said};

/// Hands every connection to a script.
async fn serve<F>(at: &str, script: impl Fn(TcpStream) -> F + Send + 'static) -> SocketAddr
where
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind(at).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            tokio::spawn(script(stream));
        }
    });
    address
}

/// Says something at once and keeps the line open.
async fn greeting(text: &'static str) -> SocketAddr {
    serve("127.0.0.1:0", move |mut stream| async move {
        let _ = stream.write_all(text.as_bytes()).await;
        std::future::pending::<()>().await;
    })
    .await
}

#[tokio::test]
async fn an_open_port_is_ok_on_ipv4_ipv6_and_by_name() {
    for at in ["127.0.0.1:0", "[::1]:0"] {
        let address = serve(at, |stream| async move { drop(stream) }).await;
        let (status, reason) = said(&format!("type: tcp, target: '{address}'")).await;
        assert_eq!(status, Status::Ok, "{reason}");
        assert!(reason.starts_with("connected in ") && reason.ends_with(" ms"), "{reason}");
    }
    let port = serve("127.0.0.1:0", |stream| async move { drop(stream) }).await.port();
    let outcome = found(&format!("type: tcp, target: 'localhost:{port}'")).await;
    let phases = outcome.details.phases.unwrap();
    assert!(outcome.status == Status::Ok && phases.dns_us.is_some(), "{outcome:?}");
}

#[tokio::test]
async fn a_closed_port_is_refused_at_once_and_tried_again() {
    let port = free_port();
    let outcome = found(&format!("type: tcp, target: '127.0.0.1:{port}'")).await;
    assert_eq!(outcome.details.reason, format!("connection refused by 127.0.0.1:{port}"));
    assert_eq!((outcome.status, outcome.details.error), (Status::Fail, Some(Kind::Refused)));
    assert!(outcome.retry && outcome.latency_ms.unwrap() < 1000);
    let outcome = found("type: tcp, target: 'no-such-host.invalid:1'").await;
    assert_eq!(outcome.status, Status::Fail, "{outcome:?}");
    // A machine without a resolver that answers cannot know that there is no such name.
    let names = [Kind::DnsNotFound, Kind::DnsFailed, Kind::Timeout].map(Some);
    assert!(names.contains(&outcome.details.error), "{outcome:?}");
}

#[tokio::test]
async fn a_greeting_must_match_and_is_not_waited_for_any_longer_than_that() {
    let address = greeting("220 mail.test ESMTP\r\n").await;
    let keys = format!("type: tcp, target: '{address}', expect: '^220 .*ESMTP'");
    let outcome = found(&keys).await;
    assert_eq!(outcome.status, Status::Ok, "{outcome:?}");
    assert!(outcome.details.reason.starts_with("answered `^220 .*ESMTP` in "), "{outcome:?}");
    assert!(outcome.latency_ms.unwrap() < 1000, "the line stays open, the check does not wait");
    let keys = format!("type: tcp, timeout_s: 0.2, target: '{address}', expect: '^500'");
    let outcome = found(&keys).await;
    assert_eq!((outcome.status, outcome.details.error), (Status::Fail, Some(Kind::Timeout)));
    let reason = &outcome.details.reason;
    assert!(reason.contains("within 200 ms") && reason.contains("expected `^500`"), "{reason}");
    assert_eq!(outcome.details.body.as_deref(), Some("220 mail.test ESMTP  "));
}

#[tokio::test]
async fn what_is_sent_arrives_and_its_answer_is_judged() {
    let address = serve("127.0.0.1:0", |mut stream| async move {
        let mut asked = [0; 6];
        stream.read_exact(&mut asked).await.unwrap();
        let answer: &[u8] = if &asked == b"PING\r\n" { b"+PONG\r\n" } else { b"-ERR\r\n" };
        stream.write_all(answer).await.unwrap();
    })
    .await;
    let keys = |send: &str| {
        format!("type: tcp, target: '{address}', send: \"{send}\", expect: '^\\+PONG'")
    };
    assert_eq!(said(&keys("PING\\r\\n")).await.0, Status::Ok);
    let outcome = found(&keys("PONG\\r\\n")).await;
    assert_eq!(outcome.details.reason, r"the answer does not match `^\+PONG`");
    let seen = &outcome.details.expectations[0];
    assert_eq!((seen.what.as_str(), seen.actual.as_str(), seen.ok), ("answer", "`-ERR  `", false));
}

#[tokio::test]
async fn silence_a_closed_door_and_endless_talk_are_told_apart() {
    let silent = serve("127.0.0.1:0", |stream| async move {
        std::future::pending::<()>().await;
        drop(stream);
    })
    .await;
    let keys = format!("type: tcp, timeout_s: 0.2, target: '{silent}', expect: x");
    let (status, reason) = said(&keys).await;
    assert_eq!(status, Status::Fail);
    assert!(reason.starts_with(&format!("no answer from {silent} within 200 ms")), "{reason}");
    let closing = serve("127.0.0.1:0", |mut stream| async move {
        let _ = stream.shutdown().await;
        let _ = stream.read(&mut [0; 16]).await;
    })
    .await;
    let (_, reason) = said(&format!("type: tcp, target: '{closing}', expect: x")).await;
    assert_eq!(reason, format!("{closing} closed the connection without a word, expected `x`"));
    let (_, reason) = said(&format!("type: tcp, target: '{closing}', expect: '.*'")).await;
    assert_eq!(reason, format!("{closing} closed the connection without a word, expected `.*`"));
    let endless = serve("127.0.0.1:0", |mut stream| async move {
        while stream.write_all(&[b'y'; 4096]).await.is_ok() {}
    })
    .await;
    let (_, reason) = said(&format!("type: tcp, target: '{endless}', expect: x")).await;
    assert_eq!(reason, "nothing in the first 64 KiB matches `x`");
}

#[tokio::test]
async fn latency_limits_warn_and_fail() {
    let slow = serve("127.0.0.1:0", |mut stream| async move {
        tokio::time::sleep(Duration::from_millis(60)).await;
        let _ = stream.write_all(b"ok").await;
    })
    .await;
    let keys = |more: &str| format!("type: tcp, target: '{slow}', expect: ok, {more}");
    let (status, reason) = said(&keys("warn_ms: 50, crit_ms: 3000")).await;
    assert_eq!(status, Status::Warn, "{reason}");
    assert!(reason.ends_with(" ms, warning from 50 ms"), "{reason}");
    let (status, reason) = said(&keys("crit_ms: 50")).await;
    assert!(status == Status::Fail && reason.ends_with(" ms, limit 50 ms"), "{reason}");
}

#[tokio::test]
async fn a_tls_port_is_judged_by_its_certificate_and_speaks_after_the_handshake() {
    let (mut params, key) = (params(), KeyPair::generate().unwrap());
    let soon = Clock::virtual_from("2030-01-01T00:00:00Z".parse().unwrap());
    params.not_after = date_time_ymd(2030, 1, 11);
    let certificate = params.self_signed(&key).unwrap();
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(certificate.pem().as_bytes()).unwrap();
    let address = secure(certificate.der().clone(), &key).await;
    let trusting = || Tls::with_ca_file(soon.clone(), file.path()).unwrap();
    let keys = format!("type: tcp, target: '{address}', tls: true, expect: '^hello'");
    let with = |tls: Tls, more: &str| {
        let (hands, check) = (hands(tls, MemoryDisk::default()), check(&format!("{keys}{more}")));
        let now = soon.now().wall;
        async move {
            let seen = checker::probe::fetch(&hands, &check).await;
            engine::judge::judge(&check, &engine::board::Entry::default(), &seen, now)
        }
    };
    let outcome = with(trusting(), ", cert_warn_days: 9").await;
    assert_eq!(outcome.status, Status::Ok, "{outcome:?}");
    let until = outcome.details.certificate_until.unwrap();
    assert_eq!(until.to_string(), "2030-01-11T00:00:00.000Z");
    assert!(outcome.details.phases.unwrap().tls_us.unwrap() > 0);
    let outcome = with(trusting(), ", cert_warn_days: 10").await;
    assert_eq!(outcome.status, Status::Warn, "{outcome:?}");
    assert!(outcome.details.reason.starts_with("the certificate ends in "), "{outcome:?}");
    let outcome = with(Tls::new(soon.clone()), "").await;
    let untrusted = "certificate of 127.0.0.1 is self-signed and not trusted";
    assert_eq!((outcome.status, &*outcome.details.reason), (Status::Fail, untrusted));
    soon.step(20 * 86_400_000);
    let outcome = with(trusting(), "").await;
    assert_eq!(outcome.details.error, Some(Kind::CertificateExpired), "{outcome:?}");
}

#[tokio::test]
async fn tls_with_a_port_that_has_none_is_told() {
    let address = greeting("220 mail.test ESMTP\r\n").await;
    let hands = hands(Tls::new(Clock::system()), MemoryDisk::default());
    let check = check(&format!("type: tcp, target: '{address}', tls: true"));
    let outcome = found_with(&hands, &check).await;
    assert_eq!(outcome.details.reason, format!("{address} does not speak TLS"));
    assert_eq!(outcome.status, Status::Fail);
}

fn params() -> CertificateParams {
    let mut params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    params.not_before = date_time_ymd(2020, 1, 1);
    params
}

/// Greets behind TLS. It takes only clients that name no protocol, or one that it knows.
async fn secure(der: rustls::pki_types::CertificateDer<'static>, key: &KeyPair) -> SocketAddr {
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider);
    let builder = builder.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
    let mut config = builder.with_single_cert(vec![der], key).unwrap();
    config.alpn_protocols = vec![b"imap".to_vec()];
    let acceptor = TlsAcceptor::from(Arc::new(config));
    serve("127.0.0.1:0", move |stream| {
        let acceptor = acceptor.clone();
        async move {
            let Ok(mut stream) = acceptor.accept(stream).await else { return };
            let _ = stream.write_all(b"hello\r\n").await;
            let _ = stream.read(&mut [0; 16]).await;
        }
    })
    .await
}
