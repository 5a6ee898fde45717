//! Redirects: followed only when asked for, within one limit, without giving secrets away.

use std::net::SocketAddr;

use engine::{
    config::HttpRequest,
    observation::{Phase, TransportErrorKind},
};
use tokio::{io::AsyncWriteExt, sync::mpsc};

use crate::server::{answering, ask, error, exchange, request, response, serve};

const OK: &[u8] = crate::server::OK;

fn following(method: &str, url: &str) -> HttpRequest {
    HttpRequest { follow_redirects: true, ..ask(method, url) }
}

/// Redirects everything but `/end` by what `location` makes of the path.
async fn redirecting(
    status: u16,
    location: impl Fn(&str) -> String + Clone + Send + 'static,
) -> (SocketAddr, mpsc::UnboundedReceiver<String>) {
    let (seen, requests) = mpsc::unbounded_channel();
    let address = serve(move |_, mut stream| {
        let (seen, location) = (seen.clone(), location.clone());
        async move {
            let text = request(&mut stream).await;
            let path = text.split(' ').nth(1).unwrap().to_owned();
            seen.send(text).unwrap();
            let answer = if path == "/end" {
                OK.to_vec()
            } else {
                let to = location(&path);
                format!("HTTP/1.1 {status} Go\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n")
                    .into()
            };
            let _ = stream.write_all(&answer).await;
        }
    })
    .await;
    (address, requests)
}

#[tokio::test]
async fn redirects_are_followed_only_when_asked_for() {
    let (address, _requests) = redirecting(302, |_| "/end".into()).await;
    let url = format!("http://{address}/start");
    assert_eq!(response(&ask("GET", &url)).await.status, 302);
    let seen = exchange(&following("GET", &url)).await;
    assert_eq!((seen.result.unwrap().status, seen.redirects), (200, 1));
}

#[tokio::test]
async fn the_old_codes_turn_a_post_into_a_get_and_the_new_ones_keep_it() {
    for (status, method, has_body) in [
        (301, "GET", false),
        (302, "GET", false),
        (303, "GET", false),
        (307, "POST", true),
        (308, "POST", true),
    ] {
        let (address, mut requests) = redirecting(status, |_| "end".into()).await;
        let mut post = following("POST", &format!("http://{address}/start"));
        post.body = Some("payload".into());
        post.headers.push(("Content-Type".into(), "text/x".into()));
        assert_eq!(response(&post).await.status, 200, "{status}");
        requests.recv().await.unwrap();
        let second = requests.recv().await.unwrap();
        assert!(second.starts_with(&format!("{method} /end ")), "{status}: {second}");
        assert_eq!(second.ends_with("payload"), has_body, "{status}: {second}");
        assert_eq!(second.contains("content-type"), has_body, "{status}: {second}");
    }
}

#[tokio::test]
async fn secrets_stay_at_the_origin_that_they_were_meant_for() {
    let (other, mut at_other) = answering(OK).await;
    let there = format!("http://{other}/there");
    let (address, mut at_home) =
        redirecting(307, move |path| if path == "/a" { "/b".into() } else { there.clone() }).await;
    let mut request = following("GET", &format!("http://me:pw@{address}/a"));
    for (name, value) in [("Cookie", "c=1"), ("X-Plain", "p"), ("Host", "home.test")] {
        request.headers.push((name.into(), value.into()));
    }
    assert_eq!(response(&request).await.status, 200);
    for hop in 0..2 {
        let seen = at_home.recv().await.unwrap();
        for header in ["cookie: c=1", "authorization: Basic ", "host: home.test", "x-plain: p"] {
            assert!(seen.contains(header), "{header} on hop {hop}: {seen}");
        }
    }
    let seen = at_other.recv().await.unwrap();
    assert!(!seen.contains("cookie") && !seen.contains("authorization"), "{seen}");
    assert!(seen.contains(&format!("host: {other}")) && seen.contains("x-plain: p"), "{seen}");
}

#[tokio::test]
async fn circles_long_ways_and_bad_places_are_told() {
    type Location = fn(&str) -> String;
    let cases: [(Location, &str); 5] = [
        (|_| "/start".into(), "redirects go in a circle: http://A/start again"),
        (
            |path| {
                if path == "/start" { "/x".into() } else { "/start".into() }
            },
            "redirects go in a circle: http://A/start again",
        ),
        (|path| format!("{path}1"), "more than 10 redirects"),
        (|_| "http://".into(), "http://A/start redirects to where nobody can follow: empty host"),
        (
            |_| "mailto:x@y".into(),
            "http://A/start redirects to where nobody can follow: scheme `mailto` is not http or https",
        ),
    ];
    for (location, message) in cases {
        let (address, _requests) = redirecting(302, location).await;
        let error = error(&following("GET", &format!("http://u:p@{address}/start"))).await;
        assert_eq!((error.kind, error.phase), (TransportErrorKind::Redirect, Phase::FirstByte));
        assert_eq!(error.message.replace(&address.to_string(), "A"), message);
    }
}

#[tokio::test]
async fn a_redirect_that_names_no_place_is_an_answer_like_any_other() {
    let (address, _requests) = answering(b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n").await;
    assert_eq!(response(&following("GET", &format!("http://{address}/"))).await.status, 302);
}

#[tokio::test]
async fn a_failure_after_a_redirect_names_where_it_happened() {
    let (broken, _requests) = answering(b"").await;
    let there = format!("http://{broken}/");
    let (address, _requests) = redirecting(301, move |_| there.clone()).await;
    let seen = exchange(&following("GET", &format!("http://{address}/start"))).await;
    let error = seen.result.unwrap_err();
    assert_eq!((error.kind, seen.redirects), (TransportErrorKind::Closed, 1));
    assert!(error.message.starts_with(&broken.to_string()), "{error}");
}
