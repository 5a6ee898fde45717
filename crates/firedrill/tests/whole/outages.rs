//! Outages on the real stack: seen, told, mended, survived.

use std::fs;

use engine::{EventKind, NoticeKind, Status, event::ActionResult};

use crate::stack::{Stack, http, said, wait};

/// The shipped checks, at a pace that suits a test.
fn checks() -> String {
    include_str!("../../../../checks.yaml")
        .replace("global:\n", "global:\n  interval_s: 1\n  timeout_s: 2\n")
        .replace("retry_backoff_s: 5 ", "retry_backoff_s: 0.2 ")
}

fn without_remedy() -> String {
    let text = checks();
    let (head, rest) = text.split_once("    on_fail:\n").unwrap();
    let (_, tail) = rest.split_once("    notify_on: [\"first_fail\", \"recovered\"]\n").unwrap();
    format!("{head}    notify_on: [\"first_fail\", \"recovered\"]\n{tail}")
}

fn all_green(stack: &Stack) {
    for name in ["api-availability", "db-health", "queue-depth", "job"] {
        stack.until(name, "all tiles are green", |entry| entry.status == Status::Ok);
    }
}

#[test]
fn api_down_is_told_once_mended_by_the_remedy_and_its_end_is_told_once() {
    let stack = Stack::with(&checks());
    let _checker = stack.watch();
    all_green(&stack);
    stack.post("admin/faults", r#"{"api_down":true}"#);
    wait("first_fail and recovered", || {
        (stack.notices("api-availability").len() >= 2).then_some(())
    });
    stack.until("api-availability", "green again, and said to be helped", |entry| {
        entry.status == Status::Ok && entry.actions.values().all(|run| run.helped.is_some())
    });
    assert_eq!(stack.notices("api-availability"), [NoticeKind::FirstFail, NoticeKind::Recovered]);
    let order: Vec<_> = stack
        .events()
        .iter()
        .filter_map(|event| match &event.kind {
            EventKind::Check(done) if done.name.as_str() == "api-availability" => {
                (done.status != done.prev).then(|| done.status.to_string())
            }
            EventKind::Notify(notice) => Some(notice.kind.to_string()),
            EventKind::Action(done) if done.result == ActionResult::Ok => {
                Some(if done.helped == Some(true) { "helped" } else { "acted" }.to_owned())
            }
            _ => None,
        })
        .collect();
    // The remedy's own answer may come before or after the turn that finds the app well again.
    let (acts, told): (Vec<_>, Vec<_>) =
        order.iter().partition(|word| matches!(word.as_str(), "acted" | "helped"));
    assert_eq!(told, ["OK", "FAIL", "first_fail", "OK", "recovered"]);
    assert_eq!(acts, ["acted", "helped"]);
    let at = |word| order.iter().position(|one| one == word);
    assert!(at("acted") > at("first_fail"), "{order:?}");
    let console = fs::read_to_string(stack.path("console.txt")).unwrap();
    assert!(console.contains("[P1][FIRST_FAIL] api-availability"), "{console}");
    assert!(console.contains("[P1][RECOVERED] api-availability"), "{console}");
}

#[test]
fn killed_in_an_outage_the_checker_goes_on_where_it_was() {
    let stack = Stack::with(&without_remedy());
    let mut checker = stack.watch();
    all_green(&stack);
    stack.post("admin/faults", r#"{"api_down":true}"#);
    let before = stack.until("api-availability", "two failed cycles", |entry| {
        entry.consecutive_failures >= 2 && entry.pending.is_empty()
    });
    checker.0.kill().unwrap();
    checker.0.wait().unwrap();
    let _again = stack.watch();
    let after = stack.until("api-availability", "the count goes on", |entry| {
        entry.consecutive_failures > before.consecutive_failures
    });
    assert_eq!(after.first_failed_at, before.first_failed_at);
    stack.post("admin/reset", "{}");
    stack.until("api-availability", "green again", |entry| entry.status == Status::Ok);
    wait("recovered", || {
        (stack.notices("api-availability").last() == Some(&NoticeKind::Recovered)).then_some(())
    });
    assert_eq!(stack.notices("api-availability"), [NoticeKind::FirstFail, NoticeKind::Recovered]);
}

#[test]
fn each_toggle_trips_its_own_check_and_no_other() {
    let stack = Stack::with(&without_remedy());
    let _checker = stack.watch();
    all_green(&stack);
    let toggles = [
        ("api_down", "api-availability"),
        ("db_slow", "db-health"),
        ("queue_stuck", "queue-depth"),
    ];
    for (toggle, name) in toggles {
        stack.post("admin/faults", &format!("{{\"{toggle}\":true}}"));
        stack.until(name, "the check fails", |entry| entry.status == Status::Fail);
        stack.post("admin/reset", "{}");
        stack.until(name, "the check is fine again", |entry| entry.status == Status::Ok);
    }
    for (_, name) in toggles {
        wait("recovered", || (stack.notices(name).len() == 2).then_some(()));
        assert_eq!(stack.notices(name), [NoticeKind::FirstFail, NoticeKind::Recovered]);
    }
}

#[test]
fn a_job_is_seen_running_and_succeeded_and_another_failed() {
    let stack = Stack::with(&checks().replace("\"deadline_miss\"", "\"first_fail\""));
    let _checker = stack.watch();
    all_green(&stack);
    let job = |wanted: &'static str| {
        stack.until("job", wanted, |entry| {
            entry.job.as_ref().is_some_and(|job| job.status.as_deref() == Some(wanted))
        })
    };
    stack.post("jobs/run", "{}");
    assert_eq!(job("running").status, Status::Ok);
    assert_eq!(job("succeeded").status, Status::Ok);
    stack.post("admin/faults", r#"{"job_fail":true}"#);
    stack.post("jobs/run", "{}");
    assert_eq!(job("failed").status, Status::Fail);
}

#[test]
fn a_broken_edit_keeps_the_old_configuration_and_is_shown_on_the_board() {
    let stack = Stack::with(&checks());
    let _checker = stack.watch();
    let (_board, address) = stack.dashboard();
    all_green(&stack);
    let good = fs::read_to_string(stack.path("checks.yaml")).unwrap();
    fs::write(stack.path("checks.yaml"), good.replace("severity: P2", "severty: P2")).unwrap();
    let page = wait("the board shows the error", || {
        Some(http(&address, "GET", "")).filter(|page| page.contains("severty"))
    });
    assert!(page.contains("severity"), "with its remedy: {page}");
    let seen = stack.entry("db-health").unwrap().last_checked_at;
    stack.until("db-health", "the old checks go on", |entry| entry.last_checked_at > seen);
    fs::write(stack.path("checks.yaml"), good.replace("name: db-health", "name: database"))
        .unwrap();
    stack.until("database", "the mended edit is taken up", |entry| entry.status == Status::Ok);
    assert!(stack.entry("db-health").is_none_or(|entry| entry.removed));
}

#[test]
fn explain_says_why_who_was_told_and_the_bound() {
    let stack = Stack::with(&without_remedy());
    let _checker = stack.watch();
    all_green(&stack);
    stack.post("admin/faults", r#"{"api_down":true}"#);
    stack.until("api-availability", "it was told", |entry| {
        entry.status == Status::Fail && entry.last_notification_at.is_some()
    });
    let text = said(&stack.ask(&["explain", "api-availability"]));
    for part in [
        "api-availability is FAIL since",
        "status 503, expected 200",
        "first_fail accepted by console, attempt 1",
        "the first good cycle closes the incident and sends recovered",
        "an outage is FAIL within 7 s (1 s interval + 3 × 2 s time-out + 2 × 200 ms back-off)",
    ] {
        assert!(text.contains(part), "`{part}` is missing in\n{text}");
    }
}

#[test]
fn the_board_shows_an_outage_without_any_javascript() {
    let stack = Stack::with(&without_remedy());
    let _checker = stack.watch();
    let (_board, address) = stack.dashboard();
    all_green(&stack);
    let green = wait("four green tiles", || {
        Some(http(&address, "GET", "")).filter(|page| page.matches("GREEN").count() >= 4)
    });
    assert!(green.contains("Regular / Morning Checks") && green.contains("Last 24h Results"));
    stack.post("admin/faults", r#"{"db_slow":true}"#);
    let retrying = |entry: &engine::board::Entry| entry.retrying.is_some();
    stack.until("db-health", "red from the first failed attempt on", |entry| {
        retrying(entry) || entry.status == Status::Fail
    });
    wait("a red tile", || Some(http(&address, "GET", "")).filter(|page| page.contains("RED")));
}
