//! The whole checker over real sockets and files: driver, client, engine, store.

use std::{path::Path, sync::Arc, time::Duration};

use checker::{
    actions::Tools,
    clock::Clock,
    command::Processes,
    driver::Driver,
    http::{HttpClient, Tls},
    notify::{Console, Notifiers, Outlets},
    settings::Settings,
    transport::Tcp,
    world::{Hands, History, PROBES_MAX, World},
};
use engine::{
    Engine, EventKind, Timestamp,
    config::{Source, parse},
    effect::{Mask, Setup, Switches},
    event::Started,
};
use store::{
    Disk, Paths, RealDisk, Store, StoreThread, Writer,
    read::{Query, View},
};
use tempfile::TempDir;
use tokio::{
    sync::{Semaphore, mpsc},
    task::JoinSet,
    time::{Instant, sleep},
};

use crate::{
    bare,
    discrete::checks,
    meter::{median, processor_time, tell},
    target::Target,
};

/// What a run of the checker came to.
struct Ran {
    folder: TempDir,
    cycles: u64,
    cpu: f64,
    took: f64,
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(future)
}

/// Runs the checker on these checks; `meanwhile` resolves when it is to stop.
async fn run(text: &str, meanwhile: impl Future<Output = ()>) -> Ran {
    let folder = TempDir::new().unwrap();
    let paths = Paths::in_folder(folder.path());
    let disk: Arc<dyn Disk> = Arc::new(RealDisk);
    let clock = Clock::system();
    let http = HttpClient::new(Arc::new(Tcp), Tls::new(clock.clone()));
    let parsed = parse(
        Source {
            file: "bench",
            text,
        },
        &|_| None,
    )
    .unwrap();
    let settings = Settings::load([], None).unwrap();
    let outlets = Outlets {
        http: http.clone(),
        mailer: None,
        console: Console::captured(),
    };
    let notifiers = Arc::new(Notifiers::new(&settings, &parsed.config, outlets).unwrap());
    let (store, opened) =
        Store::open(&paths, Arc::clone(&disk), clock.now().wall, "bench").unwrap();
    let mono = clock.clone();
    let writer = Writer::Thread(StoreThread::spawn(store, move || mono.now().mono).unwrap());
    let setup = Setup {
        config: Arc::new(parsed.config),
        file: "bench".to_owned(),
        routes: notifiers.routes(),
        switches: Switches::default(),
        once: None,
        mask: Mask::default(),
    };
    let started = Started {
        version: "bench".to_owned(),
        pid: None,
    };
    let engine = Engine::restore(setup, opened.board, opened.next_seq, started, clock.now());
    let hands = Hands {
        http,
        command: Arc::new(Processes),
        disk: Arc::clone(&disk),
        tools: Tools::default(),
        room: Semaphore::new(PROBES_MAX),
    };
    let world = World::new(
        clock,
        hands,
        notifiers,
        History {
            paths: paths.clone(),
            disk,
        },
    );
    let (_sender, inbox) = mpsc::channel(1);
    let driver = Driver {
        engine,
        world,
        writer,
        reloader: None,
        inbox,
        tasks: JoinSet::new(),
    };
    let (before, began) = (processor_time(), Instant::now());
    let stop = async {
        meanwhile.await;
        (processor_time(), began.elapsed().as_secs_f64())
    };
    let mut seen = (0.0, 0.0);
    driver
        .run(async {
            seen = stop.await;
            "measured".to_owned()
        })
        .await;
    let cycles = count(folder.path());
    Ran {
        folder,
        cycles,
        cpu: seen.0 - before,
        took: seen.1,
    }
}

/// The cycles that the journal holds.
fn count(folder: &Path) -> u64 {
    let text = std::fs::read_to_string(folder.join("results.jsonl")).unwrap();
    text.lines()
        .filter(|line| line.contains("\"event\":\"check\""))
        .count() as u64
}

/// The checker and the bare client in turns, each at the same even pace.
pub(crate) fn beside_bare(target: &Target, rate: u32, pattern: &str) {
    const SECONDS: u32 = 4;
    let base = format!("http://{}", target.address);
    let text = checks(rate, &base, "interval_s: 1, spread_s: 1");
    let (mut ours, mut bare, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..3 {
        let every = Duration::from_secs(1) / rate;
        let floor = block_on(bare::paced(target.address, rate * SECONDS, every));
        let ran = block_on(async { run(&text, sleep(Duration::from_secs(SECONDS.into()))).await });
        let cost = ran.cpu / ran.cycles as f64;
        ours.push(cost * 1e3);
        bare.push(floor * 1e3);
        ratios.push(cost / floor);
    }
    tell(
        &format!("{pattern}: CPU s per 1,000, checker / bare hyper"),
        &format!(
            "{:.3} / {:.3}, ratio {:.2}",
            median(ours),
            median(bare),
            median(ratios)
        ),
    );
}

/// So many checks that all fall due at once.
pub(crate) fn burst(target: &Target, count: u32) {
    let text = checks(
        count,
        &format!("http://{}", target.address),
        "interval_s: 1",
    );
    let ran = block_on(async { run(&text, sleep(Duration::from_millis(5900))).await });
    let each = ran.cpu * 1e3 / ran.cycles as f64;
    tell(
        &format!("{count} checks in one burst: CPU s per 1,000"),
        &format!("{each:.3} ({} cycles)", ran.cycles),
    );
}

/// The most checks a second, with the target on the same cores.
pub(crate) fn most(target: &Target) {
    let text = checks(
        1000,
        &format!("http://{}", target.address),
        "interval_s: 0.1",
    );
    let ran = block_on(async { run(&text, sleep(Duration::from_secs(4))).await });
    tell(
        "most checks a second, 1,000 checks asked every 100 ms",
        &format!("{:.0}", ran.cycles as f64 / ran.took),
    );
}

/// From the failing answer to the accepted alert, by the journal's own times.
pub(crate) fn alert(target: &Target) {
    const TURNS: u64 = 10;
    let text = checks(1, &format!("http://{}", target.address), "interval_s: 0.2");
    let turns = async {
        for n in 0..2 * TURNS {
            target.fail(n % 2 == 1);
            sleep(Duration::from_millis(450)).await;
        }
    };
    let ran = block_on(run(&text, turns));
    target.fail(false);
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
    tell(
        "from the failing answer to the accepted alert, synced first",
        &format!("median {:.0} ms of {count}", median(waits)),
    );
}
