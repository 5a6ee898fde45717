//! The life of the checker in a virtual world: started, killed, stopped, stood still. It is put
//! together from the same parts as the real one; what it touches is handed in.

use std::{
    future::poll_fn,
    path::Path,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use checker::{
    actions::Tools,
    command::Command,
    driver::Driver,
    http::{HttpClient, Tls},
    live::Window,
    mailer::Mailer,
    notify::Outlets,
    reload::{Loader, Reloader},
    settings::{Dotenv, Settings},
    world::{Hands, History, PROBES_MAX},
};
use engine::{
    Engine,
    effect::{Input, Switches},
    event::Started,
};
use store::{Disk, Paths, Store, Writer};
use tokio::{
    sync::{Semaphore, mpsc, oneshot, watch},
    task::{JoinHandle, JoinSet},
    time::{MissedTickBehavior, interval, sleep},
};

use super::{
    CHECKS, World,
    disk::Watched,
    outside::{Gauges, Kernel},
};

/// How often the driver asks what is due besides checks, as the live housekeeper does.
const HOUSEKEEPING: Duration = Duration::from_secs(60);

/// A checker that runs.
pub(super) struct Life {
    task: JoinHandle<()>,
    stop: Option<oneshot::Sender<String>>,
    stands: watch::Sender<bool>,
    window: Window,
}

impl Life {
    /// Starts a checker on what the disk holds.
    ///
    /// # Errors
    /// Says why it does not start, as the real one would on its terminal.
    pub(super) fn start(world: &World) -> Result<Self, String> {
        let (tell, inbox) = mpsc::channel(4);
        let driver = assemble(world, inbox)?;
        let window = Window::new(driver.world.live.clone(), tell.clone());
        let (stop, stopped) = oneshot::channel();
        let (stands, standing) = watch::channel(false);
        let disk = world.disk.clone();
        let task = tokio::spawn(async move {
            let mut helpers = JoinSet::new();
            helpers.spawn(keep_house(tell));
            let stop = async { stopped.await.unwrap_or_else(|_| "forgotten".to_owned()) };
            paced(driver.drive(stop), standing, disk).await;
        });
        Ok(Self { task, stop: Some(stop), stands, window })
    }

    /// What `--listen` would look through.
    pub(super) fn window(&self) -> Window {
        self.window.clone()
    }

    /// Kills it: nothing is finished, nothing is written any more.
    pub(super) async fn kill(self) {
        self.task.abort();
        // It ends as cancelled; what matters is that nothing of it is left.
        let _ = self.task.await;
    }

    /// Asks it to stop and waits until it has.
    pub(super) async fn stop(mut self, why: &str) {
        if let Some(stop) = self.stop.take() {
            // It may have ended by itself.
            let _ = stop.send(why.to_owned());
        }
        self.stands.send_replace(false);
        let _ = self.task.await;
    }

    /// Lets it stand still, or go on.
    pub(super) fn stand_still(&self, still: bool) {
        self.stands.send_replace(still);
    }
}

async fn keep_house(tell: mpsc::Sender<Input>) {
    let mut minute = interval(HOUSEKEEPING);
    minute.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        minute.tick().await;
        if tell.send(Input::Housekeeping).await.is_err() {
            return;
        }
    }
}

enum Turn {
    Over,
    Stands,
    Owes(Duration),
}

/// Drives a checker that can be made to stand still, and that waits for a slow disk.
async fn paced(
    drive: impl Future<Output = Engine>,
    mut still: watch::Receiver<bool>,
    disk: Watched,
) {
    let mut drive = pin!(drive);
    loop {
        let turn = {
            let mut changed = pin!(still.wait_for(|still| *still));
            poll_fn(|cx| turn(cx, changed.as_mut(), drive.as_mut(), &disk)).await
        };
        match turn {
            Turn::Over => return,
            Turn::Stands => {
                if still.wait_for(|still| !*still).await.is_err() {
                    return;
                }
            }
            Turn::Owes(time) => sleep(time).await,
        }
    }
}

fn turn<T>(
    cx: &mut Context<'_>,
    stands: Pin<&mut impl Future<Output = T>>,
    drive: Pin<&mut impl Future<Output = Engine>>,
    disk: &Watched,
) -> Poll<Turn> {
    if stands.poll(cx).is_ready() {
        return Poll::Ready(Turn::Stands);
    }
    let driven = drive.poll(cx);
    match (driven, disk.take_owed()) {
        (Poll::Ready(_), _) => Poll::Ready(Turn::Over),
        (Poll::Pending, 0) => Poll::Pending,
        (Poll::Pending, owed) => Poll::Ready(Turn::Owes(Duration::from_millis(owed))),
    }
}

fn assemble(world: &World, inbox: mpsc::Receiver<Input>) -> Result<Driver, String> {
    let flags = &world.scenario.flags;
    let dotenv = super::dotenv();
    let settings = Settings::load([], Some(Dotenv { file: ".env", text: &dotenv }));
    let settings = Arc::new(settings.map_err(|error| error.to_string())?);
    let http = HttpClient::new(Arc::new(world.net.clone()), Tls::new(world.clock.clone()));
    let outlets = Outlets {
        http: http.clone(),
        mailer: Some(Arc::clone(&world.mailer) as Arc<dyn Mailer>),
        console: world.console.clone(),
        command: Arc::clone(&world.programs) as Arc<dyn Command>,
    };
    let switches = Switches { no_actions: flags.no_actions, no_restart: flags.no_restart };
    let mut loader =
        Loader { file: CHECKS.into(), settings, outlets, switches, interval: flags.interval };
    let loaded = loader.load(&world.disk).map_err(|error| error.to_string())?;
    loader.remember(&loaded.setup.config);
    let (paths, now) = (Paths::in_folder(Path::new("")), world.clock.now());
    let disk: Arc<dyn Disk> = Arc::new(world.disk.clone());
    let opened = Store::open(&paths, Arc::clone(&disk), now.wall, "the rehearsed checker");
    let (store, opened) = opened.map_err(|error| error.to_string())?;
    let started = Started { version: env!("CARGO_PKG_VERSION").to_owned(), pid: None };
    let engine = Engine::restore(loaded.setup, opened.board, opened.next_seq, started, now);
    let machine = world.machine.hands(&world.disk);
    let hands = Hands {
        http,
        command: Arc::clone(&machine) as Arc<dyn Command>,
        disk: Arc::new(Kernel::over(world.disk.clone(), world.outside.clone())),
        tools: Tools::default(),
        clock: world.clock.clone(),
        agents: checker::agent::Agents::over(Arc::new(Gauges(world.outside.clone()))),
        processes: machine,
        room: Semaphore::new(PROBES_MAX),
    };
    // Without an edit or a wrong clock a look at the file finds nothing and changes nothing.
    let reloader =
        world.scenario.looks_matter().then(|| Reloader::new(loader, &world.disk, now.mono));
    let history = History { paths, disk };
    let world = checker::world::World::new(world.clock.clone(), hands, loaded.notifiers, history);
    let writer = Writer::Inline(Box::new(store));
    Ok(Driver { engine, world, writer, reloader, inbox, tasks: JoinSet::new(), status: None })
}
