//! A small world for timelines: a check whose cycles are scripted one character each, mail that
//! can be down, actions that can fail, and a transcript that reads like a story.

use std::{collections::BTreeMap, collections::BTreeSet, sync::Arc, time::Duration};

use bytes::Bytes;
use engine::{
    Check, CheckName, Config, Engine, Event, EventKind, Mono, NoticeKind, Now, Severity, Timestamp,
    board::Board,
    config::{
        Action, ActionKind, ActionLimits, Global, HttpRequest, HttpSpec, Spec, StoreKind, http_url,
    },
    discrete::{Discrete, World},
    effect::{Delivery, DeliveryError, Mask, Probe, Route, Run, Setup, Switches},
    event::Started,
    observation::{
        Exchange, Observation, Phase, Phases, Response, TransportError, TransportErrorKind,
    },
    schedule::Schedule,
};
use jiff::tz::TimeZone;

/// 2026-01-05 08:00 in Kolkata.
pub(crate) const START: Timestamp = Timestamp::from_millis(1_767_580_200_000);

pub(crate) fn at(seconds: i64) -> Now {
    Now {
        wall: START + Duration::from_millis(seconds.unsigned_abs() * 1000),
        mono: Mono(seconds * 1000),
    }
}

pub(crate) fn kolkata() -> TimeZone {
    TimeZone::get("Asia/Kolkata").unwrap()
}

/// A check every 30 s without retries, with first_fail and recovered.
pub(crate) fn check(name: &str) -> Check {
    Check {
        name: CheckName::new(name),
        display_name: None,
        enabled: true,
        severity: Severity::P1,
        schedule: Schedule::Every(Duration::from_secs(30)),
        timeout: Duration::from_secs(5),
        retries: 0,
        backoff: Duration::from_secs(5),
        timezone: kolkata(),
        notify_on: [NoticeKind::FirstFail, NoticeKind::Recovered].into(),
        initial_alert: true,
        reminder_every: Duration::from_secs(1800),
        actions: Vec::new(),
        spec: Spec::Http(HttpSpec {
            request: HttpRequest {
                method: "GET".into(),
                url: http_url("http://127.0.0.1:8000/api/ping").unwrap(),
                headers: Vec::new(),
                body: None,
                follow_redirects: true,
                keep_alive: false,
            },
            expect_status: Some(200),
            expect_jsonpath: Vec::new(),
            warn: None,
            crit: None,
            cert_warn: None,
        }),
    }
}

pub(crate) fn action(label: &str) -> Action {
    Action {
        label: label.to_owned(),
        kind: ActionKind::HttpPost {
            url: http_url("http://127.0.0.1:8000/admin/reset").unwrap(),
            payload: serde_json::json!({}),
        },
        enabled: true,
        after_failures: 1,
        every: 0,
        cooldown: Duration::from_secs(60),
        max_per_hour: 4,
        timeout: Duration::from_secs(10),
    }
}

pub(crate) fn setup(checks: Vec<Check>) -> Setup {
    let config = Config {
        global: Global {
            timezone: kolkata(),
            spread: Duration::ZERO,
            store: StoreKind::Files,
            keep: Duration::from_secs(31 * 86_400),
            actions: ActionLimits::default(),
            email: true,
            channels: Vec::new(),
            morning_report: None,
        },
        checks: checks.into_iter().map(Arc::new).collect(),
        nodes: engine::config::Nodes::default(),
        services: false,
    };
    Setup {
        config: Arc::new(config),
        file: "checks.yaml".into(),
        routes: vec![Route { channel: "mail".into(), severities: Vec::new() }],
        switches: Switches::default(),
        once: None,
        mask: Mask::default(),
    }
}

pub(crate) fn start(setup: Setup, board: Board, next_seq: u64, now: Now) -> Engine {
    Engine::restore(setup, board, next_seq, Started { version: "test".into(), pid: None }, now)
}

/// What a probe sees: `.` fine, `x` status 503, `w` status 200 but slow, `r` refused,
/// `u` could not look.
pub(crate) fn sight(sign: char) -> Observation {
    let phases =
        Phases { total_us: if sign == 'w' { 1_500_000 } else { 12_000 }, ..Phases::default() };
    let exchange =
        |result| Observation::Http(Exchange { result, phases, redirects: 0, certificate: None });
    let response = |status| Response {
        status,
        content_type: None,
        body: Bytes::from_static(b"{\"status\":\"ok\"}"),
        truncated: false,
    };
    match sign {
        '.' | 'w' => exchange(Ok(response(200))),
        'x' => exchange(Ok(response(503))),
        'r' => exchange(Err(TransportError {
            kind: TransportErrorKind::Refused,
            phase: Phase::Connect,
            message: "connection refused by 127.0.0.1:8000".into(),
        })),
        'u' => Observation::Unmeasured { reason: "no permission".into() },
        other => panic!("no such sign: {other}"),
    }
}

/// Scripts by check name: one character an attempt; the last one repeats.
#[derive(Debug, Default)]
pub(crate) struct Scripted {
    pub(crate) signs: BTreeMap<String, Vec<char>>,
    pub(crate) taken: BTreeMap<String, usize>,
    pub(crate) delays: BTreeMap<String, Duration>,
    pub(crate) mail_down: Vec<(i64, i64)>,
    /// Notices whose subject has this in it take so long to be accepted.
    pub(crate) slow_mail: Option<(String, Duration)>,
    pub(crate) refuse: BTreeSet<String>,
    pub(crate) action_fails: bool,
    pub(crate) remedy: BTreeMap<String, char>,
    pub(crate) events: Vec<Event>,
    pub(crate) delivered: Vec<(i64, String, bool)>,
    pub(crate) acted: Vec<(i64, String)>,
}

impl Scripted {
    pub(crate) fn of(scripts: &[(&str, &str)]) -> Self {
        let signs = scripts.iter().map(|(name, s)| ((*name).to_owned(), s.chars().collect()));
        Self { signs: signs.collect(), ..Self::default() }
    }

    fn sign(&mut self, name: &str) -> char {
        let signs = self.signs.get(name).cloned().unwrap_or_else(|| vec!['.']);
        let taken = self.taken.entry(name.to_owned()).or_default();
        let sign = signs.get(*taken).or(signs.last()).copied().unwrap_or('.');
        *taken += 1;
        sign
    }
}

impl World for Scripted {
    fn probe(&mut self, probe: &Probe, _: Now) -> (Duration, Observation) {
        let name = probe.check.name.as_str();
        let after = self.delays.get(name).copied().unwrap_or(Duration::ZERO);
        (after, sight(self.sign(name)))
    }

    fn deliver(&mut self, delivery: &Delivery, now: Now) -> (Duration, Result<(), DeliveryError>) {
        let slow = self.slow_mail.as_ref();
        let slow = slow.filter(|(part, _)| delivery.notice.subject.contains(part));
        let takes = slow.map_or(Duration::ZERO, |(_, takes)| *takes);
        let second = (now.mono + takes).0 / 1000;
        let down = self.mail_down.iter().any(|(from, to)| (*from..*to).contains(&second));
        let refused = self.refuse.contains(&delivery.channel);
        let message = if down { "connection refused" } else { "550 no such user" };
        let result = if down || refused {
            Err(DeliveryError { message: message.into(), refused: !down, retry_after: None })
        } else {
            Ok(())
        };
        if result.is_ok() {
            let late = delivery.late.is_some();
            self.delivered.push((second, delivery.notice.subject.clone(), late));
        }
        (takes, result)
    }

    fn act(&mut self, run: &Run, now: Now) -> (Duration, Result<String, String>) {
        self.acted.push((now.mono.0 / 1000, run.label.clone()));
        if let Some(sign) = self.remedy.get(run.check.as_str()) {
            self.signs.insert(run.check.as_str().to_owned(), vec![*sign]);
        }
        let result = if self.action_fails { Err("status 500".into()) } else { Ok("200".into()) };
        (Duration::ZERO, result)
    }

    fn record(&mut self, event: &Event) {
        self.events.push(event.clone());
    }
}

/// Plays scripts for so many seconds.
pub(crate) fn play(checks: Vec<Check>, world: Scripted, seconds: i64) -> Discrete<Scripted> {
    let engine = start(setup(checks), Board::default(), 1, at(0));
    let mut run = Discrete::new(engine, world, at(0));
    run.run_until(Mono(seconds * 1000));
    run
}

/// One line an event that people would talk about: `60 FAIL status 503, expected 200`.
pub(crate) fn transcript(run: &Discrete<Scripted>) -> String {
    run.world.events.iter().filter_map(line).collect()
}

fn line(event: &Event) -> Option<String> {
    let second = event.ts.since(START).as_secs();
    let text = match &event.kind {
        EventKind::Check(done) if done.status != done.prev => {
            format!("{} {} {}", done.name, done.status, done.details.reason)
        }
        EventKind::Notify(notice) => notice.subject.clone(),
        EventKind::Delivery(done) => match (&done.error, done.gave_up) {
            (None, _) => return None,
            (Some(error), true) => format!("gave up {}: {error}", done.kind),
            (Some(error), false) => format!("{} not delivered: {error}", done.kind),
        },
        EventKind::Action(done) => match (done.helped, &done.reason) {
            (Some(helped), _) => format!("{} helped: {helped}", done.action),
            (None, Some(reason)) => format!("{} {:?} {reason}", done.action, done.result),
            (None, None) => format!("{} {:?}", done.action, done.result),
        },
        EventKind::Skip(skip) => format!("{} skipped", skip.name),
        EventKind::CheckRemoved(gone) => format!("{} removed", gone.name),
        EventKind::Check(_) | EventKind::Config(_) | EventKind::Start(_) | EventKind::Stop(_) => {
            return None;
        }
    };
    Some(format!("{second:>5} {text}\n"))
}

/// Compares texts line by line, ignoring indentation of the expectation.
pub(crate) fn expect(actual: &str, expected: &str) {
    let clean = |text: &str| {
        text.lines().map(str::trim).filter(|l| !l.is_empty()).collect::<Vec<_>>().join("\n")
    };
    assert_eq!(clean(actual), clean(expected), "\n--- the whole story:\n{actual}");
}
