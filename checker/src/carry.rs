//! Carries out what the engine wants: records, looks, sends, acts. Each of these is started here
//! and ends as an input of the driver. Decides nothing and waits for nothing.

use std::sync::Arc;

use engine::{
    Event, Timestamp,
    effect::{Delivery, Effect, Input, Probe, Run},
};

use crate::{driver::Driver, durable::Durable, heartbeat_file, report};

impl Driver {
    /// Carries out everything that the engine wants; without `probing` no new looks are taken.
    pub(crate) fn carry_out(&mut self, probing: bool) {
        while let Some(effect) = self.engine.poll_effect() {
            match effect {
                Effect::Record(event) => self.record(event),
                Effect::Retrying { check, retrying } => self.writer.retrying(check, retrying),
                Effect::Probe(probe) if probing => self.probe(probe),
                Effect::Probe(_) => {}
                Effect::Deliver(delivery) => self.deliver(delivery),
                Effect::Act(run) => self.act(run),
                Effect::Report { channels, due } => self.report(&channels, due),
                Effect::Prune { keep_from } => self.writer.prune(keep_from),
            }
        }
    }

    fn record(&mut self, event: Event) {
        if let Some(status) = &mut self.status {
            status.saw(&event);
        }
        let config = &self.engine.setup().config;
        heartbeat_file::keep(&**self.world.disk(), config, &event);
        self.world.samples.take(&event, config);
        self.writer.record(event);
    }

    fn probe(&mut self, probe: Probe) {
        let hands = self.world.hands();
        self.tasks.spawn(async move {
            let observation = hands.fetch(&probe.check).await;
            Input::Observed { probe: probe.id, observation }
        });
    }

    fn deliver(&mut self, delivery: Delivery) {
        let (notifiers, durable) = (Arc::clone(&self.world.notifiers), self.durable());
        self.tasks.spawn(async move {
            durable.wait().await;
            let result = notifiers.deliver(&delivery).await;
            Input::Delivered { delivery: delivery.id, result }
        });
    }

    fn act(&mut self, run: Run) {
        let (hands, durable) = (self.world.hands(), self.durable());
        self.tasks.spawn(async move {
            durable.wait().await;
            let result = hands.act(&run).await;
            Input::Acted { run: run.id, result }
        });
    }

    fn durable(&mut self) -> Durable {
        Durable::of(&mut self.writer, self.world.clock.now().mono)
    }

    fn report(&mut self, channels: &[String], due: Timestamp) {
        tracing::info!(%due, "writing the morning report");
        let (board, now) = (self.engine.board().clone(), self.world.clock.now().wall);
        let zone = self.engine.setup().config.global.timezone.clone();
        let channels = self.world.notifiers.resolve(channels);
        let history = self.world.history.clone();
        self.tasks.spawn_blocking(move || {
            let report = report::render(&board, &history.last_day(now), &zone, now);
            Input::Report { subject: report.subject, body: report.text, channels }
        });
    }
}
