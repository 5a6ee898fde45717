//! This machine as a node of a cluster: the exact keys of the API, uptime, and the page.

use engine::{Severity, Status, Timestamp, details::Details};
use http::StatusCode;
use serde_json::{Value, json};

use crate::{
    history::{History, at, because, secs},
    site::Site,
};

const P3: Severity = Severity::P3;

fn now() -> Timestamp {
    at("2026-01-05T12:00:00Z")
}

/// What a unit in some state gives.
fn unit(state: &str) -> (Status, Details) {
    let facts = json!({"state": state, "ok": state == "active", "error": state});
    let Value::Object(mut facts) = facts else { panic!("a map") };
    let status = match state {
        "active" => Status::Ok,
        "activating" => Status::Warn,
        _ => Status::Fail,
    };
    if status == Status::Ok {
        facts.remove("error");
    }
    (status, Details { facts, ..because(&format!("nginx.service is {state}")) })
}

/// A unit that was asked every two hours at these hours before now; the last two answers differ.
fn asked(hours: impl Iterator<Item = u64>, last: &str) -> History {
    let hours: Vec<_> = hours.collect();
    let mut history = History::started(now() - secs(hours[0] * 3600), &[("nginx", "systemd", P3)]);
    history.card("nginx").interval_ms = 7_200_000;
    history.card("nginx").display_name = Some("Reverse Proxy".to_owned());
    history.configure(now() - secs(hours[0] * 3600), Some("UTC"));
    for (n, hour) in hours.iter().enumerate() {
        let state = if n + 1 == hours.len() { last } else { "active" };
        let (status, details) = unit(state);
        history.cycle(now() - secs(hour * 3600), "nginx", status, details);
    }
    history
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[tokio::test(start_paused = true)]
async fn half_of_the_samples_are_half_of_the_uptime_and_the_others_are_missing() {
    let site = Site::at(now(), &asked((1..=6).rev().map(|n| n * 2), "active"));
    let answer = site.get("/api/node/uptime?range=24h").await.json();
    let expected =
        ["node", "services", "generated_at", "range", "range_start", "range_end"].to_vec();
    assert_eq!(keys(&answer), expected);
    let nginx = &answer["services"][0];
    assert_eq!(
        keys(nginx)[..9],
        [
            "id",
            "name",
            "uptime_percent",
            "total_checks",
            "passing",
            "failing",
            "missing_slots",
            "last_state",
            "last_updated"
        ]
    );
    assert_eq!(nginx["uptime_percent"], 50.0);
    assert_eq!((&nginx["total_checks"], &nginx["missing_slots"]), (&json!(6), &json!(6)));
    assert_eq!((&nginx["last_state"], &nginx["name"]), (&json!("active"), &json!("Reverse Proxy")));
    assert_eq!(nginx["last_updated"], "2026-01-05T10:00:00.000Z");
    assert_eq!(answer["range_start"], "2026-01-04T12:00:00.000Z");
}

#[tokio::test(start_paused = true)]
async fn the_status_is_the_newest_of_every_service_and_connectivity_only_where_it_is_probed() {
    let site = Site::at(now(), &asked([4, 2, 0].into_iter(), "activating"));
    let answer = site.get("/api/node/status").await.json();
    assert_eq!(keys(&answer), ["node", "status", "generated_at"]);
    assert_eq!(keys(&answer["node"])[..3], ["id", "name", "interval_minutes"]);
    assert_eq!(answer["node"]["interval_minutes"], 120);
    let check = json!({
        "id": "nginx", "name": "Reverse Proxy", "ok": false, "state": "activating",
        "error": "activating",
    });
    assert_eq!(answer["status"], json!({"timestamp": now(), "checks": [check]}));
}

#[tokio::test(start_paused = true)]
async fn the_probe_of_the_network_is_no_service_but_the_connectivity_of_the_node() {
    let checks = [("web", "http", P3), ("monitor_dns", "tcp", P3)];
    let mut history = History::started(now() - secs(60), &checks);
    history.cycle(now() - secs(10), "web", Status::Ok, because("200"));
    history.cycle(now() - secs(10), "monitor_dns", Status::Ok, because("open"));
    let site = Site::at(now(), &history);
    let answer = site.get("/api/node/status").await.json();
    assert_eq!(answer["status"]["checks"].as_array().unwrap().len(), 1);
    assert_eq!(
        (&answer["connectivity"]["ok"], &answer["connectivity"]["latency_ms"]),
        (&json!(true), &json!(12))
    );
    let page = site.get("/cluster").await;
    assert!(page.has("12 ms") && !page.has("Incidents"), "{}", page.text);
    history.cycle(now(), "monitor_dns", Status::Fail, because("timed out after 4 s"));
    site.write(&history);
    tokio::time::advance(secs(2)).await;
    let page = site.get("/cluster").await;
    assert!(page.has("localhost - connectivity failed") && page.has("timed out after 4 s"));
}

#[tokio::test(start_paused = true)]
async fn an_entry_of_the_history_is_a_sample_of_all_services() {
    let mut history =
        History::started(now() - secs(3600), &[("a", "http", P3), ("b", "systemd", P3)]);
    history.configure(now() - secs(3600), Some("UTC"));
    for n in 0..4 {
        let ts = now() - secs(120 - n * 30);
        history.cycle(ts, "a", Status::Ok, because("200 in 12 ms"));
        let (status, details) = unit(if n == 3 { "inactive" } else { "active" });
        history.cycle(ts + secs(1), "b", status, details);
    }
    let site = Site::at(now(), &history);
    let answer = site.get("/api/node/history?range=24h").await.json();
    let entries = answer["history"].as_array().unwrap();
    assert_eq!(entries.len(), 4, "{answer}");
    assert_eq!(
        entries[3],
        json!({"timestamp": now() - secs(30), "checks": [
            {"id": "a", "name": "a", "ok": true, "state": "ok"},
            {"id": "b", "name": "b", "ok": false, "state": "inactive", "error": "inactive"},
        ]})
    );
    assert_eq!(entries[0]["checks"][1]["state"], "active");
    for word in ["node", "history", "generated_at", "range", "range_start", "range_end"] {
        assert!(answer.get(word).is_some(), "{word}");
    }
    let bare = site.get("/api/history").await.json();
    assert_eq!(bare, answer["history"]);
    assert_eq!(site.get("/api/uptime").await.json()[0]["total_checks"], 4);
}

#[tokio::test(start_paused = true)]
async fn a_month_is_read_once_and_then_no_request_reads_a_file() {
    let mut history = History::started(now() - secs(40 * 86_400), &[("a", "http", P3)]);
    history.card("a").interval_ms = 3_600_000;
    history.configure(now() - secs(40 * 86_400), Some("UTC"));
    for hour in (0..40 * 24).rev() {
        let status = if hour < 72 { Status::Fail } else { Status::Ok };
        history.cycle(now() - secs(hour * 3600), "a", status, because("x"));
    }
    let site = Site::at(now(), &history);
    let month = site.get("/api/node/uptime?range=30d").await.json();
    assert_eq!(
        (&month["services"][0]["failing"], &month["services"][0]["missing_slots"]),
        (&json!(72), &json!(0))
    );
    assert_eq!(month["services"][0]["uptime_percent"], 90.01);
    let entries = site.get("/api/node/history?range=30d").await.json();
    assert_eq!(entries["history"].as_array().unwrap().len(), 721);
    let start: Timestamp = entries["range_start"].as_str().unwrap().parse().unwrap();
    for entry in entries["history"].as_array().unwrap() {
        assert!(entry["timestamp"].as_str().unwrap().parse::<Timestamp>().unwrap() >= start);
    }
    let reads = site.app.reads();
    for path in ["/cluster?range=30d", "/api/cluster?range=30d", "/cluster"] {
        assert_eq!(site.get(path).await.status, StatusCode::OK);
    }
    assert_eq!(site.app.reads(), reads);
}

#[tokio::test(start_paused = true)]
async fn a_span_defaults_to_a_day_and_another_is_refused_as_json() {
    let site = Site::at(now(), &asked([2, 0].into_iter(), "active"));
    assert_eq!(site.get("/api/node/history").await.json()["range"], "24h");
    assert_eq!(site.get("/api/cluster?range=30d").await.json()["range"], "30d");
    for path in ["node/history", "node/uptime", "cluster", "history", "uptime"] {
        let answer = site.get(&format!("/api/{path}?range=7d")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{path}");
        assert_eq!(answer.json()["allowed"], "24h, 30d");
    }
    assert_eq!(site.get("/cluster?range=7d").await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test(start_paused = true)]
async fn the_cluster_of_one_machine_is_that_machine() {
    let site = Site::at(now(), &asked([4, 2, 0].into_iter(), "inactive"));
    let answer = site.get("/api/cluster").await.json();
    assert_eq!(keys(&answer), ["nodes", "generated_at", "range", "range_start", "range_end"]);
    let [node] = &answer["nodes"].as_array().unwrap()[..] else { panic!("one node") };
    assert_eq!(
        keys(node),
        [
            "node",
            "status",
            "connectivity",
            "history",
            "services",
            "targets",
            "updated_at",
            "source"
        ]
    );
    assert_eq!(
        (&node["source"], &node["targets"]),
        (&json!("local"), &json!([{"id": "nginx", "name": "Reverse Proxy"}]))
    );
}

#[tokio::test(start_paused = true)]
async fn the_page_has_a_card_with_eighty_segments_for_a_service_and_names_what_fails() {
    let site = Site::at(now(), &asked((0..12).rev().map(|n| n * 2), "inactive"));
    let page = site.get("/cluster").await;
    assert!(page.has("class=dark") && page.has(r#"href="/cluster?range=30d""#));
    let segments = |class: &str| page.text.matches(&format!("<i class={class} title=")).count();
    let all: usize = ["success", "warning", "error", "missing"].map(segments).iter().sum();
    assert_eq!(all, 80, "{}", page.text);
    assert!(segments("success") > 60 && segments("error") >= 1);
    assert!(page.has("localhost - Reverse Proxy is inactive") && page.has("Incidents"));
    assert!(!page.text.contains("style="), "the policy forbids inline style");
    let well = Site::at(now(), &asked([4, 2, 0].into_iter(), "active")).get("/cluster").await;
    assert!(!well.has("Incidents") && well.has("Collecting since"));
    assert!(well.has("1 service up"));
}
