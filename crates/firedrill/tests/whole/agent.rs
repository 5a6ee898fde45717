//! The agent as a program: a row every cycle in a file that others read meanwhile, heartbeats with
//! the secret, and one alert for every change of the worker, over restarts.

use std::{
    fs,
    os::unix::net::UnixListener,
    process::{Command, Output},
};

use serde_json::{Value, json};

use crate::stack::{Running, Stack, finish, http, said, wait};

const AGENT: &str = "checks:\n  - name: host\n    type: agent\n    interval_s: 1\n    timeout_s: 2\n    \
                     docker_sock: docker.sock\n    internet_url: \"{MOCKAPP_BASE}/api/ping\"\n";

const SECRET: &str = "canary-of-the-worker";

/// A folder with an agent whose worker and workflow engine are the mock app.
fn stack() -> Stack {
    stack_with(AGENT)
}

/// The same with checks of the test's own.
pub(crate) fn stack_with(checks: &str) -> Stack {
    let stack = Stack::with_mockapp(checks, |app| {
        app.env("SECRET_KEY", SECRET);
    });
    let base = stack.mockapp.trim_end_matches('/');
    let dotenv = format!(
        "MOCKAPP_BASE={base}\nSECRET_KEY={SECRET}\nHEARTBEAT_URL={base}/api/heartbeat\n\
         N8N_WEBHOOK_URL={base}/webhook/n8n\n"
    );
    fs::write(stack.path(".env"), dotenv).unwrap();
    stack
}

pub(crate) fn get(stack: &Stack, path: &str) -> Value {
    let answer = http(&format!("{}{path}", stack.mockapp), "GET", "");
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    serde_json::from_str(body).unwrap_or_else(|error| panic!("{error} in {answer}"))
}

/// The bodies that came to the workflow engine: what was and what is.
pub(crate) fn alerts(stack: &Stack) -> Vec<(Value, Value)> {
    let hooks = get(stack, "admin/webhooks");
    let list = hooks["webhooks"].as_array().or(hooks.as_array()).cloned().unwrap_or_default();
    let ours = list.iter().filter(|hook| hook["name"] == "n8n");
    ours.map(|hook| (hook["body"]["previous"].clone(), hook["body"]["current"].clone())).collect()
}

/// What the tool of the manual says, with these arguments before the file.
pub(crate) fn asked(stack: &Stack, args: &[&str], sql: &str) -> Output {
    let mut sqlite = Command::new("sqlite3");
    let sqlite = sqlite.current_dir(stack.path("")).args(args).args(["data/metrics.db", sql]);
    finish(sqlite)
}

/// The same, waiting for whoever opens or closes the file at this moment.
pub(crate) fn sqlite(stack: &Stack, sql: &str) -> String {
    let output = asked(stack, &["-cmd", ".timeout 30000"], sql);
    assert!(output.status.success(), "{sql}: {}", said(&output));
    said(&output).trim().to_owned()
}

/// The rows so far; none while the file is being made.
pub(crate) fn rows(stack: &Stack) -> usize {
    let made = "SELECT count(*) FROM sqlite_master WHERE name = 'metrics_by_time'";
    if !stack.path("data/metrics.db").exists() || sqlite(stack, made) != "1" {
        return 0;
    }
    sqlite(stack, "SELECT count(*) FROM metrics").parse().unwrap()
}

/// Lets the worker answer nothing but this code.
pub(crate) fn worker_says(stack: &Stack, code: u16) {
    let fault = json!({"fault": "http.status", "on": "POST /api/heartbeat", "code": code});
    stack.post("admin/faults/inject", &fault.to_string());
}

pub(crate) fn worker_recovers(stack: &Stack) {
    stack.post("admin/reset", "{}");
}

fn until_status(stack: &Stack, wanted: &str) {
    let newest =
        "SELECT ifnull(worker_status, 'NULL') FROM metrics ORDER BY timestamp_lima DESC LIMIT 1";
    wait(wanted, || (rows(stack) > 0 && sqlite(stack, newest) == wanted).then_some(()));
}

pub(crate) fn stopped(checker: Running) {
    assert_eq!(checker.terminate().code(), Some(0));
}

#[test]
fn every_cycle_is_a_row_and_a_heartbeat_on_the_second() {
    let stack = stack();
    let checker = stack.watch();
    wait("four rows", || (rows(&stack) >= 4).then_some(()));
    let manual = "SELECT * FROM metrics ORDER BY timestamp_lima DESC LIMIT 20;";
    for _ in 0..20 {
        let read = asked(&stack, &[], manual);
        assert!(read.status.success(), "a reader is never locked out: {}", said(&read));
    }
    let columns = sqlite(&stack, "SELECT name, type, pk FROM pragma_table_info('metrics')");
    let expected = "id|TEXT|1\ntimestamp_lima|TEXT|0\ncpu_percent|REAL|0\nram_percent|REAL|0\n\
                    ram_used_mb|REAL|0\ndisk_percent|REAL|0\ncontainer_count|INTEGER|0\n\
                    internet_ok|INTEGER|0\nping_ms|REAL|0\nworker_status|INTEGER|0\n\
                    cycle_duration_ms|REAL|0";
    assert_eq!(columns, expected);
    assert_eq!(sqlite(&stack, "PRAGMA journal_mode"), "wal");
    let good = "SELECT count(*) FROM metrics WHERE id GLOB \
                '????????-????-4???-[89ab]???-????????????' AND length(timestamp_lima) = 29 \
                AND timestamp_lima LIKE '%-05:00' AND cpu_percent BETWEEN 0 AND 100 \
                AND ram_percent BETWEEN 0 AND 100 AND ram_used_mb > 0 \
                AND disk_percent BETWEEN 0 AND 100 AND container_count IS NULL \
                AND internet_ok = 1 AND ping_ms > 0 AND worker_status = 200 \
                AND cycle_duration_ms > 0 AND substr(timestamp_lima, 21, 3) < '250'";
    stopped(checker);
    assert_eq!(sqlite(&stack, good), rows(&stack).to_string());
    let distinct = sqlite(&stack, "SELECT count(DISTINCT id) FROM metrics");
    assert_eq!(distinct, rows(&stack).to_string());
    let heartbeat = get(&stack, "admin/state")["heartbeat"].clone();
    assert_eq!(heartbeat["count"], json!(rows(&stack)), "{heartbeat}");
    assert!(heartbeat["body"]["node_id"].is_string(), "{heartbeat}");
    assert_eq!(heartbeat["body"]["internet_ok"], json!(1));
    let log = fs::read_to_string(stack.path("log.txt")).unwrap();
    assert_eq!(log.matches("containers cannot be counted over docker.sock").count(), 1, "{log}");
    assert_eq!(log.matches("duration_ms=").count(), rows(&stack), "a line a cycle: {log}");
    assert!(!log.contains(SECRET));
}

#[test]
fn every_change_of_the_worker_is_told_once_with_what_was_and_what_is() {
    let stack = stack();
    let checker = stack.watch();
    until_status(&stack, "200");
    worker_says(&stack, 503);
    until_status(&stack, "503");
    worker_recovers(&stack);
    until_status(&stack, "200");
    let expected = [(json!(200), json!(503)), (json!(503), json!(200))];
    wait("both alerts", || (alerts(&stack) == expected).then_some(()));
    let hooks = get(&stack, "admin/webhooks").to_string();
    for key in ["\"title\"", "\"message\"", "\"timestamp\"", "/api/heartbeat"] {
        assert!(hooks.contains(key), "{key} is missing in {hooks}");
    }
    assert!(!hooks.contains(SECRET));
    stopped(checker);
}

#[test]
fn a_restart_loses_no_change_of_the_worker_and_doubles_none() {
    let stack = stack();
    let first = stack.watch();
    until_status(&stack, "200");
    stopped(first);
    worker_says(&stack, 401);
    let second = stack.watch();
    until_status(&stack, "401");
    wait("the change is told", || (alerts(&stack).len() == 1).then_some(()));
    stopped(second);
    // Without a journal the file of metrics remembers.
    for name in ["state.json", "results.jsonl"] {
        fs::remove_file(stack.path(name)).unwrap();
    }
    worker_recovers(&stack);
    let third = stack.watch();
    until_status(&stack, "200");
    wait("the recovery is told", || (alerts(&stack).len() == 2).then_some(()));
    stopped(third);
    assert_eq!(alerts(&stack), [(json!(200), json!(401)), (json!(401), json!(200))]);
}

#[test]
fn a_worker_that_is_down_from_the_start_is_not_told_but_its_return_is() {
    let stack = stack();
    worker_says(&stack, 503);
    let checker = stack.watch();
    wait("three rows", || (rows(&stack) >= 3).then_some(()));
    assert_eq!(alerts(&stack), []);
    worker_recovers(&stack);
    wait("one alert", || (alerts(&stack) == [(json!(503), json!(200))]).then_some(()));
    stopped(checker);
}

#[test]
fn without_its_variables_the_agent_warns_once_and_keeps_metrics() {
    let stack = Stack::with(AGENT);
    let checker = stack.watch();
    wait("three rows", || (rows(&stack) >= 3).then_some(()));
    stopped(checker);
    let log = fs::read_to_string(stack.path("log.txt")).unwrap();
    for what in ["N8N_WEBHOOK_URL is not set", "HEARTBEAT_URL or SECRET_KEY is not set"] {
        assert_eq!(log.matches(what).count(), 1, "{what}: {log}");
    }
    assert_eq!(sqlite(&stack, "SELECT count(worker_status) FROM metrics"), "0");
}

#[test]
fn a_file_that_another_program_holds_delays_no_cycle_and_loses_no_row() {
    let stack = stack();
    let checker = stack.watch();
    wait("two rows", || (rows(&stack) >= 2).then_some(()));
    let mut holder = Command::new("sqlite3");
    let hold = format!(
        "BEGIN IMMEDIATE;\n.shell touch {0}; while [ -e {0} ]; do sleep 0.05; done\nCOMMIT;\n",
        stack.path("held").display()
    );
    fs::write(stack.path("hold.sql"), hold).unwrap();
    let script = fs::File::open(stack.path("hold.sql")).unwrap();
    let holder = holder.current_dir(stack.path("")).arg("data/metrics.db").stdin(script).spawn();
    let mut holder = holder.unwrap();
    wait("the file is held", || stack.path("held").exists().then_some(()));
    let before = rows(&stack);
    let cycles = || {
        let log = fs::read_to_string(stack.path("log.txt")).unwrap();
        log.matches("duration_ms=").count()
    };
    let at_first = cycles();
    wait("cycles go on", || (cycles() >= at_first + 3).then_some(()));
    assert!(rows(&stack) <= before + 1, "nothing is written while the file is held");
    fs::remove_file(stack.path("held")).unwrap();
    holder.wait().unwrap();
    wait("every cycle has its row", || (rows(&stack) >= at_first + 3).then_some(()));
    stopped(checker);
    assert_eq!(rows(&stack), cycles());
}

#[test]
fn a_folder_that_cannot_be_made_exits_3_and_says_whose_it_is() {
    let stack = Stack::with(AGENT);
    fs::write(stack.path("data"), "").unwrap();
    for verb in ["run", "once"] {
        let output = stack.ask(&[verb]);
        assert_eq!(output.status.code(), Some(3), "{}", said(&output));
        for part in ["data/metrics.db", "belongs to user ", "user:"] {
            assert!(said(&output).contains(part), "{part} is missing in {}", said(&output));
        }
    }
    let dry = stack.ask(&["once", "--dry-run"]);
    assert_ne!(dry.status.code(), Some(3), "a dry run writes nothing: {}", said(&dry));
}

#[test]
fn running_containers_are_counted_over_the_socket_of_their_engine() {
    use std::io::{Read as _, Write as _};
    let stack = stack();
    let engine = UnixListener::bind(stack.path("docker.sock")).unwrap();
    std::thread::spawn(move || {
        for stream in engine.incoming() {
            let mut stream = stream.unwrap();
            let mut request = [0; 1024];
            let read = stream.read(&mut request).unwrap();
            assert!(request[..read].starts_with(b"GET /containers/json HTTP/1.1\r\n"));
            let list = r#"[{"Id":"a"},{"Id":"b"},{"Id":"c"}]"#;
            let head =
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked";
            write!(stream, "{head}\r\n\r\n{:x}\r\n{list}\r\n0\r\n\r\n", list.len()).unwrap();
        }
    });
    let checker = stack.watch();
    wait("a row", || (rows(&stack) >= 1).then_some(()));
    stopped(checker);
    assert_eq!(sqlite(&stack, "SELECT DISTINCT container_count FROM metrics"), "3");
}
