//! The faults of HTTP itself, as a client sees them on its connection, in virtual time.

#![expect(clippy::unwrap_used, reason = "a test stops where it is")]

mod common;

use common::{
    Live, Pipe, app, app_with, fault, get, inject, json, over_pipe, raw_get, text_over_pipe,
};
use mockapp::{MockApp, Options};
use serde_json::{Value, json as value};
use std::time::Duration;
use tokio::time::{Instant, sleep};

async fn with(step: &str) -> MockApp {
    let app = app();
    inject(&app, &format!(r#"{{"id":"f",{step}}}"#)).await;
    app
}

/// The answer to one ping under this fault.
async fn pinged(step: &str) -> String {
    text_over_pipe(&with(step).await, "GET /api/ping").await.0
}

fn body(text: &str) -> &str {
    text.split_once("\r\n\r\n").unwrap().1
}

fn header<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let head = text.split("\r\n\r\n").next().unwrap();
    head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}

fn status(text: &str) -> &str {
    &text[9..12]
}

#[tokio::test(start_paused = true)]
async fn a_weighted_set_of_statuses_is_drawn_by_its_weights() {
    let app =
        with(r#""fault":"http.status","codes":{"500":3,"503":1},"headers":{"Retry-After":"7"}"#)
            .await;
    let mut seen = [0, 0];
    for _ in 0..400 {
        let (text, _) = text_over_pipe(&app, "GET /api/ping").await;
        assert_eq!(header(&text, "retry-after"), Some("7"));
        seen[usize::from(status(&text) == "503")] += 1;
    }
    assert!((60..140).contains(&seen[1]), "{seen:?}");
    assert!(app.counts_matches());
}

#[tokio::test(start_paused = true)]
async fn a_throttle_answers_its_quota_in_any_window_and_says_when_to_come_again() {
    let app = with(r#""fault":"http.throttle","quota":2,"window":"60s""#).await;
    let ask = async || text_over_pipe(&app, "GET /api/ping").await.0;
    assert_eq!(status(&ask().await), "200");
    sleep(Duration::from_secs(20)).await;
    assert_eq!(status(&ask().await), "200");
    sleep(Duration::from_secs(10)).await;
    let third = ask().await;
    assert_eq!((status(&third), header(&third, "retry-after")), ("429", Some("30")));
    sleep(Duration::from_secs(30)).await;
    assert_eq!(status(&ask().await), "200", "the first is a minute ago");
    assert_eq!(status(&ask().await), "429");
    let listed = fault(&app, "f").await;
    assert_eq!((&listed["matched"], &listed["injected"]), (&value!(5), &value!(2)));
    let other = pinged(r#""fault":"http.throttle","quota":0,"window":"1m","code":503"#).await;
    assert_eq!((status(&other), header(&other, "retry-after")), ("503", Some("60")));
}

#[tokio::test(start_paused = true)]
async fn a_redirection_leads_in_a_circle_for_so_many_hops_or_elsewhere() {
    let app = with(r#""fault":"http.redirect_loop","hops":2"#).await;
    let mut target = "GET /api/ping".to_owned();
    for hop in ["?hop=1", "?hop=2"] {
        let (text, _) = text_over_pipe(&app, &target).await;
        assert_eq!((status(&text), header(&text, "location")), ("307", Some(hop)));
        target = format!("GET /api/ping{hop}");
    }
    assert_eq!(body(&text_over_pipe(&app, &target).await.0), r#"{"status":"ok"}"#);
    assert_eq!(fault(&app, "f").await["injected"], 2);
    let app = with(r#""fault":"http.redirect_loop""#).await;
    let (text, _) = text_over_pipe(&app, "GET /api/ping?hop=900").await;
    assert_eq!(header(&text, "location"), Some("?hop=901"));
    let elsewhere =
        pinged(r#""fault":"http.redirect_loop","location":"http://127.0.0.1:1/""#).await;
    assert_eq!(header(&elsewhere, "location"), Some("http://127.0.0.1:1/"));
}

#[tokio::test(start_paused = true)]
async fn a_bad_chunk_has_no_size_and_is_the_end() {
    let text = pinged(r#""fault":"http.bad_chunk""#).await;
    assert_eq!((status(&text), header(&text, "transfer-encoding")), ("200", Some("chunked")));
    assert_eq!(header(&text, "content-length"), None);
    assert_eq!(body(&text), "8\r\n{\"status\r\nno size\r\n");
}

#[tokio::test(start_paused = true)]
async fn garbage_is_what_the_seed_says_and_is_the_end() {
    let seen = async |seed| {
        let app = app_with(Options { seed, ..Options::default() });
        inject(&app, r#"{"id":"f","fault":"http.garbage","bytes":200}"#).await;
        [over_pipe(&app, "GET /api/ping").await.0, over_pipe(&app, "GET /api/ping").await.0]
    };
    let [first, second] = seen(1).await;
    assert_eq!((first.len(), second.len()), (200, 200));
    assert!(first != second && !first.starts_with(b"HTTP"));
    assert_eq!([first.clone(), second], seen(1).await);
    assert_ne!(first, seen(2).await[0]);
}

#[tokio::test(start_paused = true)]
async fn a_login_page_comes_with_200() {
    let text = pinged(r#""fault":"http.html_error_200""#).await;
    assert_eq!(
        (status(&text), header(&text, "content-type")),
        ("200", Some("text/html; charset=utf-8"))
    );
    assert!(body(&text).contains("<h1>Sign in"));
}

#[tokio::test]
async fn headers_are_dropped_even_those_that_the_library_adds() {
    let live = Live::start(Options::default()).await;
    let (plain, _) = raw_get(live.addr, "/api/ping").await;
    assert!(plain.contains("date: ") && plain.contains("content-length: "), "{plain}");
    let table =
        [("date", "content-length"), ("content-length", "content-type"), ("content-type", "date")];
    for (dropped, kept) in table {
        let step = format!(r#"{{"fault":"http.header","times":1,"drop":["{dropped}"]}}"#);
        inject(&live.app, &step).await;
        let (text, end) = raw_get(live.addr, "/api/ping").await;
        end.unwrap();
        assert_eq!(header(&text, dropped), None, "{text}");
        // An answer that is written by hand has no date at all.
        assert!(header(&text, kept).is_some() || dropped == "content-length", "{text}");
        assert_eq!(body(&text), r#"{"status":"ok"}"#);
    }
    live.stop().await;
}

#[tokio::test(start_paused = true)]
async fn headers_are_set_and_padded() {
    let step = r#""fault":"http.header","set":{"Content-Type":"text/plain","X-Cache":"HIT"},"huge_bytes":50000"#;
    let text = pinged(step).await;
    assert_eq!(
        (header(&text, "content-type"), header(&text, "x-cache")),
        (Some("text/plain"), Some("HIT"))
    );
    assert_eq!(header(&text, "x-padding").map(str::len), Some(50_000));
    assert_eq!(body(&text), r#"{"status":"ok"}"#);
}

#[tokio::test(start_paused = true)]
async fn a_slow_head_comes_line_by_line() {
    let app = with(r#""fault":"http.header","slow_ms":300"#).await;
    let (text, took) = text_over_pipe(&app, "GET /api/ping").await;
    let lines = text.split("\r\n\r\n").next().unwrap().lines().count() + 1;
    assert_eq!(took, lines as u128 * 300, "{lines} lines, the empty one included");
    assert_eq!(body(&text), r#"{"status":"ok"}"#);
}

#[tokio::test(start_paused = true)]
async fn stale_answers_stay_as_they_were_at_the_first_request() {
    for step in [r#""fault":"http.stale""#, r#""fault":"cache","kind":"stale""#] {
        let app = app();
        inject(&app, r#"{"fault":"queue","kind":"growth"}"#).await;
        inject(&app, &format!(r#"{{"id":"f","for":"10m","on":"*",{step}}}"#)).await;
        sleep(Duration::from_secs(10)).await;
        let depth = async |app: &MockApp| -> Value {
            let (text, _) = text_over_pipe(app, "GET /queue/health").await;
            serde_json::from_str::<Value>(body(&text)).unwrap()["depth"].clone()
        };
        assert_eq!(depth(&app).await, 53);
        sleep(Duration::from_secs(60)).await;
        assert_eq!(depth(&app).await, 53, "{step}");
        assert_eq!(depth(&app.fork()).await, 53, "a fork remembers it too");
        let (post, _) = text_over_pipe(&app, "POST /jobs/run").await;
        assert!(body(&post).contains("job-20260105"), "what writes is not frozen: {post}");
        sleep(Duration::from_secs(530)).await;
        assert_eq!(depth(&app).await, 3_003, "at its end it is as it really is");
        inject(&app, &format!(r#"{{"on":"*",{step}}}"#)).await;
        assert_eq!(depth(&app).await, 3_003, "another fault remembers nothing of the first");
    }
}

#[tokio::test]
async fn a_stale_answer_keeps_its_date() {
    let live = Live::start(Options::default()).await;
    inject(&live.app, r#"{"id":"f","fault":"http.stale"}"#).await;
    let date = async || {
        let (text, _) = raw_get(live.addr, "/api/ping").await;
        header(&text, "date").map(str::to_owned)
    };
    let first = date().await;
    assert!(first.as_ref().is_some_and(|date| date.ends_with(" GMT")), "{first:?}");
    sleep(Duration::from_millis(1_100)).await;
    assert_eq!(first, date().await);
    live.stop().await;
}

#[tokio::test(start_paused = true)]
async fn bodies_drift_grow_and_lie_about_their_encoding() {
    let drifted = pinged(r#""fault":"http.schema_drift","map":{"status":"health.state"}"#).await;
    assert_eq!(body(&drifted), r#"{"health":{"state":"ok"}}"#);
    let huge = pinged(r#""fault":"http.huge_body","bytes":2000000"#).await;
    let json: Value = serde_json::from_str(body(&huge)).unwrap();
    assert_eq!(json["padding"].as_str().map(str::len), Some(2_000_000));
    assert_eq!(header(&huge, "content-length"), Some("2000028"));
    let gzip = pinged(r#""fault":"http.gzip_bad""#).await;
    assert_eq!(header(&gzip, "content-encoding"), Some("gzip"));
    assert_eq!(body(&gzip), r#"{"status":"ok"}"#);
    let corrupt = pinged(r#""fault":"net.corrupt""#).await;
    let plain = r#"{"status":"ok"}"#.as_bytes();
    assert_eq!(
        (corrupt.contains(r#"{"status":"ok"}"#), header(&corrupt, "content-length")),
        (false, Some("15"))
    );
    let app = with(r#""fault":"net.corrupt""#).await;
    let (seen, _) = over_pipe(&app, "GET /api/ping").await;
    let bits = seen[seen.len() - 15..].iter().zip(plain).map(|(a, b)| (a ^ b).count_ones());
    assert_eq!(bits.sum::<u32>(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_duplicate_stands_where_the_next_answer_should() {
    let app = with(r#""fault":"http.duplicate_response","on":"GET /api/ping","times":1"#).await;
    let mut pipe = Pipe::open(&app);
    pipe.ask("GET /api/ping").await;
    sleep(Duration::from_millis(1)).await;
    pipe.ask("GET /queue/health").await;
    sleep(Duration::from_millis(1)).await;
    let (seen, _) = pipe.answer().await;
    let bodies: Vec<&str> = seen.split("\r\n\r\n").skip(1).collect();
    assert!(bodies[0].starts_with(r#"{"status":"ok"}HTTP/1.1 200"#), "{seen}");
    assert!(bodies[1].starts_with(r#"{"status":"ok"}HTTP/1.1 200"#), "{seen}");
    assert_eq!(bodies[2], r#"{"depth":3,"oldest_age_s":5}"#);
}

#[tokio::test(start_paused = true)]
async fn credentials_expire_or_are_not_enough() {
    let expired = pinged(r#""fault":"http.auth""#).await;
    assert_eq!(status(&expired), "401");
    assert!(header(&expired, "www-authenticate").unwrap().contains("invalid_token"));
    let forbidden = pinged(r#""fault":"http.auth","code":403"#).await;
    assert_eq!((status(&forbidden), header(&forbidden, "www-authenticate")), ("403", None));
}

/// The waits of so many pings, milliseconds, shortest first.
async fn waits(step: &str, count: usize) -> Vec<u128> {
    let app = with(step).await;
    let mut waits = Vec::new();
    for _ in 0..count {
        let asked = Instant::now();
        get(&app, "/api/ping").await;
        waits.push(asked.elapsed().as_millis());
    }
    waits.sort_unstable();
    waits
}

#[tokio::test(start_paused = true)]
async fn latencies_are_distributed_as_they_say() {
    let mean = |waits: &[u128]| waits.iter().sum::<u128>() / waits.len() as u128;
    let exp = waits(r#""fault":"latency.exp","min_ms":100,"mean_ms":400"#, 2_000).await;
    assert!(exp[0] >= 100 && (370..430).contains(&mean(&exp)), "{} {}", exp[0], mean(&exp));
    let median = exp[1_000];
    assert!((290..330).contains(&median), "100 + 300 ln 2 = 308, not {median}");
    let cut = waits(r#""fault":"latency.exp","mean_ms":400,"max_ms":500"#, 200).await;
    assert_eq!(cut[199], 500);
    let two =
        waits(r#""fault":"latency.bimodal","fast_ms":20,"slow_ms":3000,"p_slow":0.25"#, 800).await;
    let slow = two.iter().filter(|ms| **ms == 3_000).count();
    assert!((150..250).contains(&slow) && two.iter().all(|ms| matches!(ms, 20 | 3_000)), "{slow}");
    let step = r#""fault":"latency.pareto","min_ms":50,"alpha":1.2,"max_ms":10000"#;
    let pareto = waits(step, 2_000).await;
    let median = pareto[1_000];
    assert!((84..95).contains(&median), "50 x 2^(1/1.2) = 89, not {median}");
    assert!(pareto[0] >= 50 && pareto[1_999] > 2_000 && pareto[1_999] <= 10_000);
    let around = waits(r#""fault":"latency.uniform","ms":500,"jitter_ms":200"#, 500).await;
    assert!(around[0] >= 300 && around[0] < 310 && around[499] <= 700 && around[499] > 690);
}

#[tokio::test(start_paused = true)]
async fn a_slow_line_takes_its_time_for_every_byte() {
    let app = with(r#""fault":"bandwidth","kbps":1"#).await;
    let (text, took) = text_over_pipe(&app, "GET /api/ping").await;
    let expected = text.len() as u128 * 1_000 / 125;
    assert!(took <= expected && took + 120 > expected, "{took} ms for {} bytes", text.len());
}

#[tokio::test(start_paused = true)]
async fn a_busy_processor_makes_everything_longer() {
    let app = with(r#""fault":"cpu","share":0.9,"ms":20"#).await;
    assert_eq!(text_over_pipe(&app, "GET /api/ping").await.1, 200);
    inject(&app, r#"{"fault":"latency.fixed","ms":100}"#).await;
    assert_eq!(text_over_pipe(&app, "GET /api/ping").await.1, 1_200);
}

#[tokio::test(start_paused = true)]
async fn a_cache_is_cold_and_warms_up_or_is_recomputed_by_all_at_once() {
    let app = with(r#""fault":"cache","kind":"cold","ms":300,"ttl":"100s""#).await;
    let mut misses = [0, 0];
    for second in 0..200 {
        let (_, took) = text_over_pipe(&app, "GET /db/health").await;
        assert!(matches!(took, 0 | 300), "{took}");
        misses[second / 100] += usize::from(took == 300);
        sleep(Duration::from_millis(1_000 - took as u64)).await;
    }
    assert!((35..65).contains(&misses[0]) && misses[1] == 0, "{misses:?}");
    let app = with(r#""fault":"cache","kind":"stampede","ms":2000,"ttl":"30s""#).await;
    for round in 0..2 {
        let late = async {
            sleep(Duration::from_millis(500)).await;
            text_over_pipe(&app, "GET /db/health").await.1
        };
        let (first, second) = tokio::join!(text_over_pipe(&app, "GET /db/health"), late);
        assert_eq!((first.1, second), (2_000, 1_500), "round {round}");
        assert_eq!(text_over_pipe(&app, "GET /db/health").await.1, 0);
        sleep(Duration::from_secs(28)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_brownout_is_slower_fails_and_lacks_connections_by_its_level() {
    for (level, wait) in [(1.0, 2_000), (0.5, 1_000)] {
        let app = with(&format!(r#""fault":"brownout","level":{level}"#)).await;
        let mut seen = [0.0, 0.0];
        for _ in 0..1_000 {
            let (text, took) = text_over_pipe(&app, "GET /api/ping").await;
            assert_eq!(took, wait);
            match status(&text) {
                "503" => seen[0] += 1e-3,
                "500" => seen[1] += 1e-3,
                status => assert_eq!(status, "200"),
            }
        }
        let near = |share: f64, full: f64| (share - full * level).abs() < 0.04;
        assert!(near(seen[0], 0.3) && near(seen[1], 0.2), "{seen:?} at {level}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_bad_release_breaks_its_routes_and_keeps_the_health_green() {
    let app = with(r#""fault":"app.deploy_bad","routes":["/api/*","POST /jobs/run"]"#).await;
    let table = [
        ("GET /api/ping", "500"),
        ("POST /jobs/run", "500"),
        ("GET /db/health", "200"),
        ("GET /queue/health", "200"),
    ];
    for (target, expected) in table {
        assert_eq!(status(&text_over_pipe(&app, target).await.0), expected, "{target}");
    }
    let usual = with(r#""fault":"app.deploy_bad""#).await;
    assert_eq!(status(&text_over_pipe(&usual, "GET /api/ping").await.0), "500");
    assert_eq!(status(&text_over_pipe(&usual, "POST /jobs/run").await.0), "200");
}

#[tokio::test(start_paused = true)]
async fn an_overload_outlives_its_trigger_until_fewer_requests_come() {
    let app = with(r#""fault":"app.metastable","load":0.5,"k":3,"trigger":"20s""#).await;
    let ask = async || status(&text_over_pipe(&app, "GET /api/ping").await.0).to_owned();
    // 30 requests a minute become 90: more than the 30 that it can bear.
    for second in 0..100 {
        assert_eq!(ask().await, "503", "at {} s", second * 2);
        sleep(Duration::from_secs(2)).await;
    }
    // Ten a minute become 30: no longer more.
    sleep(Duration::from_secs(54)).await;
    let mut recovered = Vec::new();
    for _ in 0..10 {
        recovered.push(ask().await == "200");
        sleep(Duration::from_secs(6)).await;
    }
    assert!(recovered.iter().all(|ok| *ok), "{recovered:?}");
    let ended = fault(&app, "f").await;
    assert_eq!((&ended["ended_by"], &ended["active"]), (&value!("itself"), &value!(false)));
    assert_eq!(ask().await, "200");
}

#[tokio::test(start_paused = true)]
async fn a_database_that_cannot_be_written_says_that_it_is_well() {
    for step in [r#""fault":"db.partial""#, r#""fault":"db","kind":"writes_fail""#] {
        let app = with(step).await;
        let health = text_over_pipe(&app, "GET /db/health").await.0;
        assert_eq!(body(&health), r#"{"ok":true,"latency_ms":12}"#, "{step}");
        for target in ["POST /jobs/run", "POST /webhook/x"] {
            let text = text_over_pipe(&app, target).await.0;
            assert_eq!(status(&text), "500", "{step} {target}");
            assert!(body(&text).contains("refused the write"), "{text}");
        }
        let listed = fault(&app, "f").await;
        assert_eq!((&listed["matched"], &listed["injected"]), (&value!(2), &value!(2)), "{step}");
    }
}

#[tokio::test(start_paused = true)]
async fn database_and_queue_report_how_bad_it_is() {
    let table = [
        (
            "db",
            r#""kind":"replica_lag","s":90"#,
            r#"{"ok":true,"latency_ms":12,"replica_lag_s":90}"#,
        ),
        ("db", r#""kind":"replica_lag""#, r#"{"ok":true,"latency_ms":12,"replica_lag_s":30}"#),
        (
            "db",
            r#""kind":"pool_exhausted","size":25"#,
            r#"{"ok":false,"latency_ms":12,"error":"connection pool exhausted","pool":{"size":25,"in_use":25}}"#,
        ),
        (
            "queue",
            r#""kind":"duplicate","per_s":2"#,
            r#"{"depth":3,"oldest_age_s":5,"redelivered":60}"#,
        ),
        ("queue", r#""kind":"lost_ack""#, r#"{"depth":33,"oldest_age_s":35,"unacked":30}"#),
        ("queue", r#""kind":"reorder""#, r#"{"depth":3,"oldest_age_s":5,"out_of_order":30}"#),
    ];
    for (part, step, expected) in table {
        let app = with(&format!(r#""fault":"{part}",{step}"#)).await;
        sleep(Duration::from_secs(30)).await;
        let (text, _) = text_over_pipe(&app, &format!("GET /{part}/health")).await;
        assert_eq!(body(&text), expected, "{step}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_may_be_cut_after_bytes_and_come_in_parts_over_a_time() {
    let cut = with(r#""fault":"http.truncate","bytes":5"#).await;
    let answer = over_pipe(&cut, "GET /api/ping").await.0;
    assert!(answer.ends_with(b"\r\n\r\n{\"sta"), "{}", String::from_utf8_lossy(&answer));
    let parts = with(r#""fault":"drip","chunks":5,"total_ms":"2s""#).await;
    let (answer, took) = over_pipe(&parts, "GET /api/ping").await;
    assert!(answer.ends_with(b"{\"status\":\"ok\"}"));
    assert_eq!(took, 2_000, "5 parts, 4 pauses");
}

#[tokio::test(start_paused = true)]
async fn an_answer_may_be_late_after_the_work_is_done() {
    for (dir, seen) in [("request", 0), ("response", 1)] {
        let app = with(&format!(r#""fault":"net.timeout","after_ms":900,"dir":"{dir}""#)).await;
        let (answer, took) = over_pipe(&app, "POST /webhook/x").await;
        assert!(answer.is_empty() && took == 900, "{dir}");
        assert_eq!(app.webhooks().len(), seen, "{dir}");
    }
}

#[tokio::test(start_paused = true)]
async fn neighbouring_draws_may_be_alike() {
    let runs = async |correlation: &str| {
        let step = format!(r#""fault":"http.error_rate","code":500,"p":0.5{correlation}"#);
        let app = with(&step).await;
        let mut said = Vec::new();
        for _ in 0..200 {
            said.push(over_pipe(&app, "GET /api/ping").await.0.starts_with(b"HTTP/1.1 500"));
        }
        said.windows(2).filter(|two| two[0] != two[1]).count()
    };
    let (apart, alike) = (runs("").await, runs(r#","correlation":0.9"#).await);
    assert!(alike * 3 < apart, "{alike} changes, and {apart} without correlation");
}

#[tokio::test(start_paused = true)]
async fn a_fault_may_wait_for_what_is_in_the_request() {
    let app = with(r#""fault":"http.status","code":500,"when":{"body":"boom"}"#).await;
    for (body, status) in [(r#"{"a":"tick"}"#, 200), (r#"{"a":"a boom"}"#, 500)] {
        assert_eq!(json(&app, "POST", "/webhook/x", body).await.status, status, "{body}");
    }
}
