//! The stage: carries out the timeline, keeps the checker's life, asks for pages, and lets an
//! independent user look at the mock app while something is wrong with it.

mod lives;

use std::{collections::BTreeMap, path::Path};

use futures_util::FutureExt as _;
use mockapp::FaultReport;
use tokio::sync::{mpsc, watch};

use super::{
    CHECKS, World,
    life::Life,
    outside::{Pusher, Turn},
    own::OwnFaults,
    pages,
    witness::{self, Witness},
};
use crate::{
    played::{Down, PageSeen},
    scenario::{Doing, Edge, EditWith, EditedFile, FaultStep, Healed, Moment, Ms, Realm, Step},
};

/// How long after an instant a page is asked for, so that what happens at the instant is over.
const AFTERWARDS: Ms = 1;

/// What the stage hands over at the end.
pub(super) struct Staged {
    pub(super) end: Ms,
    pub(super) steps: BTreeMap<String, (Ms, Option<Ms>)>,
    pub(super) downs: Vec<Down>,
    pub(super) own: OwnFaults,
    pub(super) pages: Vec<Option<PageSeen>>,
    pub(super) witness: Witness,
    pub(super) notes: Vec<(Ms, String)>,
}

/// Something that is due at an instant.
enum Act {
    Step(usize),
    End(String),
    /// A strobing clock jumps.
    Strobe(String),
    Start,
    /// The same after one that failed; it holds up no end.
    StartAgain,
    GoOn,
    Page(usize),
    Look,
    /// Something is to call in, by its place; put off already or not.
    Beat(usize, bool),
}

impl Act {
    /// Whether the run need not wait for it.
    fn goes_on_for_ever(&self) -> bool {
        matches!(self, Self::Look | Self::StartAgain | Self::Strobe(_) | Self::Beat(..))
    }
}

pub(super) struct Stage<'w> {
    world: &'w World,
    life: Option<Life>,
    down: Option<(Ms, &'static str)>,
    /// What is due, by time and then in the order in which it became known.
    due: BTreeMap<(Ms, u64), Act>,
    seq: u64,
    /// Steps and pages whose time hangs on something that has not happened yet.
    waiting: Vec<Waiting>,
    changes: watch::Receiver<u64>,
    stopped: (mpsc::UnboundedSender<()>, mpsc::UnboundedReceiver<()>),
    restart_after: Ms,
    /// A checker that was asked to stop has not stopped yet.
    stopping: bool,
    /// Until when it stands still.
    still_until: Ms,
    /// Since when it does not start, and why.
    refused: Option<(Ms, String)>,
    pusher: Pusher,
    out: Staged,
}

#[derive(Clone, Copy)]
enum Waiting {
    Step(usize),
    Page(usize),
}

impl<'w> Stage<'w> {
    pub(super) fn new(world: &'w World) -> Result<Self, String> {
        let scenario = &world.scenario;
        let steps = (0..scenario.timeline.len()).map(Waiting::Step);
        let pages = (0..scenario.expect.pages.len()).map(Waiting::Page);
        let witness = Witness::new(world)?;
        world.machine.furnish(witness.config())?;
        let out = Staged {
            end: 0,
            steps: BTreeMap::new(),
            downs: Vec::new(),
            own: OwnFaults::default(),
            pages: vec![None; scenario.expect.pages.len()],
            witness,
            notes: Vec::new(),
        };
        let config = out.witness.config();
        world.outside.learn(config);
        let pusher = Pusher::of(config, world.beats.clone());
        let mut stage = Self {
            world,
            life: Some(Life::start(world)?),
            down: None,
            due: BTreeMap::new(),
            seq: 0,
            waiting: steps.chain(pages).collect(),
            changes: world.app.changes(),
            stopped: mpsc::unbounded_channel(),
            restart_after: 0,
            stopping: false,
            still_until: 0,
            refused: None,
            pusher,
            out,
        };
        for (place, at) in stage.pusher.first().into_iter().enumerate() {
            stage.schedule(at, Act::Beat(place, false));
        }
        Ok(stage)
    }

    /// The configuration under test.
    pub(super) fn config(&self) -> &engine::Config {
        self.out.witness.config()
    }

    /// Plays the timeline to its end and stops the checker.
    pub(super) async fn play(mut self) -> Staged {
        let spent = self.out.own.spent();
        loop {
            self.resolve();
            let end = self.end();
            let next = self.due.keys().next().map(|(at, _)| *at);
            let wake = end.into_iter().chain(next).min();
            tokio::select! {
                biased;
                () = self.world.disk.died() => self.die().await,
                Some(()) = self.stopped.1.recv() => self.stopped(),
                () = spent.notified() => {
                    self.out.own.end_spent(self.world);
                    self.take_note_of_ends();
                }
                () = self.world.machine.changed() => {
                    self.out.own.end_spent(self.world);
                    self.look(true);
                }
                Ok(()) = self.changes.changed() => self.look(true),
                () = self.world.watch.until(wake.unwrap_or(Ms::MAX / 2)) => {
                    let now = self.world.now();
                    self.act_until(now).await;
                    if end.is_some_and(|end| now >= end) && self.end().is_some_and(|end| now >= end) {
                        break;
                    }
                }
            }
        }
        self.finish().await
    }

    async fn finish(mut self) -> Staged {
        self.out.end = self.world.now();
        if let Some((from, why)) = self.down.take() {
            self.out.downs.push(Down { from, to: self.out.end, why });
        }
        if let Some((at, why)) = self.refused.take() {
            self.out.notes.push((at, why));
        }
        // What is asked for at the very end is still answered.
        self.out.witness.rest().await;
        if let Some(life) = self.life.take() {
            life.stop("the end of the scenario").await;
        }
        self.out
    }

    fn schedule(&mut self, at: Ms, act: Act) {
        self.seq += 1;
        self.due.insert((at.max(self.world.now()), self.seq), act);
    }

    /// Gives a time to everything whose anchor is known by now.
    fn resolve(&mut self) {
        for waiting in std::mem::take(&mut self.waiting) {
            let scenario = &self.world.scenario;
            let (moment, later) = match waiting {
                Waiting::Step(index) => (&scenario.timeline[index].at, 0),
                Waiting::Page(index) => (&scenario.expect.pages[index].at, AFTERWARDS),
            };
            match (self.when(moment), waiting) {
                (Some(at), Waiting::Step(index)) => self.schedule(at, Act::Step(index)),
                (Some(at), Waiting::Page(index)) => self.schedule(at + later, Act::Page(index)),
                (None, _) => self.waiting.push(waiting),
            }
        }
    }

    /// When a moment is, as far as it can be known by now.
    fn when(&self, moment: &Moment) -> Option<Ms> {
        match moment {
            Moment::At(at) => Some(*at),
            Moment::Anchor { id, edge, offset } => {
                let (start, end) = *self.out.steps.get(id)?;
                let at = match edge {
                    Edge::Start => start,
                    Edge::End if *offset < 0 => end.or_else(|| self.planned_end(id, start))?,
                    Edge::End => end?,
                };
                Some(at + offset)
            }
        }
    }

    fn planned_end(&self, id: &str, start: Ms) -> Option<Ms> {
        let step = self.world.scenario.timeline.iter().find(|step| step.id == id)?;
        step.doing.lasts().map(|lasts| start + lasts)
    }

    /// When the run ends: where it says, or when everything is over and has had time to settle.
    fn end(&self) -> Option<Ms> {
        let scenario = &self.world.scenario;
        if let Some(at) = scenario.run.as_ref().and_then(|run| self.when(run)) {
            return Some(at);
        }
        if self.due.values().any(|act| !act.goes_on_for_ever()) {
            return None;
        }
        // What hangs on something that never comes does not hold up the end.
        let steps = self.out.steps.iter().map(|(id, (start, end))| {
            end.or_else(|| self.planned_end(id, *start)).unwrap_or(*start)
        });
        let bound = self.out.witness.longest_bound(scenario.start);
        let expected = scenario
            .moments()
            .filter_map(|(moment, within)| Some(self.when(moment)? + within.unwrap_or(bound)));
        let last = steps.chain(expected).max().unwrap_or(0);
        Some(last + engine::time::millis(scenario.settle))
    }

    async fn act_until(&mut self, now: Ms) {
        while let Some(entry) = self.due.first_entry().filter(|entry| entry.key().0 <= now) {
            match entry.remove() {
                Act::Step(index) => self.step(index).await,
                Act::End(id) => self.end_own(&id),
                Act::Strobe(id) => self.strobe(&id),
                Act::Start | Act::StartAgain => self.start(),
                Act::GoOn => self.go_on(),
                Act::Page(index) => {
                    let page = &self.world.scenario.expect.pages[index];
                    self.out.pages[index] = Some(pages::ask(self.world, &page.path).await);
                }
                Act::Look => self.look(false),
                Act::Beat(place, late) => self.beat(place, late),
            }
            self.resolve();
        }
    }

    async fn step(&mut self, index: usize) {
        let scenario = std::sync::Arc::clone(&self.world.scenario);
        let Step { id, doing, .. } = &scenario.timeline[index];
        let now = self.world.now();
        let lasts = doing.lasts();
        self.out.steps.insert(id.clone(), (now, None));
        match doing {
            Doing::Fault(fault) => self.begin(id, fault).await,
            Doing::Toggle(wish) => {
                self.note(self.world.app.set_toggles(wish.clone(), false));
            }
            Doing::Heal(Healed::All) => {
                self.world.app.end_all();
                self.out.own.end_all(self.world);
            }
            Doing::Heal(Healed::One(other)) => {
                self.out.own.end(self.world, other);
                self.world.app.end_fault(other);
                self.switch_off(other);
            }
            Doing::RunJob(name) => {
                // A job that does not start is what a fault of jobs is for.
                let _ = self.world.app.run_job(name.as_deref());
            }
            Doing::Kill { target, down } => self.kill(*target, engine::time::millis(*down)).await,
            Doing::Restart { down } => self.restart(engine::time::millis(*down)),
            Doing::Pause { lasts } => self.stand_still(engine::time::millis(*lasts)),
            Doing::Edit { file, with } => self.edit(file, with),
        }
        match (doing, lasts) {
            (Doing::Fault(fault), Some(lasts)) if fault.realm != Realm::App => {
                self.schedule(now + lasts, Act::End(id.clone()));
            }
            (Doing::Pause { .. }, Some(lasts)) => self.schedule(now + lasts, Act::GoOn),
            _ => {}
        }
        if !matches!(doing, Doing::Fault(_) | Doing::Toggle(_)) {
            self.out.steps.insert(id.clone(), (now, Some(now + lasts.unwrap_or(0))));
        }
        self.take_note_of_ends();
    }

    /// Moves back the switches that a step has moved.
    fn switch_off(&mut self, id: &str) {
        let step = self.world.scenario.timeline.iter().find(|step| step.id == id);
        if let Some(Step { doing: Doing::Toggle(wish), .. }) = step {
            let off = wish.keys().map(|name| (name.clone(), serde_json::Value::from(false)));
            self.note(self.world.app.set_toggles(off.collect(), false));
        }
    }

    async fn begin(&mut self, id: &str, fault: &FaultStep) {
        match fault.realm {
            Realm::App => self.note(self.world.app.inject(fault.step.clone()).map(drop)),
            Realm::Checker => {
                let operation = ["op", "k"].iter().find_map(|key| fault.step.get(*key)?.as_u64());
                self.out.own.begin(self.world, id, fault);
                match operation {
                    Some(operation) => self.world.disk.die_after(operation),
                    None => self.die().await,
                }
            }
            Realm::Clock if fault.kind == "clock.strobe" => {
                self.out.own.begin(self.world, id, fault);
                self.strobe(id);
            }
            Realm::Clock | Realm::Mail | Realm::Disk | Realm::Dns | Realm::Machine => {
                self.out.own.begin(self.world, id, fault);
            }
            Realm::Network | Realm::Host | Realm::Push => {
                self.out.own.begin(self.world, id, fault);
            }
        }
    }

    fn note(&mut self, done: Result<(), String>) {
        if let Err(error) = done {
            self.out.notes.push((self.world.now(), error));
        }
    }

    fn strobe(&mut self, id: &str) {
        if let Some(stays) = self.out.own.strobe(self.world, id) {
            self.schedule(self.world.now() + stays, Act::Strobe(id.to_owned()));
        }
    }

    fn end_own(&mut self, id: &str) {
        self.out.own.end(self.world, id);
        self.take_note_of_ends();
    }

    /// The time of something that calls in has come.
    fn beat(&mut self, place: usize, late: bool) {
        let now = self.world.now();
        let turn = match late {
            true => Turn::Calls { right: true },
            false => {
                self.schedule(now + self.pusher.every(place), Act::Beat(place, false));
                self.pusher.turn(place, &self.world.outside)
            }
        };
        match turn {
            Turn::Silent => {}
            Turn::Later(by) => self.schedule(now + by, Act::Beat(place, true)),
            Turn::Calls { right } => {
                let heard = self.life.as_ref().filter(|_| !self.world.outside.is_offline());
                let window = heard.map(Life::window);
                self.pusher.call(place, right, now, window);
            }
        }
    }

    fn edit(&mut self, file: &EditedFile, with: &EditWith) {
        let path = match file {
            EditedFile::Checks => CHECKS,
            EditedFile::Other(path) => path,
        };
        let old = store::Disk::read(&self.world.memory, Path::new(path)).unwrap_or_default();
        let text = with.applied_to(&String::from_utf8_lossy(&old));
        self.world.memory.set_now(self.world.clock.now().wall);
        self.world.memory.put(Path::new(path), text.as_bytes());
        // A broken edit changes nothing of what is expected.
        if matches!(file, EditedFile::Checks)
            && let Ok(config) = witness::read(self.world)
        {
            self.world.outside.learn(&config);
            if let Err(error) = self.world.machine.furnish(&config) {
                self.out.notes.push((self.world.now(), error));
            }
        }
    }

    /// Lets the witness look, now and again for as long as something is wrong with the mock app.
    fn look(&mut self, changed: bool) {
        self.take_note_of_ends();
        let again = self.out.witness.look(self.world, changed);
        self.due.retain(|_, act| !matches!(act, Act::Look));
        if let Some(again) = again {
            self.schedule(again, Act::Look);
        }
        // The look itself may have moved the mock app on; that is nothing new.
        let _ = self.changes.changed().now_or_never();
    }

    /// Keeps when faults really ended, for those that hang on it.
    fn take_note_of_ends(&mut self) {
        let reports = self.world.app.faults();
        let scenario = &self.world.scenario;
        for (id, (start, end)) in &mut self.out.steps {
            if end.is_none() {
                let toggle = scenario.timeline.iter().find(|step| step.id == *id);
                let ended = match toggle.map(|step| &step.doing) {
                    Some(Doing::Toggle(wish)) => toggle_end(self.world, &reports, wish, *start),
                    _ if self.out.own.knows(id) => self.out.own.ended(id),
                    _ => fault_end(self.world, &reports, id),
                };
                *end = ended;
            }
        }
    }
}

fn fault_end(world: &World, reports: &[FaultReport], id: &str) -> Option<Ms> {
    let report = reports.iter().rfind(|report| report.id == id)?;
    report.ended_at.map(|at| world.of(at))
}

/// A toggle that switches something on ends when all of it is off again.
fn toggle_end(
    world: &World,
    reports: &[FaultReport],
    wish: &serde_json::Map<String, serde_json::Value>,
    start: Ms,
) -> Option<Ms> {
    let on = wish.iter().filter(|(_, value)| value.as_bool() == Some(true));
    let ends: Vec<_> = on.map(|(name, _)| fault_end(world, reports, name)).collect();
    if ends.is_empty() {
        Some(start)
    } else {
        ends.into_iter().collect::<Option<Vec<_>>>()?.into_iter().max()
    }
}
