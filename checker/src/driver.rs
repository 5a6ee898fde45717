//! The loop: carries out what the engine wants done and tells it what came of it.
//! One task owns the engine, so there is no lock around it. Everything that happens at one
//! instant is told in one order, so that two runs of the same story are the same.

use std::{future::Future, sync::Arc, time::Duration};

use engine::{
    Engine, Mono,
    effect::{Delivery, Effect, Input, Probe, Run},
};
use store::Writer;
use tokio::{sync::mpsc, task::JoinSet, time::sleep_until};

use crate::{durable::Durable, reload::Reloader, report, world::World};

/// How long a stop waits for what is in flight.
pub const DRAIN_LIMIT: Duration = Duration::from_secs(5);

/// What the driver is made of.
#[derive(Debug)]
pub struct Driver {
    /// The heart.
    pub engine: Engine,
    /// The means to carry out what it wants.
    pub world: World,
    /// Where events are kept.
    pub writer: Writer,
    /// Looks for a new configuration; absent when there is only one cycle.
    pub reloader: Option<Reloader>,
    /// What others tell the engine.
    pub inbox: mpsc::Receiver<Input>,
    /// What is in flight.
    pub tasks: JoinSet<Input>,
}

/// What woke the driver.
enum Woken {
    Stop,
    Told(Input),
    Done(Input),
    Time,
}

impl Driver {
    /// Runs until `stop` resolves or, when every check has only one cycle, until all have had it.
    /// Then waits for what is in flight, records the stop with the reason that `stop` gave, and
    /// closes the store.
    pub async fn run(mut self, stop: impl Future<Output = String>) -> Engine {
        tokio::pin!(stop);
        let mut reason = None;
        while reason.is_none() {
            self.carry_out(true);
            if self.is_done() {
                break;
            }
            let wake = self.next_wake();
            let woken = tokio::select! {
                biased;
                why = &mut stop => { reason = Some(why); Woken::Stop }
                Some(input) = self.inbox.recv() => Woken::Told(input),
                Some(done) = self.tasks.join_next(), if !self.tasks.is_empty() => {
                    Woken::Done(done.unwrap_or(Input::Time))
                }
                () = sleep_until(self.world.clock.instant(wake)) => Woken::Time,
            };
            self.take(woken);
        }
        self.finish(reason.unwrap_or_else(|| "every check has run once".to_owned()))
            .await
    }

    fn take(&mut self, woken: Woken) {
        let now = self.world.clock.now();
        match woken {
            Woken::Stop => {}
            Woken::Told(input) => self.engine.handle(now, input),
            Woken::Time => {
                if let Some(input) = self
                    .reloader
                    .as_mut()
                    .and_then(|r| r.poll(&mut self.world, now))
                {
                    self.engine.handle(now, input);
                }
                self.engine.handle(now, Input::Time);
            }
            Woken::Done(first) => {
                for input in self.all_done(first) {
                    self.engine.handle(now, input);
                }
            }
        }
        self.writer.tick(now.mono);
    }

    /// Whatever else has ended by now, in an order that does not depend on the runtime.
    fn all_done(&mut self, first: Input) -> Vec<Input> {
        let mut done = vec![first];
        while let Some(ended) = self.tasks.try_join_next() {
            done.push(ended.unwrap_or(Input::Time));
        }
        done.sort_by_key(order);
        done
    }

    fn is_done(&self) -> bool {
        self.engine.setup().once.is_some() && self.engine.is_quiet() && self.tasks.is_empty()
    }

    fn next_wake(&self) -> Mono {
        let engine = self.engine.poll_timeout().map(|(at, _)| at);
        let reload = self.reloader.as_ref().map(Reloader::next);
        let far = self.world.clock.now().mono + Duration::from_secs(3600);
        [engine, reload, self.writer.next_tick()]
            .into_iter()
            .flatten()
            .min()
            .unwrap_or(far)
    }

    /// Carries out everything that the engine wants; without `probing` no new looks are taken.
    fn carry_out(&mut self, probing: bool) {
        while let Some(effect) = self.engine.poll_effect() {
            match effect {
                Effect::Record(event) => self.writer.record(event),
                Effect::Retrying { check, retrying } => self.writer.retrying(check, retrying),
                Effect::Probe(probe) if probing => self.probe(probe),
                Effect::Probe(_) => {}
                Effect::Deliver(delivery) => self.deliver(delivery),
                Effect::Act(run) => self.act(run),
                Effect::Report { channels, due } => {
                    let (board, now) = (self.engine.board().clone(), self.world.clock.now().wall);
                    let zone = self.engine.setup().config.global.timezone.clone();
                    let channels = self.world.notifiers.resolve(&channels);
                    let history = self.world.history.clone();
                    tracing::info!(%due, "writing the morning report");
                    self.tasks.spawn_blocking(move || {
                        let events = history.last_day(now);
                        let report = report::render(&board, &events, &zone, now);
                        Input::Report {
                            subject: report.subject,
                            body: report.text,
                            channels,
                        }
                    });
                }
                Effect::Prune { keep_from } => self.writer.prune(keep_from),
            }
        }
    }

    fn probe(&mut self, probe: Probe) {
        let world = self.world.hands();
        self.tasks.spawn(async move {
            let observation = world.fetch(&probe.check).await;
            Input::Observed {
                probe: probe.id,
                observation,
            }
        });
    }

    fn deliver(&mut self, delivery: Delivery) {
        let (notifiers, durable) = (Arc::clone(&self.world.notifiers), self.durable());
        self.tasks.spawn(async move {
            durable.wait().await;
            let result = notifiers.deliver(&delivery).await;
            Input::Delivered {
                delivery: delivery.id,
                result,
            }
        });
    }

    fn act(&mut self, run: Run) {
        let (world, durable) = (self.world.hands(), self.durable());
        self.tasks.spawn(async move {
            durable.wait().await;
            let result = world.act(&run).await;
            Input::Acted {
                run: run.id,
                result,
            }
        });
    }

    fn durable(&mut self) -> Durable {
        Durable::of(&mut self.writer, self.world.clock.now().mono)
    }

    /// Lets what is in flight end, within a limit; no new looks are taken. Notices that do not
    /// make it wait in the outbox for the next start.
    async fn finish(mut self, reason: String) -> Engine {
        let limit = sleep_until(
            self.world
                .clock
                .instant(self.world.clock.now().mono + DRAIN_LIMIT),
        );
        tokio::pin!(limit);
        loop {
            self.carry_out(false);
            let done = tokio::select! {
                biased;
                Some(done) = self.tasks.join_next(), if !self.tasks.is_empty() => done,
                () = &mut limit, if !self.tasks.is_empty() => break,
                else => break,
            };
            self.take(Woken::Done(done.unwrap_or(Input::Time)));
        }
        self.tasks.abort_all();
        self.engine
            .handle(self.world.clock.now(), Input::Stop { reason });
        self.carry_out(false);
        if let Err(error) = self.writer.close() {
            tracing::error!(%error, "the last results could not be written");
        }
        self.engine
    }
}

/// Probes before deliveries before actions, each by number.
fn order(input: &Input) -> (u8, u64) {
    match input {
        Input::Observed { probe, .. } => (0, *probe),
        Input::Delivered { delivery, .. } => (1, *delivery),
        Input::Acted { run, .. } => (2, *run),
        Input::Time
        | Input::Reload(_)
        | Input::ReloadRefused { .. }
        | Input::Housekeeping
        | Input::Report { .. }
        | Input::Stop { .. } => (3, 0),
    }
}
