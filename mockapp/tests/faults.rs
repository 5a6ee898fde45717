//! Each fault that acts on requests, jobs, database and queue,
//! through the router, in virtual time.

mod common;

use common::{Answer, app, call, fault, get, inject, json};
use mockapp::{Accepting, Cut, Drops, Ending, WirePlan};
use serde_json::{Value, json as value};
use std::time::Duration;
use tokio::time::{Instant, sleep};

#[tokio::test(start_paused = true)]
async fn every_example_of_the_catalogue_is_accepted_and_ends_by_itself_or_by_delete() {
    let catalogue = get(&app(), "/admin/catalogue").await.json();
    let faults = catalogue["faults"].as_array().unwrap().clone();
    assert_eq!(faults.len(), 56);
    for listed in faults {
        let app = app();
        let id = inject(&app, &listed["example"].to_string()).await;
        assert_eq!(fault(&app, &id).await["active"], true);
        let ended = call(&app, "DELETE", &format!("/admin/faults/{id}")).await;
        assert_eq!(ended.json()["ended_by"], "request", "{listed}");
    }
}

type Check = fn(&Answer) -> bool;

/// A fault on `GET /db/health` and what must hold of the answer.
const HTTP_FAULTS: [(&str, Check); 16] = [
    (r#""fault":"http.status","code":503"#, |a| a.status == 503 && a.json()["status"] == 503),
    (r#""fault":"http.status","code":500,"body":"no""#, |a| a.status == 500 && a.body == b"no"),
    (r#""fault":"http.status","code":200,"body":{"ok":false}"#, |a| a.text() == r#"{"ok":false}"#),
    (r#""fault":"http.status","code":204"#, |a| a.status == 204 && a.body.is_empty()),
    (r#""fault":"http.error_rate","code":502,"p":1"#, |a| a.status == 502),
    (r#""fault":"http.error_rate","code":502,"p":0"#, |a| a.status == 200),
    (r#""fault":"http.malformed_json","kind":"cut""#, |a| a.text() == r#"{"ok":true,"l"#),
    (r#""fault":"http.malformed_json","kind":"nan""#, |a| a.text().contains(":NaN,")),
    (r#""fault":"http.malformed_json","kind":"bom""#, |a| a.body.starts_with(b"\xef\xbb\xbf{")),
    (r#""fault":"http.malformed_json","kind":"bad_utf8""#, |a| a.body.contains(&0xff)),
    (r#""fault":"http.empty""#, |a| a.status == 200 && a.body.is_empty()),
    (r#""fault":"http.body_patch","patch":{"latency_ms":900,"ok":null}"#, |a| {
        a.text() == r#"{"latency_ms":900}"#
    }),
    (r#""fault":"http.content_type","value":"text/html""#, |a| {
        a.header("content-type") == Some("text/html") && a.json()["ok"] == true
    }),
    (r#""fault":"http.content_type","value":null"#, |a| a.header("content-type").is_none()),
    (r#""fault":"db","kind":"down""#, |a| a.status == 503 && a.json()["ok"] == false),
    (r#""fault":"noop""#, |a| a.status == 200 && a.json()["latency_ms"] == 12),
];

#[tokio::test(start_paused = true)]
async fn each_http_fault_does_what_it_says() {
    for (step, check) in HTTP_FAULTS {
        let app = app();
        let on = if step.contains("db\"") { "" } else { r#""on":"GET /db/health","# };
        let id = inject(&app, &format!("{{{on}{step}}}")).await;
        let answer = get(&app, "/db/health").await;
        assert!(check(&answer), "{step}: {} {}", answer.status, answer.text());
        assert_eq!(get(&app, "/api/ping").await.text(), r#"{"status":"ok"}"#, "{step}");
        assert!(fault(&app, &id).await["matched"].as_u64().unwrap() > 0, "{step}");
    }
}

#[tokio::test(start_paused = true)]
async fn latencies_wait_as_long_as_they_say() {
    let table = [
        (r#""fault":"latency.fixed","ms":1500"#, 1_500..=1_500),
        (r#""fault":"latency.uniform","min_ms":200,"max_ms":300"#, 200..=300),
        (r#""fault":"latency.lognormal","median_ms":300,"sigma":0"#, 300..=300),
    ];
    for (step, expected) in table {
        let app = app();
        inject(&app, &format!("{{{step}}}")).await;
        for _ in 0..20 {
            let started = Instant::now();
            get(&app, "/api/ping").await;
            let took = started.elapsed().as_millis();
            assert!(expected.contains(&took), "{step}: {took} ms");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn uniform_latency_reaches_both_bounds() {
    let app = app();
    inject(&app, r#"{"fault":"latency.uniform","min_ms":2,"max_ms":4}"#).await;
    let mut seen = [0; 5];
    for _ in 0..300 {
        let started = Instant::now();
        get(&app, "/api/ping").await;
        seen[started.elapsed().as_millis() as usize] += 1;
    }
    assert!(seen[2] > 60 && seen[3] > 60 && seen[4] > 60, "{seen:?}");
}

#[tokio::test(start_paused = true)]
async fn connection_faults_are_handed_to_the_connection() {
    let drops = Drops { bytes: 2, every: Duration::from_millis(400) };
    let cut = |cut| WirePlan { cut: Some(cut), ..WirePlan::default() };
    let table = [
        (r#""fault":"net.reset""#, cut(Cut::AfterBytes(0, Ending::Reset))),
        (r#""fault":"net.close_mid","after_bytes":40"#, cut(Cut::AfterBytes(40, Ending::Close))),
        (r#""fault":"http.truncate","fraction":0.5"#, cut(Cut::AfterBody(7))),
        (
            r#""fault":"drip","bytes":2,"every_ms":400"#,
            WirePlan { drip: Some(drops), ..WirePlan::default() },
        ),
    ];
    for (step, plan) in table {
        let app = app();
        inject(&app, &format!("{{{step}}}")).await;
        let answer = get(&app, "/api/ping").await;
        assert_eq!(answer.head.extensions.get::<WirePlan>(), Some(&plan), "{step}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_control_plane_is_exempt_from_a_fault_on_everything() {
    let app = app();
    inject(&app, r#"{"id":"all","fault":"http.status","on":"*","code":500}"#).await;
    for path in ["/", "/panel/live", "/admin/state", "/admin/faults", "/admin/webhooks"] {
        assert_eq!(get(&app, path).await.status, 200, "{path}");
    }
    for path in ["/api/ping", "/db/health", "/queue/health", "/jobs/x/status", "/nothing"] {
        assert_eq!(get(&app, path).await.status, 500, "{path}");
    }
    assert_eq!(fault(&app, "all").await["matched"], 5);
}

#[tokio::test(start_paused = true)]
async fn jobs_hang_come_late_fail_never_start_or_run_twice() {
    // (fault, status at 21 s, at 50 s, at 150 s); every fault ends at 100 s.
    let table = [
        (r#""kind":"hang""#, ["running", "running", "succeeded"]),
        (r#""kind":"hang","times":1"#, ["running", "running", "succeeded"]),
        (r#""kind":"late","by":"20s""#, ["running", "succeeded", "succeeded"]),
        (r#""kind":"fail""#, ["failed", "failed", "failed"]),
        (r#""kind":"fail","on":"job:nightly""#, ["failed", "failed", "failed"]),
        (r#""kind":"fail","on":"job:weekly""#, ["succeeded", "succeeded", "succeeded"]),
    ];
    for (kind, expected) in table {
        let app = app();
        inject(&app, &format!(r#"{{"fault":"job","for":"100s",{kind}}}"#)).await;
        let run = json(&app, "POST", "/jobs/run", r#"{"name":"nightly"}"#).await.json();
        let path = format!("/jobs/{}/status", run["job_id"].as_str().unwrap());
        for (pause, status) in [21, 29, 100].into_iter().zip(expected) {
            sleep(Duration::from_secs(pause)).await;
            assert_eq!(get(&app, &path).await.json()["status"], status, "{kind}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_job_that_never_starts_or_starts_twice_says_so() {
    let app = app();
    inject(&app, r#"{"id":"cron","fault":"job","kind":"never_starts","times":1}"#).await;
    let dropped = call(&app, "POST", "/jobs/run").await;
    assert_eq!((dropped.status.as_u16(), &dropped.json()["job_id"]), (503, &Value::Null));
    inject(&app, r#"{"fault":"job","kind":"twice","times":1}"#).await;
    let twice = call(&app, "POST", "/jobs/run").await.json();
    assert!(twice["also_started"].is_string() && twice["also_started"] != twice["job_id"]);
    let jobs = get(&app, "/admin/state").await.json()["jobs"].clone();
    assert_eq!(jobs.as_array().unwrap().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_queue_grows_from_the_start_of_its_fault() {
    let table = [
        (r#""kind":"stalled""#, (33, 35)),
        (r#""kind":"stalled","per_s":10"#, (303, 35)),
        (r#""kind":"growth""#, (153, 20)),
        (r#""kind":"poison""#, (4, 35)),
    ];
    for (kind, (depth, age)) in table {
        let app = app();
        inject(&app, &format!(r#"{{"fault":"queue","for":"40s",{kind}}}"#)).await;
        sleep(Duration::from_secs(30)).await;
        let queue = get(&app, "/queue/health").await.json();
        assert_eq!(queue, value!({"depth": depth, "oldest_age_s": age}), "{kind}");
        sleep(Duration::from_secs(11)).await;
        assert_eq!(get(&app, "/queue/health").await.json()["depth"], 3, "{kind}");
    }
}

#[tokio::test(start_paused = true)]
async fn virtual_listeners_learn_what_becomes_of_connections() {
    let table = [("net.refuse", Accepting::Refused), ("net.connect_hang", Accepting::Hanging)];
    for (name, expected) in table {
        let app = app();
        inject(&app, &format!(r#"{{"fault":"{name}","for":"30s"}}"#)).await;
        assert_eq!(app.accepting(), expected);
        sleep(Duration::from_secs(30)).await;
        assert_eq!(app.accepting(), Accepting::Open);
    }
}
