//! Operator mode: what is behind the key is not there without it, and nothing names a fault.

#![expect(clippy::unwrap_used, reason = "a test stops where it is")]

mod common;

use axum::body::Body;
use common::{app_with, over_pipe, request, send};
use mockapp::{MockApp, Options};
use serde_json::{Map, Value, json as value};
use std::time::Duration;
use tokio::time::timeout;

const KEY: &str = "0123456789abcdef";
const ID: &str = "zebra-77";

fn operated(remedies: bool) -> MockApp {
    app_with(Options {
        operator: true,
        admin_key: Some(KEY.to_owned()),
        remedies,
        control_survives_refuse: true,
        ..Options::default()
    })
}

/// What is answered with these headers: status, headers and body as one text.
async fn asked(app: &MockApp, method: &str, path: &str, more: &[(&str, &str)]) -> String {
    let mut request = request(method, path).header("content-type", "application/json");
    for (name, text) in more {
        request = request.header(*name, *text);
    }
    let answer = send(app, request.body(Body::from("{}")).unwrap()).await;
    format!("{} {:?} {}", answer.status, answer.head.headers, answer.text())
}

const BEHIND: [&str; 12] = [
    "/admin/faults",
    "/admin/faults/inject",
    "/admin/faults/zebra-77",
    "/admin/catalogue",
    "/admin/reset",
    "/admin/state",
    "/admin/webhooks",
    "/admin/operations",
    "/panel/faults",
    "/panel/reset",
    "/panel/inject",
    "/panel/end",
];
const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

#[tokio::test(start_paused = true)]
async fn without_the_key_what_is_behind_it_is_like_any_path_where_nothing_is() {
    let strangers: [&[(&str, &str)]; 4] = [
        &[],
        &[("authorization", "Bearer 0123456789abcdee")],
        &[("authorization", "Basic cGFuZWw6MDEyMzQ1Njc4OWFiY2RlZg==")],
        &[("origin", "http://evil.example")],
    ];
    for fault in [None, Some(r#"{"fault":"http.status","on":"*","code":503}"#)] {
        let app = operated(false);
        if let Some(step) = fault {
            app.inject(serde_json::from_str(step).unwrap()).unwrap();
        }
        for path in BEHIND {
            for method in METHODS {
                for headers in strangers {
                    let nowhere = asked(&app, method, "/nowhere", headers).await;
                    let behind = asked(&app, method, path, headers).await;
                    assert_eq!(
                        behind.replace(path, "/nowhere").split("content-length").next(),
                        nowhere.split("content-length").next(),
                        "{method} {path} {headers:?}"
                    );
                    assert!(!behind.starts_with("405"), "{behind}");
                }
            }
        }
        assert!(app.operations().is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn the_key_opens_it_and_without_operator_mode_nothing_is_shut() {
    let bearer = format!("Bearer {KEY}");
    let keyed: &[(&str, &str)] = &[("authorization", &bearer)];
    let app = operated(false);
    for path in ["/admin/faults", "/admin/state", "/admin/catalogue", "/admin/operations"] {
        assert!(asked(&app, "GET", path, keyed).await.starts_with("200"), "{path}");
        assert!(asked(&app, "GET", path, &[]).await.starts_with("404"), "{path}");
        assert!(asked(&common::app(), "GET", path, &[]).await.starts_with("200"), "{path}");
    }
    assert!(asked(&app, "PUT", "/admin/faults", keyed).await.starts_with("405"));
    assert!(asked(&app, "POST", "/admin/reset", keyed).await.contains(r#""kept":[]"#));
    let nobody = app_with(Options { operator: true, ..Options::default() });
    let empty: &[(&str, &str)] = &[("authorization", "Bearer ")];
    assert!(asked(&nobody, "GET", "/admin/state", empty).await.starts_with("404"));
}

#[tokio::test(start_paused = true)]
async fn a_remedy_needs_no_key_where_remedies_are_meant_and_learns_nothing() {
    let step = value!({"id": ID, "fault": "http.status", "on": "GET /api/ping", "code": 500});
    let step: Map<String, Value> = step.as_object().unwrap().clone();
    let app = operated(true);
    app.inject(step.clone()).unwrap();
    for (method, path) in
        [("GET", "/admin/reset"), ("POST", "/admin/reset?force=true"), ("POST", "/panel/reset")]
    {
        assert!(asked(&app, method, path, &[]).await.starts_with("404"), "{method} {path}");
    }
    let answer = asked(&app, "POST", "/admin/reset", &[]).await;
    assert!(answer.starts_with("200") && answer.ends_with(r#"{"ok":true}"#), "{answer}");
    assert!(app.faults().iter().all(|fault| !fault.active));
    app.inject(step.clone()).unwrap();
    let fails = value!({"id": "cure", "fault": "remedy", "kind": "fails"});
    app.inject(fails.as_object().unwrap().clone()).unwrap();
    let failed = asked(&app, "POST", "/admin/reset", &[]).await;
    assert!(failed.starts_with("500") && failed.ends_with(r#"{"error":"the reset failed"}"#));
    let without = operated(false);
    without.inject(step).unwrap();
    assert!(asked(&without, "POST", "/admin/reset", &[]).await.starts_with("404"));
    assert!(without.faults()[0].active);
}

/// Every kind of the catalogue, and every kind of those kinds that have some.
fn steps() -> Vec<Map<String, Value>> {
    let examples = mockapp::catalogue().into_iter().map(|info| info.example.to_owned());
    let inner = [
        ("db", "slow read_only deadlock pool_exhausted replica_lag disk_full writes_fail"),
        ("queue", "stuck stalled poison duplicate lost_ack reorder"),
        ("job", "hang fail wrong_output heartbeat_lost never_starts skip twice overlap too_fast"),
        ("remedy", "fails hangs worse"),
        ("cache", "cold stale"),
    ];
    let inner = inner.into_iter().flat_map(|(fault, kinds)| {
        kinds.split(' ').map(move |kind| format!(r#"{{"fault":"{fault}","kind":"{kind}"}}"#))
    });
    let more = [
        r#"{"fault":"http.status","on":"*","code":500}"#,
        r#"{"fault":"http.error_rate","on":"*","p":1,"code":502}"#,
        r#"{"fault":"job","kind":"shifted","by":"1h"}"#,
    ];
    let more = more.into_iter().map(str::to_owned);
    examples
        .chain(inner)
        .chain(more)
        .map(|text| {
            let mut step: Map<String, Value> = serde_json::from_str(&text).unwrap();
            step.shift_remove("for");
            step.insert("id".to_owned(), ID.into());
            step
        })
        .collect()
}

/// Asks for a page, or posts a form or JSON; `None` when nothing comes within ten seconds.
async fn seen(app: &MockApp, target: &str) -> Option<String> {
    let (method, rest) = target.split_once(' ').unwrap();
    let (path, body) = rest.split_once(' ').unwrap_or((rest, ""));
    let kind = if body.starts_with('{') { "json" } else { "x-www-form-urlencoded" };
    let request = request(method, path).header("content-type", format!("application/{kind}"));
    let request = request.body(Body::from(body.to_owned())).unwrap();
    let answer = timeout(Duration::from_secs(10), send(app, request)).await.ok()?;
    Some(format!("{} {:?}\n{}", answer.status, answer.head.headers, answer.text()))
}

/// Everything that anybody can see of the app without the key, by where it was seen.
async fn everything(app: &MockApp) -> Vec<(String, String)> {
    let mut all = Vec::new();
    let page = seen(app, "GET /").await.unwrap();
    let assets = page.split('"').filter(|part| part.starts_with("/static/"));
    let mut targets: Vec<String> = assets.map(|url| format!("GET {url}")).collect();
    assert_eq!(targets.len(), 2, "{page}");
    let more = [
        "POST /jobs/run {}",
        "POST /jobs/run {\"name\":\"nightly\"}",
        "POST /panel/job ",
        "POST /ops/run-job {\"by\":\"Ada\"}",
        "POST /ops/renew-credentials {\"by\":\"Ada\"}",
        "POST /ops/renew-credentials {\"by\":\"Ada\"}",
        "POST /panel/operate tool=renew-credentials&by=Ada",
        "POST /panel/operate tool=x&by=Ada",
        "POST /admin/reset {}",
        "POST /webhook/x {}",
        "POST /webhook/x/y {}",
        "POST /api/heartbeat {}",
        "GET /jobs/none/status",
        "GET /api/ping",
        "HEAD /api/ping",
        "PUT /api/ping",
        "GET /db/health",
        "GET /queue/health",
        "GET /nowhere",
        "GET /admin/faults/zebra",
        "GET /?example=drip&ran=1",
        "GET /panel/live",
        "GET /ops",
        "GET /",
    ];
    targets.extend(more.map(str::to_owned));
    for target in targets {
        all.push((target.clone(), seen(app, &target).await.unwrap_or_default()));
    }
    for target in ["GET /api/ping", "POST /webhook/x", "GET /queue/health"] {
        let answer = timeout(Duration::from_secs(10), over_pipe(app, target)).await;
        let bytes = answer.map(|(bytes, _)| bytes).unwrap_or_default();
        all.push((format!("bytes of {target}"), String::from_utf8_lossy(&bytes).into_owned()));
    }
    tokio::time::sleep(Duration::from_secs(60)).await;
    let jobs: Vec<String> = all
        .iter()
        .filter_map(|(_, text)| text.split("\"job_id\":\"").nth(1)?.split('"').next())
        .map(str::to_owned)
        .collect();
    for target in jobs.into_iter().map(|id| format!("GET /jobs/{id}/status")) {
        all.push((target.clone(), seen(app, &target).await.unwrap_or_default()));
    }
    for target in ["GET /ops", "GET /panel/live"] {
        all.push((format!("{target} later"), seen(app, target).await.unwrap_or_default()));
    }
    all
}

/// How often this word stands there.
fn count(text: &str, word: &str) -> usize {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '.');
    words.map(|found| found.trim_matches('.')).filter(|found| *found == word).count()
}

#[tokio::test(start_paused = true)]
async fn nothing_that_can_be_seen_names_a_fault() {
    let well = everything(&operated(true)).await;
    let usual = |at: &str, word: &str| {
        let all = well.iter().find(|(target, _)| target == at);
        all.map_or(0, |(_, text)| count(&text.to_lowercase(), word))
    };
    for step in steps() {
        let app = operated(true);
        let words: Vec<&str> = step.values().filter_map(Value::as_str).collect();
        app.inject(step.clone()).unwrap();
        for (at, text) in everything(&app).await {
            let text = text.to_lowercase();
            assert!(!text.contains(ID), "{step:?}: the id at {at}: {text}");
            for word in ["fault", "faults", "injected", "inject", "toggle"] {
                let is_asset = at.contains("/static/");
                assert!(
                    is_asset || count(&text, word) <= usual(&at, word),
                    "{word} at {at}: {text}"
                );
            }
            for word in words.iter().filter(|word| word.contains(['_', '.'])) {
                assert!(!text.contains(*word), "{step:?}: {word} at {at}: {text}");
            }
            let name = step["fault"].as_str().unwrap();
            if ["db", "queue", "job", "cache"].contains(&name) {
                // Words that the application has for its own parts.
                continue;
            }
            let known = usual(&at, name).max(usual("GET /ops", name));
            assert!(count(&text, name) <= known, "{step:?}: {name} at {at}: {text}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_switches_leave_no_trace_either() {
    for toggle in ["api_down", "db_slow", "queue_stuck", "job_fail"] {
        let app = operated(true);
        app.set_toggles(Map::from_iter([(toggle.to_owned(), true.into())]), false).unwrap();
        let (first, second) = toggle.split_once('_').unwrap();
        for (at, text) in everything(&app).await {
            let text = text.to_lowercase();
            assert!(!text.contains(toggle), "{toggle} at {at}: {text}");
            assert!(!text.contains(&format!("{first} {second}")), "{toggle} at {at}: {text}");
        }
    }
}
