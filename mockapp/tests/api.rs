//! The application and its four switches, through the router, in virtual time.

#![expect(clippy::unwrap_used, reason = "a test may fail where it stands")]

mod common;

use axum::body::Body;
use common::{app, app_with, call, fault, get, inject, json, request, send};
use http::StatusCode;
use mockapp::{JobIdSink, MockApp, Options};
use serde_json::{Value, json as value};
use std::time::Duration;
use tokio::time::sleep;

/// Which of ping, database and queue are well.
async fn health(app: &MockApp) -> (bool, bool, bool) {
    let db = get(app, "/db/health").await.json();
    let queue = get(app, "/queue/health").await.json();
    let db_ok = db["ok"] == true && db["latency_ms"].as_u64().unwrap() < 100;
    let depth_ok = queue["depth"].as_u64().unwrap() < 50;
    let age_ok = queue["oldest_age_s"].as_u64().unwrap() < 300;
    assert_eq!(db["ok"] == true, db["latency_ms"].as_u64().unwrap() < 100, "{db}");
    assert_eq!(depth_ok, age_ok, "{queue}");
    (get(app, "/api/ping").await.status == 200, db_ok, depth_ok && age_ok)
}

async fn status_of(app: &MockApp, id: &str) -> Value {
    get(app, &format!("/jobs/{id}/status")).await.json()["status"].clone()
}

async fn run_job(app: &MockApp) -> String {
    let answer = call(app, "POST", "/jobs/run").await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    answer.json()["job_id"].as_str().unwrap().to_owned()
}

#[tokio::test(start_paused = true)]
async fn a_healthy_stack_answers_exactly_what_is_documented() {
    let app = app();
    assert_eq!(get(&app, "/api/ping").await.text(), r#"{"status":"ok"}"#);
    assert_eq!(get(&app, "/db/health").await.text(), r#"{"ok":true,"latency_ms":12}"#);
    assert_eq!(get(&app, "/queue/health").await.text(), r#"{"depth":3,"oldest_age_s":5}"#);
}

#[tokio::test(start_paused = true)]
async fn each_toggle_alone_flips_exactly_its_endpoint() {
    let app = app();
    let table = [
        ("api_down", (false, true, true), "succeeded"),
        ("db_slow", (true, false, true), "succeeded"),
        ("queue_stuck", (true, true, false), "succeeded"),
        ("job_fail", (true, true, true), "failed"),
    ];
    for (key, expected, job_ends) in table {
        let set = json(&app, "POST", "/admin/faults", &value!({key: true}).to_string()).await;
        assert_eq!(set.status, StatusCode::OK);
        assert_eq!(health(&app).await, expected, "{key}");
        let id = run_job(&app).await;
        sleep(Duration::from_secs(21)).await;
        assert_eq!(status_of(&app, &id).await, job_ends, "{key}");
        call(&app, "POST", "/admin/reset").await;
        assert_eq!(health(&app).await, (true, true, true), "after the reset of {key}");
    }
    assert_eq!(get(&app, "/api/ping").await.status, 200);
}

#[tokio::test(start_paused = true)]
async fn post_replaces_and_patch_merges() {
    let app = app();
    json(&app, "POST", "/admin/faults", r#"{"api_down":true,"db_slow":true}"#).await;
    let merged = json(&app, "PATCH", "/admin/faults", r#"{"db_slow":false,"job_fail":true}"#).await;
    let expected =
        value!({"api_down": true, "db_slow": false, "queue_stuck": false, "job_fail": true});
    assert_eq!(merged.json(), expected);
    let replaced = json(&app, "POST", "/admin/faults", r#"{"queue_stuck":true}"#).await;
    let expected =
        value!({"api_down": false, "db_slow": false, "queue_stuck": true, "job_fail": false});
    assert_eq!(replaced.json(), expected);
    assert_eq!(get(&app, "/admin/state").await.json()["toggles"], expected);
}

#[tokio::test(start_paused = true)]
async fn a_bad_toggle_changes_nothing_and_says_what_is_allowed() {
    let app = app();
    json(&app, "POST", "/admin/faults", r#"{"db_slow":true}"#).await;
    let table = [
        (r#"{"api_down":true,"db_slo":true}"#, 422, "did you mean `db_slow`"),
        (r#"{"api_down":1}"#, 422, "`api_down` must be true or false, not 1"),
        (r#"{"api_down":null}"#, 422, "`api_down` must be true or false"),
        (r#"{"api_down":"true"}"#, 422, "true or false"),
        ("[true]", 422, "JSON object"),
        ("{\"api_down\":", 400, "not JSON"),
        ("", 400, "not JSON"),
    ];
    for method in ["POST", "PATCH"] {
        for (body, status, hint) in table {
            let answer = json(&app, method, "/admin/faults", body).await;
            assert_eq!(answer.status, status, "{body}");
            assert!(answer.text().contains(hint), "{body}: {}", answer.text());
            assert_eq!(health(&app).await, (true, false, true), "{body} changed something");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_job_runs_for_twenty_seconds_and_then_has_succeeded() {
    let app = app();
    let id = run_job(&app).await;
    assert_eq!(status_of(&app, &id).await, "running");
    sleep(Duration::from_secs(19)).await;
    assert_eq!(status_of(&app, &id).await, "running");
    sleep(Duration::from_secs(2)).await;
    let job = get(&app, &format!("/jobs/{id}/status")).await.json();
    let expected = value!({
        "job_id": id, "status": "succeeded",
        "started_at": "2026-01-05T08:30:00.000Z", "finished_at": "2026-01-05T08:30:20.000Z",
    });
    assert_eq!(job, expected);
}

#[tokio::test(start_paused = true)]
async fn the_flag_at_the_instant_of_the_end_decides_whenever_somebody_looks() {
    // (on at, off at, outcome) in seconds after the start of a job that ends at 20.
    let table =
        [(0, 19, "succeeded"), (19, 25, "failed"), (0, 20, "failed"), (21, 30, "succeeded")];
    for (on, off, outcome) in table {
        let app = app();
        let id = run_job(&app).await;
        sleep(Duration::from_secs(on)).await;
        json(&app, "PATCH", "/admin/faults", r#"{"job_fail":true}"#).await;
        sleep(Duration::from_secs(off - on)).await;
        json(&app, "PATCH", "/admin/faults", r#"{"job_fail":false}"#).await;
        sleep(Duration::from_secs(60)).await;
        assert_eq!(status_of(&app, &id).await, outcome, "on {on} s, off {off} s");
    }
}

#[tokio::test(start_paused = true)]
async fn an_unknown_job_is_404_with_the_status_unknown() {
    let answer = get(&app(), "/jobs/job-none/status").await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert_eq!(answer.text(), r#"{"status":"unknown"}"#);
}

#[tokio::test(start_paused = true)]
async fn jobs_of_one_instant_and_of_two_runs_have_different_ids() {
    let first = app();
    let ids = [run_job(&first).await, run_job(&first).await];
    assert_ne!(ids[0], ids[1]);
    sleep(Duration::from_millis(1)).await;
    let later = "2026-01-05T08:30:00.001Z".parse().unwrap();
    let second = MockApp::new(Options::default(), mockapp::Clock::starting_at(later));
    assert!(!ids.contains(&run_job(&second).await));
}

#[tokio::test]
async fn the_job_id_file_equals_the_id_and_is_removed_at_start() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(".last_job_id");
    std::fs::write(&path, "job-of-yesterday").unwrap();
    let options = Options { job_id: JobIdSink::File(path.clone()), ..Options::default() };
    let live = common::Live::start(options).await;
    assert!(!path.exists());
    let id = run_job(&live.app).await;
    assert_eq!(std::fs::read_to_string(&path).unwrap(), id);
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(left.len(), 1, "no temporary file stays behind");
    live.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_job_whose_id_cannot_be_written_runs_and_says_so() {
    let nowhere = JobIdSink::File("/nonexistent/folder/id".into());
    let app = app_with(Options { job_id: nowhere, ..Options::default() });
    let answer = call(&app, "POST", "/jobs/run").await.json();
    assert!(answer["warning"].as_str().unwrap().contains("could not be written"), "{answer}");
    assert_eq!(status_of(&app, answer["job_id"].as_str().unwrap()).await, "running");
}

#[tokio::test(start_paused = true)]
async fn the_state_shows_everything_and_looking_at_it_counts_nothing() {
    let app = app();
    inject(&app, r#"{"id":"lag","fault":"db","kind":"replica_lag"}"#).await;
    json(&app, "PATCH", "/admin/faults", r#"{"queue_stuck":true}"#).await;
    run_job(&app).await;
    sleep(Duration::from_secs(5)).await;
    let state = get(&app, "/admin/state").await.json();
    assert_eq!(state["uptime_s"], 5);
    assert_eq!(state["db"]["replica_lag_s"], 5);
    assert!(state["queue"]["depth"].as_u64().unwrap() >= 50);
    assert_eq!(state["jobs"][0]["status"], "running");
    assert_eq!(state["faults"].as_array().unwrap().len(), 2);
    assert_eq!(fault(&app, "lag").await["matched"], 0);
}

#[tokio::test(start_paused = true)]
async fn heartbeats_need_the_secret_and_the_last_is_remembered() {
    let app = app_with(Options { secret_key: Some("s3".to_owned()), ..Options::default() });
    let beat = |key: &str| {
        let request = request("POST", "/api/heartbeat").header("authorization", key);
        request.body(Body::from(r#"{"cpu":12}"#)).unwrap()
    };
    for wrong in ["Bearer s4", "Bearer", "Basic s3", "s3"] {
        assert_eq!(send(&app, beat(wrong)).await.status, StatusCode::UNAUTHORIZED, "{wrong}");
    }
    assert_eq!(get(&app, "/admin/state").await.json()["heartbeat"], Value::Null);
    assert_eq!(send(&app, beat("Bearer s3")).await.status, StatusCode::OK);
    let heartbeat = get(&app, "/admin/state").await.json()["heartbeat"].clone();
    assert_eq!(heartbeat["body"], value!({"cpu": 12}));
    let keyless = common::app();
    assert_eq!(send(&keyless, beat("Bearer ")).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test(start_paused = true)]
async fn the_last_hundred_webhooks_are_kept_and_long_ones_are_cut() {
    let app = app();
    for n in 0..105 {
        json(&app, "POST", "/webhook/slack", &value!({"n": n}).to_string()).await;
    }
    let long = "x".repeat(60_000);
    let answer = send(&app, request("POST", "/webhook/n8n").body(Body::from(long)).unwrap()).await;
    assert_eq!(answer.json()["seq"], 106);
    let kept = get(&app, "/admin/webhooks").await.json()["webhooks"].clone();
    let kept = kept.as_array().unwrap();
    assert_eq!(kept.len(), 100);
    assert_eq!((&kept[0]["seq"], &kept[0]["body"]), (&value!(7), &value!({"n": 6})));
    assert_eq!((&kept[99]["truncated"], &kept[99]["bytes"]), (&value!(true), &value!(60_000)));
    assert!(kept[99]["body"].as_str().unwrap().len() < 20_000);
}
