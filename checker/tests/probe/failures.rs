//! Servers that break: every way is told apart, in words that name the address.

use std::{net::SocketAddr, time::Duration};

use engine::observation::{
    Phase,
    TransportErrorKind::{self, Closed, Protocol, Refused, Reset, Timeout},
};
use tokio::{io::AsyncWriteExt, net::TcpListener, time::Instant};

use crate::server::{answering, ask, client, error, exchange, get, request, serve};

const SHORT: Duration = Duration::from_millis(300);

/// The kind, the phase, and the message with the address taken out.
async fn told(address: SocketAddr) -> (TransportErrorKind, Phase, String) {
    let error = error(&get(address)).await;
    (error.kind, error.phase, error.message.replace(&address.to_string(), "A"))
}

#[tokio::test]
async fn a_closed_port_refuses() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    assert_eq!(told(address).await, (Refused, Phase::Connect, "connection refused by A".into()));
    let named = error(&ask("GET", &format!("http://localhost:{}/", address.port()))).await;
    assert_eq!(named.kind, Refused);
    assert!(named.message.ends_with("(localhost)"), "{named}");
}

/// Asks servers that answer with the bytes and close: all must be told as `kind` in `phase`, with
/// the words after the address.
async fn all_told(kind: TransportErrorKind, phase: Phase, cases: &[(&'static [u8], &str)]) {
    for (answer, words) in cases {
        let (address, _requests) = answering(answer).await;
        assert_eq!(told(address).await, (kind, phase, format!("A {words}")));
    }
}

#[tokio::test]
async fn answers_that_break_off_are_told_with_how_far_they_had_come() {
    let early = "closed the connection before it answered";
    all_told(Closed, Phase::FirstByte, &[(b"", early), (b"HTTP/1.1 200 OK\r\nCont", early)]).await;
    let late = "closed the connection in the middle of the body, after 3 bytes";
    let counted = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc";
    let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n";
    all_told(Closed, Phase::Body, &[(counted, late), (chunked, late)]).await;
}

#[tokio::test]
async fn what_is_not_http_is_told_with_what_is_wrong_about_it() {
    let version = "does not speak HTTP properly: invalid HTTP version parsed";
    let cases: [(&[u8], &str); 4] = [
        (b"SSH-2.0-OpenSSH_9.6\r\n", version),
        (b"\x16\x03\x01\x02\x00\x01\x00", version),
        (b"HTTP/1.1 x\r\n\r\n", "does not speak HTTP properly: invalid HTTP status-code parsed"),
        (
            b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
            "does not speak HTTP properly: invalid HTTP header parsed",
        ),
    ];
    all_told(Protocol, Phase::FirstByte, &cases).await;
    let chunk = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n";
    let words = "does not speak HTTP properly: Invalid chunk size line: missing size digit";
    all_told(Protocol, Phase::Body, &[(chunk, words)]).await;
}

#[tokio::test]
async fn a_reset_is_told_with_how_far_the_answer_had_come() {
    for (before, phase, words) in [
        (&b""[..], Phase::FirstByte, "before it answered"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", Phase::Body, "after 3 bytes"),
    ] {
        let address = serve(move |_, mut stream| async move {
            request(&mut stream).await;
            stream.write_all(before).await.unwrap();
            // The client has read what was written before the reset throws it away.
            tokio::time::sleep(Duration::from_millis(50)).await;
            stream.set_zero_linger().unwrap();
        })
        .await;
        let (kind, found, message) = told(address).await;
        assert_eq!((kind, found), (Reset, phase), "{message}");
        assert!(message.ends_with(words), "{message}");
    }
}

#[tokio::test]
async fn a_connection_that_is_closed_unread_breaks_and_never_hangs() {
    let address = serve(|_, stream| async move { drop(stream) }).await;
    let (kind, phase, message) = told(address).await;
    assert!(matches!(kind, Closed | Reset) && phase == Phase::FirstByte, "{message}");
}

#[tokio::test]
async fn headers_without_end_are_given_up() {
    let flood: fn(usize) -> String = |i| format!("x-{i}: {i}\r\n");
    let line: fn(usize) -> String = |_| "x".repeat(1000);
    for piece in [flood, line] {
        let address = serve(move |_, mut stream| async move {
            request(&mut stream).await;
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nx: ").await;
            for i in 0.. {
                if stream.write_all(piece(i).as_bytes()).await.is_err() {
                    return;
                }
            }
        })
        .await;
        let (kind, phase, message) = told(address).await;
        assert_eq!((kind, phase), (Protocol, Phase::FirstByte), "{message}");
        assert_eq!(message, "the response headers of A are too large");
    }
}

#[tokio::test]
async fn silence_runs_into_the_limit_which_is_named_with_its_phase() {
    let address = serve(|_, mut stream| async move {
        request(&mut stream).await;
        std::future::pending::<()>().await;
    })
    .await;
    let start = Instant::now();
    let seen = client().exchange(&get(address), SHORT).await;
    assert!(start.elapsed() < SHORT * 4, "{:?}", start.elapsed());
    let error = seen.result.unwrap_err();
    assert_eq!((error.kind, error.phase), (Timeout, Phase::FirstByte));
    let start = format!("no answer from {address} within 300 ms (connected after ");
    assert!(error.message.starts_with(&start) && error.message.ends_with(" ms)"), "{error}");
    assert!(seen.phases.first_byte_us.unwrap() >= 250_000 && seen.phases.body_us.is_none());
    assert!(seen.phases.total_us >= 300_000, "{:?}", seen.phases);
}

#[tokio::test]
async fn a_body_that_drips_runs_into_the_limit_of_the_whole_exchange() {
    let address = serve(|_, mut stream| async move {
        request(&mut stream).await;
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n").await;
        while stream.write_all(b"x").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    let error = client().exchange(&get(address), SHORT).await.result.unwrap_err();
    assert_eq!((error.kind, error.phase), (Timeout, Phase::Body), "{error}");
    let start = format!("the answer of {address} was not complete within 300 ms (began after ");
    assert!(error.message.starts_with(&start), "{error}");
}

#[tokio::test]
async fn endless_interim_answers_run_into_the_limit() {
    let address = serve(|_, mut stream| async move {
        request(&mut stream).await;
        while stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await.is_ok() {}
    })
    .await;
    let error = client().exchange(&get(address), SHORT).await.result.unwrap_err();
    assert_eq!((error.kind, error.phase), (Timeout, Phase::FirstByte), "{error}");
}

#[tokio::test]
async fn a_name_that_does_not_exist_is_told_by_the_resolver() {
    let seen = exchange(&ask("GET", "http://me:secret@no-such-host.invalid/")).await;
    let error = seen.result.unwrap_err();
    let kinds = [TransportErrorKind::DnsNotFound, TransportErrorKind::DnsFailed];
    assert!(kinds.contains(&error.kind), "{error:?}");
    assert_eq!(error.phase, Phase::Dns);
    assert!(error.message.contains("no-such-host.invalid") && !error.message.contains("secret"));
    assert!(seen.phases.dns_us.is_some() && seen.phases.connect_us.is_none());
}
