//! An alert waits for its record: nothing leaves before the store has said that the reason for it is
//! on disk. Shown with the store's real thread and a disk whose sync can be held up.

#![expect(clippy::unwrap_used, reason = "a test stops where it is")]

use std::{
    io,
    net::SocketAddr,
    path::Path,
    sync::{Arc, Condvar, Mutex},
    time::Duration,
};

use checker::{
    actions::Tools,
    clock::Clock,
    command::Processes,
    command::Scripted,
    driver::Driver,
    http::{HttpClient, Tls},
    mailer::Memory,
    notify::{Console, Outlets},
    processes::Listed,
    reload::Loader,
    settings::{Dotenv, Settings},
    transport::{ResolveError, Stream, Transport},
    world::{Hands, History, PROBES_MAX, World},
};
use engine::{Engine, effect::Switches, event::Started};
use futures_util::future::BoxFuture;
use store::{
    Disk, MemoryDisk, Paths, Store, StoreThread, Writer,
    disk::{Append, Lock, LockError, ReadAt, Stat},
};
use tokio::{
    sync::{Semaphore, mpsc, oneshot},
    task::JoinSet,
    time::{Instant, sleep},
};

const CHECKS: &str = "checks:\n  - {name: shop, type: http, url: 'http://shop.test/'}\n";
const PATIENCE: Duration = Duration::from_secs(20);

/// Every target refuses.
#[derive(Debug)]
struct Refusing;

impl Transport for Refusing {
    fn resolve<'a>(
        &'a self,
        _: &'a str,
        port: u16,
    ) -> BoxFuture<'a, Result<Vec<SocketAddr>, ResolveError>> {
        Box::pin(async move { Ok(vec![SocketAddr::from(([127, 0, 0, 1], port))]) })
    }

    fn connect<'a>(&'a self, _: SocketAddr) -> BoxFuture<'a, io::Result<Box<dyn Stream>>> {
        Box::pin(async { Err(io::ErrorKind::ConnectionRefused.into()) })
    }
}

/// Holds up every sync while it is shut, and counts those that wait.
#[derive(Debug, Default)]
struct Gate {
    state: Mutex<(bool, u32)>,
    moved: Condvar,
}

impl Gate {
    fn pass(&self) {
        let mut state = self.state.lock().unwrap();
        state.1 += 1;
        while state.0 {
            state = self.moved.wait(state).unwrap();
        }
        state.1 -= 1;
    }

    fn set(&self, shut: bool) {
        self.state.lock().unwrap().0 = shut;
        self.moved.notify_all();
    }

    fn waiting(&self) -> u32 {
        self.state.lock().unwrap().1
    }
}

#[derive(Clone, Debug)]
struct Slow(MemoryDisk, Arc<Gate>);

#[derive(Debug)]
struct SlowFile(Box<dyn Append>, Arc<Gate>);

impl Append for SlowFile {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.append(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.1.pass();
        self.0.sync()
    }

    fn len(&self) -> io::Result<u64> {
        self.0.len()
    }

    fn truncate(&mut self, len: u64) -> io::Result<()> {
        self.0.truncate(len)
    }
}

impl Disk for Slow {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.0.read(path)
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn ReadAt>> {
        self.0.open(path)
    }

    fn stat(&self, path: &Path) -> io::Result<Stat> {
        self.0.stat(path)
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<String>> {
        self.0.list(folder)
    }

    fn create_dir_all(&self, folder: &Path) -> io::Result<()> {
        self.0.create_dir_all(folder)
    }

    fn append(&self, path: &Path) -> io::Result<Box<dyn Append>> {
        Ok(Box::new(SlowFile(self.0.append(path)?, Arc::clone(&self.1))))
    }

    fn replace(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        self.0.replace(path, bytes)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.0.rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.0.remove(path)
    }

    fn lock(&self, path: &Path, holder: &str) -> Result<Box<dyn Lock>, LockError> {
        self.0.lock(path, holder)
    }
}

fn driver(disk: &Slow, mail: &Memory) -> Driver {
    let clock = Clock::system();
    let text = "SMTP_HOST=mail.test\nMAIL_TO=ops@example.test\n";
    let settings = Settings::load([], Some(Dotenv { file: ".env", text })).unwrap();
    let http = HttpClient::new(Arc::new(Refusing), Tls::new(clock.clone()));
    let outlets = Outlets {
        http: http.clone(),
        mailer: Some(Arc::new(mail.clone())),
        console: Console::captured(),
        command: Arc::new(Processes),
    };
    let loader = Loader {
        file: "checks.yaml".into(),
        settings: Arc::new(settings),
        outlets,
        switches: Switches::default(),
        interval: None,
    };
    let loaded = loader.load(disk).unwrap();
    let (paths, now) = (Paths::in_folder(Path::new("")), clock.now());
    let shared: Arc<dyn Disk> = Arc::new(disk.clone());
    let (store, opened) = Store::open(&paths, Arc::clone(&shared), now.wall, "test").unwrap();
    let ticking = clock.clone();
    let thread = StoreThread::spawn(store, move || ticking.now().mono).unwrap();
    let started = Started { version: "test".to_owned(), pid: None };
    let engine = Engine::restore(loaded.setup, opened.board, opened.next_seq, started, now);
    let hands = Hands {
        http,
        command: Arc::new(Scripted::new(Vec::new()).0),
        disk: Arc::clone(&shared),
        tools: Tools::default(),
        clock: clock.clone(),
        agents: checker::agent::Agents::default(),
        processes: Arc::new(Listed::unreadable("there is no process table here")),
        room: Semaphore::new(PROBES_MAX),
    };
    let world = World::new(clock, hands, loaded.notifiers, History { paths, disk: shared });
    let writer = Writer::Thread(thread);
    let inbox = mpsc::channel(1).1;
    Driver { engine, world, writer, reloader: None, inbox, tasks: JoinSet::new(), status: None }
}

async fn until(what: &str, mut is: impl FnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !is() {
        assert!(Instant::now() < end, "{what}");
        sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn no_mail_leaves_before_the_record_of_its_notice_is_on_disk() {
    let (disk, mail) = (Slow(MemoryDisk::default(), Arc::default()), Memory::new());
    disk.0.put(Path::new("checks.yaml"), CHECKS.as_bytes());
    let driver = driver(&disk, &mail);
    disk.1.set(true);
    let (stop, stopped) = oneshot::channel::<String>();
    let run = tokio::spawn(driver.run(async { stopped.await.unwrap_or_default() }));
    until("the store never synced", || disk.1.waiting() > 0).await;
    // Long enough for a checker that does not wait: it would have nothing left to wait for.
    sleep(Duration::from_millis(500)).await;
    assert_eq!((mail.attempts(), disk.1.waiting()), (0, 1), "a mail left while its record waited");
    disk.1.set(false);
    until("the mail never left", || mail.attempts() == 1).await;
    stop.send("the end of the test".to_owned()).unwrap();
    run.await.unwrap();
    assert!(mail.received()[0].mail.subject.contains("FIRST_FAIL"));
}
