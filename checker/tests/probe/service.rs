//! Services and processes on this machine: real ports, real processes, programs that answer by
//! script.

use std::{process::Command as Program, sync::Arc, time::Duration};

use checker::{
    command::{Answer, CommandOutcome, Exit, Finished, Scripted},
    probe::fetch,
    processes::{Listed, ProcFs, Process, ProcessTable},
    world::Hands,
};
use engine::{
    Check,
    config::{Source, parse},
    observation::{Observation, ServiceSeen, TransportErrorKind},
};
use store::MemoryDisk;
use tokio::net::TcpListener;

use crate::server::{OK, answering, hands};

fn check(text: &str) -> Check {
    let parsed = parse(Source { file: "checks.yaml", text }, &|_| None).unwrap();
    Check::clone(&parsed.config.checks[0])
}

/// `systemctl is-active` that says this word.
fn units(word: &str) -> Scripted {
    let exit = Exit::Code(if word == "active" { 0 } else { 3 });
    let stdout = format!("{word}\n").into_bytes();
    let argv = ["systemctl", "is-active", "chat"].map(str::to_owned).to_vec();
    let outcome = CommandOutcome::Finished(Finished { exit, stdout, ..Finished::default() });
    Scripted::new(vec![Answer { argv, after: Duration::ZERO, outcome }]).0
}

fn with(command: Scripted, processes: impl ProcessTable + 'static) -> Hands {
    let hands = hands(MemoryDisk::default());
    Hands { command: Arc::new(command), processes: Arc::new(processes), ..hands }
}

async fn look(hands: &Hands, text: &str) -> ServiceSeen {
    let Observation::Service(seen) = fetch(hands, &check(text)).await else {
        panic!("not what was seen of a service")
    };
    *seen
}

#[tokio::test]
async fn all_parts_of_a_service_are_looked_at() {
    let (address, mut requests) = answering(OK).await;
    let worker = Process { pid: 7, parent: 1, command_line: "python3 Chat.py --all".into() };
    let hands = with(units("active"), Listed::new(vec![worker]));
    let text = format!(
        "services: [{{key: chat, url: 'http://{address}/health', port: {}, systemd: chat, \
         process_match: [chat.py]}}]",
        address.port()
    );
    let seen = look(&hands, &text).await;
    assert_eq!(seen.http.unwrap().unwrap().result.unwrap().status, 200);
    assert!(seen.port.unwrap().unwrap().is_ok());
    assert_eq!(seen.unit, Some(Ok("active".into())));
    assert_eq!(seen.processes, Some(Ok(vec![7])));
    assert!(requests.recv().await.is_some());
}

#[tokio::test]
async fn what_is_not_configured_is_not_looked_at() {
    let hands = with(units("failed"), Listed::unreadable("nobody asks"));
    let seen = look(&hands, "services: [{key: chat, systemd: chat, url: null}]").await;
    assert!(seen.http.is_none() && seen.port.is_none() && seen.processes.is_none());
    assert_eq!(seen.unit, Some(Ok("failed".into())));
}

#[tokio::test]
async fn an_open_port_is_open_and_a_closed_one_is_refused() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let text = format!("checks: [{{name: a, type: service, host: localhost, port: {port}}}]");
    let hands = with(units(""), Listed::new(Vec::new()));
    assert!(look(&hands, &text).await.port.unwrap().unwrap().is_ok());
    drop(listener);
    let error = look(&hands, &text).await.port.unwrap().unwrap().unwrap_err();
    assert_eq!(error.kind, TransportErrorKind::Refused);
    assert!(error.message.contains(&format!("127.0.0.1:{port}")), "{}", error.message);
}

#[tokio::test]
async fn a_part_that_cannot_be_looked_at_says_why_and_the_others_are_told() {
    let (address, _requests) = answering(OK).await;
    let hands = with(Scripted::new(Vec::new()).0, Listed::unreadable("/proc is closed"));
    let text = format!(
        "services: [{{key: chat, url: 'http://{address}/', systemd: chat, process_match: x}}]"
    );
    let seen = look(&hands, &text).await;
    assert!(seen.http.unwrap().is_ok());
    assert!(seen.unit.unwrap().unwrap_err().contains("no systemctl"));
    assert_eq!(seen.processes, Some(Err("/proc is closed".into())));
}

/// A process of nobody's: its parent is gone before it is looked for.
struct Orphan(i32);

impl Orphan {
    /// Follows a file without end, with the mark among its arguments, as a worker has its script.
    fn start(mark: &str) -> Self {
        let worker = format!("tail -f /dev/null {mark} </dev/null >/dev/null 2>&1 & echo $!");
        let output = Program::new("sh").args(["-c", &worker]).output().unwrap();
        let pid = String::from_utf8(output.stdout).unwrap();
        Self(pid.trim().parse().unwrap())
    }
}

impl Drop for Orphan {
    fn drop(&mut self) {
        let pid = rustix::process::Pid::from_raw(self.0).unwrap();
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
    }
}

#[tokio::test]
async fn real_processes_are_counted_while_they_live_and_the_checker_itself_never() {
    let mark = format!("firedrill_worker_{}.py", std::process::id());
    let text = format!("checks: [{{name: w, type: process, match: [{}]}}]", mark.to_uppercase());
    let check = check(&text);
    let count = || async {
        let hands = with(units(""), ProcFs::default());
        let Observation::Process(pids) = fetch(&hands, &check).await else {
            panic!("not what was seen of processes")
        };
        pids
    };
    assert_eq!(count().await, Vec::<u32>::new());
    let worker = Orphan::start(&mark);
    assert_eq!(count().await, [u32::try_from(worker.0).unwrap()]);
    // What the checker has started itself does not count.
    let mut child = Program::new("tail");
    child.args(["-f", "/dev/null", &mark]).stderr(std::process::Stdio::null());
    let mut child = child.spawn().unwrap();
    assert_eq!(count().await.len(), 1);
    child.kill().unwrap();
    child.wait().unwrap();
    drop(worker);
    let gone = async {
        while !count().await.is_empty() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), gone).await.expect("it ends");
    // The test itself runs as `…/probe-…`, and is in no list of its own.
    let own = ProcFs::default().list().await.unwrap();
    assert!(own.iter().all(|process| process.pid != std::process::id()));
}
