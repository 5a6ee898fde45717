//! The judge on runs that were made up by hand: for every invariant one that holds and one that must
//! be caught, with what is said of it.

mod alarms;
mod beats;
mod bounds;
mod breaches;
mod deadlines;
mod machine;
mod mail;
mod remedies;
mod settled;
mod taking;
mod times;
mod turns;

use std::sync::Arc;

use engine::{
    NoticeKind,
    config::{Source, parse},
};
use serde_json::{Value, json};

use super::{always, facts::Facts};
use crate::{
    played::{Down, FaultSpan, Played, Receipt, Sample, Truth},
    receipts::short_key,
    scenario::{self, Invariant, Ms, Realm, Scenario},
};

const S: Ms = 1_000;
const M: Ms = 60 * S;
const H: Ms = 60 * M;
/// 2026-01-01T00:00:00Z, the usual start.
const START: Ms = 1_767_225_600_000;
const MAILBOX: &str = "email:ops@example.test";
const API: &str = "api-availability";

/// Found within 55 s (30 s interval, three attempts of 5 s, two waits of 5 s), recovered within 35 s.
const CHECKS: &str = r#"
global: {retries: 2, retry_backoff_s: 5, timezone: UTC}
checks:
  - name: api-availability
    type: http
    url: "http://127.0.0.1:8000/api/ping"
    notify_on: [first_fail, recovered]
    on_fail:
      actions: [{type: http_post, url: "http://127.0.0.1:8000/admin/reset"}]
  - name: nightly
    type: job
    status_url: "http://127.0.0.1:8000/jobs/{job_id}/status"
    success_by: "02:00"
    notify_on: [deadline_miss, recovered]
  - name: short
    type: job
    status_url: "http://127.0.0.1:8000/jobs/{job_id}/status"
    minutes_after_start: 5
    notify_on: [deadline_miss, recovered]
"#;

/// A scenario with these lines besides its name.
fn scenario(lines: &str) -> Scenario {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("made-up.yaml");
    std::fs::write(folder.path().join("checks.yaml"), CHECKS).unwrap();
    std::fs::write(&file, format!("scenario: made-up\n{lines}\n")).unwrap();
    let cases = scenario::load(&file).unwrap_or_else(|refused| panic!("{refused}"));
    cases.into_iter().next().unwrap()
}

/// A run of this length in which nothing has happened yet.
fn run(end: Ms) -> Played {
    let none = |_: &str| None;
    let config = parse(Source { file: "checks.yaml", text: CHECKS }, &none).unwrap().config;
    Played { end, config: Some(Arc::new(config)), ..Played::default() }
}

/// What one invariant says of a run: `message (reason)`, one each.
fn broken(invariant: Invariant, lines: &str, played: &Played) -> Vec<String> {
    let scenario = Scenario { always: vec![invariant], ..scenario(lines) };
    let findings = always::findings(&Facts::new(&scenario, played));
    let say = |finding: crate::verdict::Finding| {
        assert_eq!(finding.rule, invariant.word());
        let why = finding.actual.map(|why| format!(" ({why})")).unwrap_or_default();
        format!("{}{why}", finding.message)
    };
    findings.into_iter().map(|(_, finding)| say(finding)).collect()
}

/// Nothing is wrong.
const FINE: [&str; 0] = [];

fn stamp(at: Ms) -> String {
    engine::Timestamp::from_millis(START + at).to_string()
}

/// Ways to fill in a run, each at a time.
impl Played {
    fn event(mut self, at: Ms, word: &str, fields: &Value) -> Self {
        let mut line = json!({"ts": stamp(at), "seq": self.journal.len() + 1, "event": word});
        line.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        let event = store::line::decode(line.to_string().as_bytes()).unwrap();
        self.journal.push((at, event));
        self
    }

    fn check(self, at: Ms, name: &str, status: &str) -> Self {
        self.job(at, name, status, &json!(null))
    }

    fn job(self, at: Ms, name: &str, status: &str, job: &Value) -> Self {
        let details = json!({"reason": status});
        let fields = json!({
            "name": name, "type": "http", "status": status, "prev": "OK", "severity": "P1",
            "latency_ms": 1, "attempts": 1, "details": details, "job": job,
        });
        self.event(at, "check", &fields)
    }

    fn notify(self, at: Ms, id: u64, name: &str, kind: &str) -> Self {
        let fields = json!({
            "id": id, "name": name, "kind": kind, "severity": "P1", "raised_at": stamp(at),
            "subject": subject(kind, name), "body": "b", "channels": [MAILBOX],
            "facts": {"from": "OK", "to": "FAIL", "failures": 1, "reason": "r"},
        });
        self.event(at, "notify", &fields)
    }

    /// What a receiver got of the notice with this id that was raised at an instant.
    fn receipt(mut self, at: Ms, id: u64, raised: Ms, name: &str, kind: &str) -> Self {
        self.receipts.push(Receipt {
            at,
            channel: MAILBOX.to_owned(),
            key: short_key(&format!("{id}.{}.{kind}.{name}", START + raised)),
            check: Some(name.to_owned()),
            event: NoticeKind::parse(kind),
            subject: subject(kind, name),
            body: "b".to_owned(),
        });
        self
    }

    /// A notice that arrives at once.
    fn alert(self, at: Ms, id: u64, name: &str, kind: &str) -> Self {
        self.notify(at, id, name, kind).receipt(at, id, at, name, kind)
    }

    fn action(self, at: Ms, result: &str) -> Self {
        let check = self.config.as_ref().unwrap().checks[0].clone();
        let label = &check.actions[0].label;
        self.event(at, "action", &json!({"name": API, "action": label, "result": result}))
    }

    fn truth(mut self, at: Ms, verdict: Truth, why: &str) -> Self {
        let sample = Sample { at, until: at, verdict, why: why.to_owned() };
        self.truth.entry(API.to_owned()).or_default().push(sample);
        self
    }

    fn answer(mut self, at: Ms, verdict: Truth, why: &str) -> Self {
        let sample = Sample { at, until: at, verdict, why: why.to_owned() };
        self.answers.entry(API.to_owned()).or_default().push(sample);
        self
    }

    fn fault(mut self, kind: &str, realm: Realm, start: Ms, end: Option<Ms>) -> Self {
        let (id, on) = (kind.to_owned(), String::new());
        let kind = kind.to_owned();
        self.faults.push(FaultSpan { id, kind, on, realm, start, end, matched: 1, injected: 1 });
        self
    }

    fn outage(self, start: Ms, end: Ms) -> Self {
        self.fault("http.status", Realm::App, start, Some(end))
    }

    fn down(mut self, from: Ms, to: Ms) -> Self {
        self.downs.push(Down { from, to, why: "kill" });
        self
    }
}

fn subject(kind: &str, name: &str) -> String {
    format!("[P1][{}] {name}", kind.to_uppercase())
}
