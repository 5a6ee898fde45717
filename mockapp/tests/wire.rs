//! Faults of the connection, on real loopback sockets and on in-memory pipes in virtual time.

mod common;

use common::{Live, app, inject, raw, raw_get};
use mockapp::Options;
use std::io::ErrorKind;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

const PING: &str = r#"{"status":"ok"}"#;

async fn live() -> Live {
    Live::start(Options::default()).await
}

#[tokio::test]
async fn a_reset_is_a_real_reset_after_exactly_its_bytes() {
    let live = live().await;
    for after in [0, 1, 17, 40, 100_000] {
        let step = format!(r#"{{"fault":"net.reset","times":1,"after_bytes":{after}}}"#);
        inject(&live.app, &step).await;
        let (seen, end) = raw_get(live.addr, "/api/ping").await;
        assert_eq!(end.unwrap_err().kind(), ErrorKind::ConnectionReset, "after {after}");
        match after {
            100_000 => assert!(seen.ends_with(PING), "a longer limit lets the answer pass: {seen}"),
            _ => assert_eq!(seen.len(), after, "{seen}"),
        }
    }
    assert!(raw_get(live.addr, "/api/ping").await.0.ends_with(PING));
    live.stop().await;
}

#[tokio::test]
async fn a_close_is_a_tidy_end_after_exactly_its_bytes() {
    let live = live().await;
    for after in [0, 1, 40] {
        let step = format!(r#"{{"fault":"net.close_mid","times":1,"after_bytes":{after}}}"#);
        inject(&live.app, &step).await;
        let (seen, end) = raw_get(live.addr, "/api/ping").await;
        end.unwrap();
        assert_eq!(seen.len(), after, "{seen}");
    }
    live.stop().await;
}

#[tokio::test]
async fn a_truncated_body_is_shorter_than_its_content_length() {
    let live = live().await;
    inject(&live.app, r#"{"fault":"http.truncate","times":1,"fraction":0.5}"#).await;
    let (seen, end) = raw_get(live.addr, "/api/ping").await;
    end.unwrap();
    let (head, body) = seen.split_once("\r\n\r\n").unwrap();
    assert!(head.contains("content-length: 15"), "{head}");
    assert_eq!(body, r#"{"statu"#);
    live.stop().await;
}

#[tokio::test]
async fn a_keep_alive_connection_serves_on_after_a_drip() {
    let live = live().await;
    inject(&live.app, r#"{"fault":"drip","times":1,"bytes":8,"every_ms":20}"#).await;
    let one = format!("GET /api/ping HTTP/1.1\r\nHost: {}\r\n", live.addr);
    let two = format!("{one}\r\n{one}Connection: close\r\n\r\n");
    let (seen, end) = raw(live.addr, two.as_bytes()).await;
    end.unwrap();
    assert_eq!(String::from_utf8(seen).unwrap().matches(PING).count(), 2);
    live.stop().await;
}

#[tokio::test]
async fn the_listener_is_refused_and_back() {
    let live = live().await;
    let mut idle = TcpStream::connect(live.addr).await.unwrap();
    let warm = format!("GET /api/ping HTTP/1.1\r\nHost: {}\r\n\r\n", live.addr);
    idle.write_all(warm.as_bytes()).await.unwrap();
    let step = r#"{"id":"gone","fault":"net.refuse","for":"700ms"}"#;
    let body = format!(
        "POST /admin/faults/inject HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{step}",
        live.addr,
        step.len()
    );
    let (answer, end) = raw(live.addr, body.as_bytes()).await;
    end.unwrap();
    assert!(
        String::from_utf8_lossy(&answer).starts_with("HTTP/1.1 201"),
        "the request is answered"
    );
    let mut rest = Vec::new();
    timeout(Duration::from_secs(5), idle.read_to_end(&mut rest)).await.unwrap().unwrap();
    let refused = raw_get(live.addr, "/api/ping").await.1.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    let deadline = Instant::now() + Duration::from_secs(10);
    while raw_get(live.addr, "/api/ping").await.1.is_err() {
        assert!(Instant::now() < deadline, "never back");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let ended = common::fault(&live.app, "gone").await;
    assert_eq!((ended["injected"].as_u64(), ended["active"].as_bool()), (Some(1), Some(false)));
    live.stop().await;
}

#[tokio::test]
async fn connecting_hangs_and_works_again() {
    let live = live().await;
    inject(&live.app, r#"{"fault":"net.connect_hang","for":"2s"}"#).await;
    let deadline = Instant::now() + Duration::from_secs(10);
    // Until the queue is full connections may still be taken in; they stay silent.
    let mut taken_in = Vec::new();
    while let Ok(Ok(stream)) =
        timeout(Duration::from_millis(300), TcpStream::connect(live.addr)).await
    {
        taken_in.push(stream);
        assert!(taken_in.len() < 1_000, "connecting never hangs");
    }
    drop(taken_in);
    while raw_get(live.addr, "/api/ping").await.1.is_err() {
        assert!(Instant::now() < deadline, "never back");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    live.stop().await;
}

#[tokio::test]
async fn the_admin_listener_stays_up_and_can_end_a_refusal() {
    let admin_addr = Some(([127, 0, 0, 1], 0).into());
    let live = Live::start(Options { admin_addr, ..Options::default() }).await;
    let admin = live.admin.unwrap();
    inject(&live.app, r#"{"id":"gone","fault":"net.refuse"}"#).await;
    let deadline = Instant::now() + Duration::from_secs(10);
    while raw_get(live.addr, "/api/ping").await.1.is_ok() {
        assert!(Instant::now() < deadline, "never refused");
    }
    assert!(raw_get(admin, "/api/ping").await.0.ends_with(PING));
    let end =
        format!("DELETE /admin/faults/gone HTTP/1.1\r\nHost: {admin}\r\nConnection: close\r\n\r\n");
    raw(admin, end.as_bytes()).await.1.unwrap();
    while raw_get(live.addr, "/api/ping").await.1.is_err() {
        assert!(Instant::now() < deadline, "never back");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    live.stop().await;
}

#[tokio::test]
async fn a_stop_is_bounded_although_a_blackhole_holds_a_connection() {
    let live = live().await;
    inject(&live.app, r#"{"id":"hole","fault":"net.blackhole"}"#).await;
    let mut stream = TcpStream::connect(live.addr).await.unwrap();
    let request = format!("GET /api/ping HTTP/1.1\r\nHost: {}\r\n\r\n", live.addr);
    stream.write_all(request.as_bytes()).await.unwrap();
    while common::fault(&live.app, "hole").await["injected"] != 1 {
        tokio::task::yield_now().await;
    }
    live.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_drip_on_a_pipe_takes_its_time_in_virtual_time() {
    let app = app();
    inject(&app, r#"{"fault":"drip","bytes":5,"every_ms":400}"#).await;
    let (mut client, server) = duplex(4_096);
    let serving = app.clone();
    tokio::spawn(async move { serving.serve_connection(server).await });
    let started = Instant::now();
    client
        .write_all(b"GET /api/ping HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        .await
        .unwrap();
    let mut seen = String::new();
    client.read_to_string(&mut seen).await.unwrap();
    assert!(seen.ends_with(PING) && !seen.contains("date:"), "{seen}");
    assert_eq!(started.elapsed(), Duration::from_millis(800), "15 bytes are 3 drops, 2 pauses");
}

#[tokio::test(start_paused = true)]
async fn a_blackholed_pipe_stays_silent_until_the_client_gives_up() {
    let app = app();
    inject(&app, r#"{"fault":"net.blackhole"}"#).await;
    let (mut client, server) = duplex(4_096);
    let serving = app.clone();
    let served = tokio::spawn(async move { serving.serve_connection(server).await });
    client.write_all(b"GET /api/ping HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let mut byte = [0];
    assert!(timeout(Duration::from_secs(600), client.read(&mut byte)).await.is_err());
    drop(client);
    timeout(Duration::from_secs(1), served).await.unwrap().unwrap();
}
