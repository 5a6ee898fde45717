//! The operator's tools: what they do, what they cost, and what they cure.

mod common;

use common::{app, app_with, done, get, inject, json};
use mockapp::{Accepting, MockApp, Options};
use serde_json::{Map, Value, json as value};
use std::time::Duration;
use tokio::time::sleep;

const SECOND: Duration = Duration::from_secs(1);

async fn use_tool(app: &MockApp, tool: &str) -> common::Answer {
    json(app, "POST", &format!("/ops/{tool}"), r#"{"by":"Ada"}"#).await
}

async fn status(app: &MockApp, path: &str) -> u16 {
    get(app, path).await.status.as_u16()
}

#[tokio::test(start_paused = true)]
async fn a_tool_is_begun_over_http_runs_for_its_time_and_is_logged() {
    let app = app();
    let begun = use_tool(&app, "restart-db").await;
    assert_eq!(begun.status, 202);
    let expected = value!({"id": 1, "tool": "restart-db", "state": "running", "done_in_s": 8});
    assert_eq!(begun.json(), expected);
    let log = || async { get(&app, "/ops").await.json()["log"].clone() };
    let entry = log().await[0].clone();
    assert_eq!(entry["at"], "2026-01-05T08:30:00.000Z");
    assert_eq!((&entry["state"], &entry["outcome"]), (&value!("running"), &value!("")));
    assert_eq!(status(&app, "/db/health").await, 503);
    sleep(8 * SECOND).await;
    assert_eq!(status(&app, "/db/health").await, 200);
    let entry = log().await[0].clone();
    assert_eq!((&entry["by"], &entry["state"]), (&value!("Ada"), &value!("done")));
    assert_eq!(entry["done_at"], "2026-01-05T08:30:08.000Z");
    assert_eq!(entry["outcome"], "The database was stopped and started again.");
    let keys: Vec<&String> = entry.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["id", "tool", "by", "at", "done_at", "state", "outcome"]);
}

#[tokio::test(start_paused = true)]
async fn every_tool_is_listed_with_what_it_takes_at_this_speed() {
    let app = app_with(Options { speed: 10.0, ..Options::default() });
    let list = get(&app, "/ops").await.json()["tools"].clone();
    let shown: Vec<(String, String, f64)> = list
        .as_array()
        .unwrap()
        .iter()
        .map(|tool| {
            let text = |key: &str| tool[key].as_str().unwrap().to_owned();
            assert!(!text("label").is_empty() && text("about").ends_with('.'), "{tool}");
            (text("name"), text("component"), tool["takes_s"].as_f64().unwrap())
        })
        .collect();
    let usual: Vec<(String, String, f64)> = mockapp::ops()
        .into_iter()
        .map(|tool| (tool.name.to_owned(), tool.component.to_owned(), tool.takes.as_secs_f64()))
        .collect();
    assert_eq!((shown.len(), usual.len()), (11, 11));
    for (shown, usual) in shown.into_iter().zip(usual) {
        assert_eq!((&shown.0, &shown.1), (&usual.0, &usual.1));
        assert!((shown.2 * 10.0 - usual.2).abs() < 0.01, "{shown:?} {usual:?}");
    }
    assert_eq!(use_tool(&app, "failover-db").await.json()["done_in_s"], 2);
    sleep(2 * SECOND).await;
    assert!(app.operations()[0].done);
}

#[tokio::test(start_paused = true)]
async fn what_is_wrong_with_a_request_is_said_and_nothing_is_begun() {
    let app = app();
    let table = [
        ("/ops/restart-bd", r#"{"by":"Ada"}"#, 404, "did you mean `restart-db`?"),
        ("/ops/reboot", r#"{"by":"Ada"}"#, 404, "cancel-job"),
        ("/ops/restart-db", "{", 422, "not JSON"),
        ("/ops/restart-db", "[]", 422, "JSON object"),
        ("/ops/restart-db", "{}", 422, "`by` is missing"),
        ("/ops/restart-db", r#"{"by":" "}"#, 422, "a name"),
        ("/ops/restart-db", r#"{"by":"a\nb"}"#, 422, "one line"),
        ("/ops/restart-db", r#"{"by":5}"#, 422, "must be a string"),
        ("/ops/restart-db", r#"{"bye":"Ada"}"#, 422, "did you mean `by`?"),
        ("/ops/restart-db", r#"{"by":"Ada","component":"queue"}"#, 422, "is for db"),
        ("/ops/restart-db", r#"{"by":"Ada","component":"dbs"}"#, 422, "did you mean `db`?"),
    ];
    for (path, body, code, text) in table {
        let answer = json(&app, "POST", path, body).await;
        assert_eq!(answer.status.as_u16(), code, "{body}: {}", answer.text());
        assert!(answer.text().contains(text), "{body}: {}", answer.text());
    }
    assert_eq!(common::call(&app, "POST", "/ops/restart-db").await.status, 415);
    assert!(app.operations().is_empty());
}

#[tokio::test(start_paused = true)]
async fn one_operation_at_a_time_is_under_way_on_a_component() {
    let app = app();
    assert_eq!(use_tool(&app, "failover-db").await.status, 202);
    let busy = use_tool(&app, "restart-db").await;
    assert_eq!(busy.status, 409);
    let said = busy.text();
    assert!(said.contains("failover-db is under way on db (by Ada)"), "{said}");
    assert!(said.contains("done in 20 s"), "{said}");
    assert_eq!(use_tool(&app, "restart-worker").await.status, 202, "another component");
    sleep(20 * SECOND).await;
    assert_eq!(use_tool(&app, "restart-db").await.status, 202);
    let ids: Vec<u64> = app.operations().iter().map(|operation| operation.id).collect();
    assert_eq!(ids, [1, 2, 3]);
}

/// What it is on, and what ends it.
fn step(more: &str) -> String {
    format!(r#"{{"id":"zebra",{more}}}"#)
}

#[tokio::test(start_paused = true)]
async fn every_tool_ends_exactly_the_faults_that_say_so() {
    let mut cures = 0;
    for info in mockapp::catalogue() {
        for tool in mockapp::ops() {
            let app = app_with(Options { control_survives_refuse: true, ..Options::default() });
            let mut step: Map<String, Value> = serde_json::from_str(info.example).unwrap();
            step.insert("id".to_owned(), value!("zebra"));
            step.insert("for".to_owned(), value!("1h"));
            let expected: Vec<&str> = match info.example {
                text if text.contains(r#""kind": "down""#) => vec!["restart-db", "failover-db"],
                text if text.contains("growth") => vec!["scale-out"],
                text if text.contains("stampede") => vec!["flush-cache", "scale-out"],
                text if text.contains(r#""job""#) => vec!["scale-out"],
                _ => info.cured_by.clone(),
            };
            app.inject(step).unwrap();
            app.inject(serde_json::from_str(r#"{"id":"bystander","fault":"noop"}"#).unwrap())
                .unwrap();
            let told = done(&app, tool.name).await;
            let is_cure = expected.contains(&tool.name);
            let ended: &[&str] = if is_cure { &["zebra"] } else { &[] };
            assert_eq!(told.cured, ended, "{} and {}", info.name, tool.name);
            let fault = app.faults().into_iter().find(|fault| fault.id == "zebra").unwrap();
            if is_cure {
                assert_eq!(fault.ended_at, Some(told.done_at), "{} {}", info.name, tool.name);
                cures += 1;
            }
        }
    }
    assert!(cures > 45, "only {cures}");
}

#[tokio::test(start_paused = true)]
async fn a_restart_refuses_connections_and_kills_what_hangs() {
    let app = app();
    inject(&app, &step(r#""fault":"app.pause","for":"1h""#)).await;
    let mut hanging = common::Pipe::open(&app);
    hanging.ask("GET /api/ping").await;
    sleep(SECOND).await;
    app.operate("restart-api", "Ada").unwrap();
    assert_eq!(app.accepting(), Accepting::Open, "the last answers go out first");
    sleep(SECOND).await;
    assert_eq!(app.accepting(), Accepting::Refused);
    assert_eq!(app.fork().accepting(), Accepting::Refused, "a fork is down too");
    assert_eq!(hanging.rest().await.0, b"", "the connection broke");
    sleep(9 * SECOND).await;
    assert_eq!((app.accepting(), status(&app, "/api/ping").await), (Accepting::Open, 200));
}

#[tokio::test(start_paused = true)]
async fn the_four_switches_have_their_cures() {
    let table = [
        ("api_down", "restart-api", "rollback-deploy"),
        ("db_slow", "failover-db", "restart-api"),
        ("db_slow", "restart-db", "flush-cache"),
        ("queue_stuck", "restart-worker", "scale-out"),
        ("job_fail", "rollback-deploy", "run-job"),
    ];
    for (toggle, cure, useless) in table {
        let app = app();
        let on = Map::from_iter([(toggle.to_owned(), Value::Bool(true))]);
        app.set_toggles(on, false).unwrap();
        assert!(done(&app, useless).await.cured.is_empty(), "{useless} for {toggle}");
        assert_eq!(done(&app, cure).await.cured, [toggle]);
        assert!(app.faults().iter().all(|fault| !fault.active));
    }
}
