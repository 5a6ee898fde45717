//! An agent and its worker: every change of the worker's answer is told once, the first state
//! never, and a restart makes no difference. What else a host is judged by.

use std::time::Duration;

use engine::{
    Event, EventKind, Mono, Now, Severity,
    board::Board,
    config::{Config, Source, parse},
    discrete::{Discrete, World},
    effect::{Probe, Setup},
    observation::{HostObservation, Observation},
};
use serde_json::{Value, json};

use crate::support::{START, at, setup, start};

const HOST: &str = "{name: host, type: host, heartbeat_url: 'http://u:pw@worker/beat?key=abc', \
                    secret: s3cret";

fn config(keys: &str) -> Config {
    let text = format!("checks: [{HOST}, {keys}}}]");
    let parsed = parse(Source { file: "checks.yaml", text: &text }, &|_| None);
    parsed.unwrap_or_else(|errors| panic!("{errors}")).config
}

fn setup_of(keys: &str) -> Setup {
    Setup { config: config(keys).into(), ..setup(Vec::new()) }
}

fn seen() -> HostObservation {
    HostObservation {
        at: START,
        cpu_percent: Some(10.0),
        ram_percent: Some(20.0),
        ram_used_mb: Some(512.0),
        disk_percent: Some(30.0),
        containers: Ok(3),
        ping_ms: Ok(12.5),
        heartbeat: Some(Ok(200)),
        stored: None,
        cycle_ms: 45.25,
    }
}

/// The worker's answers one after the other, 0 for none; the last one repeats.
#[derive(Debug)]
struct Worker {
    answers: Vec<u16>,
    taken: usize,
    stored: Option<Option<u16>>,
    events: Vec<Event>,
}

impl World for Worker {
    fn probe(&mut self, _: &Probe, _: Now) -> (Duration, Observation) {
        let answer = self.answers[self.taken.min(self.answers.len() - 1)];
        self.taken += 1;
        let heartbeat = if answer == 0 { Err("connection refused".into()) } else { Ok(answer) };
        let stored = self.stored;
        self.stored = Some(heartbeat.as_ref().ok().copied());
        let seen = HostObservation { heartbeat: Some(heartbeat), stored, ..seen() };
        (Duration::ZERO, Observation::Host(seen))
    }

    fn record(&mut self, event: &Event) {
        self.events.push(event.clone());
    }
}

/// Lets the agent run for a cycle an answer, from a state on; gives the state after it.
fn run(keys: &str, board: Board, stored: Option<Option<u16>>, answers: &[u16]) -> (Board, Told) {
    let next = board.last_seq() + 1;
    let engine = start(setup_of(keys), board, next, at(0));
    let answers = answers.to_vec();
    let cycles = i64::try_from(answers.len()).unwrap();
    let world = Worker { answers, taken: 0, stored, events: Vec::new() };
    let mut run = Discrete::new(engine, world, at(0));
    run.run_until(Mono(cycles * 10_000));
    assert_eq!(run.world.taken, run.world.answers.len(), "one cycle an answer");
    (run.engine.board().clone(), told(&run.world.events))
}

type Told = Vec<(Value, Value)>;

fn told(events: &[Event]) -> Told {
    let change = |event: &Event| match &event.kind {
        EventKind::Notify(notice) => {
            let turn = notice.facts.turn.as_ref().expect("what changed");
            assert_eq!(turn.url.as_deref(), Some("http://***@worker/beat?key=***"));
            Some((turn.previous.clone(), turn.current.clone()))
        }
        _ => None,
    };
    events.iter().filter_map(change).collect()
}

#[test]
fn every_change_of_the_workers_answer_is_told_with_what_was_and_what_is() {
    let (board, told) = run("align: true", Board::default(), None, &[200, 200, 503, 0, 0, 200]);
    let expected = [(json!(200), json!(503)), (json!(503), json!(null)), (json!(null), json!(200))];
    assert_eq!(told, expected);
    assert_eq!(board.entries["host"].details.facts["worker_status"], json!(200));
}

#[test]
fn the_first_state_is_not_told_and_the_change_after_it_is() {
    let (_, told) = run("align: true", Board::default(), None, &[0, 0, 200]);
    assert_eq!(told, [(json!(null), json!(200))]);
}

#[test]
fn a_restart_loses_no_change_and_tells_none_twice() {
    let (board, told) = run("align: true", Board::default(), None, &[200]);
    assert!(told.is_empty());
    let (board, told) = run("align: true", board, Some(Some(200)), &[0]);
    assert_eq!(told, [(json!(200), json!(null))]);
    let (board, told) = run("align: true", board, Some(None), &[0]);
    assert!(told.is_empty());
    let (_, told) = run("align: true", board, Some(None), &[200]);
    assert_eq!(told, [(json!(null), json!(200))]);
}

#[test]
fn without_a_journal_the_newest_row_is_what_was_before_even_when_it_has_no_code() {
    let cases = [(Some(Some(200)), 0, 1), (Some(None), 200, 1), (Some(None), 0, 0), (None, 0, 0)];
    for (stored, answer, alerts) in cases {
        let (_, told) = run("align: true", Board::default(), stored, &[answer]);
        assert_eq!(told.len(), alerts, "{stored:?} then {answer}");
    }
}

#[test]
fn a_change_is_told_once_whatever_else_is_listed_and_not_at_all_when_nothing_is() {
    let listed = "notify_on: [warn, recovered]";
    let (_, told) = run(listed, Board::default(), None, &[200, 503, 200]);
    assert_eq!(told.len(), 2, "{told:?}");
    let (_, told) = run("notify_on: []", Board::default(), None, &[200, 503, 200]);
    assert!(told.is_empty());
}

#[test]
fn a_host_is_judged_by_its_limits_and_what_cannot_be_measured_is_not_green() {
    let refused = || Err("containers cannot be counted over /d.sock: refused".to_owned());
    type Change = fn(&mut HostObservation);
    let cases: [(&str, Change, &str, &str); 11] = [
        (
            "align: true",
            |_| {},
            "OK",
            "cpu 10.0 %, ram 20.0 %, disk 30.0 %, 3 containers, internet",
        ),
        ("cpu_warn_percent: 10", |_| {}, "WARN", "cpu 10.0 %, warning from 10 %"),
        ("cpu_warn_percent: 5, cpu_crit_percent: 10", |_| {}, "FAIL", "cpu 10.0 %, limit 10 %"),
        ("ram_crit_percent: 21", |_| {}, "OK", "ram 20.0 %"),
        ("disk_crit_percent: 30", |_| {}, "FAIL", "disk 30.0 %, limit 30 %"),
        ("min_containers: 4", |_| {}, "FAIL", "3 containers run, expected 4"),
        ("align: true", |seen| seen.containers = Err("gone".into()), "OK", "containers ?"),
        ("min_containers: 1", |seen| seen.containers = Err("gone".into()), "UNKNOWN", "gone"),
        ("align: true", |seen| seen.ping_ms = Err("dead".into()), "OK", "no internet"),
        ("require_internet: true", |seen| seen.ping_ms = Err("dead".into()), "FAIL", "dead"),
        ("align: true", |seen| seen.cpu_percent = None, "UNKNOWN", "the use of cpu"),
    ];
    for (keys, change, status, reason) in cases {
        let mut seen = seen();
        change(&mut seen);
        let outcome = judged(keys, seen);
        assert_eq!(outcome.0, status, "{keys}: {}", outcome.1);
        assert!(outcome.1.contains(reason), "{keys}: {}", outcome.1);
    }
    let mut both = seen();
    both.containers = refused();
    both.ping_ms = Err("dead".into());
    let outcome = judged("min_containers: 1, require_internet: true", both);
    assert_eq!(outcome.0, "FAIL", "what is unknown hides no failure: {}", outcome.1);
}

fn judged(keys: &str, seen: HostObservation) -> (String, String) {
    let config = config(keys);
    let entry = engine::board::Entry::default();
    let seen = Observation::Host(seen);
    let outcome = engine::judge::judge(&config.checks[0], &entry, &seen, START);
    assert!(!outcome.retry);
    (outcome.status.to_string(), outcome.details.reason)
}

#[test]
fn what_was_measured_stands_in_the_facts_under_the_names_of_the_columns() {
    let engine = start(setup_of("align: true"), Board::default(), 1, at(0));
    let world = Worker { answers: vec![200], taken: 0, stored: None, events: Vec::new() };
    let mut run = Discrete::new(engine, world, at(0));
    run.run_until(Mono(10_000));
    let entry = &run.engine.board().entries["host"];
    assert_eq!((entry.severity, entry.latency_ms), (Severity::P3, Some(45)));
    let expected = json!({
        "cpu_percent": 10.0, "ram_percent": 20.0, "ram_used_mb": 512.0, "disk_percent": 30.0,
        "container_count": 3, "internet_ok": 1, "ping_ms": 12.5, "worker_status": 200,
        "cycle_duration_ms": 45.25,
    });
    assert_eq!(Value::Object(entry.details.facts.clone()), expected);
}
