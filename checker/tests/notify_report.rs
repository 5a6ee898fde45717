//! The text of the morning report.

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic")]

use checker::report::{Report, render};
use engine::{
    board::{Board, Entry},
    config::CheckName,
    details::Details,
    event::{
        ActionDone, ActionResult, CheckCard, CheckDone, ConfigLoaded, Delivered, Event, EventKind,
        Notice, NoticeFacts,
    },
    status::{
        NoticeKind, Severity,
        Status::{self, Fail, Ok, Pending, Unknown, Warn},
    },
    time::Timestamp,
};
use jiff::tz::TimeZone;

const DAY: i64 = 1_767_580_200_000;

fn minute(minute: i64) -> Timestamp {
    Timestamp::from_millis(DAY - 24 * 3_600_000 + minute * 60_000)
}

fn story(kinds: Vec<(i64, EventKind)>) -> (Board, Vec<Event>) {
    let mut board = Board::default();
    let event = |(seq, (at, kind)): (u64, (i64, EventKind))| Event { ts: minute(at), seq, kind };
    let events: Vec<Event> = (1..).zip(kinds).map(event).collect();
    for event in &events {
        board.apply(event);
    }
    (board, events)
}

fn checks(names: &[&str]) -> EventKind {
    let card = |name: &&str| CheckCard {
        name: CheckName::new(name),
        type_word: "http".to_owned(),
        display_name: None,
        severity: Severity::P1,
        interval_ms: 30_000,
    };
    let checks = names.iter().map(card).collect();
    let file = "checks.yaml".to_owned();
    EventKind::Config(ConfigLoaded { ok: true, file, error: None, timezone: None, checks })
}

fn cycle(
    name: &str,
    prev: Status,
    status: Status,
    latency: Option<u64>,
    reason: &str,
) -> EventKind {
    EventKind::Check(CheckDone {
        name: CheckName::new(name),
        type_word: "http".to_owned(),
        status,
        prev,
        severity: Severity::P1,
        latency_ms: latency,
        attempts: 1,
        details: Details { reason: reason.to_owned(), ..Details::default() },
        job: None,
    })
}

fn notice(id: u64, at: i64, kind: NoticeKind, subject: &str, since: Option<i64>) -> EventKind {
    EventKind::Notify(Notice {
        id,
        name: Some(CheckName::new("api")),
        kind,
        severity: Severity::P1,
        raised_at: minute(at),
        subject: subject.to_owned(),
        body: String::new(),
        channels: vec!["console".to_owned()],
        facts: NoticeFacts { since: since.map(minute), ..NoticeFacts::default() },
    })
}

fn delivery(id: u64, ok: bool) -> EventKind {
    EventKind::Delivery(Delivered {
        id,
        name: Some(CheckName::new("api")),
        kind: NoticeKind::FirstFail,
        channel: "console".to_owned(),
        attempt: 1,
        ok,
        error: None,
        gave_up: false,
    })
}

fn action(result: ActionResult, reason: Option<&str>, helped: Option<bool>) -> EventKind {
    EventKind::Action(ActionDone {
        name: CheckName::new("api"),
        action: "restart api.service".to_owned(),
        result,
        reason: reason.map(str::to_owned),
        helped,
    })
}

fn morning(board: &Board, events: &[Event]) -> Report {
    let zone = TimeZone::get("Asia/Kolkata").unwrap();
    render(board, events, &zone, Timestamp::from_millis(DAY))
}

#[test]
fn a_night_with_incidents_is_told_in_order() {
    let (board, events) = night();
    let report = morning(&board, &events);
    assert_eq!(report.subject, "[REPORT] 2026-01-05: 1 of 3 checks failing");
    assert_eq!(report.text, NIGHT);
}

fn night() -> (Board, Vec<Event>) {
    story(vec![
        (-90, checks(&["api", "db", "queue"])),
        (-60, cycle("api", Ok, Fail, None, "too old for the report")),
        (1, cycle("api", Fail, Ok, Some(11), "")),
        (1, notice(4, 1, NoticeKind::Recovered, "[P1][RECOVERED] api", Some(-60))),
        (10, cycle("queue", Pending, Warn, Some(480), "slow")),
        (600, cycle("api", Ok, Fail, Some(3), "expected status 200, got 503")),
        (600, notice(7, 600, NoticeKind::FirstFail, "[P1][FIRST_FAIL] api", Some(600))),
        (600, delivery(7, true)),
        (600, action(ActionResult::Started, None, None)),
        (600, action(ActionResult::Ok, None, None)),
        (601, cycle("api", Fail, Unknown, None, "no network")),
        (602, cycle("api", Unknown, Fail, None, "no answer")),
        (604, cycle("api", Fail, Ok, Some(12), "")),
        (604, action(ActionResult::Ok, None, Some(true))),
        (604, notice(14, 604, NoticeKind::Recovered, "[P1][RECOVERED] api", Some(600))),
        (604, delivery(14, false)),
        (1380, cycle("db", Ok, Fail, None, "connection refused by 127.0.0.1:5432")),
        (1381, action(ActionResult::Skipped, Some("rate_limited"), None)),
        (1382, action(ActionResult::Started, None, None)),
    ])
}

const NIGHT: &str = "\
Report of 2026-01-05 08:00:00 IST

1 of 3 checks failing: db

CHECK  STATUS  SINCE                    FAILURES  LATENCY  UP IN 24 H
api    OK      2026-01-04 18:04:00 IST  0         12 ms    50.00 % of 4
db     FAIL    2026-01-05 07:00:00 IST  1         -        0.00 % of 1
queue  WARN    2026-01-04 08:10:00 IST  0         480 ms   100.00 % of 1

Incidents of the last 24 hours
2026-01-04 07:00:00 IST  api  lasted 1 h 1 min
2026-01-04 18:00:00 IST  api  lasted 4 min      expected status 200, got 503
2026-01-05 07:00:00 IST  db   open for 1 h      connection refused by 127.0.0.1:5432

Alerts of the last 24 hours
2026-01-04 08:01:00 IST  [P1][RECOVERED] api   to nobody yet
2026-01-04 18:00:00 IST  [P1][FIRST_FAIL] api  to console
2026-01-04 18:04:00 IST  [P1][RECOVERED] api   to nobody yet

Actions of the last 24 hours
2026-01-04 18:00:00 IST  api  restart api.service  ran
2026-01-04 18:04:00 IST  api  restart api.service  helped
2026-01-05 07:01:00 IST  api  restart api.service  skipped               rate_limited
2026-01-05 07:02:00 IST  api  restart api.service  started, end unknown
";

#[test]
fn a_quiet_night_is_told_in_few_words() {
    let (board, events) = story(vec![
        (0, checks(&["api"])),
        (5, cycle("api", Status::Pending, Status::Ok, Some(9), "")),
    ]);
    let report = morning(&board, &events);
    assert_eq!(report.subject, "[REPORT] 2026-01-05: all 1 checks OK");
    let expected = "\
Report of 2026-01-05 08:00:00 IST

all 1 checks OK

CHECK  STATUS  SINCE                    FAILURES  LATENCY  UP IN 24 H
api    OK      2026-01-04 08:05:00 IST  0         9 ms     100.00 % of 1

Incidents of the last 24 hours: none

Alerts of the last 24 hours: none

Actions of the last 24 hours: none
";
    assert_eq!(report.text, expected);
}

#[test]
fn the_headline_says_what_is_worst() {
    let cases = [
        (vec![], "no checks are configured"),
        (vec![Ok, Ok], "all 2 checks OK"),
        (vec![Ok, Warn, Unknown, Unknown], "no check failing, 1 WARN, 2 UNKNOWN of 4"),
        (vec![Pending], "no check failing, 1 PENDING of 1"),
        (vec![Fail, Warn], "1 of 2 checks failing: check-0"),
    ];
    for (statuses, expected) in cases {
        let mut board = Board::default();
        for (number, status) in (0..).zip(statuses) {
            let entry = Entry { status, position: number, ..Entry::default() };
            board.entries.insert(CheckName::new(&format!("check-{number}")), entry);
        }
        let text = morning(&board, &[]).text;
        assert_eq!(text.lines().nth(2), Some(expected));
    }
}

#[test]
fn a_long_list_is_cut_and_counted() {
    let actions = vec![(10, action(ActionResult::Ok, None, None)); 57];
    let (board, events) = story(actions);
    let text = morning(&board, &events).text;
    assert!(text.ends_with("… and 7 more\n"), "{text}");
}
