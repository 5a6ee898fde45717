//! How a fault's effect comes and goes: `shape`, `until`, `when` and `max_active`.

#![expect(clippy::unwrap_used, reason = "a test stops where it is")]

mod common;

use axum::body::Body;
use common::{app, app_with, call, fault, get, inject, json, request, send};
use http::StatusCode;
use mockapp::{Accepting, MockApp, Options};
use serde_json::{Value, json as value};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
use tokio::time::{Instant, sleep, timeout};

async fn fails(app: &MockApp) -> bool {
    get(app, "/api/ping").await.status != 200
}

/// The seconds, of so many, in whose middle a ping fails.
async fn bad_seconds(app: &MockApp, seconds: u64) -> Vec<u64> {
    let mut bad = Vec::new();
    sleep(Duration::from_millis(500)).await;
    for second in 0..seconds {
        if fails(app).await {
            bad.push(second);
        }
        sleep(Duration::from_secs(1)).await;
    }
    bad
}

fn outage(more: &str) -> String {
    format!(r#"{{"id":"f","fault":"http.status","code":503,{more}}}"#)
}

#[tokio::test(start_paused = true)]
async fn each_shape_acts_in_exactly_its_seconds() {
    let table: [(&str, Vec<u64>); 7] = [
        (r#""shape":"const""#, (0..20).collect()),
        (r#""shape":{"flap":{"up":"5s","down":"3s"}}"#, vec![0, 1, 2, 8, 9, 10, 16, 17, 18]),
        (r#""for":"9s","shape":{"flap":{"up":"5s","down":"3s"}}"#, vec![0, 1, 2, 8]),
        (r#""shape":{"burst":{"size":2,"every":"10s"}}"#, vec![0, 1, 10, 11]),
        (r#""shape":{"cron":"*/10 * * * * *","for":"2s"}"#, vec![0, 1, 10, 11]),
        (r#""shape":{"cron":"* * * * *"}"#, (0..20).collect()),
        (r#""shape":{"cron":"5-7 30 8 * * *","for":"3s"}"#, vec![5, 6, 7, 8, 9]),
    ];
    for (shape, expected) in table {
        let app = app();
        inject(&app, &outage(shape)).await;
        assert_eq!(bad_seconds(&app, 20).await, expected, "{shape}");
    }
}

#[tokio::test(start_paused = true)]
async fn cron_instants_are_those_of_the_time_zone() {
    // 08:30 UTC is 14:00 in Kolkata.
    let table = [("UTC", "0 9 * * *", 30), ("Asia/Kolkata", "1 14 * * *", 1)];
    for (zone, cron, minute) in table {
        let app = app();
        let shape = value!({"cron": cron, "for": "30s", "timezone": zone});
        inject(&app, &outage(&format!(r#""until":"heal","shape":{shape}"#))).await;
        sleep(Duration::from_secs(minute * 60 - 1)).await;
        assert!(!fails(&app).await, "{zone}");
        sleep(Duration::from_secs(2)).await;
        assert!(fails(&app).await, "{zone}");
        sleep(Duration::from_secs(30)).await;
        assert!(!fails(&app).await, "{zone}");
    }
}

#[tokio::test(start_paused = true)]
async fn jitter_moves_each_part_a_little_and_is_a_function_of_the_seed() {
    let turns = async |seed| {
        let app = app_with(Options { seed, ..Options::default() });
        let shape = r#""shape":{"flap":{"up":"10s","down":"10s","jitter":"4s"}}"#;
        inject(&app, &outage(shape)).await;
        let (mut turns, mut last) = (Vec::new(), app.next_change().unwrap());
        for _ in 0..40 {
            let now = last;
            sleep(Duration::try_from(now.duration_since(clock(&app).await)).unwrap()).await;
            last = app.next_change().unwrap();
            turns.push(last.duration_since(now).as_millis());
        }
        turns
    };
    let first = turns(1).await;
    assert!(first.iter().all(|ms| (6_000..=14_000).contains(ms)), "{first:?}");
    assert!(first.iter().any(|ms| *ms < 8_000) && first.iter().any(|ms| *ms > 12_000));
    assert_eq!(first, turns(1).await);
    assert_ne!(first, turns(2).await);
}

async fn clock(app: &MockApp) -> jiff::Timestamp {
    let state = get(app, "/admin/state").await.json();
    state["now"].as_str().unwrap().parse().unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_ramp_makes_waits_longer() {
    let app = app();
    inject(&app, r#"{"fault":"latency.fixed","ms":1000,"shape":{"ramp":"100s"}}"#).await;
    let start = Instant::now();
    for second in [0, 25, 50, 100, 150] {
        tokio::time::sleep_until(start + Duration::from_secs(second)).await;
        let asked = Instant::now();
        get(&app, "/api/ping").await;
        let expected = u128::from(second.min(100) * 10);
        assert_eq!(asked.elapsed().as_millis(), expected, "at {second} s");
    }
}

#[tokio::test(start_paused = true)]
async fn a_ramp_makes_errors_more_frequent() {
    for (p, full) in [("", 1.0), (r#""p":0.5,"#, 0.5)] {
        let app = app();
        inject(&app, &outage(&format!(r#"{p}"shape":{{"ramp":"1000s"}}"#))).await;
        let bad = bad_seconds(&app, 1_200).await;
        let share = |from: u64, to: u64| {
            let hits = bad.iter().filter(|second| (from..to).contains(second)).count();
            hits as f64 / (to - from) as f64
        };
        let expected = [(0, 200, 0.1), (400, 600, 0.5), (800, 1_000, 0.9), (1_000, 1_200, 1.0)];
        for (from, to, level) in expected {
            let share = share(from, to);
            assert!((share - level * full).abs() < 0.09, "{p} from {from} s: {share}");
        }
        let listed = fault(&app, "f").await;
        assert_eq!((&listed["matched"], &listed["injected"]), (&value!(1200), &value!(bad.len())));
    }
}

#[tokio::test(start_paused = true)]
async fn a_ramp_lets_database_queue_and_late_jobs_worsen_bit_by_bit() {
    let ramp = r#""shape":{"ramp":"100s"}"#;
    let app = app();
    inject(&app, &format!(r#"{{"fault":"db","kind":"slow","ms":400,{ramp}}}"#)).await;
    inject(&app, &format!(r#"{{"fault":"queue","kind":"stalled","per_s":10,{ramp}}}"#)).await;
    sleep(Duration::from_secs(50)).await;
    assert_eq!(get(&app, "/admin/state").await.json()["db"]["latency_ms"], 200);
    assert_eq!(get(&app, "/queue/health").await.json(), value!({"depth": 253, "oldest_age_s": 30}));
    let app = app_with(Options { job_lasts: Duration::from_secs(50), ..Options::default() });
    inject(&app, &format!(r#"{{"fault":"job","kind":"late","by":"60s",{ramp}}}"#)).await;
    let id = app.run_job(None).unwrap();
    sleep(Duration::from_secs(200)).await;
    let job = get(&app, &format!("/jobs/{id}/status")).await.json();
    assert_eq!(job["finished_at"], "2026-01-05T08:31:20.000Z", "half of 60 s at 50 s");
}

#[tokio::test(start_paused = true)]
async fn a_flap_counts_nothing_and_draws_nothing_while_it_is_up() {
    let app = app();
    inject(&app, &outage(r#""times":4,"shape":{"flap":{"up":"5s","down":"3s"}}"#)).await;
    assert_eq!(bad_seconds(&app, 20).await, [0, 1, 2, 8]);
    let listed = fault(&app, "f").await;
    assert_eq!((&listed["matched"], &listed["active"]), (&value!(4), &value!(false)));
}

#[tokio::test(start_paused = true)]
async fn a_queue_starts_from_nothing_in_each_part_of_a_flap() {
    let app = app();
    let step = r#"{"fault":"queue","kind":"growth","shape":{"flap":{"up":"20s","down":"60s"}}}"#;
    inject(&app, step).await;
    let depth = async || get(&app, "/queue/health").await.json()["depth"].as_u64().unwrap();
    sleep(Duration::from_secs(59)).await;
    assert_eq!(depth().await, 3 + 59 * 5);
    sleep(Duration::from_secs(2)).await;
    assert_eq!(depth().await, 3);
    sleep(Duration::from_secs(21)).await;
    assert_eq!(depth().await, 3 + 2 * 5);
}

#[tokio::test(start_paused = true)]
async fn a_hanging_job_is_let_go_when_its_fault_flaps() {
    let app = app();
    let step = r#"{"fault":"job","kind":"hang","shape":{"flap":{"up":"1h","down":"90s"}}}"#;
    inject(&app, step).await;
    let id = app.run_job(None).unwrap();
    sleep(Duration::from_secs(600)).await;
    let job = get(&app, &format!("/jobs/{id}/status")).await.json();
    assert_eq!(job["finished_at"], "2026-01-05T08:31:30.000Z");
}

#[tokio::test(start_paused = true)]
async fn a_refusing_listener_flaps_and_its_connections_end_by_themselves() {
    let app = app_with(Options { control_survives_refuse: true, ..Options::default() });
    let step = r#"{"id":"f","fault":"net.refuse","shape":{"cron":"1 * * * * *","for":"2s"}}"#;
    inject(&app, step).await;
    assert_eq!(app.accepting(), Accepting::Open);
    let (mut client, server) = duplex(4_096);
    let serving = app.clone();
    tokio::spawn(async move { serving.serve_connection(server).await });
    client.write_all(b"GET /api/ping HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let (started, mut seen) = (Instant::now(), Vec::new());
    timeout(Duration::from_secs(5), client.read_to_end(&mut seen)).await.unwrap().unwrap();
    assert_eq!(started.elapsed(), Duration::from_secs(1), "although nobody looked");
    assert_eq!(app.accepting(), Accepting::Refused);
    sleep(Duration::from_secs(2)).await;
    assert_eq!(app.accepting(), Accepting::Open);
    sleep(Duration::from_secs(59)).await;
    assert_eq!(app.accepting(), Accepting::Refused);
    assert_eq!(fault(&app, "f").await["injected"], 2, "each closing counts");
}

#[tokio::test(start_paused = true)]
async fn until_heal_has_no_end_of_its_own() {
    for word in ["heal", "clear"] {
        let app = app();
        inject(&app, &outage(&format!(r#""until":"{word}""#))).await;
        sleep(Duration::from_secs(40 * 86_400)).await;
        assert!(fails(&app).await);
        assert_eq!(fault(&app, "f").await["until"], word);
        assert_eq!(app.next_change(), None);
        app.end_all();
        assert_eq!(fault(&app, "f").await["ended_by"], "heal");
    }
}

#[tokio::test(start_paused = true)]
async fn a_fault_waits_for_another() {
    let app = app();
    inject(&app, &outage(r#""when":{"active":"trigger"}"#)).await;
    assert!(!fails(&app).await);
    inject(&app, r#"{"id":"trigger","fault":"noop","on":"db","for":"10s"}"#).await;
    assert!(fails(&app).await);
    sleep(Duration::from_secs(10)).await;
    assert!(!fails(&app).await);
    assert_eq!(fault(&app, "f").await["matched"], 1);
}

#[tokio::test(start_paused = true)]
async fn a_fault_is_on_certain_requests_only() {
    let app = app();
    let when = value!({"method": "GET", "path": "/api/*", "header": {"X-Canary": "yes"}});
    inject(&app, &outage(&format!(r#""when":{when}"#))).await;
    let ask = async |path: &str, canary: Option<&str>| {
        let builder = request("GET", path);
        let builder = match canary {
            Some(value) => builder.header("x-canary", value),
            None => builder,
        };
        send(&app, builder.body(Body::empty()).unwrap()).await.status.as_u16()
    };
    let table = [
        ("/api/ping", Some("yes"), 503),
        ("/api/ping", Some("no"), 200),
        ("/api/ping", None, 200),
        ("/db/health", Some("yes"), 200),
    ];
    for (path, canary, status) in table {
        assert_eq!(ask(path, canary).await, status, "{path} {canary:?}");
    }
    assert_eq!(fault(&app, "f").await["when"], when);
}

#[tokio::test(start_paused = true)]
async fn no_more_requests_than_max_active_are_hit_at_once() {
    let app = app();
    inject(&app, r#"{"id":"f","fault":"latency.fixed","ms":1000,"max_active":2}"#).await;
    let ask = async || {
        let asked = Instant::now();
        get(&app, "/api/ping").await;
        asked.elapsed().as_millis()
    };
    let (a, b, c) = tokio::join!(ask(), ask(), ask());
    assert_eq!([a, b, c], [1_000, 1_000, 0]);
    assert_eq!(ask().await, 1_000, "when they are over there is room again");
    let listed = fault(&app, "f").await;
    assert_eq!((&listed["injected"], &listed["overflow"]), (&value!(3), &value!(1)));
    assert_eq!(app.faults()[0].overflow, 1);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_drips_is_under_way_until_its_last_byte() {
    let app = app();
    inject(&app, r#"{"id":"f","fault":"drip","bytes":5,"every_ms":1000,"max_active":1}"#).await;
    let (mut client, server) = duplex(4_096);
    let serving = app.clone();
    tokio::spawn(async move { serving.serve_connection(server).await });
    client.write_all(b"GET /api/ping HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    sleep(Duration::from_millis(1_500)).await;
    get(&app, "/api/ping").await;
    assert_eq!(fault(&app, "f").await["overflow"], 1);
    sleep(Duration::from_millis(1_000)).await;
    get(&app, "/api/ping").await;
    assert_eq!(fault(&app, "f").await["overflow"], 1, "the connection is still open, but idle");
}

#[tokio::test(start_paused = true)]
async fn a_client_that_gives_up_makes_room() {
    let app = app();
    inject(&app, r#"{"id":"f","fault":"net.blackhole","max_active":1}"#).await;
    let gone = timeout(Duration::from_secs(1), get(&app, "/api/ping")).await;
    assert!(gone.is_err());
    assert!(timeout(Duration::from_secs(1), get(&app, "/api/ping")).await.is_err());
    assert_eq!(fault(&app, "f").await["overflow"], 0);
}

/// The rest of a step and what its refusal contains.
const WRONG: [(&str, &str, &str); 20] = [
    (r#""shape":"flop""#, "shape", "did you mean `flap`"),
    (r#""shape":5"#, "shape", "`shape` must be const"),
    (r#""shape":{}"#, "shape", "needs one of"),
    (r#""shape":{"flap":{"up":"5s"}}"#, "shape", "`down` is missing"),
    (r#""shape":{"flap":{"up":"5s","down":"5"}}"#, "shape", "`down` must be a duration"),
    (r#""shape":{"flap":{"up":"5s","donw":"5s"}}"#, "shape", "did you mean `down`"),
    (r#""shape":{"flap":{"up":"5s","down":"50ms"}}"#, "shape", "at least 100ms"),
    (r#""shape":{"flap":{"up":"5s","down":"3s","jitter":"3s"}}"#, "shape", "shorter than"),
    (r#""shape":{"flap":"5s"}"#, "shape", "`flap` must be an object"),
    (r#""shape":{"ramp":"5m","burst":{"size":1,"every":"1m"}}"#, "shape", "not all of them"),
    (r#""shape":{"ramp":"5m","for":"2m"}"#, "shape", "goes with cron only"),
    (r#""shape":{"burst":{"size":0,"every":"1m"}}"#, "shape", "`size` must be"),
    (r#""shape":{"cron":"61 * * * *","for":"2m"}"#, "shape", "`cron`"),
    (r#""shape":{"cron":"0 0 31 2 *","for":"2m"}"#, "shape", "`cron`"),
    (r#""shape":{"cron":"0 0 * * * *"}"#, "shape", "`for` is missing"),
    (r#""shape":{"cron":"0 * * * *","for":"2m","timezone":"Mars"}"#, "shape", "Europe/Berlin"),
    (r#""for":"2m","until":"heal""#, "until", "exclude each other"),
    (r#""until":"healed""#, "until", "did you mean `heal`"),
    (r#""when":{}"#, "when", "needs one of"),
    (r#""when":{"path":"/api/pign"}"#, "when", "GET /api/ping`"),
];

#[tokio::test(start_paused = true)]
async fn a_wrong_shape_or_condition_is_refused_with_its_key() {
    let app = app();
    for (more, key, hint) in WRONG {
        let answer = json(&app, "POST", "/admin/faults/inject", &outage(more)).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{more}");
        assert!(answer.text().contains(hint), "{more}: {}", answer.text());
        let step: Value = serde_json::from_str(&outage(more)).unwrap();
        let problem = mockapp::check_fault(step.as_object().unwrap()).unwrap_err();
        assert_eq!(problem.key.as_deref(), Some(key), "{more}");
    }
    let table = [
        (r#"{"fault":"net.refuse","for":"5s","shape":{"ramp":"2s"}}"#, "flap or cron"),
        (r#"{"fault":"db","kind":"down","max_active":2}"#, "requests only"),
        (r#"{"fault":"job","kind":"fail","when":{"path":"/api/ping"}}"#, "requests only"),
    ];
    for (step, hint) in table {
        let answer = json(&app, "POST", "/admin/faults/inject", step).await;
        assert!(answer.text().contains(hint), "{step}: {}", answer.text());
    }
    assert_eq!(call(&app, "GET", "/admin/faults").await.json(), value!({"faults": []}));
}
