//! The faults of the network, of the process and of its jobs, as a client sees them.

mod common;

use common::{Live, Pipe, app, app_with, call, fault, get, inject, json, raw_get, text_over_pipe};
use mockapp::{Accepting, MockApp, Options};
use serde_json::{Value, json as value};
use std::io::ErrorKind;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};

const PING: &str = r#"{"status":"ok"}"#;
const SECOND: Duration = Duration::from_secs(1);

/// An app whose control plane is elsewhere, under this fault.
async fn with(step: &str) -> MockApp {
    let app = app_with(Options { control_survives_refuse: true, ..Options::default() });
    inject(&app, &format!(r#"{{"id":"f",{step}}}"#)).await;
    app
}

#[tokio::test(start_paused = true)]
async fn connections_are_taken_up_and_closed_late() {
    let app = with(r#""fault":"slow_accept","ms":2000,"times":1"#).await;
    let (text, took) = text_over_pipe(&app, "GET /api/ping").await;
    assert!(text.ends_with(PING) && took == 2_000, "{took}: {text}");
    assert_eq!(text_over_pipe(&app, "GET /api/ping").await.1, 0, "it was once");
    let app = with(r#""fault":"slow_close","ms":3000"#).await;
    let (text, took) = text_over_pipe(&app, "GET /api/ping").await;
    assert!(text.ends_with(PING) && took == 3_000, "{took}: {text}");
    let mut kept = Pipe::open(&app);
    kept.ask("GET /api/ping").await;
    assert_eq!(kept.answer().await.1, 0, "the answer itself is not late");
}

#[tokio::test(start_paused = true)]
async fn a_timeout_closes_after_a_while_without_a_byte() {
    let app = with(r#""fault":"net.timeout","after_ms":1500"#).await;
    assert_eq!(text_over_pipe(&app, "GET /api/ping").await, (String::new(), 1_500));
}

#[tokio::test]
async fn a_reset_waits_as_long_as_it_says() {
    let live = Live::start(Options::default()).await;
    inject(&live.app, r#"{"fault":"net.reset","after_bytes":17,"after_ms":120}"#).await;
    let started = Instant::now();
    let (seen, end) = raw_get(live.addr, "/api/ping").await;
    assert_eq!((seen.len(), end.unwrap_err().kind()), (17, ErrorKind::ConnectionReset));
    assert!(started.elapsed() >= Duration::from_millis(120), "{:?}", started.elapsed());
    live.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_comes_when_it_is_sent_again_and_the_work_was_done_in_time() {
    let app = with(r#""fault":"net.loss","p":1,"delay_ms":300"#).await;
    let (text, took) = text_over_pipe(&app, "POST /jobs/run").await;
    assert_eq!(took, 300);
    assert!(text.contains("job-20260105T083000000Z"), "{text}");
    let missing = json(&app, "POST", "/admin/faults/inject", r#"{"fault":"net.loss"}"#).await;
    assert!(missing.text().contains("`p` is missing"), "{}", missing.text());
}

#[tokio::test(start_paused = true)]
async fn connections_that_were_open_are_silent_and_new_ones_are_fine() {
    let app = app();
    let mut old = Pipe::open(&app);
    old.ask("GET /api/ping").await;
    old.answer().await;
    inject(&app, r#"{"id":"f","fault":"net.half_open","for":"10m"}"#).await;
    assert!(text_over_pipe(&app, "GET /api/ping").await.0.ends_with(PING));
    old.ask("GET /api/ping").await;
    assert!(old.is_silent(300 * SECOND).await);
    let mut new = Pipe::open(&app);
    new.ask("GET /api/ping").await;
    assert!(new.answer().await.0.ends_with(PING));
    assert_eq!(fault(&app, "f").await["injected"], 1);
}

#[tokio::test(start_paused = true)]
async fn a_partition_holds_requests_or_answers_until_it_is_over() {
    for (dir, done_at_once) in [("in", false), ("out", true), ("both", false)] {
        let app = app();
        let mut open = Pipe::open(&app);
        open.ask("GET /api/ping").await;
        open.answer().await;
        let step = format!(r#"{{"id":"f","fault":"net.partition","for":"30s","dir":"{dir}"}}"#);
        inject(&app, &step).await;
        assert_eq!(app.accepting(), Accepting::Hanging);
        open.ask("POST /jobs/run").await;
        sleep(10 * SECOND).await;
        let jobs = get(&app, "/admin/state").await.json()["jobs"].as_array().unwrap().len();
        assert_eq!(jobs == 1, done_at_once, "{dir}");
        let (text, took) = open.answer().await;
        assert!(text.contains("job-") && took == 30_000, "{dir}: {took} {text}");
        assert_eq!(app.accepting(), Accepting::Open);
    }
}

#[tokio::test(start_paused = true)]
async fn connections_beyond_the_limit_wait_for_room() {
    let app = with(r#""fault":"net.port_exhaust","n":1,"for":"1m""#).await;
    inject(&app, r#"{"fault":"net.blackhole","on":"GET /db/health"}"#).await;
    let mut first = Pipe::open(&app);
    first.ask("GET /api/ping").await;
    assert!(first.answer().await.0.ends_with(PING));
    let mut second = Pipe::open(&app);
    second.ask("GET /api/ping").await;
    assert!(second.is_silent(5 * SECOND).await);
    assert_eq!(get(&app.fork(), "/api/ping").await.status, 200, "the router is not the network");
    drop(first);
    assert!(second.answer().await.0.ends_with(PING));
    second.ask("GET /db/health").await;
    let mut third = Pipe::open(&app);
    third.ask("GET /api/ping").await;
    let (text, took) = third.answer().await;
    assert!(text.ends_with(PING) && took == 55_000, "the fault is over: {took}");
    drop(second);
    assert_eq!(fault(&app, "f").await["injected"], 2);
}

#[tokio::test]
async fn no_room_is_left_on_a_socket_either() {
    let live = Live::start(Options::default()).await;
    inject(&live.app, r#"{"fault":"net.port_exhaust","n":0,"for":"300ms"}"#).await;
    let started = Instant::now();
    assert!(raw_get(live.addr, "/api/ping").await.0.ends_with(PING));
    assert!(started.elapsed() >= Duration::from_millis(290), "{:?}", started.elapsed());
    inject(&live.app, r#"{"fault":"net.port_exhaust","n":0,"for":"1h"}"#).await;
    let mut waiting = TcpStream::connect(live.addr).await.unwrap();
    waiting.write_all(b"GET /api/ping HTTP/1.1\r\n\r\n").await.unwrap();
    live.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_pause_accepts_says_nothing_and_answers_everything_at_its_end() {
    let app = with(r#""fault":"app.pause","for":"20s""#).await;
    assert_eq!(app.accepting(), Accepting::Open);
    let asked: Vec<_> = ["/api/ping", "/db/health", "/queue/health"]
        .map(|path| {
            let app = app.clone();
            tokio::spawn(async move { text_over_pipe(&app, &format!("GET {path}")).await })
        })
        .into();
    for answer in asked {
        let (text, took) = answer.await.unwrap();
        assert!(text.starts_with("HTTP/1.1 200") && took == 20_000, "{took}: {text}");
    }
    assert_eq!(get(&app, "/admin/state").await.status, 200);
}

#[tokio::test(start_paused = true)]
async fn a_crash_breaks_connections_and_refuses_new_ones_until_the_process_is_back() {
    let app = app();
    let id = app.run_job(None).unwrap();
    inject(&app, r#"{"fault":"latency.fixed","ms":5000}"#).await;
    let mut open = Pipe::open(&app);
    open.ask("GET /api/ping").await;
    sleep(2 * SECOND).await;
    inject(&app, r#"{"id":"f","fault":"app.crash","down":"10s"}"#).await;
    assert_eq!(open.rest().await, (Vec::new(), 2_000), "it dies in the middle of a request");
    assert_eq!(app.accepting(), Accepting::Refused);
    assert_eq!(app.next_change(), Some("2026-01-05T08:30:12Z".parse().unwrap()));
    sleep(10 * SECOND).await;
    assert_eq!(app.accepting(), Accepting::Open);
    assert_eq!(fault(&app, "f").await["ended_by"], "time");
    assert!(get(&app, &format!("/jobs/{id}/status")).await.json()["status"].is_string());
}

/// The seconds, of so many, in whose middle connections are refused.
async fn refusing_seconds(app: &MockApp, seconds: u64) -> Vec<u64> {
    let mut refusing = Vec::new();
    sleep(SECOND / 2).await;
    for second in 0..seconds {
        match app.accepting() {
            Accepting::Refused => refusing.push(second),
            Accepting::Open => {}
            Accepting::Hanging => panic!("hanging at {second} s"),
        }
        sleep(SECOND).await;
    }
    refusing
}

#[tokio::test(start_paused = true)]
async fn a_crash_loop_dies_so_often_and_takes_longer_each_time() {
    let app = with(r#""fault":"app.crash","down":"2s","up":"5s","times":3,"backoff":2"#).await;
    let expected: Vec<u64> = (0..2).chain(7..11).chain(16..24).collect();
    assert_eq!(refusing_seconds(&app, 40).await, expected);
    let ended = fault(&app, "f").await;
    assert_eq!((&ended["injected"], &ended["active"]), (&value!(3), &value!(false)));
    assert_eq!(ended["ended_at"], "2026-01-05T08:30:24.000Z");
}

#[tokio::test(start_paused = true)]
async fn each_death_of_a_loop_breaks_the_connections_of_that_time_although_nobody_looks() {
    let app = with(r#""fault":"app.crash","down":"2s","up":"5s","times":2"#).await;
    sleep(3 * SECOND).await;
    let mut open = Pipe::open(&app);
    open.ask("GET /api/ping").await;
    open.answer().await;
    assert_eq!(open.rest().await, (Vec::new(), 4_000));
    let mut after = Pipe::open(&app);
    sleep(10 * SECOND).await;
    after.ask("GET /api/ping").await;
    after.answer().await;
}

#[tokio::test(start_paused = true)]
async fn memory_grows_until_the_process_is_killed_and_anew() {
    let app = with(r#""fault":"mem","mb_per_s":10,"cap_mb":200,"for":"52s""#).await;
    let id = app.run_job(None).unwrap();
    sleep(10 * SECOND).await;
    assert_eq!(get(&app, "/admin/state").await.json()["memory_mb"], 100);
    sleep(SECOND / 2).await;
    let expected: Vec<u64> = (9..14).chain(34..39).collect();
    assert_eq!(refusing_seconds(&app, 60).await, expected);
    let state = get(&app, "/admin/state").await.json();
    assert_eq!((state.get("memory_mb"), &state["jobs"][0]["job_id"]), (None, &value!(id)));
    assert_eq!(fault(&app, "f").await["injected"], 2, "two deaths");
}

#[tokio::test]
async fn a_crash_on_a_real_socket_resets_or_ends_and_refuses() {
    let live = Live::start(Options::default()).await;
    inject(&live.app, r#"{"fault":"net.blackhole","on":"GET /db/health"}"#).await;
    let mut open = TcpStream::connect(live.addr).await.unwrap();
    let ask = format!("GET /db/health HTTP/1.1\r\nHost: {}\r\n\r\n", live.addr);
    open.write_all(ask.as_bytes()).await.unwrap();
    assert!(raw_get(live.addr, "/api/ping").await.0.ends_with(PING));
    inject(&live.app, r#"{"id":"f","fault":"app.crash","down":"700ms"}"#).await;
    let mut seen = Vec::new();
    // A killed process ends its connections one way or the other, but without an answer.
    let _ = timeout(5 * SECOND, open.read_to_end(&mut seen)).await.unwrap();
    assert!(seen.is_empty());
    let refused = raw_get(live.addr, "/api/ping").await.1.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    let deadline = Instant::now() + 10 * SECOND;
    while raw_get(live.addr, "/api/ping").await.1.is_err() {
        assert!(Instant::now() < deadline, "never back");
        sleep(Duration::from_millis(20)).await;
    }
    live.stop().await;
}

#[tokio::test]
async fn a_partition_on_a_real_socket_hangs_and_keeps_what_is_open() {
    let live = Live::start(Options::default()).await;
    let mut open = TcpStream::connect(live.addr).await.unwrap();
    let ask = format!("GET /api/ping HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", live.addr);
    // The connection must have been taken up before.
    assert!(raw_get(live.addr, "/api/ping").await.0.ends_with(PING));
    inject(&live.app, r#"{"fault":"net.partition","for":"900ms"}"#).await;
    let started = Instant::now();
    open.write_all(ask.as_bytes()).await.unwrap();
    let mut seen = String::new();
    timeout(10 * SECOND, open.read_to_string(&mut seen)).await.unwrap().unwrap();
    assert!(seen.ends_with(PING), "{seen}");
    assert!(started.elapsed() >= Duration::from_millis(800), "{:?}", started.elapsed());
    live.stop().await;
}

#[tokio::test(start_paused = true)]
async fn what_would_lock_everybody_out_needs_an_end() {
    let app = app();
    let table = [
        (r#"{"fault":"net.partition"}"#, 422),
        (r#"{"fault":"net.refuse","until":"heal"}"#, 422),
        (r#"{"fault":"net.port_exhaust","n":0}"#, 422),
        (r#"{"fault":"mem","mb_per_s":1,"cap_mb":5}"#, 422),
        (r#"{"fault":"slow_accept","ms":60000}"#, 422),
        (r#"{"fault":"slow_accept","ms":500}"#, 201),
        (r#"{"fault":"app.crash","down":"1s"}"#, 201),
        (r#"{"fault":"app.pause"}"#, 201),
    ];
    for (step, status) in table {
        let answer = json(&app, "POST", "/admin/faults/inject", step).await;
        assert_eq!(answer.status.as_u16(), status, "{step}: {}", answer.text());
    }
}

async fn job_of(app: &MockApp, id: &str) -> Value {
    get(app, &format!("/jobs/{id}/status")).await.json()
}

#[tokio::test(start_paused = true)]
async fn a_skipped_job_looks_as_if_all_were_well() {
    let app = with(r#""fault":"job","kind":"skip""#).await;
    let answer = call(&app, "POST", "/jobs/run").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json(), value!({"job_id": null, "status": "skipped"}));
    assert_eq!(app.run_job(None), Err("f".to_owned()));
    assert_eq!(get(&app, "/admin/state").await.json()["jobs"], value!([]));
}

#[tokio::test(start_paused = true)]
async fn a_job_that_overlaps_another_of_its_name_fails() {
    let app = with(r#""fault":"job","kind":"overlap""#).await;
    let first = app.run_job(Some("nightly")).unwrap();
    let other = app.run_job(Some("weekly")).unwrap();
    sleep(5 * SECOND).await;
    let second = app.run_job(Some("nightly")).unwrap();
    sleep(30 * SECOND).await;
    let third = app.run_job(Some("nightly")).unwrap();
    sleep(30 * SECOND).await;
    let table =
        [(first, "succeeded"), (other, "succeeded"), (second, "failed"), (third, "succeeded")];
    for (id, status) in table {
        assert_eq!(job_of(&app, &id).await["status"], status, "{id}");
    }
    assert_eq!(fault(&app, "f").await["matched"], 1);
}

#[tokio::test(start_paused = true)]
async fn a_job_may_be_too_fast_empty_or_report_other_times() {
    let app = with(r#""fault":"job","kind":"too_fast""#).await;
    let id = app.run_job(None).unwrap();
    let job = job_of(&app, &id).await;
    assert_eq!((&job["status"], &job["finished_at"]), (&value!("succeeded"), &job["started_at"]));
    let app = with(r#""fault":"job","kind":"wrong_output""#).await;
    let id = app.run_job(None).unwrap();
    assert_eq!(job_of(&app, &id).await.get("output"), None);
    sleep(21 * SECOND).await;
    let job = job_of(&app, &id).await;
    assert_eq!((&job["status"], &job["output"]), (&value!("succeeded"), &value!({"rows": 0})));
    for (by, started) in [("5h30m", "14:00:00.000Z"), ("-5h30m", "03:00:00.000Z")] {
        let app = with(&format!(r#""fault":"job","kind":"shifted","by":"{by}""#)).await;
        let id = app.run_job(None).unwrap();
        sleep(21 * SECOND).await;
        let job = job_of(&app, &id).await;
        assert_eq!(job["started_at"], format!("2026-01-05T{started}"), "{by}");
        assert_eq!(
            job["finished_at"],
            format!("2026-01-05T{}", started.replace("00.000", "20.000"))
        );
        assert_eq!(fault(&app, "f").await["parameters"], value!({"kind": "shifted", "by": by}));
    }
}

#[tokio::test(start_paused = true)]
async fn nobody_hears_of_a_job_s_end_before_its_heartbeat_is_back() {
    for times in ["", r#","times":1"#] {
        let app =
            with(&format!(r#""fault":"job","kind":"heartbeat_lost","for":"5m"{times}"#)).await;
        let id = app.run_job(None).unwrap();
        sleep(200 * SECOND).await;
        assert_eq!(job_of(&app, &id).await["status"], "running");
        sleep(100 * SECOND).await;
        let job = job_of(&app, &id).await;
        assert_eq!(job["status"], "succeeded");
        assert_eq!(job["finished_at"], "2026-01-05T08:30:20.000Z", "as it really was");
    }
}
