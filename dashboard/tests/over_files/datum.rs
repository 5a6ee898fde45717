//! `/datum`: what it says of a heartbeat, and without any.

use engine::{Severity, Status, Timestamp, details::Details};
use http::StatusCode;
use serde_json::{Value, json};

use crate::{
    history::{History, at, secs},
    site::Site,
};

fn now() -> Timestamp {
    at("2025-08-16T14:34:06Z")
}

fn found(status: Status, reason: &str, facts: Value) -> History {
    let kind = "log_heartbeat";
    let mut history = History::started(now() - secs(7200), &[("gateway", kind, Severity::P2)]);
    let Value::Object(facts) = facts else { panic!("no facts") };
    let details = Details { reason: reason.into(), facts, ..Details::default() };
    history.cycle(now() - secs(30), "gateway", status, details);
    history
}

#[tokio::test(start_paused = true)]
async fn it_shows_the_word_the_age_the_clients_and_when_it_was_checked() {
    let reason = "Last heartbeat 2.4 min ago with 2 clients — all good.";
    let facts = json!({"last_heartbeat": "2025-08-16T14:31:12", "minutes_ago": 2.4, "clients": 2, "stale": false});
    let page = Site::at(now(), &found(Status::Ok, reason, facts)).get("/datum").await;
    assert_eq!(page.status, StatusCode::OK);
    for part in [
        "<b>GREEN</b>",
        "Status: </span><span>OK</span>",
        reason,
        "<dd>2.9 min ago (2025-08-16 14:31:12)</dd>",
        "<dt>Clients</dt><dd>2</dd>",
        "30 s ago",
    ] {
        assert!(page.has(part), "{part} is not in {}", page.text);
    }
}

#[tokio::test(start_paused = true)]
async fn a_failure_without_any_heartbeat_says_so() {
    let reason = "No recent heartbeat found in journal logs.";
    let facts =
        json!({"last_heartbeat": null, "minutes_ago": null, "clients": null, "stale": true});
    let page = Site::at(now(), &found(Status::Fail, reason, facts)).get("/datum").await;
    for part in ["<b>RED</b>", reason, "<dd>none found</dd>", "<dd>not known</dd>"] {
        assert!(page.has(part), "{part} is not in {}", page.text);
    }
}

#[tokio::test(start_paused = true)]
async fn without_a_checker_or_without_such_a_check_there_is_no_status_data() {
    let other = History::started(now() - secs(60), &[("api", "http", Severity::P1)]);
    let pending = History::started(now() - secs(60), &[("gateway", "log_heartbeat", Severity::P2)]);
    for site in [Site::empty(now(), None), Site::at(now(), &other), Site::at(now(), &pending)] {
        let page = site.get("/datum").await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.has("No status data available"), "{}", page.text);
    }
}

#[tokio::test(start_paused = true)]
async fn old_news_is_stale_and_its_age_goes_on() {
    let facts = json!({"last_heartbeat": "2025-08-16T14:31:12", "minutes_ago": 2.4, "clients": 2, "stale": false});
    let history = found(Status::Ok, "all good", facts);
    let page = Site::at(now() + secs(600), &history).get("/datum").await;
    assert!(page.has("STALE") && page.has("12.9 min ago"), "{}", page.text);
}
