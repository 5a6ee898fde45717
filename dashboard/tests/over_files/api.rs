//! The API over files in memory: what programs see.

use std::collections::BTreeSet;

use engine::{Severity, Status, Timestamp};
use http::StatusCode;

use crate::{
    history::{History, at, because, secs},
    site::Site,
    stories,
};

fn now() -> Timestamp {
    at("2026-01-05T02:30:20Z")
}

#[tokio::test(start_paused = true)]
async fn the_state_is_the_file_with_the_word_of_each_tile() {
    let history = stories::varied(now());
    let state = Site::at(now(), &history).get("/api/state").await.json();
    for (name, shown, colour) in [
        ("api-availability", "FAIL", "RED"),
        ("db-health", "WARN", "AMBER"),
        ("queue-depth", "OK", "GREEN"),
        ("payments-gateway", "RETRYING", "RED"),
        ("edge-certificate", "STALE", "GREY"),
        ("warehouse-host", "UNKNOWN", "GREY"),
        ("offsite-backup", "PENDING", "GREY"),
    ] {
        assert_eq!(state[name]["shown"], shown, "{name}");
        assert_eq!(state[name]["colour"], colour, "{name}");
        let mut entry = state[name].clone();
        entry.as_object_mut().unwrap().retain(|key, _| key != "shown" && key != "colour");
        assert_eq!(entry, serde_json::to_value(&history.board.entries[name]).unwrap());
    }
    assert_eq!(state.as_object().unwrap().len(), 8);
}

#[tokio::test(start_paused = true)]
async fn results_are_lines_of_the_journal_in_utc_newest_first() {
    let site = Site::at(now(), &stories::varied(now()));
    let all = site.get("/api/results").await.json();
    assert_eq!(all["per_page"], 200);
    assert_eq!(all["results"].as_array().unwrap().len(), 200);
    assert_eq!(all["until"], "2026-01-05T02:30:20.000Z");
    let query =
        "name=api-availability&status=FAIL&from=2026-01-05T02:25:00Z&until=2026-01-05T02:26:00Z";
    let some = site.get(&format!("/api/results?{query}")).await.json();
    assert_eq!(some["total"], 3);
    for line in some["results"].as_array().unwrap() {
        assert_eq!((&line["event"], &line["status"]), (&"check".into(), &"FAIL".into()));
        let ts = line["ts"].as_str().unwrap();
        assert!(("2026-01-05T02:25:00.000Z"..="2026-01-05T02:26:00.000Z").contains(&ts), "{ts}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_bad_value_is_named_with_what_is_allowed() {
    let site = Site::at(now(), &stories::four(now()));
    for (query, parameter, allowed) in [
        ("page=x", "page", "a whole number from 1"),
        ("status=RED", "status", "OK, WARN"),
        ("from=yesterday", "from", "2026-01-05T02:30:00Z"),
        ("until=8:00", "until", "2026-01-05T02:30:00Z"),
        ("show=none", "show", "changes"),
        ("stauts=FAIL", "stauts", "name, status, from, until, show, page"),
    ] {
        let answer = site.get(&format!("/api/results?{query}")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{query}");
        let body = answer.json();
        assert_eq!((&body["error"], &body["parameter"]), (&"bad_query".into(), &parameter.into()));
        assert!(body["allowed"].as_str().unwrap().contains(allowed), "{body}");
        assert!(body["message"].as_str().unwrap().contains(parameter), "{body}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_status_serves_readers_of_both_forms() {
    let history = stories::varied(now());
    let last = history.board.entries.values().filter_map(|entry| entry.last_checked_at).max();
    let body = Site::at(now(), &history).get("/api/status").await.json();
    assert_eq!(body["timestamp"], serde_json::json!(last));
    assert_eq!(body["generated_at"], "2026-01-05T02:30:20.000Z");
    let counts = ["ok_count", "fail_count", "total"].map(|key| body[key].as_u64().unwrap());
    assert_eq!(counts, [3, 2, 8]);
    let first = &body["checks"][0];
    assert_eq!((&first["name"], &first["ok"]), (&"api-availability".into(), &false.into()));
    assert_eq!((&first["status"], &first["state"]), (&"FAIL".into(), &"fail".into()));
    assert!(first["error"].as_str().unwrap().starts_with("status 503"));
    assert!(body["checks"][2].get("error").is_none() && body["services"].is_object());
    assert_eq!(body["_file"]["age_seconds"], 6);
    assert!(body.get("_warning").is_none());
}

#[tokio::test(start_paused = true)]
async fn services_are_told_by_name_and_old_data_with_a_warning() {
    let mut history = History::started(now() - secs(600), &[("chat", "service", Severity::P2)]);
    history.cycle(now() - secs(91), "chat", Status::Ok, because("200"));
    let site = Site::at(now(), &history);
    let answer = site.get("/api/status").await;
    assert_eq!(answer.status, StatusCode::OK);
    let body = answer.json();
    assert_eq!(body["services"]["chat"]["status"], "STALE");
    assert_eq!(body["_warning"], "Stale: no measurement for 1 min 31 s");
}

#[tokio::test(start_paused = true)]
async fn without_data_the_status_is_unavailable() {
    let site = Site::empty(now(), None);
    let answer = site.get("/api/status").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    let body = answer.json();
    assert_eq!(body["error"], "status_file_not_found");
    assert!(body["timestamp"].is_null() && body["checks"].as_array().unwrap().is_empty());
    let health = site.get("/healthz").await;
    assert_eq!(health.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(health.json()["reason"].as_str().unwrap().starts_with("no data"));
    assert_eq!(site.get("/api/state").await.text, "{}");
}

#[tokio::test(start_paused = true)]
async fn the_health_is_well_while_measurements_come() {
    let health = Site::at(now(), &stories::varied(now())).get("/healthz").await;
    assert_eq!((health.status, &health.json()["status"]), (StatusCode::OK, &"ok".into()));
}

#[tokio::test(start_paused = true)]
async fn metrics_are_text_that_prometheus_reads() {
    let mut history = stories::varied(now());
    let odd = "odd \"name\"\\ with\nbreak";
    history.add(odd);
    history.configure(now(), None);
    let answer = Site::at(now(), &history).get("/metrics").await;
    assert_eq!(answer.headers["content-type"], "text/plain; version=0.0.4; charset=utf-8");
    check_exposition(&answer.text);
    for line in [
        "check_up{name=\"queue-depth\"} 1",
        "check_up{name=\"edge-certificate\"} 0",
        "check_up{name=\"odd \\\"name\\\"\\\\ with\\nbreak\"} 0",
        "check_status{name=\"api-availability\",type=\"http\",severity=\"P1\"} 2",
        "check_latency_seconds{name=\"db-health\",type=\"http\",severity=\"P2\"} 1.240",
        "check_consecutive_failures{name=\"api-availability\",type=\"http\",severity=\"P1\"} 22",
        "check_last_checked_timestamp_seconds{name=\"db-health\",type=\"http\",severity=\"P2\"} 1767580213.000",
        "firedrill_store_readable 1",
        "firedrill_config_refused 0",
    ] {
        assert!(answer.text.lines().any(|own| own == line), "{line}\n{}", answer.text);
    }
}

/// HELP and TYPE before the samples of each family, one of each; every series once; numbers.
fn check_exposition(text: &str) {
    let (mut helped, mut typed, mut series) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let mut family = "";
    assert!(text.ends_with('\n'));
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            family = rest.split_once(' ').unwrap().0;
            assert!(helped.insert(family), "{line}");
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').unwrap();
            assert!(name == family && typed.insert(name), "{line}");
            assert_eq!(kind == "counter", name.ends_with("_total"), "{line}");
            assert!(["counter", "gauge"].contains(&kind));
        } else {
            let (name, value) = line.rsplit_once(' ').unwrap();
            assert!(series.insert(name), "{line} twice");
            assert_eq!(name.split('{').next(), Some(family), "{line}");
            assert!(value.parse::<f64>().is_ok(), "{line}");
        }
    }
    assert_eq!(helped, typed);
}

#[tokio::test(start_paused = true)]
async fn the_status_alone_can_be_nested_in_another_program() {
    let site = Site::at(now(), &stories::four(now()));
    let host = axum::Router::new().nest("/ops", dashboard::status_router(site.app.clone()));
    let answer = crate::site::ask(host, http::Request::get("/ops/api/status")).await;
    assert_eq!((answer.status, &answer.json()["total"]), (StatusCode::OK, &4.into()));
}
