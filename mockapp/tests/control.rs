//! The control plane in process: what a scenario's player holds in its hand.

#![expect(clippy::unwrap_used, reason = "a test stops where it is")]

mod common;

use common::{app, app_with, call, fault, get, json};
use mockapp::{FaultProblem, JobIdSink, MockApp, Options};
use serde_json::{Map, Value, json as value};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::sleep;

fn map(step: impl std::borrow::Borrow<Value>) -> Map<String, Value> {
    step.borrow().as_object().unwrap().clone()
}

fn outage(more: Value) -> Map<String, Value> {
    let mut step = map(value!({"fault": "http.status", "on": "GET /api/ping", "code": 503}));
    step.extend(map(more));
    step
}

async fn ping(app: &MockApp) -> u16 {
    get(app, "/api/ping").await.status.as_u16()
}

#[tokio::test(start_paused = true)]
async fn what_is_injected_in_process_is_what_http_shows_and_the_reverse() {
    let app = app();
    let id = app.inject(outage(value!({"id": "outage", "for": "4m"}))).unwrap();
    assert_eq!((id.as_str(), ping(&app).await), ("outage", 503));
    assert_eq!(fault(&app, "outage").await["injected"], 1);
    let again = app.inject(outage(value!({"id": "outage"}))).unwrap_err();
    assert!(again.contains("active already"), "{again}");
    let refused = app.inject(map(value!({"fault": "net.refuse"}))).unwrap_err();
    assert!(refused.contains("`for` is missing"), "{refused}");
    assert!(app.end_fault("outage") && !app.end_fault("outage") && !app.end_fault("none"));
    assert_eq!(ping(&app).await, 200);
}

#[tokio::test(start_paused = true)]
async fn ending_everything_spares_nothing() {
    let app = app();
    app.inject(outage(value!({"sticky": true}))).unwrap();
    app.set_toggles(map(value!({"db_slow": true})), false).unwrap();
    app.end_all();
    assert!(app.faults().iter().all(|fault| !fault.active), "{:?}", app.faults());
    assert_eq!((ping(&app).await, app.faults().len()), (200, 2));
}

#[tokio::test(start_paused = true)]
async fn switches_merge_or_replace_and_a_wrong_one_changes_nothing() {
    let app = app();
    let active = || -> Vec<String> {
        app.faults().into_iter().filter(|fault| fault.active).map(|fault| fault.id).collect()
    };
    app.set_toggles(map(value!({"api_down": true})), false).unwrap();
    app.set_toggles(map(value!({"db_slow": true})), false).unwrap();
    assert_eq!(active(), ["api_down", "db_slow"]);
    let wrong = app.set_toggles(map(value!({"api_down": false, "db_slo": true})), true);
    assert!(wrong.unwrap_err().contains("did you mean `db_slow`"));
    app.set_toggles(map(value!({"job_fail": true})), true).unwrap();
    assert_eq!(active(), ["job_fail"]);
}

#[tokio::test(start_paused = true)]
async fn a_job_is_told_to_its_sink_and_a_dropped_one_names_the_fault() {
    let told = Arc::new(Mutex::new(Vec::new()));
    let ear = Arc::clone(&told);
    let sink = move |id: Option<&str>| ear.lock().unwrap().push(id.unwrap().to_owned());
    let app = app_with(Options { job_id: JobIdSink::Tell(Arc::new(sink)), ..Options::default() });
    let id = app.run_job(Some("nightly")).unwrap();
    assert_eq!(told.lock().unwrap().as_slice(), std::slice::from_ref(&id));
    app.inject(map(value!({"id": "cron", "fault": "job", "kind": "never_starts"}))).unwrap();
    assert_eq!(app.run_job(None), Err("cron".to_owned()));
    app.end_all();
    app.fork().run_job(None).unwrap();
    assert_eq!(told.lock().unwrap().as_slice(), [id], "a fork tells nobody");
}

#[tokio::test(start_paused = true)]
async fn every_fault_that_ever_started_is_reported_oldest_first() {
    let app = app();
    for _ in 0..300 {
        let id = app.inject(map(value!({"fault": "noop"}))).unwrap();
        app.end_fault(&id);
    }
    app.inject(outage(value!({"id": "last", "for": "4m"}))).unwrap();
    ping(&app).await;
    sleep(Duration::from_secs(300)).await;
    let faults = app.faults();
    assert_eq!(faults.len(), 301);
    assert!(faults.iter().is_sorted_by_key(|fault| fault.serial));
    let last = faults.last().unwrap();
    assert_eq!((last.id.as_str(), last.fault.as_str()), ("last", "http.status"));
    assert_eq!((last.matched, last.injected, last.active), (1, 1, false));
    assert_eq!(last.started_at, "2026-01-05T08:30:00Z".parse().unwrap());
    assert_eq!(last.ended_at, Some("2026-01-05T08:34:00Z".parse().unwrap()));
}

#[tokio::test(start_paused = true)]
async fn what_is_done_to_a_fork_leaves_no_trace() {
    let app = app();
    app.inject(outage(value!({"times": 1}))).unwrap();
    let before = app.faults();
    let fork = app.fork();
    assert_eq!((ping(&fork).await, ping(&fork).await), (503, 200));
    json(&fork, "POST", "/admin/faults", r#"{"db_slow":true}"#).await;
    json(&fork, "POST", "/webhook/x", "{}").await;
    call(&fork, "POST", "/jobs/run").await;
    assert_eq!(app.faults(), before);
    assert!(app.webhooks().is_empty());
    let state = get(&app, "/admin/state").await.json();
    assert_eq!((&state["jobs"], &state["db"]["ok"]), (&value!([]), &value!(true)));
    assert_eq!((ping(&app).await, ping(&app).await), (503, 200));
    assert_eq!(ping(&fork).await, 200, "nor is the fork touched by the original");
}

#[tokio::test(start_paused = true)]
async fn a_fork_runs_on_the_same_clock_with_the_jobs_that_were_under_way() {
    let app = app();
    let id = app.run_job(None).unwrap();
    sleep(Duration::from_secs(15)).await;
    let fork = app.fork();
    sleep(Duration::from_secs(6)).await;
    for app in [&app, &fork] {
        let job = get(app, &format!("/jobs/{id}/status")).await.json();
        assert_eq!(job["finished_at"], "2026-01-05T08:30:20.000Z");
    }
}

#[tokio::test(start_paused = true)]
async fn it_is_known_whether_an_answer_can_be_foretold() {
    let table = [
        (value!({}), false),
        (value!({"for": "2m"}), false),
        (value!({"p": 0.5}), true),
        (value!({"times": 3}), true),
        (value!({"skip": 1}), true),
        (value!({"every": 2}), true),
        (value!({"fault": "http.error_rate", "p": 0.3}), true),
    ];
    for (more, counts) in table {
        let app = app();
        app.inject(outage(more.clone())).unwrap();
        assert_eq!(app.counts_matches(), counts, "{more}");
    }
    for (min, counts) in [(5, true), (9, false)] {
        let app = app();
        let step = value!({"fault": "latency.uniform", "min_ms": min, "max_ms": 9});
        app.inject(map(step)).unwrap();
        assert_eq!(app.counts_matches(), counts, "from {min} to 9 ms");
    }
}

#[tokio::test(start_paused = true)]
async fn starts_and_ends_are_announced_and_the_next_end_is_known() {
    let app = app();
    let mut changes = app.changes();
    let seen = *changes.borrow_and_update();
    ping(&app).await;
    assert!(!changes.has_changed().unwrap() && app.next_change().is_none());
    app.inject(outage(value!({"for": "2m"}))).unwrap();
    assert!(*changes.borrow_and_update() > seen);
    assert_eq!(app.next_change(), Some("2026-01-05T08:32:00Z".parse().unwrap()));
    ping(&app).await;
    assert!(!changes.has_changed().unwrap(), "a match is no change");
    sleep(Duration::from_secs(120)).await;
    assert!(app.next_change().is_none());
    assert!(changes.has_changed().unwrap(), "an end by time is noticed by whoever looks");
}

#[tokio::test(start_paused = true)]
async fn webhooks_are_all_kept_with_their_headers() {
    let app = app();
    for n in 0..150 {
        json(&app, "POST", "/webhook/slack", &value!({"n": n}).to_string()).await;
    }
    let kept = app.webhooks();
    assert_eq!((kept.len(), kept[0].seq, kept[149].seq), (150, 1, 150));
    assert_eq!((&kept[7].body, kept[7].name.as_str()), (&value!({"n": 7}), "slack"));
    assert_eq!(kept[7].content_type.as_deref(), Some("application/json"));
    assert_eq!(kept[7].received_at, "2026-01-05T08:30:00Z".parse().unwrap());
}

/// A wrong step, the key that is to blame, and a part of the hint.
const BLAMED: [(&str, &str, Option<&str>); 12] = [
    (r#"{"code": 5}"#, "fault", None),
    (r#"{"fault": "http.stauts"}"#, "fault", Some("`http.status`")),
    (r#"{"fault": "http.status"}"#, "code", None),
    (r#"{"fault": "http.status", "code": 700}"#, "code", None),
    (r#"{"fault": "http.status", "cdoe": 500}"#, "cdoe", Some("`code`")),
    (r#"{"fault": "http.status", "code": 500, "on": "GET /api/pign"}"#, "on", Some("/api/ping`")),
    (r#"{"fault": "http.status", "code": 500, "on": "db"}"#, "on", None),
    (r#"{"fault": "http.status", "code": 500, "for": "2"}"#, "for", None),
    (r#"{"fault": "http.status", "code": 500, "id": "a b"}"#, "id", None),
    (r#"{"fault": "http.error_rate", "code": 500}"#, "p", None),
    (r#"{"fault": "job", "kind": "fail", "by": "5m"}"#, "by", None),
    (r#"{"fault": "net.refuse", "for": "5s", "times": 2}"#, "times", None),
];

#[test]
fn a_wrong_step_is_blamed_on_its_key() {
    for (step, key, hint) in BLAMED {
        let step: Value = serde_json::from_str(step).unwrap();
        let problem: FaultProblem = mockapp::check_fault(&map(step.clone())).unwrap_err();
        assert_eq!(problem.key.as_deref(), Some(key), "{step}: {problem}");
        let said = problem.hint.clone().unwrap_or_default();
        assert_eq!(problem.hint.is_some(), hint.is_some(), "{step}: {problem}");
        assert!(said.contains(hint.unwrap_or_default()), "{step}: {said}");
        assert!(problem.to_string().starts_with(&problem.message));
        let whole = [&problem.hint, &problem.allowed].into_iter().flatten();
        for part in whole {
            assert!(problem.to_string().contains(part.as_str()), "{problem}");
        }
    }
}

#[test]
fn every_example_of_the_catalogue_is_a_step_that_passes() {
    let envelope: Vec<&str> = mockapp::envelope().iter().map(|(key, _)| *key).collect();
    for info in mockapp::catalogue() {
        let step: Map<String, Value> = serde_json::from_str(info.example).unwrap();
        mockapp::check_fault(&step).unwrap_or_else(|problem| panic!("{}: {problem}", info.name));
        assert_eq!(step["fault"], info.name);
        let own: Vec<&str> = info.parameters.iter().map(|(key, _)| *key).collect();
        for key in step.keys() {
            assert!(own.contains(&key.as_str()) || envelope.contains(&key.as_str()), "{key}");
        }
        assert!(!info.on.is_empty() && info.about.ends_with('.'), "{}", info.name);
    }
}

#[test]
fn every_fault_has_plain_words_of_its_own_that_do_not_give_its_name_away() {
    let (mut seen, tools) = (Vec::new(), mockapp::ops());
    let parts = ["api", "db", "queue", "job", "cache", "network", "credentials"];
    for info in mockapp::catalogue() {
        let plain = info.plain.to_lowercase();
        let words: Vec<&str> = plain.split(|c: char| !c.is_alphanumeric()).collect();
        assert!((10..=60).contains(&plain.len()), "{plain}");
        assert!(!words.contains(&info.name) && !plain.contains('_'), "{}: {plain}", info.name);
        assert!(!plain.contains('.') && parts.contains(&info.component), "{}: {plain}", info.name);
        assert!(!seen.contains(&plain), "{plain} is said of two");
        for tool in &info.cured_by {
            assert!(tools.iter().any(|known| known.name == *tool), "{}: {tool}", info.name);
        }
        seen.push(plain);
    }
    for tool in &tools {
        assert!(parts.contains(&tool.component), "{}", tool.name);
    }
}
