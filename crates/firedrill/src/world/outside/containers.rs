//! The container engine of the checker's machine: its socket, one request of its HTTP interface, and
//! a list as a real engine writes it.

use std::io;

use checker::transport::Stream;
use engine::config::{Config, Spec};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};

use super::{Active, Outside, Seen, Sight, What, gauges};

/// How many containers run when nothing is wrong, unless more are wanted.
const USUAL: u64 = 3;
/// How long a change of the machine can still be seen in the use of its processors: no interval of
/// an agent is longer.
const ECHO_OF_A_CHANGE: i64 = 60_000;

/// As many as the checks of a configuration want.
pub(super) fn wanted(config: &Config) -> u64 {
    let least = config.enabled().filter_map(|check| {
        if let Spec::Host(host) = &check.spec { host.min_containers } else { None }
    });
    least.map(u64::from).max().unwrap_or(0).max(USUAL)
}

/// What is wrong with the engine.
enum Trouble {
    Gone,
    Hangs,
    Denied,
    /// So many of its containers are in another state.
    Some(&'static str, &'static str, u64),
}

fn trouble(fault: &Active, all: u64) -> Trouble {
    let count = fault.number("count").unwrap_or(all).min(all);
    match fault.word("kind") {
        Some("hangs") => Trouble::Hangs,
        Some("denied") => Trouble::Denied,
        Some("restarting") => Trouble::Some("restarting", "Restarting (1) 5 seconds ago", count),
        Some("paused") => Trouble::Some("paused", "Up 2 hours (Paused)", count),
        Some("unhealthy") => Trouble::Some("running", "Up 2 hours (unhealthy)", count),
        Some("stopped") => Trouble::Some("exited", "Exited (137) 5 seconds ago", count),
        _ => Trouble::Gone,
    }
}

/// Connects, as far as that goes.
pub(super) async fn connect(outside: &Outside) -> io::Result<Box<dyn Stream>> {
    if outside.disk.is_dead() {
        return std::future::pending().await;
    }
    let (all, fault) = {
        let state = outside.lock();
        let fault = state.host.iter().rfind(|fault| fault.kind == "docker").cloned();
        (state.containers, fault)
    };
    let trouble = fault.filter(|fault| fault.chance.strikes()).map(|fault| trouble(&fault, all));
    outside.note_machine(running(all, trouble.as_ref()));
    match trouble {
        Some(Trouble::Gone) => Err(io::ErrorKind::NotFound.into()),
        Some(Trouble::Denied) => Err(io::ErrorKind::PermissionDenied.into()),
        trouble => {
            let hangs = matches!(trouble, Some(Trouble::Hangs));
            let answer = (!hangs).then(|| answer(&list(all, trouble.as_ref())));
            let (asking, answering) = duplex(64 << 10);
            tokio::spawn(async move {
                // Who has gone away needs no answer.
                let _ = serve(answering, answer).await;
            });
            Ok(Box::new(asking))
        }
    }
}

/// How many run; nothing when the engine does not say.
fn running(all: u64, trouble: Option<&Trouble>) -> Option<u64> {
    match trouble {
        Some(Trouble::Gone | Trouble::Hangs | Trouble::Denied) => None,
        Some(Trouble::Some("running", ..)) | None => Some(all),
        Some(Trouble::Some(_, _, count)) => Some(all - count),
    }
}

/// The list that an engine gives when it is asked for those that run: the stopped ones are not in
/// it, those that wait to be started once more are.
fn list(all: u64, trouble: Option<&Trouble>) -> Value {
    let state = |place: u64| match trouble {
        Some(Trouble::Some(state, status, count)) if place < *count => (*state, *status),
        _ => ("running", "Up 2 hours"),
    };
    let listed = (0..all).map(|place| (place, state(place))).filter(|(_, (is, _))| *is != "exited");
    let entry = |(place, (state, status)): (u64, (&str, &str))| {
        json!({
            "Id": format!("{:064x}", place + 1), "Names": [format!("/app-{}", place + 1)],
            "Image": "app:1", "State": state, "Status": status,
        })
    };
    listed.map(entry).collect()
}

fn answer(list: &Value) -> String {
    let body = list.to_string();
    format!(
        "HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\nContent-Type: application/json\r\nServer: Docker/20.10.24 (linux)\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}

async fn serve(mut stream: DuplexStream, answer: Option<String>) -> io::Result<()> {
    let mut asked = Vec::new();
    while !asked.ends_with(b"\r\n\r\n") {
        if stream.read_buf(&mut asked).await? == 0 {
            return Ok(());
        }
    }
    match answer {
        Some(answer) if asked.starts_with(b"GET /containers/json ") => {
            stream.write_all(answer.as_bytes()).await
        }
        Some(_) => stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n").await,
        None => std::future::pending().await,
    }
}

impl Outside {
    /// Notes how the machine is at the beginning of a cycle of its agent.
    fn note_machine(&self, running: Option<u64>) {
        let at = self.watch.now();
        let (sight, steady) = {
            let state = self.lock();
            let (cpu, ram, disk) = gauges::all(&state.host);
            (Sight { cpu, ram, disk, running }, at - state.changed > ECHO_OF_A_CHANGE)
        };
        self.note(Seen { at, until: at, what: What::Machine { sight, steady } });
    }
}
