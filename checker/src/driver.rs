//! The loop: waits for whatever comes first, tells the engine, and has its wishes carried out.
//! One task owns the engine, so there is no lock around it. Everything that happens at one
//! instant is told in one order, so that two runs of the same story are the same.

use std::{future::Future, time::Duration};

use engine::{Engine, Mono, effect::Input};
use store::Writer;
use tokio::{sync::mpsc, task::JoinSet, time::sleep_until};

use crate::{live::Shown, reload::Reloader, services_file::ServicesFile, world::World};

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
    /// The file that tells of services, if there may be one.
    pub status: Option<ServicesFile>,
}

/// What woke the driver.
enum Woken {
    Stop(String),
    Told(Input),
    Done(Input),
    Time,
}

impl Driver {
    /// Runs until `stop` resolves or, when every check has only one cycle, until all have had it.
    /// Then waits for what is in flight, records the stop with the reason that `stop` gave, and
    /// closes the store.
    ///
    /// The loop is a task of its own: the runtime wakes its root future through the kernel, which
    /// would cost two system calls at every turn.
    pub async fn run(self, stop: impl Future<Output = String> + Send + 'static) -> Engine {
        match tokio::spawn(self.drive(stop)).await {
            Ok(engine) => engine,
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        }
    }

    /// The same on the caller's own task: who drops it, kills the checker.
    pub async fn drive(mut self, stop: impl Future<Output = String>) -> Engine {
        tokio::pin!(stop);
        self.world.live.take_up(&self.engine.setup().config);
        loop {
            self.carry_out(true);
            self.tell_status();
            self.show();
            if self.engine.setup().once.is_some() && self.is_quiet() {
                return self.finish("every check has run once".to_owned()).await;
            }
            let wake = self.world.clock.instant(self.next_wake());
            let woken = tokio::select! {
                biased;
                why = &mut stop => Woken::Stop(why),
                Some(input) = self.inbox.recv() => Woken::Told(input),
                Some(done) = self.tasks.join_next(), if !self.tasks.is_empty() => {
                    Woken::Done(done.unwrap_or(Input::Time))
                }
                () = sleep_until(wake) => Woken::Time,
            };
            match woken {
                Woken::Stop(why) => return self.finish(why).await,
                Woken::Told(input) => self.tell(vec![input]),
                Woken::Done(first) => self.tell_all_done(first),
                Woken::Time => self.tell_time(),
            }
        }
    }

    fn tell(&mut self, inputs: Vec<Input>) {
        let now = self.world.clock.now();
        for input in inputs {
            self.engine.handle(now, input);
        }
        self.writer.tick(now.mono);
    }

    fn tell_status(&mut self) {
        if let Some(status) = &mut self.status {
            status.tick(&self.engine, self.world.clock.now());
        }
    }

    fn tell_time(&mut self) {
        let now = self.world.clock.now();
        let reload =
            self.reloader.as_mut().and_then(|reloader| reloader.poll(&mut self.world, now));
        let edited = reload.is_some();
        self.tell(reload.into_iter().chain([Input::Time]).collect());
        if edited {
            self.world.live.take_up(&self.engine.setup().config);
        }
    }

    /// Shows the state to those who have asked.
    fn show(&mut self) {
        if self.world.live.is_wanted() {
            let (board, store_error) = (self.engine.board().clone(), self.writer.health());
            self.world.live.show(Shown { board, store_error });
        }
    }

    /// Tells whatever else has ended by now, in an order that does not depend on the runtime.
    fn tell_all_done(&mut self, first: Input) {
        let mut done = vec![first];
        while let Some(ended) = self.tasks.try_join_next() {
            done.push(ended.unwrap_or(Input::Time));
        }
        done.sort_by_key(Input::order);
        self.tell(done);
    }

    fn is_quiet(&self) -> bool {
        self.engine.is_quiet() && self.tasks.is_empty()
    }

    fn next_wake(&self) -> Mono {
        let engine = self.engine.poll_timeout().map(|(at, _)| at);
        let reload = self.reloader.as_ref().map(Reloader::next);
        let far = self.world.clock.now().mono + Duration::from_secs(3600);
        [engine, reload, self.writer.next_tick()].into_iter().flatten().min().unwrap_or(far)
    }

    /// Lets what is in flight end, within a limit; no new looks are taken. Notices that do not
    /// make it wait in the outbox for the next start.
    async fn finish(mut self, reason: String) -> Engine {
        let limit = tokio::time::sleep(DRAIN_LIMIT);
        tokio::pin!(limit);
        loop {
            self.carry_out(false);
            let done = tokio::select! {
                biased;
                Some(done) = self.tasks.join_next(), if !self.tasks.is_empty() => done,
                () = &mut limit, if !self.tasks.is_empty() => break,
                else => break,
            };
            self.tell_all_done(done.unwrap_or(Input::Time));
        }
        self.tasks.abort_all();
        self.tell(vec![Input::Stop { reason }]);
        self.carry_out(false);
        if let Err(error) = self.writer.close() {
            tracing::error!(%error, "the last results could not be written");
        }
        if let Some(status) = self.status.take() {
            status.close(&self.engine, self.world.clock.now()).await;
        }
        self.engine
    }
}
