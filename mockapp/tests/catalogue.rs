//! What must hold of every kind of fault: it ends without a trace, it is the same twice, it leaves
//! the control plane alone, and a fork foretells it.

#![expect(clippy::unwrap_used, reason = "a test stops where it is")]

mod common;

use common::{app_with, get, over_pipe};
use mockapp::{Accepting, MockApp, Options};
use serde_json::{Map, Value};
use std::time::Duration;
use tokio::time::{sleep, timeout};

const ROUTES: [&str; 6] = [
    "GET /api/ping",
    "GET /db/health",
    "GET /queue/health",
    "HEAD /api/ping",
    "POST /webhook/x",
    "GET /jobs/none/status",
];

/// An app whose control plane is elsewhere, under the example of this kind, without its end.
fn under(example: &str, seed: u64) -> MockApp {
    let app = app_with(Options { control_survives_refuse: true, seed, ..Options::default() });
    let mut step: Map<String, Value> = serde_json::from_str(example).unwrap();
    step.shift_remove("for");
    app.inject(step).unwrap();
    app
}

/// What each route answers within ten seconds, how long it takes, and whether the app listens.
async fn seen(app: &MockApp) -> Vec<(Accepting, Option<(Vec<u8>, u128)>)> {
    let mut seen = Vec::new();
    for route in ROUTES {
        let answer = timeout(Duration::from_secs(10), over_pipe(app, route)).await;
        seen.push((app.accepting(), answer.ok()));
    }
    seen
}

#[tokio::test(start_paused = true)]
async fn every_fault_ends_without_a_trace() {
    let well = seen(&app_with(Options::default())).await;
    for info in mockapp::catalogue() {
        let app = under(info.example, 1);
        seen(&app).await;
        app.end_all();
        sleep(Duration::from_secs(1)).await;
        let mut after = seen(&app).await;
        // The inbox counts on.
        after[4] = well[4].clone();
        assert_eq!(after, well, "after {}", info.name);
        assert_eq!(app.next_change(), None, "{}", info.name);
    }
}

#[tokio::test(start_paused = true)]
async fn every_fault_is_the_same_twice() {
    for info in mockapp::catalogue() {
        let story = async || {
            let app = under(info.example, 7);
            let first = seen(&app).await;
            sleep(Duration::from_secs(45)).await;
            (first, seen(&app).await)
        };
        assert_eq!(story().await, story().await, "{}", info.name);
    }
}

#[tokio::test(start_paused = true)]
async fn every_fault_leaves_the_control_plane_alone() {
    for info in mockapp::catalogue() {
        let app = under(info.example, 1);
        for path in ["/", "/admin/state", "/admin/faults", "/panel/live"] {
            assert_eq!(get(&app, path).await.status, 200, "{} on {path}", info.name);
        }
        let state = get(&app, "/admin/state").await.json();
        assert_eq!(state["faults"][0]["fault"], info.name);
        assert_eq!(state["faults"][0]["matched"], app.faults()[0].matched);
    }
}

#[tokio::test(start_paused = true)]
async fn a_fork_foretells_every_fault_that_can_be_foretold_and_leaves_no_trace() {
    let ask = async |app: &MockApp| {
        timeout(Duration::from_secs(10), over_pipe(app, "GET /api/ping")).await.ok()
    };
    let mut foretold = 0;
    for info in mockapp::catalogue() {
        let app = under(info.example, 1);
        sleep(Duration::from_secs(20)).await;
        let (before, listening) = (app.faults(), app.accepting());
        let fork = app.fork();
        assert_eq!(fork.accepting(), listening, "{}", info.name);
        // Both at the same instant: an answer may depend on the time.
        let (said, came) = tokio::join!(ask(&fork), async {
            assert_eq!(app.faults(), before, "{}", info.name);
            if app.counts_matches() { None } else { Some(ask(&app).await) }
        });
        if let Some(came) = came {
            assert_eq!(said, came, "{}", info.name);
            foretold += 1;
        }
    }
    assert!(foretold > 35, "only {foretold} kinds can be foretold");
}

/// A wrong step, the key that is to blame, and a part of what is said.
const WRONG: [(&str, &str, &str); 40] = [
    (r#"{"fault":"http.status","code":500,"codes":{"503":1}}"#, "codes", "exclude each other"),
    (r#"{"fault":"http.status","codes":{"700":1}}"#, "codes", "weights above 0"),
    (r#"{"fault":"http.status","codes":{"500":0}}"#, "codes", "weights above 0"),
    (r#"{"fault":"http.status","codes":{}}"#, "codes", "weights above 0"),
    (r#"{"fault":"http.status","code":500,"headers":{"a b":"c"}}"#, "headers", "no name of"),
    (r#"{"fault":"http.status","code":500,"headers":{"a":[5]}}"#, "headers", "names and texts"),
    (r#"{"fault":"http.throttle","quota":1}"#, "window", "is missing"),
    (r#"{"fault":"http.auth","code":402}"#, "code", "401 or 403"),
    (r#"{"fault":"http.redirect_loop","hops":1,"location":"/"}"#, "location", "exclude each other"),
    (r#"{"fault":"http.redirect_loop","location":"a\nb"}"#, "location", "control characters"),
    (r#"{"fault":"http.schema_drift","map":{"a":[1]}}"#, "map", "names and texts"),
    (r#"{"fault":"http.header"}"#, "fault", "needs drop, set"),
    (r#"{"fault":"http.header","drop":5}"#, "drop", "a list"),
    (r#"{"fault":"http.header","drop":["a b"]}"#, "drop", "no name of"),
    (r#"{"fault":"http.huge_body"}"#, "bytes", "is missing"),
    (r#"{"fault":"http.garbage","bytes":0}"#, "bytes", "from 1"),
    (r#"{"fault":"latency.uniform","ms":5}"#, "jitter_ms", "is missing"),
    (r#"{"fault":"latency.uniform","jitter_ms":5}"#, "ms", "is missing"),
    (r#"{"fault":"latency.uniform","ms":5,"jitter_ms":9}"#, "jitter_ms", "above `ms`"),
    (r#"{"fault":"latency.uniform","ms":5,"max_ms":9,"jitter_ms":1}"#, "max_ms", "does not go"),
    (r#"{"fault":"latency.exp","min_ms":9,"mean_ms":5}"#, "min_ms", "above `mean_ms`"),
    (r#"{"fault":"latency.pareto","min_ms":9,"max_ms":5,"alpha":1}"#, "min_ms", "above `max_ms`"),
    (r#"{"fault":"latency.bimodal","slow_ms":9}"#, "p_slow", "is missing"),
    (r#"{"fault":"bandwidth","kbps":0}"#, "kbps", "from 1"),
    (r#"{"fault":"net.partition","dir":"inn"}"#, "dir", "did you mean `in`"),
    (r#"{"fault":"net.partition","on":"GET /api/ping"}"#, "on", "may be \"net\""),
    (r#"{"fault":"net.timeout"}"#, "after_ms", "is missing"),
    (r#"{"fault":"db","kind":"down","ms":200}"#, "ms", "kind slow only"),
    (r#"{"fault":"db","kind":"slow","s":200}"#, "s", "kind replica_lag only"),
    (r#"{"fault":"db","kind":"slow","size":200}"#, "size", "kind pool_exhausted only"),
    (r#"{"fault":"queue","kind":"stuck","per_s":2}"#, "per_s", "stuck or poison"),
    (r#"{"fault":"cache","kind":"stale","ms":200}"#, "ms", "cold or stampede only"),
    (r#"{"fault":"cpu","share":1}"#, "share", "from 0 to 0.999"),
    (r#"{"fault":"mem","mb_per_s":1,"cap_mb":9,"p":0.5}"#, "p", "as a whole"),
    (r#"{"fault":"app.crash","down":"1s","every":2}"#, "every", "as a whole"),
    (r#"{"fault":"app.crash","down":"1s","when":{"active":"x"}}"#, "when", "as a whole"),
    (r#"{"fault":"app.crash","down":"1s","shape":{"ramp":"5m"}}"#, "shape", "course of its own"),
    (r#"{"fault":"app.deploy_bad","routes":["/api/pign"]}"#, "routes", "GET /api/ping`"),
    (r#"{"fault":"job","kind":"shifted"}"#, "by", "is missing"),
    (r#"{"fault":"remedy","kind":"fails","by":"5s"}"#, "by", "kind late only"),
];

#[test]
fn a_wrong_parameter_is_blamed_on_its_key() {
    for (step, key, hint) in WRONG {
        let map: Map<String, Value> = serde_json::from_str(step).unwrap();
        let problem = mockapp::check_fault(&map).unwrap_err();
        assert_eq!(problem.key.as_deref(), Some(key), "{step}: {problem}");
        assert!(problem.to_string().contains(hint), "{step}: {problem}");
    }
}
