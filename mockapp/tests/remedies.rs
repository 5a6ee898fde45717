//! What goes wrong with the cure: faults on `POST /admin/reset`.

mod common;

use common::{app, call, fault, get, inject};
use mockapp::MockApp;
use serde_json::json as value;
use std::time::Duration;
use tokio::time::{sleep, timeout};

async fn broken(remedy: &str) -> MockApp {
    let app = app();
    inject(&app, r#"{"id":"outage","fault":"http.status","on":"GET /api/ping","code":500}"#).await;
    inject(&app, &format!(r#"{{"id":"cure","fault":"remedy",{remedy}}}"#)).await;
    app
}

async fn ping(app: &MockApp) -> u16 {
    get(app, "/api/ping").await.status.as_u16()
}

async fn reset(app: &MockApp) -> common::Answer {
    call(app, "POST", "/admin/reset").await
}

#[tokio::test(start_paused = true)]
async fn a_remedy_that_fails_says_so_and_resets_nothing() {
    let app = broken(r#""kind":"fails","for":"1m""#).await;
    let answer = reset(&app).await;
    assert_eq!(answer.status, 500);
    assert!(answer.text().contains("fault cure"), "{}", answer.text());
    assert_eq!((ping(&app).await, &fault(&app, "cure").await["injected"]), (500, &value!(1)));
    sleep(Duration::from_secs(60)).await;
    let cured = reset(&app).await.json();
    assert_eq!(cured, value!({"ok": true, "ended": ["outage"], "kept": []}));
    assert_eq!(ping(&app).await, 200);
}

#[tokio::test(start_paused = true)]
async fn a_remedy_that_hangs_says_nothing_and_resets_nothing() {
    let app = broken(r#""kind":"hangs""#).await;
    assert!(timeout(Duration::from_secs(600), reset(&app)).await.is_err());
    assert_eq!(ping(&app).await, 500);
}

#[tokio::test(start_paused = true)]
async fn a_remedy_that_makes_it_worse_breaks_every_route_until_its_fault_ends() {
    for times in ["", r#","times":1"#] {
        let app = broken(&format!(r#""kind":"worse","for":"5m"{times}"#)).await;
        assert_eq!(get(&app, "/db/health").await.status, 200, "not before the remedy");
        let answer = reset(&app).await.json();
        assert_eq!(answer, value!({"ok": true, "ended": [], "kept": ["outage", "cure"]}));
        for path in ["/api/ping", "/db/health", "/queue/health", "/jobs/x/status"] {
            assert_eq!(get(&app, path).await.status, 503, "{path}");
        }
        assert_eq!(get(&app, "/admin/state").await.status, 200, "the panel is exempt");
        sleep(Duration::from_secs(300)).await;
        assert_eq!(get(&app, "/db/health").await.status, 200);
        assert_eq!(ping(&app).await, 500, "the outage itself is still there");
    }
}

#[tokio::test(start_paused = true)]
async fn a_late_remedy_answers_at_once_and_acts_later_although_its_fault_is_over() {
    let app = broken(r#""kind":"late","by":"90s","times":1"#).await;
    assert_eq!(reset(&app).await.json()["ended"], value!([]));
    let due = "2026-01-05T08:31:30Z".parse().unwrap();
    assert_eq!(app.next_change(), Some(due));
    sleep(Duration::from_secs(89)).await;
    assert_eq!(ping(&app).await, 500);
    sleep(Duration::from_secs(1)).await;
    assert_eq!(ping(&app).await, 200);
    let outage = &app.faults()[0];
    assert_eq!((outage.id.as_str(), outage.ended_at), ("outage", Some(due)));
}

#[tokio::test(start_paused = true)]
async fn a_reset_does_not_end_the_faults_of_the_remedy_but_force_ends_everything() {
    let app = broken(r#""kind":"fails","skip":1"#).await;
    inject(&app, r#"{"id":"glue","fault":"db","kind":"down","sticky":true}"#).await;
    let first = reset(&app).await.json();
    assert_eq!(first, value!({"ok": true, "ended": ["outage"], "kept": ["cure", "glue"]}));
    assert_eq!(reset(&app).await.status, 500);
    let forced = call(&app, "POST", "/admin/reset?force=true").await.json();
    assert_eq!(forced, value!({"ok": true, "ended": ["cure", "glue"], "kept": []}));
    assert_eq!(app.faults()[1].injected, 1, "a forced reset is no match");
    let wrong = call(&app, "POST", "/admin/reset?force=yes").await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.text().contains("Allowed: true, false"), "{}", wrong.text());
    assert_eq!(call(&app, "POST", "/admin/reset?forse=true").await.status, 422);
}

#[tokio::test(start_paused = true)]
async fn healing_takes_a_late_reset_back() {
    let app = broken(r#""kind":"late","by":"90s""#).await;
    reset(&app).await;
    app.end_all();
    inject(&app, r#"{"id":"next","fault":"http.status","code":500}"#).await;
    sleep(Duration::from_secs(120)).await;
    assert_eq!(ping(&app).await, 500);
}
