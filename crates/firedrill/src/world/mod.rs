//! The virtual world: the real checker, the real mock app and the real board on a paused clock,
//! with pipes for a network and memory for disk and mail. Plays a scenario and hands out what
//! happened; judges nothing. Time passes only when nobody has anything left to do.

mod chance;
mod disk;
mod gather;
mod journal;
mod life;
mod machine;
mod mail;
mod net;
mod outside;
mod own;
mod pages;
mod programs;
mod stage;
mod time;
mod trace;
mod users;
mod witness;

use std::{path::Path, sync::Arc};

use checker::{clock::Clock, mailer::Memory, notify::Console};
use mockapp::{JobIdSink, MockApp};
use store::MemoryDisk;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::{
    played::Played,
    scenario::{Doing, ENVIRONMENT, Ms, Scenario},
};
use disk::{Note, Watched};
use machine::Machine;
use mail::{Left, Watchful};
use net::{Exchange, Net};
use outside::{Outside, Seen};
use programs::{Receivers, Took};
use time::Stopwatch;

pub(crate) use outside::{Beat, Sight};
pub(crate) use trace::hash as trace_hash;

/// The configuration under test, by the name that it has on the virtual disk.
const CHECKS: &str = "checks.yaml";

/// With this secret the mock app takes heartbeats.
const SECRET: &str = "rehearsal";

/// What a run is played for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wants {
    /// Write the trace.
    pub(crate) trace: bool,
    /// Let simulated users ask, although the scenario is no exercise.
    pub(crate) users: bool,
    /// Keep what they are answered.
    pub(crate) bodies: bool,
}

/// Everything that the checker can touch, and the means to look at it.
struct World {
    scenario: Arc<Scenario>,
    watch: Stopwatch,
    clock: Clock,
    memory: MemoryDisk,
    disk: Watched,
    mail: Memory,
    mailer: Arc<Watchful>,
    console: Console,
    programs: Arc<Receivers>,
    machine: Machine,
    app: MockApp,
    net: Net,
    outside: Outside,
    beats: UnboundedSender<Beat>,
}

/// What was noted while the world ran.
struct Notes {
    disk: UnboundedReceiver<Note>,
    net: UnboundedReceiver<Exchange>,
    mail: UnboundedReceiver<Left>,
    /// What was written to the console, and when.
    console: UnboundedReceiver<(Ms, String)>,
    /// What programs took.
    programs: UnboundedReceiver<Took>,
    /// What was asked that is not HTTP.
    seen: UnboundedReceiver<Seen>,
    /// Calls of things that call in.
    beats: UnboundedReceiver<Beat>,
}

/// Plays one case to its end. Takes no real time but that of the work itself.
///
/// # Errors
/// Says why the world could not be set up.
pub(crate) fn play(
    scenario: &Arc<Scenario>,
    checks: &[u8],
    wants: Wants,
) -> Result<Played, String> {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_time().start_paused(true).build();
    let runtime = runtime.map_err(|error| format!("the runtime cannot be started: {error}"))?;
    let (scenario, checks) = (Arc::clone(scenario), checks.to_vec());
    // A task of its own: the root future would be woken through the kernel.
    let played = runtime.block_on(async move {
        tokio::spawn(async move { run(scenario, &checks, wants).await }).await
    });
    played.map_err(|error| format!("the world has stopped: {error}"))?
}

async fn run(scenario: Arc<Scenario>, checks: &[u8], wants: Wants) -> Result<Played, String> {
    let (world, notes) = World::new(scenario);
    world.memory.set_now(world.clock.now().wall);
    world.memory.put(Path::new(CHECKS), checks);
    let stage = stage::Stage::new(&world)?;
    let users = users::Users::start(&world, stage.config(), wants);
    let staged = stage.play().await;
    let asked = users.map(users::Users::rest).unwrap_or_default();
    Ok(gather::gather(&world, notes, staged, asked, wants))
}

impl World {
    fn new(scenario: Arc<Scenario>) -> (Self, Notes) {
        let watch = Stopwatch::start();
        let clock = Clock::virtual_from(scenario.start);
        let memory = MemoryDisk::default();
        let (disk_notes, net_notes) = (unbounded_channel(), unbounded_channel());
        let retrying = scenario.shows_retrying();
        let disk = Watched::new(memory.clone(), clock.clone(), watch, disk_notes.0, retrying);
        let app = mock_app(&scenario, &memory, &clock);
        let (saw, seen) = unbounded_channel();
        let outside = Outside::new(watch, disk.clone(), scenario.seed, saw);
        let net = Net::new(app.clone(), watch, net_notes.0, disk.clone(), outside.clone());
        let (mail, left) = (Memory::new(), unbounded_channel());
        let mailer = Watchful::new(mail.clone(), disk.clone(), left.0);
        let (say, said) = unbounded_channel();
        // Nobody reads once the run is over.
        let console = Console::told(move |text| drop(say.send((watch.now(), text.to_owned()))));
        let (took, taken) = unbounded_channel();
        let programs = Receivers::new(watch, disk.clone(), took);
        let machine = Machine::new(watch, clock.clone(), memory.clone());
        let (beats, called) = unbounded_channel();
        let notes = Notes {
            disk: disk_notes.1,
            net: net_notes.1,
            mail: left.1,
            console: said,
            programs: taken,
            seen,
            beats: called,
        };
        let world = Self {
            scenario,
            watch,
            clock,
            memory,
            disk,
            mail,
            mailer,
            console,
            programs,
            machine,
            app,
            net,
            outside,
            beats,
        };
        (world, notes)
    }

    /// When an instant of the mock app's clock, which is never wrong, was.
    fn of(&self, at: jiff::Timestamp) -> Ms {
        at.as_millisecond() - self.scenario.start.as_millis()
    }

    /// Now, in milliseconds since the start.
    fn now(&self) -> Ms {
        self.watch.now()
    }
}

/// What a fault is on, for people.
fn target_of(doing: &Doing) -> String {
    let Doing::Fault(fault) = doing else { return String::new() };
    let on = fault.step.get("on").and_then(serde_json::Value::as_str);
    on.unwrap_or_default().to_owned()
}

/// The value of a variable of the checker's environment, as lines of a `.env` file.
fn dotenv() -> String {
    ENVIRONMENT.iter().map(|(name, value)| format!("{name}={value}\n")).collect()
}

fn mock_app(scenario: &Scenario, memory: &MemoryDisk, clock: &Clock) -> MockApp {
    let (shelf, clock) = (memory.clone(), clock.clone());
    let tell = move |id: Option<&str>| {
        if let Some(id) = id {
            shelf.set_now(clock.now().wall);
            shelf.put(Path::new(".last_job_id"), id.as_bytes());
        }
    };
    let options = mockapp::Options {
        job_id: JobIdSink::Tell(Arc::new(tell)),
        date_header: false,
        control_survives_refuse: true,
        secret_key: Some(SECRET.to_owned()),
        seed: scenario.seed,
        ..mockapp::Options::default()
    };
    MockApp::new(options, mockapp::Clock::starting_at(scenario.start.to_jiff()))
}
