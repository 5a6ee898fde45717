//! The real driver, client, notifiers, store and mock app in virtual time: HTTP is spoken over
//! pipes, mail and disk are in memory, and nothing waits for a clock. What is handed in is all
//! that differs from the live checker.

#![expect(clippy::unwrap_used, reason = "a test stops where it is")]

use std::{io, net::SocketAddr, path::Path, sync::Arc, time::Duration};

use axum::body::Body;
use checker::{
    actions::Tools,
    clock::Clock,
    command::Scripted,
    driver::Driver,
    http::{HttpClient, Tls},
    mailer::{MailFault, Memory},
    notify::{Console, Outlets},
    reload::{Loader, Reloader},
    settings::{Dotenv, Settings},
    transport::{ResolveError, Stream, Transport},
    world::{Hands, History, PROBES_MAX, World},
};
use engine::{Engine, Timestamp, effect::Switches, event::Started};
use futures_util::future::BoxFuture;
use mockapp::{Accepting, JobIdSink, MockApp};
use store::{Disk, MemoryDisk, Paths, Store, Writer};
use tokio::{
    io::duplex,
    sync::{Semaphore, mpsc},
    task::JoinSet,
    time::{Instant, sleep, sleep_until},
};
use tower::ServiceExt as _;

const START: &str = "2026-01-05T02:30:00Z";
const MINUTE: Duration = Duration::from_secs(60);

/// The network of a virtual world: every address is the mock app.
#[derive(Debug)]
struct Pipes(MockApp);

impl Transport for Pipes {
    fn resolve<'a>(
        &'a self,
        _: &'a str,
        port: u16,
    ) -> BoxFuture<'a, Result<Vec<SocketAddr>, ResolveError>> {
        Box::pin(async move { Ok(vec![SocketAddr::from(([127, 0, 0, 1], port))]) })
    }

    fn connect<'a>(&'a self, _: SocketAddr) -> BoxFuture<'a, io::Result<Box<dyn Stream>>> {
        Box::pin(async {
            match self.0.accepting() {
                Accepting::Refused => Err(io::ErrorKind::ConnectionRefused.into()),
                Accepting::Hanging => std::future::pending().await,
                Accepting::Open => {
                    let (client, server) = duplex(64 << 10);
                    let app = self.0.clone();
                    tokio::spawn(async move { app.serve_connection(server).await });
                    Ok(Box::new(client) as Box<dyn Stream>)
                }
            }
        })
    }
}

/// What happens to the mock app or the mail, and when.
type Script = &'static [(u64, Doing)];

#[derive(Clone, Copy)]
enum Doing {
    Post(&'static str, &'static str),
    MailDown,
    MailUp,
    Edit(&'static str, &'static str),
}

/// What a run left behind.
struct Ran {
    journal: Vec<u8>,
    mails: Vec<(u64, String)>,
}

/// Plays a script against the shipped checks, changed by `edit`, for so many seconds.
fn play(edit: fn(&str) -> String, script: Script, seconds: u64) -> Ran {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_time().start_paused(true).build().unwrap();
    runtime.block_on(world(edit(include_str!("../../../checks.yaml")), script, seconds))
}

async fn world(checks: String, script: Script, seconds: u64) -> Ran {
    let (began, disk, mail) = (Instant::now(), MemoryDisk::default(), Memory::new());
    let clock = Clock::virtual_from(START.parse::<Timestamp>().unwrap());
    disk.put(Path::new("checks.yaml"), checks.as_bytes());
    let app = mock_app(&disk);
    let driver = driver(&clock, &disk, &mail, &app);
    let stage = tokio::spawn(act(script, began, app, disk.clone(), mail.clone()));
    driver
        .run(async move {
            sleep(Duration::from_secs(seconds)).await;
            "the end of the story".to_owned()
        })
        .await;
    stage.abort();
    let journal = disk.read(Path::new("results.jsonl")).unwrap();
    let mails = mail.received().into_iter();
    let mails = mails.map(|got| ((got.at - began).as_secs(), got.mail.subject)).collect();
    Ran { journal, mails }
}

fn mock_app(disk: &MemoryDisk) -> MockApp {
    let shelf = disk.clone();
    let tell = move |id: Option<&str>| {
        if let Some(id) = id {
            shelf.put(Path::new(".last_job_id"), id.as_bytes());
        }
    };
    let options = mockapp::Options {
        job_id: JobIdSink::Tell(Arc::new(tell)),
        date_header: false,
        control_survives_refuse: true,
        ..mockapp::Options::default()
    };
    MockApp::new(options, mockapp::Clock::starting_at(START.parse().unwrap()))
}

/// The checker as it runs live, but for what it touches.
fn driver(clock: &Clock, disk: &MemoryDisk, mail: &Memory, app: &MockApp) -> Driver {
    let dotenv =
        "MOCKAPP_BASE=http://127.0.0.1:8000\nSMTP_HOST=mail.test\nMAIL_TO=ops@example.test\n";
    let dotenv = Dotenv { file: ".env", text: dotenv };
    let settings = Arc::new(Settings::load([], Some(dotenv)).unwrap());
    let http = HttpClient::new(Arc::new(Pipes(app.clone())), Tls::new(clock.clone()));
    let outlets = Outlets {
        http: http.clone(),
        mailer: Some(Arc::new(mail.clone())),
        console: Console::captured(),
    };
    let loader = Loader {
        file: "checks.yaml".into(),
        settings,
        outlets,
        switches: Switches::default(),
        interval: None,
    };
    let loaded = loader.load(disk).unwrap();
    let (paths, now) = (Paths::in_folder(Path::new("")), clock.now());
    let shared: Arc<dyn Disk> = Arc::new(disk.clone());
    let (store, opened) = Store::open(&paths, Arc::clone(&shared), now.wall, "story").unwrap();
    let started = Started { version: "story".to_owned(), pid: None };
    let engine = Engine::restore(loaded.setup, opened.board, opened.next_seq, started, now);
    let hands = Hands {
        http,
        command: Arc::new(Scripted::new(Vec::new()).0),
        disk: Arc::clone(&shared),
        tools: Tools::default(),
        room: Semaphore::new(PROBES_MAX),
    };
    let history = History { paths, disk: shared };
    Driver {
        engine,
        world: World::new(clock.clone(), hands, loaded.notifiers, history),
        writer: Writer::Inline(Box::new(store)),
        reloader: Some(Reloader::new(loader, disk, now.mono)),
        inbox: mpsc::channel(1).1,
        tasks: JoinSet::new(),
    }
}

async fn act(script: Script, began: Instant, app: MockApp, disk: MemoryDisk, mail: Memory) {
    for (second, doing) in script {
        sleep_until(began + Duration::from_secs(*second)).await;
        match doing {
            Doing::Post(path, json) => {
                let request = http::Request::post(*path)
                    .header("host", "127.0.0.1:8000")
                    .header("content-type", "application/json")
                    .body(Body::from(*json))
                    .unwrap();
                let answer = app.router().oneshot(request).await.unwrap();
                assert!(answer.status().is_success(), "{path} {json}: {}", answer.status());
            }
            Doing::MailDown => mail.set_fault(Some(MailFault::Down)),
            Doing::MailUp => mail.set_fault(None),
            Doing::Edit(from, to) => {
                let text = disk.read(Path::new("checks.yaml")).unwrap();
                let text = String::from_utf8(text).unwrap();
                assert!(text.contains(from));
                disk.put(Path::new("checks.yaml"), text.replace(from, to).as_bytes());
            }
        }
    }
}

fn as_shipped(checks: &str) -> String {
    checks.to_owned()
}

/// Without the remedy, so that an outage lasts as long as its script says.
fn without_remedy(checks: &str) -> String {
    checks.replace("- type: http_post", "- enabled: false\n          type: http_post")
}

fn told(ran: &Ran) -> Vec<(u64, &str)> {
    ran.mails.iter().map(|(second, subject)| (*second, subject.as_str())).collect()
}

const OUTAGE: Script = &[
    (125, Doing::Post("/admin/faults", r#"{"api_down":true}"#)),
    (372, Doing::Post("/admin/reset", "{}")),
];

#[test]
fn an_outage_is_told_after_its_third_attempt_and_its_end_at_the_next_cycle() {
    let ran = play(without_remedy, OUTAGE, 600);
    assert_eq!(
        told(&ran),
        [(160, "[P1][FIRST_FAIL] api-availability"), (390, "[P1][RECOVERED] api-availability")]
    );
}

#[test]
fn the_remedy_ends_the_outage_at_the_next_cycle() {
    let ran = play(as_shipped, OUTAGE, 600);
    assert_eq!(
        told(&ran),
        [(160, "[P1][FIRST_FAIL] api-availability"), (180, "[P1][RECOVERED] api-availability")]
    );
}

#[test]
fn the_same_story_leaves_the_same_bytes() {
    let once = play(as_shipped, OUTAGE, 3600);
    let again = std::thread::spawn(|| play(as_shipped, OUTAGE, 3600)).join().unwrap();
    assert!(once.journal.len() > 50_000, "{} bytes", once.journal.len());
    assert!(once.journal == again.journal, "two runs of one story differ");
}

#[test]
fn what_happens_while_mail_is_down_arrives_once_and_in_order_when_it_is_back() {
    const SCRIPT: Script = &[
        (100, Doing::MailDown),
        (125, Doing::Post("/admin/faults", r#"{"db_slow":true}"#)),
        (365, Doing::Post("/admin/reset", "{}")),
        (1000, Doing::MailUp),
    ];
    let ran = play(as_shipped, SCRIPT, 1200);
    let subjects: Vec<_> = ran.mails.iter().map(|(_, subject)| subject.as_str()).collect();
    assert_eq!(subjects, ["[P2][FIRST_FAIL] db-health (late)", "[P2][RECOVERED] db-health (late)"]);
    assert!(ran.mails.iter().all(|(at, _)| (1000..=1060).contains(at)), "{:?}", ran.mails);
}

#[test]
fn faults_of_the_connection_itself_are_seen_in_virtual_time() {
    const SCRIPT: Script = &[
        (72, Doing::Post("/admin/faults/inject", r#"{"fault":"net.refuse","for":"4m"}"#)),
        (
            605,
            Doing::Post(
                "/admin/faults/inject",
                r#"{"fault":"net.blackhole","on":"GET /queue/health","for":"4m"}"#,
            ),
        ),
    ];
    let ran = play(without_remedy, SCRIPT, 1200);
    let queue: Vec<_> = told(&ran).into_iter().filter(|(_, s)| s.contains("queue")).collect();
    assert_eq!(
        queue,
        [
            (100, "[P2][FIRST_FAIL] queue-depth"),
            (330, "[P2][RECOVERED] queue-depth"),
            (655, "[P2][FIRST_FAIL] queue-depth"),
            (850, "[P2][RECOVERED] queue-depth"),
        ]
    );
}

#[test]
fn a_job_that_misses_its_deadline_is_told_once_and_made_good_by_a_late_success() {
    let by_half_past = |checks: &str| {
        checks.replace("    # success_by: \"23:59\"", "    success_by: \"08:30\"\n    #")
    };
    const SCRIPT: Script = &[(40 * 60, Doing::Post("/jobs/run", "{}"))];
    let ran = play(by_half_past, SCRIPT, 60 * MINUTE.as_secs());
    assert_eq!(
        told(&ran),
        [(30 * 60, "[P1][DEADLINE_MISS] job"), (40 * 60 + 30, "[P1][RECOVERED] job")]
    );
}

#[test]
fn a_broken_edit_in_mid_outage_changes_nothing() {
    const SCRIPT: Script = &[
        (125, Doing::Post("/admin/faults", r#"{"api_down":true}"#)),
        (200, Doing::Edit("severity: P1", "severty: P1")),
        (372, Doing::Post("/admin/reset", "{}")),
    ];
    let ran = play(without_remedy, SCRIPT, 600);
    assert_eq!(
        told(&ran),
        [(160, "[P1][FIRST_FAIL] api-availability"), (390, "[P1][RECOVERED] api-availability")]
    );
    let journal = String::from_utf8(ran.journal).unwrap();
    assert_eq!(journal.matches("unknown key `severty`").count(), 1);
}
