//! More than a minute of the agent at its own pace: a row every ten seconds on the clock, a worker
//! that goes down and comes back, a checker that is killed in between, and a reader who never has to
//! wait for it.

use std::{
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use engine::{Event, EventKind, Timestamp};
use serde_json::{Value, json};

use crate::{
    agent::{alerts, asked, get, rows, sqlite, stack_with, stopped, worker_recovers, worker_says},
    stack::{Stack, finish, said, wait},
};

const AGENT: &str = "checks:\n  - name: host\n    type: agent\n    docker_sock: docker.sock\n    \
                     internet_url: \"{MOCKAPP_BASE}/api/ping\"\n";

/// How long the worker takes in one of the cycles.
const DELAY_MS: u64 = 1200;

/// Somebody who reads the rows all the time with the tool of the manual, and never waits. One alone:
/// a reader who closes the file may for a moment lock out another one who opens it.
struct Reader {
    stop: Arc<AtomicBool>,
    rows: Arc<AtomicUsize>,
    read: JoinHandle<(usize, Vec<String>)>,
}

impl Reader {
    #[expect(clippy::disallowed_methods, reason = "a reader of its own in real time")]
    fn of(stack: &Stack) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let rows = Arc::new(AtomicUsize::new(0));
        let (told, seen, folder) = (Arc::clone(&stop), Arc::clone(&rows), stack.path(""));
        let read = thread::spawn(move || {
            let (mut times, mut failures) = (0, Vec::new());
            while !told.load(Ordering::Relaxed) {
                let mut sqlite = Command::new("sqlite3");
                let sql = "SELECT * FROM metrics ORDER BY timestamp_lima DESC LIMIT 20;";
                let output = finish(sqlite.current_dir(&folder).args(["data/metrics.db", sql]));
                times += 1;
                if output.status.success() {
                    seen.store(said(&output).lines().count(), Ordering::Relaxed);
                } else {
                    failures.push(said(&output));
                }
                thread::sleep(Duration::from_millis(25));
            }
            (times, failures)
        });
        Self { stop, rows, read }
    }

    /// Waits until it has seen so many rows.
    fn until(&self, wanted: usize) {
        let seen = || self.rows.load(Ordering::Relaxed);
        wait(&format!("row {wanted}"), || (seen() >= wanted).then_some(()));
    }

    /// How often it has read, and what it was told when that failed.
    fn stop(self) -> (usize, Vec<String>) {
        self.stop.store(true, Ordering::Relaxed);
        self.read.join().unwrap()
    }
}

/// How many notices the journal knows to have arrived at the workflow.
fn deliveries(stack: &Stack) -> usize {
    let arrived = |event: &Event| matches!(&event.kind, EventKind::Delivery(one) if one.ok && one.channel.as_str() == "n8n");
    stack.events().iter().filter(|event| arrived(event)).count()
}

/// How many checkers have started; each has opened the file of metrics by then.
fn starts(stack: &Stack) -> usize {
    stack.events().iter().filter(|event| matches!(event.kind, EventKind::Start(_))).count()
}

fn slow_worker(stack: &Stack) {
    let fault = json!({"fault": "latency.fixed", "on": "POST /api/heartbeat", "ms": DELAY_MS});
    stack.post("admin/faults/inject", &fault.to_string());
}

/// A column of all rows, oldest first.
fn column(stack: &Stack, what: &str) -> Vec<String> {
    let rows = sqlite(stack, &format!("SELECT {what} FROM metrics ORDER BY timestamp_lima"));
    rows.lines().map(str::to_owned).collect()
}

/// The seconds since the first row, each of them less than 250 ms behind a ten of the clock.
fn turns(stack: &Stack) -> Vec<i64> {
    let times: Vec<i64> = column(stack, "timestamp_lima")
        .iter()
        .map(|time| time.parse::<Timestamp>().unwrap().as_millis())
        .collect();
    for time in &times {
        assert!(time % 10_000 < 250, "{time} is {} ms after its ten seconds", time % 10_000);
    }
    times
        .iter()
        .map(|time| (time - time % 10_000 - (times[0] - times[0] % 10_000)) / 1000)
        .collect()
}

/// What `df` says of the root file system, in percent.
fn df() -> f64 {
    let output = Command::new("df").args(["--output=pcent", "/"]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().last().unwrap().trim().trim_end_matches('%').parse().unwrap()
}

#[test]
fn a_minute_of_the_agent_keeps_to_the_clock_and_loses_and_doubles_nothing() {
    let stack = stack_with(AGENT);
    let first = stack.watch();
    wait("the first row", || (rows(&stack) > 0).then_some(()));
    let reader = Reader::of(&stack);
    reader.until(2);
    worker_says(&stack, 503);
    reader.until(3);
    wait("the change is told", || (alerts(&stack).len() == 1).then_some(()));
    // What is killed before it has noted that an alert arrived sends it again, with the same key.
    wait("and noted", || (deliveries(&stack) == 1).then_some(()));
    // While no checker has the file open, whoever closes it last tidies up and locks out the others.
    let (mut times, mut failures) = reader.stop();
    drop(first); // killed without a word
    let second = stack.watch();
    wait("the second checker", || (starts(&stack) == 2).then_some(()));
    let reader = Reader::of(&stack);
    reader.until(4);
    worker_recovers(&stack);
    reader.until(5);
    wait("the return is told", || (alerts(&stack).len() == 2).then_some(()));
    slow_worker(&stack);
    reader.until(6);
    worker_recovers(&stack);
    reader.until(7);
    let (more, further) = reader.stop();
    times += more;
    failures.extend(further);
    let used: f64 = column(&stack, "disk_percent").last().unwrap().parse().unwrap();
    assert!((used - df()).abs() <= 1.0, "{used} % of the disk, df says {} %", df());
    stopped(second);

    assert!(times > 100 && failures.is_empty(), "{times} reads, failed: {failures:?}");
    assert_eq!(turns(&stack), [0, 10, 20, 30, 40, 50, 60]);
    let codes = column(&stack, "worker_status");
    assert_eq!(codes, ["200", "200", "503", "503", "200", "200", "200"]);
    assert_eq!(alerts(&stack), [(json!(200), json!(503)), (json!(503), json!(200))]);
    // The mock app counts what came with its secret; the others it answers 401.
    let heartbeat: Value = get(&stack, "admin/state")["heartbeat"].clone();
    assert_eq!(heartbeat["count"], json!(5), "{heartbeat}");
    let lasted: Vec<f64> =
        column(&stack, "cycle_duration_ms").iter().map(|ms| ms.parse().unwrap()).collect();
    let slow = lasted.iter().filter(|ms| **ms >= DELAY_MS as f64).count();
    assert!(slow == 1 && lasted[5] >= DELAY_MS as f64, "{lasted:?}");
    let manual = asked(&stack, &[], "SELECT * FROM metrics ORDER BY timestamp_lima DESC LIMIT 20;");
    assert_eq!(said(&manual).lines().count(), 7);
}
