//! The machine that the checks look at: systemd units, logs, processes and programs, which answer
//! through the checker's own seams as the real ones do. What there is follows from the configuration
//! under test, and all of it is well; only what a fault says is different. Judges nothing itself:
//! what an answer is worth is asked of `naive`.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "each part picks the faults that it can have and passes over all others"
)]

mod answers;
mod calls;
mod faults;
mod hands;
mod logs;
mod model;
mod pattern;
mod processes;
mod programs;
#[cfg(test)]
mod tests;
mod units;

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use checker::{
    clock::Clock,
    command::{CommandOutcome, Finished},
};
use engine::{
    Check,
    config::{Config, LogSource},
};
use store::MemoryDisk;
use tokio::sync::Notify;

use super::{disk::Watched, time::Stopwatch};
use crate::{
    inventory::Inventory,
    naive::{self, Worth},
    played::Sample,
    scenario::Ms,
};
use answers::Answer;
use faults::Look;
use logs::Book;
use model::{Model, RESTARTS, Turn};

pub(super) use faults::Fault;
pub(super) use hands::Hands;

/// The machine. Clones are the same one.
#[derive(Clone, Debug)]
pub(super) struct Machine(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    watch: Stopwatch,
    clock: Clock,
    disk: MemoryDisk,
    model: Mutex<Model>,
    changed: Notify,
}

impl Machine {
    /// A machine with nothing on it.
    pub(super) fn new(watch: Stopwatch, clock: Clock, disk: MemoryDisk) -> Self {
        let (model, changed) = (Mutex::default(), Notify::new());
        Self(Arc::new(Shared { watch, clock, disk, model, changed }))
    }

    /// Puts on it what the checks of a configuration need; what is there already stays.
    ///
    /// # Errors
    /// Says what cannot be made up.
    pub(super) fn furnish(&self, config: &Config) -> Result<(), String> {
        let inventory = Inventory::of(config);
        let now = self.0.clock.now().wall;
        let mut model = self.model();
        model.checks =
            config.enabled().filter(|check| naive::machine::looks(check)).cloned().collect();
        let known: Vec<_> = model.books.iter().map(|book| book.name.clone()).collect();
        let new = inventory.logs.iter().filter(|log| !known.contains(&log.name()));
        let books: Result<Vec<_>, _> = new.map(|log| Book::kept_until(log.clone(), now)).collect();
        let first = model.books.is_empty();
        model.books.extend(books?);
        programs::are_able(&inventory.programs)?;
        model.inventory = inventory;
        self.save_files(&model);
        if first && !model.books.is_empty() {
            tokio::spawn(self.clone().keep_logs());
        }
        Ok(())
    }

    /// Whether somebody is to be told of every line of a log: things may get better by it.
    pub(super) fn set_troubled(&self, troubled: bool) {
        self.model().troubled = troubled;
    }

    /// The faults that hold from now on.
    pub(super) fn set_faults(&self, faults: Vec<Fault>) {
        self.model().faults = faults;
        self.0.changed.notify_one();
    }

    /// Resolves when something has changed.
    pub(super) async fn changed(&self) {
        self.0.changed.notified().await;
    }

    /// The faults that a restart has ended since the last call.
    pub(super) fn take_healed(&self) -> Vec<String> {
        std::mem::take(&mut self.model().healed)
    }

    /// What an independent user finds of a check's units, logs, processes and programs; nothing for
    /// checks that have none.
    pub(super) fn opinion(&self, check: &Check) -> Option<Worth> {
        self.model().opinion(check, self.0.clock.now().wall)
    }

    /// When something changes by itself, such as the age of a heartbeat.
    pub(super) fn next_change(&self) -> Option<Ms> {
        let (now, wall) = (self.0.watch.now(), self.0.clock.now().wall);
        self.model().next_change(now, wall)
    }

    /// Whether something is wrong with it.
    pub(super) fn has_faults(&self) -> bool {
        !self.model().faults.is_empty()
    }

    /// What the checker was answered, by check.
    pub(super) fn take_answers(&self) -> BTreeMap<String, Vec<Sample>> {
        std::mem::take(&mut self.model().answers)
    }

    /// The restarts that were asked for: when, and which unit.
    pub(super) fn take_restarts(&self) -> Vec<(Ms, String)> {
        std::mem::take(&mut self.model().asked_restarts)
    }

    fn model(&self) -> MutexGuard<'_, Model> {
        self.0.model.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs a program for the checker: how it ends, and after how many milliseconds.
    fn run(&self, argv: &[String], limit: Duration) -> (CommandOutcome, Ms) {
        let (now, wall) = (self.0.watch.now(), self.0.clock.now().wall);
        let limit = engine::time::millis(limit);
        let mut model = self.model();
        let Turn { answer, takes, restarts } = model.turn(argv, wall, &mut Look::of_the_checker());
        if let Some((unit, helps)) = restarts {
            model.asked_restarts.push((now, unit.clone()));
            model.restarts.begin(&unit);
            tokio::spawn(self.clone().restart(unit, now + RESTARTS, helps));
        }
        let (outcome, takes) = within(answer, takes, limit);
        model.note_run(argv, &outcome, (now, now + takes), wall);
        (outcome, takes)
    }

    /// A restart goes on whoever asked for it is still there or not.
    async fn restart(self, unit: String, over: Ms, helps: Option<Ms>) {
        self.0.watch.until(over).await;
        self.model().restarts.end(&unit);
        if let Some(later) = helps {
            self.0.watch.until(over + later).await;
            self.model().heal(&unit);
        }
        self.0.changed.notify_one();
    }

    async fn keep_logs(self) {
        loop {
            let now = self.0.watch.now();
            let next = (now - logs::OFFSET).div_euclid(logs::PERIOD) + 1;
            self.0.watch.until(next * logs::PERIOD + logs::OFFSET).await;
            let mut model = self.model();
            model.write_logs(self.0.clock.now().wall);
            self.save_files(&model);
            if model.troubled {
                self.0.changed.notify_one();
            }
        }
    }

    /// Logs that are files lie on the disk.
    fn save_files(&self, model: &Model) {
        for book in &model.books {
            if let LogSource::File(path) = &book.log.source {
                self.0.disk.set_now(self.0.clock.now().wall);
                self.0.disk.put(Path::new(path), book.text().as_bytes());
            }
        }
    }

    /// The seams of the checker, on this disk.
    pub(super) fn hands(&self, disk: &Watched) -> Arc<Hands> {
        Arc::new(Hands { machine: self.clone(), disk: disk.clone() })
    }
}

/// What becomes of a program within its limit.
fn within(answer: Answer, takes: Ms, limit: Ms) -> (CommandOutcome, Ms) {
    match answer {
        Answer::NotFound => (CommandOutcome::NotFound, 0),
        Answer::PermissionDenied => (CommandOutcome::PermissionDenied, 0),
        Answer::Ends(finished) if takes < limit => {
            (CommandOutcome::Finished(capped(finished)), takes)
        }
        Answer::Ends(_) | Answer::Hangs => (CommandOutcome::TimedOut, limit),
    }
}

fn capped(mut finished: Finished) -> Finished {
    finished.stdout.truncate(checker::command::OUTPUT_CAP);
    finished
}
