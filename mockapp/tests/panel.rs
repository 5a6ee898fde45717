//! The control panel as a browser without JavaScript uses it.

#![expect(clippy::unwrap_used, reason = "a test may fail where it stands")]

mod common;

use axum::body::Body;
use common::{Answer, app, get, inject, request, send};
use http::StatusCode;
use mockapp::MockApp;
use std::time::Duration;

async fn form(app: &MockApp, path: &str, body: &'static str) -> Answer {
    let kind = "application/x-www-form-urlencoded";
    let post = request("POST", path).header("content-type", kind);
    send(app, post.body(Body::from(body)).unwrap()).await
}

#[tokio::test(start_paused = true)]
async fn the_panel_has_its_labels_and_needs_nothing_from_outside() {
    let page = get(&app(), "/").await;
    let html = page.text();
    let labels = [
        "API Down",
        "DB Slow",
        "Queue Stuck",
        "Job Fail",
        "Apply",
        "Reset",
        "Run Job",
        "Live Status",
    ];
    for label in labels {
        assert!(html.contains(label), "{label}");
    }
    for check in ["api-availability", "db-health", "queue-depth"] {
        assert!(html.contains(check), "{check}");
    }
    assert!(!html.contains("src=\"http") && !html.contains("href=\"http"), "{html}");
    assert!(page.header("content-security-policy").unwrap().starts_with("default-src 'none'"));
    assert!(page.body.len() < 60_000, "{} bytes", page.body.len());
}

#[tokio::test(start_paused = true)]
async fn the_assets_are_where_the_page_says_and_nowhere_else() {
    let app = app();
    let html = get(&app, "/").await.text();
    let urls: Vec<&str> = html.split('"').filter(|part| part.starts_with("/static/")).collect();
    assert_eq!(urls.len(), 2, "{urls:?}");
    for url in urls {
        let asset = get(&app, url).await;
        assert_eq!(asset.status, StatusCode::OK, "{url}");
        assert!(asset.header("cache-control").unwrap().contains("immutable"));
    }
    assert_eq!(get(&app, "/static/panel.css").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test(start_paused = true)]
async fn apply_moves_exactly_the_ticked_switches_and_reset_moves_all_back() {
    let app = app();
    let toggles = async || get(&app, "/admin/state").await.json()["toggles"].to_string();
    let applied = form(&app, "/panel/faults", "api_down=true&job_fail=on").await;
    assert_eq!((applied.status.as_u16(), applied.header("location")), (303, Some("/")));
    let expected = r#"{"api_down":true,"db_slow":false,"queue_stuck":false,"job_fail":true}"#;
    assert_eq!(toggles().await, expected);
    assert!(get(&app, "/").await.text().contains(r#"aria-describedby="api_down-about" checked"#));
    assert_eq!(form(&app, "/panel/faults", "api_dwn=true").await.status, 422);
    assert_eq!(toggles().await, expected);
    form(&app, "/panel/reset", "").await;
    assert!(!toggles().await.contains("true"));
}

#[tokio::test(start_paused = true)]
async fn run_job_shows_the_id_running_and_then_the_end() {
    let app = app();
    let ran = form(&app, "/panel/job", "").await;
    let location = ran.header("location").unwrap().to_owned();
    let id = location.strip_prefix("/?ran=").unwrap();
    let page = get(&app, &location).await.text();
    assert!(page.contains(&format!("Job <code>{id}</code>")) && page.contains("pill running"));
    tokio::time::sleep(Duration::from_secs(21)).await;
    let live = get(&app, "/panel/live").await.text();
    assert!(live.contains(id) && live.contains("pill succeeded"), "{live}");
    inject(&app, r#"{"fault":"job","kind":"never_starts"}"#).await;
    let dropped = form(&app, "/panel/job", "").await;
    assert_eq!(dropped.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(dropped.text().contains("did not start"));
}

#[tokio::test(start_paused = true)]
async fn any_fault_can_be_injected_and_ended_and_a_mistake_is_shown_with_the_text_kept() {
    let app = app();
    let step = "step=%7B%22id%22%3A%22x%22%2C%22fault%22%3A%22noop%22%7D";
    assert_eq!(form(&app, "/panel/inject", step).await.status, StatusCode::SEE_OTHER);
    assert!(get(&app, "/panel/live").await.text().contains("<strong>x</strong>"));
    form(&app, "/panel/end", "id=x").await;
    assert!(!get(&app, "/panel/live").await.text().contains("<strong>x</strong>"));
    let wrong = form(&app, "/panel/inject", "step=%7B%22fault%22%3A%22%3Cb%3E%22%7D").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let html = wrong.text();
    assert!(html.contains("unknown fault") && !html.contains("<b>"), "what was typed is escaped");
    assert!(!html.contains("http-equiv"), "a page with a text to correct does not reload itself");
    let example = get(&app, "/?example=drip").await.text();
    assert!(example.contains("every_ms"));
}
