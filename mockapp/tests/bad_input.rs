//! What strangers and mistakes send: refused with a clear answer, and nothing panics.

#![expect(clippy::unwrap_used, reason = "a test may fail where it stands")]

mod common;

use axum::body::Body;
use common::{Live, app, app_with, call, get, json, raw, request, send};
use http::{Request, StatusCode};
use mockapp::Options;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

fn post(path: &str, content_type: Option<&str>, body: &str) -> Request<Body> {
    let mut builder = request("POST", path);
    if let Some(kind) = content_type {
        builder = builder.header("content-type", kind);
    }
    builder.body(Body::from(body.to_owned())).unwrap()
}

#[tokio::test(start_paused = true)]
async fn json_routes_insist_on_their_content_type() {
    let app = app();
    let table = [
        ("/admin/faults", Some("text/plain"), r#"{"api_down":true}"#, 415),
        ("/admin/faults", None, r#"{"api_down":true}"#, 415),
        ("/admin/faults", Some("application/x-www-form-urlencoded"), "api_down=true", 415),
        ("/admin/faults", Some("application/json; charset=utf-8"), r#"{"api_down":false}"#, 200),
        ("/admin/faults/inject", Some("text/plain"), r#"{"fault":"noop"}"#, 415),
        ("/admin/reset", None, "", 200),
        ("/admin/reset", Some("application/json"), "{}", 200),
        ("/admin/reset", Some("application/json"), "", 200),
        ("/admin/reset", Some("text/plain"), "{}", 415),
        ("/jobs/run", None, "", 200),
        ("/jobs/run", Some("application/json"), r#"{"name":"nightly"}"#, 200),
        ("/jobs/run", Some("application/json"), r#"{"nmae":"nightly"}"#, 422),
        ("/jobs/run", Some("text/plain"), "x", 415),
    ];
    for (path, kind, body, status) in table {
        let answer = send(&app, post(path, kind, body)).await;
        assert_eq!(answer.status.as_u16(), status, "{path} {kind:?} {body}: {}", answer.text());
    }
}

#[tokio::test(start_paused = true)]
async fn a_foreign_host_reaches_neither_the_control_plane_nor_jobs() {
    let app = app();
    let ask = async |method: &str, path: &str, host: Option<&str>| {
        let mut builder = Request::builder().method(method).uri(path);
        if let Some(host) = host {
            builder = builder.header("host", host);
        }
        send(&app, builder.body(Body::empty()).unwrap()).await.status.as_u16()
    };
    for (method, path) in
        [("POST", "/admin/reset"), ("POST", "/jobs/run"), ("GET", "/"), ("GET", "/admin/state")]
    {
        assert_eq!(ask(method, path, Some("evil.example")).await, 403, "{path}");
        assert_eq!(ask(method, path, None).await, 400, "{path}");
        for host in ["localhost:8000", "127.0.0.1", "[::1]:8000"] {
            assert_eq!(ask(method, path, Some(host)).await, 200, "{path} {host}");
        }
    }
    assert_eq!(ask("GET", "/api/ping", Some("anything")).await, 200);
}

#[tokio::test(start_paused = true)]
async fn forms_from_other_sites_are_refused() {
    let app = app();
    let table = [
        (None, None, 303),
        (Some("http://127.0.0.1:8000"), None, 303),
        (Some("http://127.0.0.1:8000"), Some("same-origin"), 303),
        (Some("http://evil.example"), None, 403),
        (Some("null"), None, 403),
        (None, Some("cross-site"), 403),
        (None, Some("same-site"), 403),
    ];
    for (origin, site, status) in table {
        let mut builder = request("POST", "/panel/reset");
        for (name, value) in [("origin", origin), ("sec-fetch-site", site)] {
            if let Some(value) = value {
                builder = builder.header(name, value);
            }
        }
        let answer = send(&app, builder.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status.as_u16(), status, "{origin:?} {site:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_app_that_others_can_reach_asks_for_its_key() {
    let addr = ([192, 0, 2, 1], 8000).into();
    let options = Options { addr, api_key: Some("k3y".to_owned()), ..Options::default() };
    let app = app_with(options.clone());
    let ask = async |path: &str, key: Option<&str>| {
        let mut builder = request("GET", path);
        if let Some(key) = key {
            builder = builder.header("authorization", key);
        }
        send(&app, builder.body(Body::empty()).unwrap()).await
    };
    for path in ["/", "/admin/state", "/panel/live"] {
        assert_eq!(ask(path, None).await.status, StatusCode::UNAUTHORIZED, "{path}");
        assert_eq!(ask(path, Some("Bearer no")).await.status, StatusCode::UNAUTHORIZED, "{path}");
        assert_eq!(ask(path, Some("Bearer k3y")).await.status, StatusCode::OK, "{path}");
        assert_eq!(ask(path, Some("Basic OmszeQ==")).await.status, StatusCode::OK, "{path}");
    }
    assert_eq!(ask("/api/ping", None).await.status, StatusCode::OK);
    let local = app_with(Options { addr: Options::default().addr, ..options });
    assert_eq!(get(&local, "/admin/state").await.status, StatusCode::OK, "no key on loopback");
}

#[tokio::test(start_paused = true)]
async fn long_bodies_bad_text_and_wrong_routes_are_answered_in_json() {
    let app = app();
    let long = format!(r#"{{"fault":"{}"}}"#, "x".repeat(70_000));
    assert_eq!(json(&app, "POST", "/admin/faults/inject", &long).await.status, 413);
    let bytes = Body::from(&b"{\"fault\":\"\xff\xfe\"}"[..]);
    let latin = request("POST", "/admin/faults/inject").header("content-type", "application/json");
    assert_eq!(send(&app, latin.body(bytes).unwrap()).await.status, 400);
    let deep = "[".repeat(60_000);
    assert_eq!(json(&app, "POST", "/admin/faults/inject", &deep).await.status, 400);
    let nothing = get(&app, "/nothing/here").await;
    assert_eq!((nothing.status.as_u16(), nothing.json()["error"].is_string()), (404, true));
    let wrong = call(&app, "DELETE", "/api/ping").await;
    assert_eq!((wrong.status.as_u16(), wrong.json()["error"].is_string()), (405, true));
    assert_eq!(wrong.header("allow"), Some("GET,HEAD"));
}

#[tokio::test]
async fn junk_on_the_socket_is_refused_and_the_app_lives_on() {
    let live = Live::start(Options::default()).await;
    let endless = format!("GET / HTTP/1.1\r\nHost: x\r\nX-Long: {}", "a".repeat(200_000));
    let many = format!("GET / HTTP/1.1\r\n{}\r\n", "X-Many: 1\r\n".repeat(5_000));
    let huge = format!(
        "POST /admin/reset HTTP/1.1\r\nHost: localhost\r\nContent-Length: 300000\r\n\r\n{}",
        "x".repeat(300_000)
    );
    let table: [(&[u8], &str); 5] = [
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n", "HTTP/1.1 400"),
        (b"GET /\xff\xfe HTTP/1.1\r\nHost: localhost\r\n\r\n", "HTTP/1.1 4"),
        (endless.as_bytes(), "HTTP/1.1 431"),
        (many.as_bytes(), "HTTP/1.1 431"),
        (huge.as_bytes(), "HTTP/1.1 413"),
    ];
    for (bytes, status) in table {
        let mut stream = TcpStream::connect(live.addr).await.unwrap();
        // The app may hang up before it has read everything.
        let _ = stream.write_all(bytes).await;
        let mut seen = vec![0; 300];
        let read = tokio::time::timeout(Duration::from_secs(20), stream.read(&mut seen));
        let count = read.await.expect("an answer within 20 s").unwrap_or(0);
        let seen = String::from_utf8_lossy(&seen[..count]).into_owned();
        assert!(seen.starts_with(status) || seen.is_empty(), "{status}: {seen}");
    }
    let ping = b"GET /api/ping HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    assert!(raw(live.addr, ping).await.0.ends_with(b"{\"status\":\"ok\"}"));
    live.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_head_that_never_ends_is_cut_off_in_virtual_time() {
    let app = app();
    let (mut client, server) = tokio::io::duplex(1_024);
    let serving = app.clone();
    let served = tokio::spawn(async move { serving.serve_connection(server).await });
    client.write_all(b"GET /api/ping HTTP/1.1\r\nHo").await.unwrap();
    tokio::time::timeout(Duration::from_secs(76), served).await.unwrap().unwrap();
}
