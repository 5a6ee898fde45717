//! Reports of runs that were made up by hand: what people read is compared word for word, what
//! programs read is read as a program would.

mod files;
mod page;
mod terminal;

use std::{collections::BTreeMap, path::PathBuf, sync::Arc, time::Duration};

use engine::{
    Event, EventKind, NoticeKind, Severity, Status, Timestamp,
    config::CheckName,
    details::Details,
    event::{ActionDone, ActionResult, CheckDone},
};

use crate::{
    played::{Down, FaultSpan, Played, Receipt, Sample, Truth},
    scenario::{CheckerFlags, Expect, Live, Ms, Place, Realm, Scenario, Text},
    verdict::{Finding, Judged, Told, Verdict},
};

const TEXT: &str = "scenario: outage
about: The API answers 503.
timeline:
  - {id: outage, at: 2m, for: 4m, fault: http.status, code: 503}
expect:
  alerts:
    - {check: api, event: first_fail, after: outage.start, within: bound}
  state:
    - {at: 5m, check: \"*\", is: [OK, WARN]}
sometimes: [outage.injected]
";

/// What control characters, quotes and markup could break.
const HOSTILE: &str = "<script>alert(\"x\")</script> & 'q' ]]> \u{1b}[31m\u{0}\u{8}\u{fffe}";

fn scenario(name: &str) -> Scenario {
    Scenario {
        name: name.to_owned(),
        about: "The API answers 503.".to_owned(),
        source: Arc::new(Text { file: format!("scenarios/{name}.yaml"), text: TEXT.to_owned() }),
        checks: PathBuf::from("checks.yaml"),
        start: Timestamp::from_millis(0),
        run: None,
        settle: Duration::from_secs(120),
        seed: 7,
        params: vec![("code".to_owned(), "503".to_owned())],
        flags: CheckerFlags::default(),
        timeline: Vec::new(),
        expect: Expect::default(),
        sometimes: Vec::new(),
        always: Vec::new(),
        live: Live::No,
        exercise: None,
    }
}

fn event(at: Ms, kind: EventKind) -> (Ms, Event) {
    (at, Event { ts: Timestamp::from_millis(at), seq: 1, kind })
}

fn found(at: Ms, name: &str, status: Status) -> (Ms, Event) {
    let done = CheckDone {
        name: CheckName::new(name),
        type_word: "http".to_owned(),
        status,
        prev: Status::Ok,
        severity: Severity::P1,
        latency_ms: None,
        attempts: 1,
        details: Details::default(),
        job: None,
    };
    event(at, EventKind::Check(done))
}

fn acted(at: Ms, result: ActionResult, helped: Option<bool>) -> (Ms, Event) {
    let (name, action) = (CheckName::new("api"), "http_post http://h/admin/reset".to_owned());
    let reason = (result == ActionResult::Ok).then(|| "200".to_owned());
    event(at, EventKind::Action(ActionDone { name, action, result, reason, helped }))
}

fn receipt(at: Ms, event: NoticeKind, channel: &str) -> Receipt {
    Receipt {
        at,
        channel: channel.to_owned(),
        key: format!("{event}.{at}"),
        check: Some("api".to_owned()),
        event: Some(event),
        subject: format!("[P1][{event}] api"),
        body: String::new(),
    }
}

fn sample(at: Ms, verdict: Truth, why: &str) -> Sample {
    Sample { at, until: at, verdict, why: why.to_owned() }
}

fn played() -> Played {
    let fault = FaultSpan {
        id: "outage".to_owned(),
        kind: "http.status".to_owned(),
        on: "GET /api/ping".to_owned(),
        realm: Realm::App,
        start: 120_000,
        end: Some(360_000),
        matched: 11,
        injected: 11,
    };
    let truth = vec![
        sample(0, Truth::Good, "200"),
        sample(120_000, Truth::Bad, "503"),
        sample(360_000, Truth::Slow, "200 after 2s"),
        sample(380_000, Truth::Good, "200"),
    ];
    Played {
        end: 480_000,
        faults: vec![fault],
        receipts: vec![
            receipt(130_000, NoticeKind::FirstFail, "email:ops@example.test"),
            receipt(130_000, NoticeKind::FirstFail, "webhook:chat"),
            receipt(375_000, NoticeKind::Recovered, "email:ops@example.test"),
        ],
        journal: vec![
            found(0, "api", Status::Ok),
            found(0, "db", Status::Ok),
            found(130_000, "api", Status::Fail),
            acted(130_000, ActionResult::Started, None),
            acted(130_500, ActionResult::Ok, None),
            acted(375_000, ActionResult::Ok, Some(true)),
            found(375_000, "api", Status::Ok),
        ],
        downs: vec![Down { from: 240_000, to: 255_000, why: "kill" }],
        truth: BTreeMap::from([
            ("api".to_owned(), truth),
            ("db".to_owned(), vec![sample(0, Truth::Good, "200")]),
        ]),
        retrying: vec![("api".to_owned(), 120_000, 130_000)],
        ..Played::default()
    }
}

fn told(name: &str, verdict: Verdict, findings: Vec<Finding>) -> Told {
    Told {
        scenario: scenario(name),
        played: played(),
        judged: Judged { verdict, findings },
        took: Duration::from_millis(4),
    }
}

fn finding(rule: &str, place: Option<(usize, usize, usize)>, message: &str) -> Finding {
    Finding {
        rule: rule.to_owned(),
        place: place.map(|(line, column, width)| Place { line, column, width }),
        message: message.to_owned(),
        expected: None,
        actual: None,
        help: Vec::new(),
        at: None,
    }
}

fn passed() -> Told {
    told("outage", Verdict::Pass, Vec::new())
}

fn missing() -> Told {
    let mut missing = finding("alert", Some((7, 8, 5)), "first_fail for api did not come");
    missing.expected = Some("one first_fail for api between 2m and 2m41s".to_owned());
    missing.actual = Some("none came\nFAIL from 2m10s".to_owned());
    missing.help = vec!["the checker saw it: look at `notify_on`".to_owned()];
    missing.at = Some(161_000);
    told("missing", Verdict::Fail, vec![missing])
}

fn unexpected() -> Told {
    let mut more = finding("unexpected", Some((6, 3, 6)), "recovered for api came at 6m15s");
    more.expected = Some("no other alert than the listed ones".to_owned());
    more.at = Some(375_000);
    told("unexpected", Verdict::Fail, vec![more])
}

fn mismatch() -> Told {
    let mut state = finding("state", Some((9, 8, 2)), "api was FAIL at 5m");
    state.expected = Some("OK or WARN at 5m".to_owned());
    state.actual = Some("FAIL since 2m10s".to_owned());
    told("mismatch", Verdict::Fail, vec![state, finding("settles", None, "api is not OK")])
}

fn inconclusive() -> Told {
    let proof = finding("sometimes", Some((10, 13, 15)), "`outage.injected` did not happen");
    let mut told = told("nothing", Verdict::Inconclusive, vec![proof]);
    told.played = Played { end: 480_000, ..Played::default() };
    told.played.notes = vec![(1_000, "the step was refused".to_owned())];
    told
}

fn hostile() -> Told {
    let mut bad = finding(HOSTILE, Some((4, 5, 2)), HOSTILE);
    (bad.expected, bad.actual) = (Some(HOSTILE.to_owned()), Some(HOSTILE.to_owned()));
    bad.help = vec![HOSTILE.to_owned()];
    bad.at = Some(130_000);
    let mut told = told("hostile", Verdict::Fail, vec![bad]);
    let text = TEXT.replace("outage", HOSTILE);
    told.scenario.source = Arc::new(Text { file: HOSTILE.to_owned(), text });
    (told.scenario.name, told.scenario.about) = (HOSTILE.to_owned(), HOSTILE.to_owned());
    told.scenario.params = vec![(HOSTILE.to_owned(), HOSTILE.to_owned())];
    for receipt in &mut told.played.receipts {
        (receipt.subject, receipt.channel) = (HOSTILE.to_owned(), HOSTILE.to_owned());
        receipt.check = Some(HOSTILE.to_owned());
    }
    for fault in &mut told.played.faults {
        (fault.id, fault.kind, fault.on) = (HOSTILE.into(), HOSTILE.into(), HOSTILE.into());
    }
    let samples = told.played.truth.remove("api").unwrap();
    told.played.truth.insert(HOSTILE.to_owned(), samples);
    told.played.notes = vec![(0, HOSTILE.to_owned())];
    told
}

/// One of each.
fn all() -> Vec<Told> {
    vec![passed(), missing(), unexpected(), mismatch(), inconclusive(), hostile()]
}
