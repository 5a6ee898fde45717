//! The four verbs: [`Engine::restore`], [`Engine::handle`], [`Engine::poll_effect`] and
//! [`Engine::poll_timeout`]. One task owns the engine. Every change of state goes through an
//! event that is recorded and folded into the board; the rest of what is held here (timers,
//! cycles under way, queues) can be rebuilt from the board after a crash.

mod actions;
mod cycle;
mod notices;
mod push;
mod reload;

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
};

use crate::{
    board::{Board, Entry},
    config::{Check, CheckName},
    effect::{Effect, Input, Setup},
    event::{Event, EventKind, Started, Stopped},
    outbox::Outbox,
    time::{Mono, Now, Timestamp},
};

/// How far the two clocks may drift apart before it counts as a step of the wall clock.
const STEP_FROM_MS: i64 = 1000;
/// The longest sleep while anything follows the wall clock, so that a step is noticed.
const WALL_NAP: std::time::Duration = std::time::Duration::from_secs(60);

/// The turn of a check that has none.
const NEVER: Mono = Mono(i64::MAX);

/// Why the engine wants to be woken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wake {
    /// A check is due.
    Due,
    /// The wait between two attempts is over.
    Attempt,
    /// Actions have waited long enough for the rest of their tick.
    Actions,
    /// A notice can be tried again, or has become too old.
    Outbox,
    /// To see whether the wall clock was stepped.
    WallClock,
}

/// What is on the agenda at an instant. The order is the order at the same instant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Task {
    Actions(u64),
    Attempt(CheckName),
    Due(CheckName),
}

/// What is held of a check besides its entry on the board.
#[derive(Debug)]
struct Slot {
    check: Arc<Check>,
    due: Mono,
    cycle: Option<Cycle>,
    /// When the open incident began, and when a problem was last announced.
    opened: Option<Mono>,
    announced: Option<Mono>,
    /// The starts of the runs of each action, by its label.
    runs: BTreeMap<String, Vec<Mono>>,
    running: BTreeSet<String>,
}

/// A cycle under way.
#[derive(Debug)]
struct Cycle {
    tick: u64,
    attempt: u32,
    probe: Option<u64>,
}

/// The checks that were due at one instant and have not all ended.
#[derive(Debug)]
struct Tick {
    open: BTreeSet<CheckName>,
    failed: Vec<CheckName>,
    /// When the actions of the failed ones run at the latest.
    latest: Option<Mono>,
}

/// The heart: owned by one task, told of everything, asked for everything.
#[derive(Debug)]
pub struct Engine {
    setup: Setup,
    refused: Option<(String, String)>,
    board: Board,
    last_seq: u64,
    day: Option<i64>,
    slots: BTreeMap<CheckName, Slot>,
    agenda: BTreeSet<(Mono, Task)>,
    ticks: BTreeMap<u64, Tick>,
    probes: BTreeMap<u64, CheckName>,
    runs: BTreeMap<u64, (CheckName, String)>,
    outbox: Outbox,
    effects: VecDeque<Effect>,
    last_id: u64,
    /// Whether the turns of any check follow the wall clock.
    by_wall: bool,
    wall_offset: i64,
    last_now: Now,
    report_due: Option<Timestamp>,
    pruned_day: Option<i64>,
    idle: Entry,
}

impl Engine {
    /// Takes up work where the board left it. `next_seq` is the number of the next event.
    /// Checks that are due by the stopwatch are due at once.
    #[must_use]
    pub fn restore(setup: Setup, board: Board, next_seq: u64, started: Started, now: Now) -> Self {
        let mut this = Self {
            setup,
            refused: None,
            board,
            last_seq: next_seq.saturating_sub(1),
            day: None,
            slots: BTreeMap::new(),
            agenda: BTreeSet::new(),
            ticks: BTreeMap::new(),
            probes: BTreeMap::new(),
            runs: BTreeMap::new(),
            outbox: Outbox::default(),
            effects: VecDeque::new(),
            last_id: 0,
            by_wall: false,
            wall_offset: wall_offset(now),
            last_now: now,
            report_due: None,
            pruned_day: None,
            idle: Entry::default(),
        };
        this.day = Some(day(now.wall));
        this.record(EventKind::Start(started), now);
        this.take_up(now);
        this.advance(now);
        this
    }

    /// Takes in what happened, and everything that time alone has brought since.
    pub fn handle(&mut self, now: Now, input: Input) {
        self.notice_steps(now);
        self.last_now = now;
        match input {
            Input::Time => {}
            Input::Observed { probe, observation } => self.observed(probe, &observation, now),
            Input::Delivered { delivery, result } => self.delivered(delivery, result, now),
            Input::Acted { run, result } => self.acted(run, result, now),
            Input::Pushed { check } => self.pushed(&check, now),
            Input::Reload(setup) => self.reload(*setup, now),
            Input::ReloadRefused { file, error } => self.refuse(file, error, now),
            Input::Housekeeping => self.housekeeping(now),
            Input::Report { subject, body, channels } => {
                self.raise_report(subject, body, &channels, now);
            }
            Input::Stop { reason } => {
                self.record(EventKind::Stop(Stopped { reason }), now);
            }
        }
        self.advance(now);
    }

    /// The next thing to carry out, in order.
    pub fn poll_effect(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    /// When the engine wants to be told of the time, and why.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<(Mono, Wake)> {
        let agenda = self.agenda.first().filter(|(at, _)| *at < NEVER);
        let agenda = agenda.map(|(at, task)| (*at, task.wake()));
        let outbox = self.outbox.next(self.last_now.mono).map(|at| (at, Wake::Outbox));
        let nap = self.by_wall.then(|| (self.last_now.mono + WALL_NAP, Wake::WallClock));
        [agenda, outbox, nap].into_iter().flatten().min_by_key(|(at, _)| *at)
    }

    /// The state of every check.
    #[must_use]
    pub const fn board(&self) -> &Board {
        &self.board
    }

    /// What the engine works with.
    #[must_use]
    pub const fn setup(&self) -> &Setup {
        &self.setup
    }

    /// Whether no cycle and no action is under way. Notices may still wait for their channels.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        self.runs.is_empty() && self.slots.values().all(|slot| slot.cycle.is_none())
    }

    /// Does what is due. All turns that have come make one tick.
    fn advance(&mut self, now: Now) {
        let mut due = Vec::new();
        while let Some((at, task)) = self.agenda.first().filter(|(at, _)| *at <= now.mono).cloned()
        {
            self.agenda.remove(&(at, task.clone()));
            match task {
                Task::Actions(tick) => self.end_tick(tick, now),
                Task::Attempt(name) => self.attempt(&name),
                Task::Due(name) => due.push(name),
            }
        }
        if !due.is_empty() {
            self.begin_tick(due, now);
        }
        self.send(now);
    }

    /// Numbers an event, folds it into the board and hands it out to be recorded. The first
    /// event of a UTC day is preceded by the configuration in force, so that each day's segment
    /// of the journal can be read on its own.
    fn record(&mut self, kind: EventKind, now: Now) -> u64 {
        self.open_day(now);
        self.last_seq += 1;
        let event = Event { ts: now.wall, seq: self.last_seq, kind };
        self.board.apply(&event);
        self.effects.push_back(Effect::Record(event));
        self.last_seq
    }

    fn entry(&self, name: &CheckName) -> &Entry {
        self.board.entries.get(name).unwrap_or(&self.idle)
    }

    fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    fn notice_steps(&mut self, now: Now) {
        let offset = wall_offset(now);
        if (offset - self.wall_offset).abs() >= STEP_FROM_MS {
            self.reschedule_by_wall(now);
        }
        self.wall_offset = offset;
    }
}

impl Task {
    const fn wake(&self) -> Wake {
        match self {
            Self::Actions(_) => Wake::Actions,
            Self::Attempt(_) => Wake::Attempt,
            Self::Due(_) => Wake::Due,
        }
    }
}

const fn wall_offset(now: Now) -> i64 {
    now.wall.as_millis().saturating_sub(now.mono.0)
}

const fn day(at: Timestamp) -> i64 {
    at.as_millis().div_euclid(86_400_000)
}
