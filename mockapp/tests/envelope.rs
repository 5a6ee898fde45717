//! The envelope of every fault: when it strikes, when it ends, and what is refused.

mod common;

use common::{app, app_with, call, fault, get, inject, json};
use http::StatusCode;
use mockapp::{MockApp, Options};
use serde_json::json as value;
use std::time::Duration;
use tokio::time::sleep;

/// The statuses of `count` pings.
async fn pings(app: &MockApp, count: usize) -> Vec<u16> {
    let mut seen = Vec::new();
    for _ in 0..count {
        seen.push(get(app, "/api/ping").await.status.as_u16());
    }
    seen
}

fn failures(statuses: &[u16]) -> Vec<usize> {
    (1..=statuses.len()).filter(|nth| statuses[nth - 1] != 200).collect()
}

#[tokio::test(start_paused = true)]
async fn skip_times_and_every_pick_exactly_their_matches() {
    let table: [(&str, &[usize]); 6] = [
        ("", &[1, 2, 3, 4, 5, 6, 7, 8, 9]),
        (r#","skip":2"#, &[3, 4, 5, 6, 7, 8, 9]),
        (r#","times":3"#, &[1, 2, 3]),
        (r#","every":3"#, &[3, 6, 9]),
        (r#","skip":1,"times":2"#, &[2, 3]),
        (r#","skip":1,"every":2,"times":3"#, &[3, 5, 7]),
    ];
    for (envelope, expected) in table {
        let app = app();
        let step = format!(r#"{{"id":"f","fault":"http.status","code":500{envelope}}}"#);
        inject(&app, &step).await;
        assert_eq!(failures(&pings(&app, 9).await), expected, "{envelope}");
        let listed = fault(&app, "f").await;
        assert_eq!(listed["injected"], expected.len(), "{envelope}");
        assert_eq!(listed["active"], !envelope.contains("times"), "{envelope}: {listed}");
    }
}

#[tokio::test(start_paused = true)]
async fn chance_is_the_same_for_a_seed_and_another_for_another() {
    let run = async |seed| {
        let app = app_with(Options { seed, ..Options::default() });
        inject(&app, r#"{"id":"flaky","fault":"http.error_rate","code":500,"p":0.3}"#).await;
        failures(&pings(&app, 200).await)
    };
    let first = run(7).await;
    assert!((40..80).contains(&first.len()), "{} of 200 at p 0.3", first.len());
    assert_eq!(first, run(7).await);
    assert_ne!(first, run(8).await);
}

#[tokio::test(start_paused = true)]
async fn removing_one_fault_leaves_another_s_draws_unchanged() {
    let run = async |with_other: bool| {
        let app = app();
        if with_other {
            let other = r#"{"id":"other","fault":"latency.uniform","min_ms":1,"max_ms":9,"p":0.5}"#;
            inject(&app, other).await;
        }
        inject(&app, r#"{"id":"flaky","fault":"http.error_rate","code":500,"p":0.4}"#).await;
        failures(&pings(&app, 100).await)
    };
    assert_eq!(run(true).await, run(false).await);
}

#[tokio::test(start_paused = true)]
async fn a_fault_ends_by_itself_at_its_instant_and_stays_listed() {
    let app = app();
    inject(&app, r#"{"id":"outage","fault":"http.status","code":503,"for":"4m"}"#).await;
    sleep(Duration::from_secs(239)).await;
    assert_eq!(pings(&app, 1).await, [503]);
    sleep(Duration::from_secs(61)).await;
    assert_eq!(pings(&app, 1).await, [200]);
    let ended = fault(&app, "outage").await;
    assert_eq!(ended["ended_at"], "2026-01-05T08:34:00.000Z");
    assert_eq!((&ended["ended_by"], &ended["injected"]), (&value!("time"), &value!(1)));
}

#[tokio::test(start_paused = true)]
async fn a_reset_spares_only_sticky_faults() {
    let app = app();
    inject(&app, r#"{"id":"glue","fault":"queue","kind":"stuck","sticky":true}"#).await;
    inject(&app, r#"{"id":"loose","fault":"http.status","code":500}"#).await;
    json(&app, "POST", "/admin/faults", r#"{"db_slow":true}"#).await;
    let reset = call(&app, "POST", "/admin/reset").await.json();
    assert_eq!(reset, value!({"ok": true, "ended": ["loose", "db_slow"], "kept": ["glue"]}));
    assert_eq!(pings(&app, 1).await, [200]);
    assert!(get(&app, "/queue/health").await.json()["depth"].as_u64().unwrap() >= 50);
}

#[tokio::test(start_paused = true)]
async fn ids_are_unique_while_active_and_reserved_for_toggles() {
    let app = app();
    inject(&app, r#"{"id":"a","fault":"noop"}"#).await;
    let again = json(&app, "POST", "/admin/faults/inject", r#"{"id":"a","fault":"noop"}"#).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    call(&app, "DELETE", "/admin/faults/a").await;
    inject(&app, r#"{"id":"a","fault":"noop"}"#).await;
    let taken = r#"{"id":"api_down","fault":"noop"}"#;
    let taken = json(&app, "POST", "/admin/faults/inject", taken).await;
    assert_eq!(taken.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(taken.text().contains("toggle"), "{}", taken.text());
    assert_eq!(call(&app, "DELETE", "/admin/faults/none").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test(start_paused = true)]
async fn active_and_ended_faults_are_bounded() {
    let app = app();
    for _ in 0..3 {
        for _ in 0..100 {
            inject(&app, r#"{"fault":"noop"}"#).await;
        }
        let more = json(&app, "POST", "/admin/faults/inject", r#"{"fault":"noop"}"#).await;
        assert_eq!(more.status, StatusCode::CONFLICT);
        let all = json(&app, "POST", "/admin/faults", r#"{"api_down":true,"job_fail":true}"#).await;
        assert_eq!(all.status, StatusCode::OK, "the switches always work");
        call(&app, "POST", "/admin/reset").await;
    }
    let listed = get(&app, "/admin/faults").await.json();
    assert_eq!(listed["faults"].as_array().unwrap().len(), 200);
}

/// A wrong step and what the refusal contains.
const WRONG_STEPS: [(&str, &str); 25] = [
    (r#"{}"#, "`fault` is missing"),
    (r#"{"fault":"http.stauts"}"#, "did you mean `http.status`"),
    (r#"{"fault":"http.status"}"#, "`code` is missing"),
    (
        r#"{"fault":"http.status","code":700}"#,
        "`code` must be a whole number from 200 to 599, not 700",
    ),
    (r#"{"fault":"http.status","cdoe":500}"#, "did you mean `code`"),
    (r#"{"fault":"http.status","code":500,"fro":"2m"}"#, "did you mean `for`"),
    (r#"{"fault":"http.status","code":500,"for":"2"}"#, "`for` must be a duration"),
    (r#"{"fault":"http.status","code":500,"for":120}"#, "`for` must be a duration"),
    (r#"{"fault":"http.status","code":500,"p":1.5}"#, "`p` must be a number from 0 to 1"),
    (r#"{"fault":"http.status","code":500,"times":0}"#, "`times` must be a whole number from 1"),
    (r#"{"fault":"http.status","code":500,"every":-1}"#, "`every` must be"),
    (r#"{"fault":"http.status","code":500,"sticky":"yes"}"#, "`sticky` must be true or false"),
    (r#"{"fault":"http.status","code":500,"id":"a b"}"#, "`id` must be 1 to 64"),
    (r#"{"fault":"http.status","code":500,"on":"db"}"#, "cannot be on `db`"),
    (r#"{"fault":"http.status","code":500,"on":"GET /api/pign"}"#, "did you mean `GET /api/ping`"),
    (r#"{"fault":"http.error_rate","code":500}"#, "`p` is missing"),
    (r#"{"fault":"http.malformed_json","kind":"cute"}"#, "did you mean `cut`"),
    (r#"{"fault":"latency.uniform","min_ms":9,"max_ms":1}"#, "above `max_ms`"),
    (r#"{"fault":"drip","bytes":0,"every_ms":5}"#, "`bytes` must be a whole number from 1"),
    (r#"{"fault":"job","kind":"late"}"#, "`by` is missing"),
    (r#"{"fault":"job","kind":"fail","by":"5m"}"#, "kind late or shifted only"),
    (r#"{"fault":"db","kind":"down","on":"queue"}"#, "`on` may be \\\"db\\\""),
    (r#"{"fault":"net.refuse"}"#, "`for` is missing"),
    (r#"{"fault":"net.refuse","for":"5s","p":0.5}"#, "as a whole"),
    (r#"{"fault":"http.content_type","value":"a\nb"}"#, "control characters"),
];

#[tokio::test(start_paused = true)]
async fn a_step_that_is_wrong_is_refused_with_the_key_and_what_is_allowed() {
    let app = app();
    for (step, hint) in WRONG_STEPS {
        let answer = json(&app, "POST", "/admin/faults/inject", step).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{step}");
        assert!(answer.text().contains(hint), "{step}: {}", answer.text());
    }
    assert_eq!(get(&app, "/admin/faults").await.json(), value!({"faults": []}));
}
