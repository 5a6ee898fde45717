//! Verdicts on services and processes, and the restart that heals a service.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use engine::{
    Check, Now, Status,
    board::{Board, Entry},
    config::{Source, parse},
    discrete::{Discrete, World},
    effect::{Delivery, DeliveryError, Probe, Run, Switches},
    judge::judge,
    observation::{
        Exchange, Observation, Part, Phase, Phases, Response, ServiceSeen, TransportError,
        TransportErrorKind,
    },
    outcome::Outcome,
    time::Mono,
};
use serde_json::{Value, json};

use crate::support::{self, at};

/// The first check of a file.
fn check(text: &str) -> Check {
    let parsed = parse(Source { file: "checks.yaml", text }, &|_| None).unwrap();
    Check::clone(&parsed.config.checks[0])
}

const ALL: &str = "services: [{key: chat, url: 'http://h/x?token=abc', port: 5000, systemd: chat,
    process_match: [chat.py], require_process: true}]";

fn answer(code: u16) -> Part<Exchange> {
    let result =
        Ok(Response { status: code, content_type: None, body: Bytes::new(), truncated: false });
    let phases = Phases { total_us: 12_000, ..Phases::default() };
    Some(Ok(Exchange { result, phases, redirects: 0, certificate: None }))
}

fn well() -> ServiceSeen {
    ServiceSeen {
        http: answer(200),
        port: Some(Ok(Ok(3_000))),
        unit: Some(Ok("active".into())),
        processes: Some(Ok(vec![17])),
    }
}

fn refused() -> Part<Result<u64, TransportError>> {
    let (kind, phase) = (TransportErrorKind::Refused, Phase::Connect);
    Some(Ok(Err(TransportError { kind, phase, message: "connection refused by h:5000".into() })))
}

fn verdict(check: &Check, seen: ServiceSeen) -> Outcome {
    let seen = Observation::Service(Box::new(seen));
    judge(check, &Entry::default(), &seen, support::START)
}

#[test]
fn any_part_that_is_false_fails_the_service_and_says_why() {
    let check = check(ALL);
    let fine = verdict(&check, well());
    let said = "status 200 in 12 ms; port h:5000 is open; unit chat is active; \
                1 process matches `chat.py`";
    assert_eq!((fine.status, &*fine.details.reason, fine.latency_ms), (Status::Ok, said, Some(12)));
    for (seen, says) in [
        (ServiceSeen { http: answer(500), ..well() }, "status 500, expected 200"),
        (ServiceSeen { port: refused(), ..well() }, "connection refused by h:5000"),
        (ServiceSeen { unit: Some(Ok("failed".into())), ..well() }, "unit chat is failed"),
        (ServiceSeen { unit: Some(Ok("activating".into())), ..well() }, "unit chat is activating"),
        (ServiceSeen { processes: Some(Ok(vec![])), ..well() }, "no process matches `chat.py`"),
    ] {
        let outcome = verdict(&check, seen);
        assert_eq!((outcome.status, &*outcome.details.reason), (Status::Fail, says));
        assert!(outcome.retry);
    }
}

#[test]
fn a_part_that_cannot_be_measured_is_never_green_and_never_hides_a_failure() {
    let check = check(ALL);
    let blind = || Some(Err("no systemctl".to_owned()));
    let outcome = verdict(&check, ServiceSeen { unit: blind(), ..well() });
    assert_eq!((outcome.status, &*outcome.details.reason), (Status::Unknown, "no systemctl"));
    assert_eq!(outcome.details.facts["systemd"]["ok"], Value::Null);
    assert_eq!(outcome.details.facts["systemd"]["error"], "no systemctl");
    let outcome = verdict(&check, ServiceSeen { unit: blind(), http: answer(500), ..well() });
    assert_eq!(outcome.status, Status::Fail);
}

#[test]
fn facts_are_null_for_parts_that_are_not_configured_and_hold_no_secret() {
    let all = verdict(&check(ALL), ServiceSeen { http: answer(500), ..well() });
    let expected = json!({
        "http": {"ok": false, "url": "http://h/x?token=***", "expected": 200, "status": 500,
            "latency_ms": 12, "error": "status 500, expected 200"},
        "port": {"ok": true, "host": "h", "port": 5000, "latency_ms": 3},
        "systemd": {"ok": true, "unit": "chat", "state": "active"},
        "processes": {"ok": true, "match": ["chat.py"], "count": 1, "pids": [17], "required": true},
    });
    assert_eq!(Value::Object(all.details.facts), expected);
    let lead = check("services: [{name: LeadFlow, url: 'https://lead.example/', systemd: null}]");
    let outcome = verdict(&lead, ServiceSeen { http: answer(200), ..ServiceSeen::default() });
    let facts = outcome.details.facts;
    assert!(facts["http"]["ok"] == true && outcome.status == Status::Ok);
    assert!(["port", "systemd", "processes"].iter().all(|key| facts[*key] == Value::Null));
}

#[test]
fn processes_that_are_not_required_are_counted_and_decide_nothing() {
    let check = check("services: [{key: a, url: 'http://h/', process_match: a.py}]");
    let seen = |processes| ServiceSeen { http: answer(200), processes, ..ServiceSeen::default() };
    let outcome = verdict(&check, seen(Some(Ok(vec![]))));
    let facts = &outcome.details.facts["processes"];
    assert_eq!(
        (outcome.status, &facts["ok"], &facts["count"]),
        (Status::Ok, &json!(false), &json!(0))
    );
    let outcome = verdict(&check, seen(Some(Err("hidden".into()))));
    assert_eq!(outcome.status, Status::Ok);
    assert_eq!(outcome.details.facts["processes"]["ok"], Value::Null);
}

#[test]
fn too_few_and_too_many_processes_fail() {
    let check = check("checks: [{name: w, type: process, match: W, min_count: 1, max_count: 2}]");
    let says = |pids: &[u32]| {
        let seen = Observation::Process(pids.to_vec());
        let outcome = judge(&check, &Entry::default(), &seen, support::START);
        (outcome.status, outcome.details.reason)
    };
    assert_eq!(says(&[]), (Status::Fail, "no process matches `w`, expected 1 to 2".into()));
    assert_eq!(says(&[4, 5]), (Status::Ok, "2 processes match `w`".into()));
    assert_eq!(says(&[4, 5, 6]), (Status::Fail, "3 processes match `w`, expected 1 to 2".into()));
}

/// A service that follows a script: `.` well, `x` not; `R` heals with the restart.
#[derive(Debug)]
struct Machine {
    script: Vec<char>,
    restarts: Vec<i64>,
    reasons: Vec<String>,
}

impl World for Machine {
    fn probe(&mut self, _: &Probe, now: Now) -> (Duration, Observation) {
        let turn = usize::try_from(now.mono.0 / 30_000).unwrap();
        let sign = self.script.get(turn).or(self.script.last()).copied().unwrap();
        let ok = sign == '.' || (sign == 'R' && !self.restarts.is_empty());
        let unit = Some(Ok(if ok { "active" } else { "failed" }.to_owned()));
        let seen = ServiceSeen { unit, http: answer(if ok { 200 } else { 500 }), ..well() };
        (Duration::ZERO, Observation::Service(Box::new(seen)))
    }

    fn deliver(&mut self, _: &Delivery, _: Now) -> (Duration, Result<(), DeliveryError>) {
        (Duration::ZERO, Ok(()))
    }

    fn act(&mut self, run: &Run, now: Now) -> (Duration, Result<String, String>) {
        assert_eq!(run.label, "restart chat");
        self.restarts.push(now.mono.0 / 1000);
        (Duration::ZERO, Ok("chat restarted".into()))
    }

    fn record(&mut self, event: &engine::Event) {
        if let engine::EventKind::Action(done) = &event.kind {
            self.reasons.extend(done.reason.clone());
        }
    }
}

fn play(text: &str, script: &str, switches: Switches, seconds: i64) -> Discrete<Machine> {
    let mut setup = support::setup(vec![check(text)]);
    setup.switches = switches;
    let script = script.chars().collect();
    let machine = Machine { script, restarts: Vec::new(), reasons: Vec::new() };
    let engine = support::start(setup, Board::default(), 1, at(0));
    let mut run = Discrete::new(engine, machine, at(0));
    run.run_until(Mono(seconds * 1000));
    run
}

fn told(run: &Discrete<Machine>) -> Value {
    let (name, entry) = run.engine.board().entries.iter().next().unwrap();
    engine::service::tell(name, entry, entry.status.is_up(), entry.status.word())
}

#[test]
fn two_failed_cycles_in_a_row_restart_the_unit_once_and_the_next_cycle_says_whether_it_helped() {
    let first = play(ALL, ".R", Switches::default(), 45);
    assert!(first.world.restarts.is_empty(), "nothing after the first failure");
    let second = play(ALL, ".R", Switches::default(), 75);
    assert_eq!(second.world.restarts, [60]);
    let chat = told(&second);
    assert_eq!((&chat["ok"], &chat["auto_restart_attempted"]), (&json!(false), &json!(true)));
    assert_eq!(chat["auto_restart_result"], "OK: chat restarted");
    let healed = play(ALL, ".R", Switches::default(), 300);
    assert_eq!(healed.world.restarts, [60]);
    let entry = healed.engine.board().entries.values().next().unwrap();
    assert_eq!((entry.status, entry.actions["restart chat"].helped), (Status::Ok, Some(true)));
    assert_eq!(told(&healed)["auto_restart_attempted"], false);
}

#[test]
fn a_success_in_between_resets_the_count() {
    assert!(play(ALL, "x.x.x.", Switches::default(), 300).world.restarts.is_empty());
}

#[test]
fn without_a_unit_nothing_is_ever_restarted() {
    let lead = "services: [{key: chat, url: 'http://h/'}]";
    assert!(play(lead, "x", Switches::default(), 300).world.restarts.is_empty());
}

#[test]
fn a_flag_of_the_command_line_disables_the_restart_and_the_journal_says_so() {
    let switches = Switches { no_restart: true, ..Switches::default() };
    let run = play(ALL, "x", switches, 300);
    assert!(run.world.restarts.is_empty());
    assert_eq!(run.world.reasons, ["disabled_by_flag"]);
    let chat = told(&run);
    assert_eq!(chat["auto_restart_attempted"], false);
    assert_eq!(chat["auto_restart_result"], "SKIPPED: disabled_by_flag");
}

#[test]
fn an_edit_of_the_service_is_used_from_the_next_cycle_on() {
    let mut run = play(ALL, ".x", Switches::default(), 45);
    let edited = ALL.replace("require_process: true", "auto_restart: false");
    let setup = support::setup(vec![check(&edited)]);
    assert!(setup.config.checks.iter().all(|check: &Arc<Check>| check.actions.is_empty()));
    run.tell(engine::effect::Input::Reload(Box::new(setup)));
    run.run_until(Mono(300_000));
    assert!(run.world.restarts.is_empty());
}
