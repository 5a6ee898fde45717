//! The whole checker over real sockets and files: driver, client, engine, store.

use std::{path::Path, sync::Arc, time::Duration};

use checker::{
    actions::Tools,
    clock::Clock,
    command::Processes,
    driver::Driver,
    http::{HttpClient, Tls},
    notify::{Console, Notifiers, Outlets},
    processes::Listed,
    settings::Settings,
    transport::Tcp,
    world::{Hands, History, PROBES_MAX, World},
};
use engine::{
    Engine, EventKind, Timestamp,
    config::{Source, parse},
    event::Started,
};
use store::{
    Disk, Paths, RealDisk, Store, StoreThread, Writer,
    read::{Query, View},
};
use tempfile::TempDir;
use tokio::{
    sync::{Semaphore, mpsc, oneshot},
    task::JoinSet,
    time::{Instant, sleep},
};

use crate::{
    bare,
    discrete::{checks, setup},
    meter::{median, processor_time, tell},
    target::{self, Target},
};

/// What a run of the checker came to.
struct Ran {
    folder: TempDir,
    cycles: u64,
    cpu: f64,
    took: f64,
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

/// Runs the checker on these checks; `meanwhile` resolves when it is to stop.
async fn run(text: &str, meanwhile: impl Future<Output = ()> + Send + 'static) -> Ran {
    let folder = TempDir::new().unwrap();
    let driver = driver(text, Paths::in_folder(folder.path()));
    let (before, began) = (processor_time(), Instant::now());
    let (tell, told) = oneshot::channel();
    let stop = async move {
        meanwhile.await;
        let _ = tell.send((processor_time(), began.elapsed().as_secs_f64()));
        "measured".to_owned()
    };
    driver.run(stop).await;
    let seen = told.await.unwrap();
    let cycles = count(folder.path());
    assert!(cycles > 0, "nothing was checked");
    Ran { folder, cycles, cpu: seen.0 - before, took: seen.1 }
}

/// A checker as it runs live, but for its command line.
fn driver(text: &str, paths: Paths) -> Driver {
    let disk: Arc<dyn Disk> = Arc::new(RealDisk);
    let clock = Clock::system();
    let http = HttpClient::new(Arc::new(Tcp), Tls::new(clock.clone()));
    let parsed = parse(Source { file: "bench", text }, &|_| None).unwrap();
    let settings = Settings::load([], None).unwrap();
    let command = Arc::new(checker::command::Processes);
    let (mailer, console) = (None, Console::captured());
    let outlets = Outlets { http: http.clone(), mailer, console, command };
    let notifiers = Arc::new(Notifiers::new(&settings, &parsed.config, outlets).unwrap());
    let now = clock.now();
    let (store, opened) = Store::open(&paths, Arc::clone(&disk), now.wall, "bench").unwrap();
    let mono = clock.clone();
    let writer = Writer::Thread(StoreThread::spawn(store, move || mono.now().mono).unwrap());
    let setup = setup(parsed.config, notifiers.routes());
    let started = Started { version: "bench".to_owned(), pid: None };
    let engine = Engine::restore(setup, opened.board, opened.next_seq, started, now);
    let hands = Hands {
        http,
        command: Arc::new(Processes),
        disk: Arc::clone(&disk),
        tools: Tools::default(),
        clock: clock.clone(),
        agents: checker::agent::Agents::default(),
        processes: Arc::new(Listed::unreadable("there is no process table here")),
        room: Semaphore::new(PROBES_MAX),
    };
    let world = World::new(clock, hands, notifiers, History { paths, disk });
    let (_, inbox) = mpsc::channel(1);
    Driver { engine, world, writer, reloader: None, inbox, tasks: JoinSet::new(), status: None }
}

/// The cycles that the journal holds. One that could not be measured would not be a figure.
fn count(folder: &Path) -> u64 {
    lines(folder, "\"event\":\"check\"") - lines(folder, "\"status\":\"UNKNOWN\"")
}

fn lines(folder: &Path, part: &str) -> u64 {
    let text = std::fs::read_to_string(folder.join("results.jsonl")).unwrap();
    text.lines().filter(|line| line.contains(part)).count() as u64
}

/// A run in which everything must have been fine.
async fn fine(text: &str, meanwhile: impl Future<Output = ()> + Send + 'static) -> Ran {
    let ran = run(text, meanwhile).await;
    for trouble in ["FAIL", "UNKNOWN"] {
        let count = lines(ran.folder.path(), &format!("\"status\":\"{trouble}\""));
        assert_eq!(count, 0, "{trouble} is no figure");
    }
    ran
}

/// The checker and the bare client in turns, each at the same even pace.
pub(crate) fn paced(target: &Target) {
    beside_bare(target, 100, "evenly spread, 100 a second");
    beside_bare(target, 1000, "evenly spread, 1,000 a second");
}

fn beside_bare(target: &Target, rate: u32, pattern: &str) {
    const SECONDS: u32 = 4;
    let base = format!("http://{}", target.address);
    let text = checks(rate, &base, "interval_s: 1, spread_s: 1");
    let (mut ours, mut bare, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..3 {
        let every = Duration::from_secs(1) / rate;
        let bare_client = bare::paced(target.address, rate * SECONDS, every);
        let floor = block_on(async { tokio::spawn(bare_client).await.unwrap() });
        let ran = block_on(async { fine(&text, sleep(Duration::from_secs(SECONDS.into()))).await });
        let cost = ran.cpu / ran.cycles as f64;
        ours.push(cost * 1e3);
        bare.push(floor * 1e3);
        ratios.push(cost / floor);
    }
    tell(
        &format!("{pattern}: CPU s per 1,000, checker / bare hyper"),
        &format!("{:.3} / {:.3}, ratio {:.2}", median(ours), median(bare), median(ratios)),
    );
}

/// A thousand checks that all fall due at once.
pub(crate) fn burst(target: &Target) {
    let count = 1000;
    let text = checks(count, &format!("http://{}", target.address), "interval_s: 1");
    let ran = block_on(async { fine(&text, sleep(Duration::from_millis(5900))).await });
    let each = ran.cpu * 1e3 / ran.cycles as f64;
    tell(
        &format!("{count} checks in one burst: CPU s per 1,000"),
        &format!("{each:.3} ({} cycles)", ran.cycles),
    );
}

/// The most checks a second, with the target on the same cores.
pub(crate) fn most(target: &Target) {
    let text = checks(1000, &format!("http://{}", target.address), "interval_s: 0.1");
    let ran = block_on(async { fine(&text, sleep(Duration::from_secs(4))).await });
    tell(
        "most checks a second, 1,000 checks asked every 100 ms",
        &format!("{:.0}", ran.cycles as f64 / ran.took),
    );
}

/// From the failing answer to the accepted alert, by the journal's own times.
pub(crate) fn alert(target: &Target) {
    const TURNS: u64 = 10;
    let text = checks(1, &format!("http://{}", target.address), "interval_s: 0.2");
    let switch = target.switch.clone();
    let turns = async move {
        for n in 0..2 * TURNS {
            target::fail(&switch, n % 2 == 1);
            sleep(Duration::from_millis(450)).await;
        }
    };
    let ran = block_on(run(&text, turns));
    target::fail(&target.switch, false);
    let mut view = View::open(Paths::in_folder(ran.folder.path()), Arc::new(RealDisk));
    let end = Timestamp::from_millis(i64::MAX / 2);
    view.refresh(Clock::system().now().wall);
    let query = Query {
        from: Timestamp::default(),
        until: end,
        name: None,
        statuses: Vec::new(),
        events: Vec::new(),
        page: 1,
        per_page: 100_000,
    };
    let mut raised = std::collections::BTreeMap::new();
    let mut waits = Vec::new();
    for event in view.page(&query).rows.iter().rev() {
        if let EventKind::Notify(notice) = &event.kind {
            raised.insert(notice.id, event.ts);
        }
        if let EventKind::Delivery(done) = &event.kind {
            let since = raised[&done.id];
            waits.push((event.ts.as_millis() - since.as_millis()) as f64);
        }
    }
    let count = waits.len();
    assert!(count > 1, "{} cycles, but the target never changed", ran.cycles);
    tell(
        "from the failing answer to the accepted alert, synced first",
        &format!("median {:.0} ms of {count}", median(waits)),
    );
}
