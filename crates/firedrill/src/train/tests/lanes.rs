//! The rows of a record, from a simulated run.

use super::*;
use crate::{
    played::FaultSpan,
    scenario::Realm,
    train::{lanes, record::Lane},
};

fn words(lane: &Lane) -> Vec<(i64, &str)> {
    lane.spans.iter().map(|span| (span.from / S, span.what.as_str())).collect()
}

#[test]
fn users_fail_exactly_while_the_fault_acts() {
    let facts = nobody("api-answers-503");
    let lanes = lanes::users(&facts.users, facts.ended);
    let names: Vec<_> = lanes.iter().map(|lane| lane.name.as_str()).collect();
    assert_eq!(names, ["GET /api/ping", "GET /db/health", "GET /queue/health"]);
    assert_eq!(words(&lanes[0]), [(122, "failed")]);
    assert_eq!((lanes[0].spans[0].to, lanes[0].spans[0].why.as_str()), (12 * M + 2_500, "503"));
    assert!(lanes[1].spans.is_empty() && lanes[2].spans.is_empty());
    assert_eq!(facts.users.len(), 3 * 180, "every route every 5 s for 15 min");
}

#[test]
fn checks_say_what_they_said_and_alerts_come_once() {
    let facts = nobody("api-answers-503");
    let lane = facts.checks.iter().find(|lane| lane.name == "api-availability").unwrap();
    assert_eq!(words(lane), [(0, "OK"), (130, "FAIL"), (720, "OK")]);
    assert_eq!(lane.spans[1].why, "status 503, expected 200");
    let alerts: Vec<_> =
        facts.alerts.iter().map(|mail| (mail.at / S, mail.event.as_deref().unwrap())).collect();
    assert_eq!(alerts, [(130, "first_fail"), (720, "recovered")]);
    assert_eq!(facts.results.iter().filter(|one| one.check == "db-health").count(), 30);
}

#[test]
fn a_fault_that_is_there_at_the_end_lasts_until_then_and_one_that_does_nothing_is_none() {
    let span = |kind: &str, end| FaultSpan {
        id: kind.to_owned(),
        kind: kind.to_owned(),
        on: "GET /api/ping".to_owned(),
        realm: Realm::App,
        start: M,
        end,
        matched: 0,
        injected: 0,
    };
    let spans = [span("noop", None), span("db", None), span("http.status", Some(9 * M))];
    let faults: Vec<_> = lanes::faults(&spans, 5 * M)
        .into_iter()
        .map(|span| (span.what, span.from, span.to))
        .collect();
    let both = ["db", "http.status"].map(|kind| (kind.to_owned(), M, 5 * M));
    assert_eq!(faults, both);
}

#[test]
fn a_retry_is_red_from_the_failed_attempt_on() {
    let results = nobody("api-answers-503").results;
    let retrying = [("api-availability".to_owned(), 2 * M, 2 * M + 10 * S)];
    let lanes = lanes::checks(&results, &retrying, LIMIT);
    let lane = lanes.iter().find(|lane| lane.name == "api-availability").unwrap();
    assert_eq!(words(lane)[1..3], [(120, "RETRYING"), (130, "FAIL")]);
}
