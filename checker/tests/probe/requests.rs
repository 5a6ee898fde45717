//! What is sent, and what is made of a sound answer.

use engine::observation::BODY_CAP;
use tokio::io::AsyncWriteExt;

use crate::server::{LIMIT, OK, answering, ask, client, exchange, get, request, response, serve};

#[tokio::test]
async fn a_request_carries_our_headers_and_nothing_else() {
    let (address, mut requests) = answering(OK).await;
    let seen = exchange(&ask("GET", &format!("http://{address}/a%20b?q=1#part"))).await;
    let answer = seen.result.unwrap();
    assert_eq!((answer.status, &answer.body[..], answer.truncated), (200, &b"ok"[..], false));
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(
        requests.recv().await.unwrap(),
        format!(
            "GET /a%20b?q=1 HTTP/1.1\r\nhost: {address}\r\nuser-agent: firedrill/{version}\r\n\
             accept: */*\r\naccept-encoding: identity\r\nconnection: close\r\n\r\n"
        )
    );
}

#[tokio::test]
async fn headers_of_the_check_win_over_ours_and_its_body_is_sent() {
    let (address, mut requests) = answering(OK).await;
    let mut post = ask("POST", &format!("http://me:pass%20word@{address}/"));
    post.body = Some("{\"a\":1}".into());
    for (name, value) in [("Accept", "text/html"), ("HOST", "other.test"), ("content-length", "99")]
    {
        post.headers.push((name.into(), value.into()));
    }
    response(&post).await;
    let seen = requests.recv().await.unwrap();
    assert!(seen.starts_with("POST / HTTP/1.1\r\n"), "{seen}");
    assert!(seen.ends_with("\r\n\r\n{\"a\":1}"), "{seen}");
    for header in [
        "accept: text/html",
        "host: other.test",
        "content-length: 7",
        "authorization: Basic bWU6cGFzcyB3b3Jk",
    ] {
        assert_eq!(seen.matches(header).count(), 1, "{header} in {seen}");
    }
    assert!(!seen.contains("*/*") && !seen.contains("99"), "{seen}");
}

#[tokio::test]
async fn every_phase_of_an_exchange_is_timed_and_together_they_are_the_whole() {
    let (address, _requests) = answering(OK).await;
    let phases = exchange(&get(address)).await.phases;
    assert_eq!((phases.dns_us, phases.tls_us), (None, None), "a literal address, without TLS");
    let parts = [phases.connect_us, phases.first_byte_us, phases.body_us].map(Option::unwrap);
    assert!(parts.iter().sum::<u64>() <= phases.total_us, "{phases:?}");
    let named = exchange(&ask("GET", &format!("http://localhost:{}/", address.port()))).await;
    assert!(named.result.is_ok() && named.phases.dns_us.is_some(), "{named:?}");
}

#[tokio::test]
async fn a_name_that_stands_for_two_families_is_reached_by_the_one_that_answers() {
    let (address, _requests) = answering(OK).await;
    let url = format!("http://localhost:{}/", address.port());
    assert_eq!(response(&ask("GET", &url)).await.status, 200);
}

#[tokio::test]
async fn an_ipv6_address_is_reached_and_named_in_brackets() {
    let script = |_, mut stream: tokio::net::TcpStream| async move {
        let seen = request(&mut stream).await;
        assert!(seen.contains("host: [::1]:"), "{seen}");
        stream.write_all(OK).await.unwrap();
    };
    if tokio::net::TcpListener::bind("[::1]:0").await.is_err() {
        return; // This machine has no IPv6.
    }
    let address = crate::server::serve_at("[::1]:0", script).await;
    assert_eq!(response(&get(address)).await.status, 200);
}

#[tokio::test]
async fn interim_answers_are_passed_over() {
    let (address, _requests) = answering(
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n\
          HTTP/1.1 204 No Content\r\n\r\n",
    )
    .await;
    assert_eq!(response(&get(address)).await.status, 204);
}

#[tokio::test]
async fn an_answer_to_head_has_no_body_whatever_its_length_says() {
    let (address, _requests) =
        answering(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\nContent-Type: text/css\r\n\r\n")
            .await;
    let answer = response(&ask("HEAD", &format!("http://{address}/"))).await;
    assert_eq!((answer.status, answer.body.len()), (200, 0));
    assert_eq!(answer.content_type.as_deref(), Some("text/css"));
}

#[tokio::test]
async fn bodies_of_every_framing_are_read_to_their_end() {
    let cases: [(&[u8], &[u8]); 4] = [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", b"abc"),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n",
            b"abc",
        ),
        (b"HTTP/1.1 200 OK\r\n\r\nabc", b"abc"),
        (b"HTTP/1.0 500 Oh\r\nContent-Length: 0\r\n\r\n", b""),
    ];
    for (answer, body) in cases {
        let (address, _requests) = answering(answer).await;
        let read = response(&get(address)).await;
        assert_eq!((&read.body[..], read.truncated), (body, false));
    }
}

#[tokio::test]
async fn a_huge_body_is_read_up_to_the_cap_and_no_further() {
    for (length, cut) in [(BODY_CAP, false), (BODY_CAP + 1, true), (1 << 40, true)] {
        let address = serve(move |_, mut stream| async move {
            request(&mut stream).await;
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n");
            let _ = stream.write_all(head.as_bytes()).await;
            let mut left = length;
            while left > 0 && stream.write_all(&[b'x'; 65_536][..left.min(65_536)]).await.is_ok() {
                left -= left.min(65_536);
            }
        })
        .await;
        let answer = response(&get(address)).await;
        assert_eq!((answer.body.len(), answer.truncated), (BODY_CAP, cut), "{length} bytes");
    }
}

#[tokio::test]
async fn what_cannot_be_sent_is_told_before_anything_is() {
    let header = |name: &str, value: &str| {
        let mut request = ask("GET", "http://127.0.0.1:9/");
        request.headers.push((name.into(), value.into()));
        request
    };
    for request in [
        ask("CONNECT", "http://127.0.0.1:9/"),
        ask("NO WAY", "http://127.0.0.1:9/"),
        ask("GET", "ftp://127.0.0.1:9/"),
    ] {
        let error = client().exchange(&request, LIMIT).await.result.unwrap_err();
        assert_eq!(error.kind, engine::observation::TransportErrorKind::BadUrl, "{error}");
    }
    let (address, _requests) = answering(OK).await;
    for mut request in [header("bad name", "x"), header("x", "two\nlines")] {
        request.url = format!("http://{address}/").parse().unwrap();
        let error = client().exchange(&request, LIMIT).await.result.unwrap_err();
        assert_eq!(error.kind, engine::observation::TransportErrorKind::BadUrl, "{error}");
        assert!(error.message.contains("cannot be sent"), "{error}");
    }
}
