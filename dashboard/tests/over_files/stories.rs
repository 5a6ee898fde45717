//! Histories to show: quiet hours, an outage, a thousand checks.

use std::time::Duration;

use engine::{
    NoticeKind, Severity, Status, Timestamp,
    details::{Details, Expectation},
    event::ActionResult,
    job::JobState,
    observation::{Phases, TransportErrorKind},
};

use crate::history::{History, because, secs};

fn rule(what: &str, expected: &str, actual: &str, ok: bool) -> Expectation {
    Expectation { what: what.into(), expected: expected.into(), actual: actual.into(), ok }
}

fn phases(total_ms: u64) -> Phases {
    let us = total_ms * 1000;
    Phases {
        dns_us: Some(us / 14),
        connect_us: Some(us / 9),
        tls_us: Some(us / 5),
        first_byte_us: Some(us * 8 / 15),
        body_us: Some(us / 12),
        total_us: us,
    }
}

/// Some number below `limit` that is the same every time.
fn noise(of: &str, n: u64, limit: u64) -> u64 {
    let seed = of.bytes().fold(n.wrapping_mul(0x9E37_79B9_7F4A_7C15), |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
    });
    (seed ^ seed >> 29) % limit
}

/// What is to happen; run in the order of time, so that the journal reads like a real one.
#[derive(Default)]
struct Plan(Vec<(Timestamp, Step)>);

type Step = Box<dyn FnOnce(&mut History, Timestamp)>;

impl Plan {
    fn at(&mut self, ts: Timestamp, step: impl FnOnce(&mut History, Timestamp) + 'static) {
        self.0.push((ts, Box::new(step)));
    }

    fn run(mut self, history: &mut History) {
        self.0.sort_by_key(|(ts, _)| *ts);
        for (ts, step) in self.0 {
            step(history, ts);
        }
    }

    /// Every 30 s from `from` to `until`, all well, but for a slow spell of db-health each hour.
    fn quiet_hours(&mut self, name: &'static str, from: Timestamp, until: Timestamp) {
        let mut tick = from;
        while tick < until {
            let n = tick.as_millis().unsigned_abs() / 30_000;
            let slow = name == "db-health" && n % 120 < 3;
            let status = if slow { Status::Warn } else { Status::Ok };
            let ms = 9 + noise(name, n, 22) + if slow { 1_040 } else { 0 };
            self.at(tick + Duration::from_millis(ms), move |history, ts| {
                history.measured(ts, name, status, seen(name, status, ms), ms, 1);
            });
            tick = tick + secs(30);
        }
    }
}

fn seen(name: &str, status: Status, ms: u64) -> Details {
    let reason = match (name, status) {
        ("db-health", Status::Warn) => format!("200 in {ms} ms, warns from 1000 ms"),
        ("nightly-report", _) => "running for 3 min, job 20260105-0810".to_owned(),
        _ => format!("200 in {ms} ms"),
    };
    let latency = rule("latency", "< 1000 ms", &format!("{ms} ms"), status == Status::Ok);
    let expectations = match name {
        "db-health" => {
            vec![rule("status", "200", "200", true), rule("$.ok", "= true", "true", true), latency]
        }
        "queue-depth" => vec![
            rule("status", "200", "200", true),
            rule("$.depth", "< 50", "3", true),
            rule("$.oldest_age_s", "< 120", "5", true),
        ],
        _ => Vec::new(),
    };
    Details { code: Some(200), phases: Some(phases(ms)), expectations, ..because(&reason) }
}

const FOUR: [(&str, &str, Severity); 4] = [
    ("api-availability", "http", Severity::P1),
    ("db-health", "http", Severity::P2),
    ("queue-depth", "http", Severity::P3),
    ("nightly-report", "job", Severity::P2),
];

/// The four checks of the demo, all well, with three hours of history.
pub(crate) fn four(now: Timestamp) -> History {
    let begin = now - secs(3 * 3600 + 5);
    let mut history = History::started(begin, &FOUR);
    four_names(&mut history, begin);
    let mut plan = Plan::default();
    for (name, ..) in FOUR {
        plan.quiet_hours(name, begin, now);
    }
    plan.run(&mut history);
    job(&mut history, now);
    history
}

fn four_names(history: &mut History, ts: Timestamp) {
    for (name, display) in [
        ("api-availability", "API availability"),
        ("db-health", "Database health"),
        ("queue-depth", "Queue depth"),
        ("nightly-report", "Nightly report"),
    ] {
        history.card(name).display_name = Some(display.to_owned());
    }
    history.configure(ts, Some("Asia/Kolkata"));
}

fn job(history: &mut History, now: Timestamp) {
    let entry = history.board.entries.get_mut("nightly-report").expect("a check of the fixture");
    entry.job = Some(JobState {
        id: Some("20260105-0810".into()),
        status: Some("running".into()),
        first_seen_at: Some(now - secs(190)),
        started_at: Some(now - secs(200)),
        last_success_at: Some(now - secs(86_300)),
        missed: None,
    });
}

/// Eight checks, one of each word, with an incident that was told of and acted upon.
pub(crate) fn varied(now: Timestamp) -> History {
    let begin = now - secs(2 * 3600 + 7);
    let mut checks = FOUR.to_vec();
    checks.extend([
        ("payments-gateway", "http", Severity::P1),
        ("edge-certificate", "tcp", Severity::P3),
        ("warehouse-host", "host", Severity::P4),
        ("offsite-backup", "push", Severity::P2),
    ]);
    let mut history = History::started(begin, &checks);
    history.card("offsite-backup").interval_ms = 86_400_000;
    four_names(&mut history, begin);
    let mut plan = Plan::default();
    plan.quiet_hours("edge-certificate", begin, now - secs(22 * 60));
    plan.quiet_hours("api-availability", begin, now - secs(11 * 60));
    plan.quiet_hours("db-health", begin, now - secs(20));
    plan.quiet_hours("warehouse-host", begin, now - secs(20));
    for name in ["queue-depth", "nightly-report", "payments-gateway"] {
        plan.quiet_hours(name, begin, now);
    }
    plan.at(now - secs(7), |history, ts| {
        history.measured(
            ts,
            "db-health",
            Status::Warn,
            seen("db-health", Status::Warn, 1_240),
            1_240,
            1,
        );
        let unknown = because("no permission to open an ICMP socket; the host was not measured");
        history.measured(ts, "warehouse-host", Status::Unknown, unknown, 0, 1);
    });
    outage(&mut plan, now);
    plan.run(&mut history);
    history.retrying("payments-gateway", 2, "connection refused at 127.0.0.1:8443", now + secs(5));
    job(&mut history, now);
    history
}

/// Eleven minutes of `api-availability` failing.
fn outage(plan: &mut Plan, now: Timestamp) {
    const NAME: &str = "api-availability";
    const RESET: &str = "http_post http://127.0.0.1:8000/admin/reset";
    let begin = now - secs(11 * 60);
    for n in 0..22 {
        plan.at(begin + secs(n * 30 + 10), |history, ts| {
            history.measured(ts, NAME, Status::Fail, broken(), 14, 3);
        });
    }
    plan.at(begin + Duration::from_millis(10_001), |history, ts| {
        let id = history.notice(ts, NAME, NoticeKind::FirstFail, &["console", "email", "slack"]);
        history.delivery(ts + Duration::from_millis(3), NAME, id, "console", None);
        history.action(ts, NAME, RESET, (ActionResult::Started, None, None));
        history.action(ts, NAME, RESET, (ActionResult::Ok, Some("200 in 4 ms"), None));
        history.delivery(ts + Duration::from_millis(412), NAME, id, "email", None);
        history.delivery(ts + secs(2), NAME, id, "slack", Some("HTTP 503 from the receiver"));
    });
    plan.at(begin + Duration::from_millis(40_001), |history, ts| {
        history.action(ts, NAME, RESET, (ActionResult::Ok, None, Some(false)));
    });
}

fn broken() -> Details {
    Details {
        code: Some(503),
        error: None,
        phases: Some(phases(14)),
        expectations: vec![
            rule("status", "200", "503", false),
            rule("$.status", "= \"ok\"", "\"down\"", false),
            rule("latency", "< 3000 ms", "14 ms", true),
        ],
        body: Some(r#"{"status":"down","error":"upstream <db-1> & <db-2> refused"}"#.into()),
        ..because("status 503, expected 200; $.status \"down\", expected = \"ok\"")
    }
}

/// A thousand checks, a few of them in trouble, with a day of sparse history.
pub(crate) fn large(now: Timestamp, checks: usize) -> History {
    let names: Vec<_> = (0..checks).map(|n| format!("service-{n:04}-availability")).collect();
    let cards: Vec<_> = names.iter().map(|name| (name.as_str(), "http", Severity::P2)).collect();
    let mut history = History::started(now - secs(7200), &cards);
    for round in 0..3 {
        for (n, name) in names.iter().enumerate() {
            let ts = now - secs(95 - 30 * round);
            let fails = n % 83 == 7;
            let status = if fails { Status::Fail } else { Status::Ok };
            let reason = if fails { "status 503, expected 200" } else { "200 in 12 ms" };
            let error = fails.then_some(TransportErrorKind::Refused);
            history.cycle(ts, name, status, Details { error, ..because(reason) });
        }
    }
    history
}
