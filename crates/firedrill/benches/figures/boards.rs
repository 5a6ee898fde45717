//! The dashboard over a month of a thousand checks, and over that of a peer as large: milliseconds
//! and kilobytes of a page, as a visitor gets it.

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use checker::clock::Clock;
use engine::{
    CheckName, Event, EventKind, Severity, Status, Timestamp,
    board::Board,
    details::Details,
    event::{CheckCard, CheckDone, ConfigLoaded, Started},
};
use tokio::time::Instant;

use crate::meter::{median, say, tell};

const CHECKS: usize = 1000;

/// The last day has a result of each check every five minutes, the 29 days before one an hour.
const HOUR: Duration = Duration::from_secs(3600);
const FINE: Duration = Duration::from_secs(300);

/// How often each page is asked for; the median counts. Longer than a look at the files is good for.
const TURNS: u32 = 40;
const PAUSE: Duration = Duration::from_millis(100);

/// A journal as it grows, by the file that a line belongs to.
#[derive(Default)]
struct Files {
    board: Board,
    days: BTreeMap<String, Vec<u8>>,
    seq: u64,
}

impl Files {
    fn push(&mut self, ts: Timestamp, kind: EventKind) {
        self.seq += 1;
        let event = Event { ts, seq: self.seq, kind };
        self.board.apply(&event);
        let day = ts.to_string()[..10].to_owned();
        store::line::encode(&event, self.days.entry(day).or_default());
    }

    fn begin(&mut self, ts: Timestamp) {
        let card = |n| CheckCard {
            name: name(n),
            type_word: "http".to_owned(),
            display_name: None,
            severity: Severity::P3,
            interval_ms: 300_000,
        };
        self.push(ts, EventKind::Start(Started { version: "bench".to_owned(), pid: None }));
        let checks = (0..CHECKS).map(card).collect();
        let config = ConfigLoaded {
            ok: true,
            file: "checks.yaml".to_owned(),
            error: None,
            timezone: Some("UTC".to_owned()),
            checks,
        };
        self.push(ts, EventKind::Config(config));
    }

    /// A result of every check. Some fail always, some at times, most never.
    fn round(&mut self, ts: Timestamp, turn: usize) {
        for n in 0..CHECKS {
            let fails = n % 83 == 7 || (n % 19 == 3 && (turn + n).is_multiple_of(11));
            let (status, reason) = match fails {
                true => (Status::Fail, "status 503, expected 200"),
                false => (Status::Ok, "status 200 in 12 ms"),
            };
            let name = name(n);
            let prev = self.board.entries.get(name.as_str()).map_or(Status::Pending, |e| e.status);
            let done = CheckDone {
                name,
                type_word: "http".to_owned(),
                status,
                prev,
                severity: Severity::P3,
                latency_ms: Some(12 + n as u64 % 7),
                attempts: 1,
                job: None,
                details: Details { reason: reason.to_owned(), ..Details::default() },
            };
            self.push(ts + Duration::from_millis(n as u64), EventKind::Check(done));
        }
    }

    fn write(mut self, folder: &Path) -> f64 {
        let bytes: usize = self.days.values().map(Vec::len).sum();
        fs::create_dir(folder.join("results")).unwrap();
        let (_, today) = self.days.pop_last().unwrap();
        fs::write(folder.join("results.jsonl"), today).unwrap();
        for (day, lines) in self.days {
            fs::write(folder.join(format!("results/{day}.jsonl")), lines).unwrap();
        }
        fs::write(folder.join("state.json"), serde_json::to_vec(&self.board).unwrap()).unwrap();
        bytes as f64 / 1e6
    }
}

fn name(n: usize) -> CheckName {
    CheckName::new(&format!("service-{n:04}-availability"))
}

/// Writes the month; gives its size in megabytes.
fn month(folder: &Path) -> f64 {
    let now = Clock::system().now().wall;
    let mut files = Files::default();
    let mut at = now - HOUR * 24 * 30;
    files.begin(at);
    for turn in 0.. {
        if at > now {
            break;
        }
        files.round(at, turn);
        at = at + if now.since(at) > HOUR * 24 { HOUR } else { FINE };
    }
    files.write(folder)
}

/// A dashboard as a process; stopped with this value.
struct Dashboard {
    child: Child,
    address: String,
}

impl Drop for Dashboard {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Dashboard {
    fn start(folder: &Path, config: &str) -> Self {
        let file = folder.join(format!("{}.yaml", config.len()));
        fs::write(&file, config).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_firedrill"));
        command.args(["program", "dashboard", "--", "--addr", ":0", "--config"]).arg(file);
        let command = command.current_dir(folder).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let first = lines.next().unwrap().unwrap();
        let address = first.split("http://").nth(1).unwrap().trim_end_matches('/').to_owned();
        Self { child, address }
    }

    /// The size of a page in bytes and the seconds until its last byte.
    fn get(&self, path: &str) -> (Vec<u8>, f64) {
        let began = Instant::now();
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let host = &self.address;
        let head = format!("GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        assert!(answer.starts_with(b"HTTP/1.1 200"), "{path}");
        (answer, began.elapsed().as_secs_f64())
    }

    /// Waits until a page holds a text.
    #[expect(clippy::disallowed_methods, reason = "a process of its own takes real time")]
    fn until(&self, path: &str, text: &str) {
        while !String::from_utf8_lossy(&self.get(path).0).contains(text) {
            std::thread::sleep(PAUSE);
        }
    }

    /// Asks for a page again and again, and tells what that takes.
    #[expect(clippy::disallowed_methods, reason = "visitors come at their own pace")]
    fn figure(&self, path: &str) {
        let asked = (0..TURNS).map(|_| {
            std::thread::sleep(PAUSE);
            self.get(path)
        });
        let (bytes, times): (Vec<_>, Vec<_>) =
            asked.map(|(answer, took)| (answer.len() as f64, took * 1e3)).unzip();
        let most = times.iter().copied().fold(0.0, f64::max);
        let (ms, kb) = (median(times), median(bytes) / 1024.0);
        tell(path, &format!("{ms:.1} ms, at most {most:.1}; {kb:.0} KB"));
    }

    fn memory(&self) -> f64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<f64>().unwrap() / 1024.0
    }
}

/// The pages of a board with a thousand checks and a peer of as many.
pub(crate) fn pages() {
    say("\nThe dashboard: a thousand checks, 30 days, and a peer with as many");
    let folder = tempfile::tempdir().unwrap();
    let size = month(folder.path());
    tell("size of the journal", &format!("{size:.0} MB"));
    let peer = Dashboard::start(folder.path(), "node_id: b\npeers: []\n");
    let peers = format!("node_id: a\npeers:\n  - {{id: b, base_url: 'http://{}'}}\n", peer.address);
    let board = Dashboard::start(folder.path(), &peers);
    let (_, first) = board.get("/");
    tell("the first page after a start", &format!("{:.0} ms", first * 1e3));
    board.until("/cluster", "<header class=\"field red\"><h2>b<");
    board.until("/cluster?range=30d", "<header class=\"field red\"><h2>b<");
    for path in ["/", "/cluster", "/cluster?range=30d", "/check/service-0003-availability"] {
        board.figure(path);
    }
    tell("memory of this dashboard", &format!("{:.0} MB", board.memory()));
}
