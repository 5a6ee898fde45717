//! A record made by hand, and one whose texts are hostile: what tests of pages, post-mortem and
//! replay are made from.

use engine::Timestamp;

use super::{
    desk::{Deed, Done, Mail},
    record::{Cause, Ending, Lane, Operation, Part, Record, Score, Sign, Span, Worth},
};
use crate::scenario::Ms;

/// Text that would break out of a page, a table or a terminal.
pub(crate) const HOSTILE: &str = "<script>alert(\"x\")</script>|'&` \u{1b}[31m\n# H";

pub(crate) fn span(from: Ms, to: Ms, what: &str, why: &str) -> Span {
    Span { from: from * 1_000, to: to * 1_000, what: what.to_owned(), why: why.to_owned() }
}

fn lane(name: &str, spans: Vec<Span>) -> Lane {
    Lane { name: name.to_owned(), spans }
}

pub(crate) fn mail(at: Ms, check: &str, event: &str, subject: &str) -> Mail {
    Mail {
        at: at * 1_000,
        check: Some(check.to_owned()),
        event: Some(event.to_owned()),
        subject: subject.to_owned(),
        body: format!("{subject}\n\nSince 08:02:30, 1 failure in a row.\nThreshold: status 200."),
    }
}

pub(crate) fn done(at: Ms, by: &str, deed: Deed, answer: &str) -> Done {
    Done { at: at * 1_000, by: by.to_owned(), deed, answer: answer.to_owned() }
}

fn part(name: &str, points: i32, of: i32, why: &str) -> Part {
    Part { name: name.to_owned(), points, of, why: why.to_owned() }
}

/// A database that slowed down, found on the second guess.
pub(crate) fn record() -> Record {
    Record {
        title: "The pool runs dry".to_owned(),
        scenario: "the-pool-runs-dry".to_owned(),
        story: "Monday, 8 in the morning. The newsletter went out an hour ago.".to_owned(),
        level: 2,
        seed: 7,
        speed: 10.0,
        team: "Blue".to_owned(),
        began: Timestamp::from_millis(1_767_600_000_000),
        ended: 1_200_000,
        ending: Ending::Resolved,
        causes: vec![Cause {
            component: "db".to_owned(),
            fault: "db.pool".to_owned(),
            plain: "the database has no free connections".to_owned(),
        }],
        faults: vec![span(150, 780, "db.pool", "GET /health")],
        users: vec![
            lane("GET /api/ping", vec![span(155, 330, "slow", ""), span(330, 780, "bad", "503")]),
            lane("GET /health", vec![span(160, 775, "bad", "db down")]),
        ],
        checks: vec![
            lane(
                "api-availability",
                vec![
                    span(0, 360, "OK", ""),
                    span(360, 810, "FAIL", "status is 503, expected 200"),
                    span(810, 1_200, "OK", ""),
                ],
            ),
            lane(
                "db-health",
                vec![
                    span(0, 180, "OK", ""),
                    span(180, 240, "WARN", "latency is 900 ms"),
                    span(240, 810, "FAIL", "$.db is down, expected up"),
                    span(810, 1_200, "OK", ""),
                ],
            ),
        ],
        alerts: vec![
            mail(245, "db-health", "first_fail", "[FAIL] db-health: $.db is down"),
            mail(365, "api-availability", "first_fail", "[FAIL] api-availability: status is 503"),
            mail(815, "db-health", "recovered", "[OK] db-health is back after 9 min 30 s"),
        ],
        done: deeds(),
        operations: vec![
            used("restart-app", "Restart the app", "Bo", 480, 500, Worth::Needless),
            used("restart-db", "Restart the database", "Ann", 760, 780, Worth::Helped),
        ],
        earliest: Some(Sign {
            at: 155_000,
            what: "GET /api/ping takes 900 ms instead of 20 ms".to_owned(),
            seen_at: "the response time on the page of api-availability".to_owned(),
        }),
        sooner: Some("interval_s: 10 on db-health would have told it 20 s sooner".to_owned()),
        resolution: Some(
            "The newsletter brought a crowd, and every visitor held a connection.".to_owned(),
        ),
        hints: vec!["Look below the app.".to_owned(), "Who waits for whom?".to_owned()],
        score: score(),
        nobody: simulated(4, 17.5, 420),
        remedies: simulated(31, 12.25, 300),
    }
}

fn deeds() -> Vec<Done> {
    let cause = |component: &str, fault: &str| Deed::Diagnose {
        component: component.to_owned(),
        fault: fault.to_owned(),
    };
    vec![
        done(290, "Ann", Deed::Acknowledge { check: "db-health".to_owned() }, "ok"),
        done(300, "Ann", Deed::Declare, "ok"),
        done(420, "Bo", cause("app", "app.crash"), "noted"),
        done(480, "Bo", Deed::Operate { tool: "restart-app".to_owned() }, "done in 20 s"),
        done(600, "Ann", Deed::Hint, "Look below the app."),
        done(700, "Ann", cause("db", "db.pool"), "noted"),
        done(760, "Ann", Deed::Operate { tool: "restart-db".to_owned() }, "done in 20 s"),
        done(1_200, "Ann", Deed::Resolve, "ok"),
    ]
}

fn used(tool: &str, label: &str, by: &str, from: Ms, to: Ms, worth: Worth) -> Operation {
    Operation {
        tool: tool.to_owned(),
        label: label.to_owned(),
        by: by.to_owned(),
        from: from * 1_000,
        to: to * 1_000,
        worth,
    }
}

fn score() -> Score {
    Score {
        points: 58,
        parts: vec![
            part(
                "detection",
                12,
                20,
                "the first deed came 2 min 10 s after the first failed request",
            ),
            part("acknowledgement", 10, 10, "the first alert was acknowledged within 45 s"),
            part("diagnosis", 20, 30, "the second cause that was named was right"),
            part("mitigation", 26, 40, "41 % of the pain was saved"),
            part("needless operations", -5, 0, "Restart the app changed nothing"),
            part("hints", -5, 0, "one hint was asked for"),
        ],
        detect: Some(130_000),
        acknowledge: Some(45_000),
        diagnose: Some(540_000),
        mitigate: Some(620_000),
        pain_minutes: 10.3,
        requests: 480,
        failed: 214,
    }
}

fn simulated(points: i32, pain_minutes: f64, failed: u64) -> Score {
    Score { points, pain_minutes, requests: 480, failed, ..Score::default() }
}

/// A quiet day that stayed one.
pub(crate) fn quiet() -> Record {
    let calm = Score { points: 100, requests: 480, ..Score::default() };
    Record {
        title: "A quiet day".to_owned(),
        ending: Ending::Left,
        causes: Vec::new(),
        faults: Vec::new(),
        users: vec![lane("GET /api/ping", Vec::new())],
        checks: vec![lane("db-health", vec![span(0, 1_200, "OK", "")])],
        alerts: Vec::new(),
        done: vec![done(1_200, "Ann", Deed::Leave, "ok")],
        operations: Vec::new(),
        earliest: None,
        sooner: None,
        resolution: None,
        hints: Vec::new(),
        score: Score {
            parts: vec![part("calm", 100, 100, "nobody raised an alarm")],
            ..calm.clone()
        },
        nobody: calm.clone(),
        remedies: calm,
        ..record()
    }
}

/// All texts of people and of the outside are hostile.
pub(crate) fn hostile() -> Record {
    let text = || HOSTILE.to_owned();
    let mut record = record();
    (record.title, record.team, record.story, record.scenario) = (text(), text(), text(), text());
    (record.resolution, record.sooner) = (Some(text()), Some(text()));
    record.ending = Ending::Broken(text());
    record.hints = vec![text()];
    record.done.insert(
        0,
        Done { at: 280_000, by: text(), deed: Deed::Note { text: text() }, answer: text() },
    );
    for mail in &mut record.alerts {
        (mail.subject, mail.body, mail.check) = (text(), text(), Some(text()));
    }
    for lane in record.users.iter_mut().chain(&mut record.checks) {
        lane.name = text();
        lane.spans.iter_mut().for_each(|span| span.why = text());
    }
    for cause in &mut record.causes {
        (cause.component, cause.fault, cause.plain) = (text(), text(), text());
    }
    for used in &mut record.operations {
        (used.tool, used.label, used.by) = (text(), text(), text());
    }
    for part in &mut record.score.parts {
        (part.name, part.why) = (text(), text());
    }
    record.earliest = Some(Sign { at: 1, what: text(), seen_at: text() });
    record
}
