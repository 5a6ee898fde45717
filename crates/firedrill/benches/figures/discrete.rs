//! The engine alone over a heap of instants: what judging, stepping and recording cost.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use engine::{
    Engine, Event, Mono, Now, Timestamp,
    board::Board,
    config::{Config, Source, parse},
    discrete::{Discrete, World},
    effect::{Mask, Probe, Route, Setup, Switches},
    event::Started,
    observation::{Exchange, Observation, Phases, Response},
};
use tokio::time::Instant;

use crate::meter::{say, tell};

/// Everything is always fine here.
#[derive(Debug, Default)]
struct Fine {
    probes: u64,
    events: u64,
}

impl World for Fine {
    fn probe(&mut self, _: &Probe, _: Now) -> (Duration, Observation) {
        self.probes += 1;
        let body = Bytes::from_static(b"{\"ok\":true,\"latency_ms\":12}");
        let response = Response { status: 200, content_type: None, body, truncated: false };
        let phases = Phases { total_us: 900, ..Phases::default() };
        let exchange = Exchange { result: Ok(response), phases, redirects: 0, certificate: None };
        (Duration::from_millis(1), Observation::Http(exchange))
    }

    fn record(&mut self, _: &Event) {
        self.events += 1;
    }
}

/// The text of a configuration with so many checks.
pub(crate) fn checks(count: u32, base: &str, global: &str) -> String {
    let one = |n: u32| {
        format!(
            "  - name: c{n}\n    type: http\n    url: \"{base}/{n}\"\n    expect_jsonpath:\n      \
             - {{path: \"$.ok\", equals: true}}\n      - {{path: \"$.latency_ms\", lt: 100}}\n"
        )
    };
    let all: String = (0..count).map(one).collect();
    format!("global: {{{global}}}\nchecks:\n{all}")
}

/// What an engine works with when nothing is special.
pub(crate) fn setup(config: Config, routes: Vec<Route>) -> Setup {
    Setup {
        config: Arc::new(config),
        file: "bench".to_owned(),
        routes,
        switches: Switches::default(),
        once: None,
        mask: Mask::default(),
    }
}

/// Days of few and of many checks.
pub(crate) fn days() {
    say("The engine alone, in virtual time");
    [10, 1000].into_iter().for_each(a_day);
}

/// A day of so many checks every 30 s.
fn a_day(count: u32) {
    let text = checks(count, "http://127.0.0.1:1", "interval_s: 30");
    let parsed = parse(Source { file: "bench", text: &text }, &|_| None).unwrap();
    let setup = setup(parsed.config, Vec::new());
    let now = Now { wall: Timestamp::from_millis(1_767_580_200_000), mono: Mono(0) };
    let began = Instant::now();
    let started = Started { version: "bench".to_owned(), pid: None };
    let engine = Engine::restore(setup, Board::default(), 1, started, now);
    let mut run = Discrete::new(engine, Fine::default(), now);
    run.run_until(Mono(86_400_000));
    let took = began.elapsed();
    let each = took.as_secs_f64() * 1e6 / run.world.probes as f64;
    tell(
        &format!("a day of {count} checks every 30 s: {} cycles", run.world.probes),
        &format!("{:.0} ms, {each:.2} us a cycle", took.as_secs_f64() * 1e3),
    );
    let rate = run.world.probes as f64 / took.as_secs_f64();
    tell("  engine steps", &format!("{rate:.0} a second"));
}
