//! The simplest driver of the engine: a heap of instants and a world that answers at once.
//! No runtime and no waiting, so a day takes milliseconds: for property tests, search and
//! measurement. Decides nothing; order at one instant is fixed by class and number.

use std::{collections::BTreeMap, time::Duration};

use crate::{
    effect::{Delivery, DeliveryError, Effect, Input, Probe, Run},
    engine::Engine,
    event::Event,
    observation::Observation,
    time::{Mono, Now, Timestamp},
};

/// What the engine looks at, talks to and acts on. Every answer comes after a delay.
pub trait World {
    /// What a probe that starts now will see, and after how long.
    fn probe(&mut self, probe: &Probe, now: Now) -> (Duration, Observation);
    /// What becomes of a delivery that starts now.
    fn deliver(&mut self, delivery: &Delivery, now: Now) -> (Duration, Result<(), DeliveryError>) {
        let _ = (delivery, now);
        (Duration::ZERO, Ok(()))
    }
    /// What becomes of an action that starts now.
    fn act(&mut self, run: &Run, now: Now) -> (Duration, Result<String, String>) {
        let _ = (run, now);
        (Duration::ZERO, Ok("done".to_owned()))
    }
    /// An event is recorded.
    fn record(&mut self, event: &Event);
}

/// An engine, its world and the time between them.
#[derive(Debug)]
pub struct Discrete<W> {
    /// The engine.
    pub engine: Engine,
    /// The world.
    pub world: W,
    epoch: Timestamp,
    now: Mono,
    answers: BTreeMap<(Mono, u64), Input>,
    sequence: u64,
}

impl<W: World> Discrete<W> {
    /// Puts an engine that was restored at `start` into a world.
    #[must_use]
    pub fn new(engine: Engine, world: W, start: Now) -> Self {
        let epoch = Timestamp::from_millis(start.wall.as_millis() - start.mono.0);
        let (answers, now) = (BTreeMap::new(), start.mono);
        let mut this = Self { engine, world, epoch, now, answers, sequence: 0 };
        this.carry_out();
        this
    }

    /// The present of this world.
    #[must_use]
    pub fn now(&self) -> Now {
        Now { wall: Timestamp::from_millis(self.epoch.as_millis() + self.now.0), mono: self.now }
    }

    /// Tells the engine something from outside, now.
    pub fn tell(&mut self, input: Input) {
        self.engine.handle(self.now(), input);
        self.carry_out();
    }

    /// Lets everything happen up to and including an instant.
    pub fn run_until(&mut self, end: Mono) {
        while let Some(at) = self.next().filter(|at| *at <= end) {
            self.now = self.now.max(at);
            let input = match self.answers.first_entry().filter(|first| first.key().0 <= at) {
                Some(first) => first.remove(),
                None => Input::Time,
            };
            self.tell(input);
        }
        self.now = self.now.max(end);
    }

    /// Ends the run and gives back the engine and the world.
    #[must_use]
    pub fn into_parts(self) -> (Engine, W) {
        (self.engine, self.world)
    }

    fn next(&self) -> Option<Mono> {
        let answer = self.answers.first_key_value().map(|((at, _), _)| *at);
        let wake = self.engine.poll_timeout().map(|(at, _)| at);
        answer.into_iter().chain(wake).min()
    }

    fn carry_out(&mut self) {
        let now = self.now();
        while let Some(effect) = self.engine.poll_effect() {
            match effect {
                Effect::Record(event) => self.world.record(&event),
                Effect::Probe(probe) => {
                    let (after, observation) = self.world.probe(&probe, now);
                    self.answer(after, Input::Observed { probe: probe.id, observation });
                }
                Effect::Deliver(delivery) => {
                    let (after, result) = self.world.deliver(&delivery, now);
                    self.answer(after, Input::Delivered { delivery: delivery.id, result });
                }
                Effect::Act(run) => {
                    let (after, result) = self.world.act(&run, now);
                    self.answer(after, Input::Acted { run: run.id, result });
                }
                Effect::Retrying { .. } | Effect::Report { .. } | Effect::Prune { .. } => {}
            }
        }
    }

    fn answer(&mut self, after: Duration, input: Input) {
        self.sequence += 1;
        self.answers.insert((self.now + after, self.sequence), input);
    }
}
