//! What the tools do besides their cure: messages lost, jobs cancelled, harm done, and at what speed.

#![expect(clippy::unwrap_used, reason = "a test stops where it is")]

mod common;

use axum::body::Body;
use common::{Answer, app, app_with, call, done, fault, get, inject, json, request, send};
use mockapp::{MockApp, Options};
use serde_json::{Map, Value, json as value};
use std::time::Duration;
use tokio::time::{Instant, sleep};

const SECOND: Duration = Duration::from_secs(1);

async fn status(app: &MockApp, path: &str) -> u16 {
    get(app, path).await.status.as_u16()
}

async fn queue(app: &MockApp) -> (u64, u64) {
    let health = get(app, "/queue/health").await.json();
    (health["depth"].as_u64().unwrap(), health["oldest_age_s"].as_u64().unwrap())
}

#[tokio::test(start_paused = true)]
async fn draining_loses_what_waits_and_what_is_stalled_fills_again() {
    let app = app();
    inject(&app, r#"{"id":"q","fault":"queue","kind":"stalled","per_s":2}"#).await;
    sleep(97 * SECOND).await;
    let drained = done(&app, "drain-queue").await;
    assert_eq!((drained.lost, drained.cured.len()), (203, 0));
    assert_eq!(drained.outcome, "203 messages were thrown away.");
    assert_eq!(queue(&app).await, (3, 5));
    sleep(50 * SECOND).await;
    assert_eq!(queue(&app).await, (103, 55));
    assert_eq!(done(&app, "restart-worker").await.cured, ["q"]);
    assert_eq!(queue(&app).await, (3, 5));
}

#[tokio::test(start_paused = true)]
async fn messages_wait_while_the_worker_restarts() {
    let app = app();
    app.operate("restart-worker", "Ada").unwrap();
    sleep(4 * SECOND).await;
    assert_eq!(queue(&app).await, (7, 9));
    sleep(SECOND).await;
    assert_eq!(queue(&app).await, (3, 5));
}

#[tokio::test(start_paused = true)]
async fn answers_are_slow_while_the_cache_fills_and_a_frozen_one_is_free_afterwards() {
    let app = app();
    inject(&app, r#"{"id":"f","fault":"http.stale","on":"GET /queue/health"}"#).await;
    assert_eq!(queue(&app).await, (3, 5));
    inject(&app, r#"{"fault":"queue","kind":"stuck"}"#).await;
    assert_eq!(queue(&app).await, (3, 5), "frozen");
    app.operate("flush-cache", "Ada").unwrap();
    let asked = Instant::now();
    assert_eq!(status(&app, "/api/ping").await, 200);
    assert_eq!(asked.elapsed(), Duration::from_millis(400));
    sleep(10 * SECOND).await;
    assert!(queue(&app).await.0 > 100, "free");
    let asked = Instant::now();
    assert_eq!(status(&app, "/api/ping").await, 200);
    assert_eq!(asked.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_job_that_hangs_is_cancelled_and_the_next_one_runs() {
    let app = app();
    inject(&app, r#"{"id":"j","fault":"job","kind":"hang"}"#).await;
    let hung = app.run_job(None).unwrap();
    let job =
        async |id: &str| get(&app, &format!("/jobs/{id}/status")).await.json()["status"].clone();
    sleep(60 * SECOND).await;
    assert_eq!(job(&hung).await, "running");
    let cancelled = done(&app, "cancel-job").await;
    assert_eq!((cancelled.outcome.as_str(), cancelled.cured.len()), ("1 job was cancelled.", 1));
    assert_eq!(job(&hung).await, "failed");
    let outcome = done(&app, "run-job").await.outcome;
    let id = outcome.strip_prefix("Job ").unwrap().strip_suffix(" was started.").unwrap();
    sleep(20 * SECOND).await;
    assert_eq!(job(id).await, "succeeded");
    assert_eq!(done(&app, "cancel-job").await.outcome, "No job was under way.");
}

#[tokio::test(start_paused = true)]
async fn a_job_that_does_not_start_is_told_without_the_reason() {
    let app = app();
    inject(&app, r#"{"id":"zebra","fault":"job","kind":"never_starts"}"#).await;
    assert_eq!(done(&app, "run-job").await.outcome, "The scheduler did not start the job.");
    app.end_all();
    inject(&app, r#"{"id":"zebra","fault":"job","kind":"skip"}"#).await;
    assert_eq!(done(&app, "run-job").await.outcome, "The scheduler has left the job out.");
}

#[tokio::test(start_paused = true)]
async fn a_tool_that_makes_it_worse_lets_it_last_twice_as_long_and_fails_the_component() {
    let app = app();
    let step = r#"{"id":"d","fault":"db","kind":"slow","for":"10m",
        "cured_by":["failover-db"],"worsened_by":["restart-db"]}"#;
    inject(&app, step).await;
    let worse = done(&app, "restart-db").await;
    assert_eq!((worse.worsened, worse.cured.len()), (vec!["d".to_owned()], 0));
    assert_eq!(worse.outcome, "The database was stopped and started again.");
    // 592 s were left, and are left twice.
    assert_eq!(fault(&app, "d").await["ends_at"], "2026-01-05T08:49:52.000Z");
    assert_eq!(status(&app, "/db/health").await, 503);
    sleep(59 * SECOND).await;
    assert_eq!(status(&app, "/db/health").await, 503);
    sleep(SECOND).await;
    assert_eq!(status(&app, "/db/health").await, 200);
    assert_eq!(done(&app, "failover-db").await.cured, ["d"]);
}

#[tokio::test(start_paused = true)]
async fn whichever_component_is_made_worse_fails_for_a_minute() {
    let table = [
        ("app.deploy_bad", "/queue/health", 503),
        ("http.auth", "/queue/health", 401),
        ("http.stale", "/api/ping", 503),
        ("db.partial", "/db/health", 503),
    ];
    for (kind, path, code) in table {
        let app = app();
        let step = value!({"fault": kind, "cured_by": [], "worsened_by": ["run-job"],
            "when": {"header": {"x-nobody": "1"}}});
        let mut step: Map<String, Value> = step.as_object().unwrap().clone();
        if kind == "db.partial" {
            step.shift_remove("when");
        }
        app.inject(step).unwrap();
        done(&app, "run-job").await;
        assert_eq!(status(&app, path).await, code, "{kind}");
        assert_eq!(status(&app, "/admin/state").await, 200, "the control plane is exempt");
        sleep(60 * SECOND).await;
        assert_eq!(status(&app, path).await, 200, "{kind} afterwards");
    }
    let app = app();
    let step =
        r#"{"fault":"job","kind":"shifted","by":"1h","cured_by":[],"worsened_by":["scale-out"]}"#;
    inject(&app, step).await;
    let id = app.run_job(None).unwrap();
    done(&app, "scale-out").await;
    sleep(21 * SECOND).await;
    let job = get(&app, &format!("/jobs/{id}/status")).await.json();
    assert_eq!(job["status"], "failed");
}

#[tokio::test(start_paused = true)]
async fn what_a_step_says_of_tools_is_read_strictly() {
    let table = [
        (r#""cured_by":["restart-bd"]"#, "cured_by", "did you mean `restart-db`?"),
        (r#""cured_by":"restart-db""#, "cured_by", "a list of tools"),
        (r#""cured_by":[5]"#, "cured_by", "a list of tools"),
        (r#""worsened_by":["reboot"]"#, "worsened_by", "Allowed: restart-api"),
        (r#""worsened_by":["failover-db"]"#, "worsened_by", "cannot make it worse"),
        (r#""cured_bye":[]"#, "cured_bye", "did you mean `cured_by`?"),
    ];
    for (more, key, text) in table {
        let step = format!(r#"{{"fault":"db","kind":"down",{more}}}"#);
        let problem = mockapp::check_fault(&serde_json::from_str(&step).unwrap()).unwrap_err();
        assert_eq!(problem.key.as_deref(), Some(key), "{step}");
        assert!(problem.to_string().contains(text), "{step}: {problem}");
    }
    let app = app();
    inject(&app, r#"{"id":"d","fault":"db","kind":"down","cured_by":["Restart_API"]}"#).await;
    inject(&app, r#"{"id":"e","fault":"db","kind":"down","cured_by":[]}"#).await;
    assert!(done(&app, "failover-db").await.cured.is_empty());
    assert_eq!(done(&app, "restart-api").await.cured, ["d"]);
    assert_eq!(fault(&app, "d").await["ended_by"], "operator");
}

#[tokio::test(start_paused = true)]
async fn everything_that_takes_time_by_itself_is_divided_by_the_speed() {
    let app =
        app_with(Options { speed: 10.0, control_survives_refuse: true, ..Options::default() });
    inject(&app, r#"{"id":"q","fault":"queue","kind":"stuck"}"#).await;
    inject(&app, r#"{"id":"d","fault":"db","kind":"replica_lag"}"#).await;
    let before = queue(&app).await;
    sleep(6 * SECOND).await;
    assert_eq!(queue(&app).await, (before.0 + 60, before.1 + 60));
    assert_eq!(get(&app, "/db/health").await.json()["replica_lag_s"], 60);
    let begun = app.operate("restart-db", "Ada").unwrap();
    assert_eq!(begun.done_at.duration_since(begun.at).as_millis(), 800);
    inject(&app, r#"{"id":"m","fault":"mem","mb_per_s":10,"cap_mb":10}"#).await;
    sleep(Duration::from_millis(1_400)).await;
    assert_eq!(app.accepting(), mockapp::Accepting::Refused);
    sleep(Duration::from_millis(200)).await;
    assert_eq!(app.accepting(), mockapp::Accepting::Open, "half a second down in place of five");
}

#[tokio::test(start_paused = true)]
async fn an_operation_on_a_fork_leaves_no_trace_and_one_under_way_is_forked() {
    let app = app();
    inject(&app, r#"{"id":"d","fault":"db","kind":"down"}"#).await;
    app.operate("restart-db", "Ada").unwrap();
    let fork = app.fork();
    fork.operate("restart-worker", "Bob").unwrap();
    assert_eq!((app.operations().len(), fork.operations().len()), (1, 2));
    let due = "2026-01-05T08:30:08Z".parse().unwrap();
    assert_eq!((app.next_change(), app.operations()[0].done_at), (Some(due), due));
    let before = *app.changes().borrow();
    sleep(8 * SECOND).await;
    assert_eq!((status(&app, "/db/health").await, status(&fork, "/db/health").await), (200, 200));
    assert!(*app.changes().borrow() > before);
    assert_eq!(app.faults()[0].ended_at, Some(due));
}

#[tokio::test(start_paused = true)]
async fn the_operations_that_are_counted_say_whom_they_cured_to_those_who_may_know() {
    let app = app();
    inject(&app, r#"{"id":"d","fault":"db","kind":"down"}"#).await;
    done(&app, "restart-db").await;
    let told = get(&app, "/admin/operations").await.json()["operations"][0].clone();
    assert_eq!((&told["cured"], &told["worsened"]), (&value!(["d"]), &value!([])));
    assert!(!get(&app, "/ops").await.text().contains("cured"));
}

async fn form(app: &MockApp, body: &'static str, more: &[(&str, &str)]) -> Answer {
    let kind = "application/x-www-form-urlencoded";
    let mut post = request("POST", "/panel/operate").header("content-type", kind);
    for (name, text) in more {
        post = post.header(*name, *text);
    }
    send(app, post.body(Body::from(body)).unwrap()).await
}

#[tokio::test(start_paused = true)]
async fn the_panel_uses_the_tools_without_javascript_in_both_modes() {
    for operator in [false, true] {
        let app = app_with(Options { operator, ..Options::default() });
        let begun = form(&app, "tool=restart-db&by=Ada+L%26", &[]).await;
        let to = begun.header("location").unwrap().to_owned();
        assert_eq!((begun.status.as_u16(), to.as_str()), (303, "/?by=Ada%20L%26#operator"));
        let page = get(&app, "/?by=Ada%20L%26").await.text();
        assert!(page.contains(r#"value="Ada L&#38;""#), "{page}");
        assert!(page.contains("Restart the database is under way, 8 s left"), "{page}");
        assert!(page.contains("Under way, 8 s left.") && page.contains("by Ada L&#38;"));
        assert_eq!(page.contains("Switches"), !operator, "the switches");
        assert!(page.contains("Run Job") && page.contains(r#"value="cancel-job""#));
        assert_eq!(page.contains("<title>Operations</title>"), operator);
        let busy = form(&app, "tool=failover-db&by=Bob", &[]).await;
        assert_eq!(busy.status, 409);
        assert!(busy.text().contains("restart-db is under way on db (by Ada L&#38;)"));
        assert_eq!(form(&app, "tool=reboot&by=Bob", &[]).await.status, 404);
        assert_eq!(form(&app, "tool=scale-out&by=", &[]).await.status, 422);
        sleep(8 * SECOND).await;
        let live = get(&app, "/panel/live").await.text();
        assert!(live.contains("The database was stopped and started again."), "{live}");
        assert!(live.contains(r#"data-part="tools""#));
    }
}

#[tokio::test(start_paused = true)]
async fn tools_are_guarded_as_the_panel_is() {
    let app = app();
    let foreign = [("origin", "http://evil.example")];
    assert_eq!(form(&app, "tool=scale-out&by=Eve", &foreign).await.status, 403);
    for (method, path) in [("GET", "/ops"), ("POST", "/ops/scale-out")] {
        let request =
            http::Request::builder().method(method).uri(path).header("host", "evil.example");
        let answer = send(&app, request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, 403, "{path}");
    }
    let crossed = request("POST", "/ops/scale-out")
        .header("content-type", "application/json")
        .header("sec-fetch-site", "cross-site");
    let answer = send(&app, crossed.body(Body::from(r#"{"by":"Eve"}"#)).unwrap()).await;
    assert_eq!(answer.status, 403);
    assert!(app.operations().is_empty());
    inject(&app, r#"{"fault":"http.status","on":"*","code":500}"#).await;
    assert_eq!(status(&app, "/ops").await, 200, "no fault acts on them");
    assert_eq!(call(&app, "DELETE", "/ops").await.status, 405);
    assert_eq!(json(&app, "POST", "/ops/scale-out", r#"{"by":"Ada"}"#).await.status, 202);
}
