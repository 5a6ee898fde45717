//! The status of services: from the board, from the file, and when it is old.

use std::{path::PathBuf, sync::Arc, time::Duration};

use axum::Router;
use dashboard::{App, Clock, Key, StatusSource, router, status_router};
use engine::{Severity, Status, Timestamp, details::Details};
use http::{Request, StatusCode};
use serde_json::{Value, json};
use store::{MemoryDisk, Paths};

use crate::{
    history::{History, at, because, secs},
    site::{Answer, Site, ask},
};

fn now() -> Timestamp {
    at("2026-01-05T02:30:20Z")
}

/// A board at `now` with a status file of this age; files on the disk are those of `history`.
fn site(history: Option<&History>, age: u64, stale: u64, key: Option<&str>) -> App {
    let disk = MemoryDisk::default();
    let paths = Paths::in_folder("/data".as_ref());
    if let Some(history) = history {
        disk.put(&paths.results, &history.results);
        disk.put(&paths.state, &history.state());
    }
    let status = json!({
        "generated_at": now() - secs(age),
        "host": "box", "version": "9", "ok_count": 1, "fail_count": 0, "total": 1,
        "services": {"chat": {"name": "ChatStack", "ok": true, "status": "OK", "port": null}},
        "checks": "not ours",
    });
    let file = PathBuf::from("/var/status.json");
    disk.put(&file, status.to_string().as_bytes());
    let source = StatusSource { file: Some(file), stale: Duration::from_secs(stale) };
    let key = key.map(|key| Key::new(key.to_owned()));
    App::with_status(paths, Arc::new(disk), Clock::starting_at(now()), key, source)
}

async fn get(router: Router, path: &str) -> Answer {
    ask(router, Request::get(path)).await
}

#[tokio::test(start_paused = true)]
async fn a_service_of_the_board_is_told_with_all_its_parts() {
    let services = [("chat", "service", Severity::P2), ("api", "http", Severity::P1)];
    let mut history = History::started(now() - secs(600), &services);
    let facts = json!({"http": {"ok": true, "status": 200}, "port": null, "systemd": null,
        "processes": {"ok": false, "count": 0}});
    let facts = facts.as_object().unwrap().clone();
    let details = Details { facts, ..because("200") };
    history.cycle(now() - secs(9), "chat", Status::Ok, details);
    history.cycle(now() - secs(9), "api", Status::Fail, because("503"));
    let body = Site::at(now(), &history).get("/api/status").await.json();
    let chat = &body["services"]["chat"];
    assert_eq!((&chat["ok"], &chat["http"]["status"]), (&json!(true), &json!(200)));
    assert!(chat["port"].is_null() && chat["systemd"].is_null());
    assert_eq!(chat["processes"]["count"], 0);
    assert_eq!(
        (&chat["auto_restart_attempted"], &chat["auto_restart_result"]),
        (&json!(false), &Value::Null)
    );
    assert_eq!(json!([body["ok_count"], body["fail_count"], body["total"]]), json!([1, 0, 1]));
    assert_eq!(body["checks"].as_array().unwrap().len(), 2, "checks are all of them");
}

#[tokio::test(start_paused = true)]
async fn the_status_file_alone_is_enough() {
    let answer = get(router(site(None, 20, 90, None)), "/api/status").await;
    assert_eq!(answer.status, StatusCode::OK);
    let body = answer.json();
    assert_eq!(body["services"]["chat"]["name"], "ChatStack");
    assert_eq!((&body["host"], &body["total"]), (&json!("box"), &json!(1)));
    assert_eq!(body["generated_at"], "2026-01-05T02:30:00.000Z");
    assert_eq!(body["_file"], json!({"path": "/var/status.json", "age_seconds": 20}));
    assert_eq!((&body["timestamp"], &body["checks"]), (&Value::Null, &json!([])));
    assert!(body.get("error").is_none());
}

#[tokio::test(start_paused = true)]
async fn a_status_that_is_too_old_has_a_warning_and_the_board_a_banner() {
    for (age, stale, old) in
        [(89, 90, false), (90, 90, false), (91, 90, true), (11, 10, true), (10, 10, false)]
    {
        let mut history = History::started(now() - secs(600), &[("chat", "service", Severity::P2)]);
        history.cycle(now() - secs(age), "chat", Status::Ok, because("200"));
        let app = site(Some(&history), age, stale, None);
        let body = get(router(app.clone()), "/api/status").await.json();
        assert_eq!(body.get("_warning").is_some(), old, "{age} s of {stale} s: {body}");
        let page = get(router(app), "/").await;
        assert_eq!(page.has("The status of the services is old"), old, "{age} s of {stale} s");
    }
}

#[tokio::test(start_paused = true)]
async fn a_status_file_that_is_none_is_as_good_as_missing() {
    let disk = MemoryDisk::default();
    disk.put("/s.json".as_ref(), b"{\"generated_at\": 7}");
    let source = StatusSource { file: Some("/s.json".into()), ..StatusSource::default() };
    let paths = Paths::in_folder("/data".as_ref());
    let app = App::with_status(paths, Arc::new(disk), Clock::starting_at(now()), None, source);
    let answer = get(router(app), "/api/status").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.json()["error"], "status_file_not_found");
}

#[tokio::test(start_paused = true)]
async fn the_widget_its_page_and_the_status_can_be_nested_in_another_program() {
    let app = site(None, 5, 90, None);
    let host = Router::new().nest("/ops", status_router(app.clone()));
    for (path, kind, part) in [
        ("/static/js/status.js", "text/javascript; charset=utf-8", "SystemStatus"),
        ("/static/js/admin_status.js", "text/javascript; charset=utf-8", "#system-status"),
        ("/static/admin_status.html", "text/html; charset=utf-8", "id=\"system-status\""),
        ("/api/status", "application/json", "ChatStack"),
    ] {
        for (router, path) in
            [(host.clone(), format!("/ops{path}")), (router(app.clone()), path.to_owned())]
        {
            let answer = get(router, &path).await;
            assert_eq!(
                (answer.status, &answer.headers["content-type"]),
                (StatusCode::OK, &kind.parse().unwrap()),
                "{path}"
            );
            assert!(answer.has(part), "{path}");
            assert!(
                answer.headers["content-security-policy"]
                    .to_str()
                    .unwrap()
                    .contains("script-src 'self'")
            );
        }
    }
    assert_eq!(get(host, "/ops/static/js/none.js").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test(start_paused = true)]
async fn a_key_is_asked_for_where_the_status_is_nested_too() {
    let host = Router::new().nest("/ops", status_router(site(None, 5, 90, Some("k3y"))));
    let path = "/ops/api/status";
    assert_eq!(get(host.clone(), path).await.status, StatusCode::UNAUTHORIZED);
    let with_key = Request::get(path).header("authorization", "Bearer k3y");
    assert_eq!(ask(host, with_key).await.status, StatusCode::OK);
}
