//! A `host` check: one cycle of the agent. Looks at the machine, the containers and the internet
//! at once, then sends the heartbeat, always, since the worker may be nearer than the internet, then
//! keeps a row.

use std::time::Duration;

use engine::{
    Timestamp,
    config::{Check, Heartbeat, HostSpec, HttpRequest},
    observation::{HostObservation, Observation},
};
use serde_json::json;
use store::disk::Disk;
use tokio::time::{Instant, sleep};
use url::Url;

use crate::{
    agent::{
        docker,
        machine::{Memory, Processors, host_name, rounded},
    },
    http::HttpClient,
    world::Hands,
};

/// The time between two looks at the processors when there was none before.
const FIRST_LOOK: Duration = Duration::from_millis(200);

/// What a cycle saw. Everything together takes at most the limit of the check: one half for
/// looking, one for the heartbeat.
///
/// # Errors
/// None: what cannot be measured is absent.
pub(super) async fn fetch(
    hands: &Hands,
    check: &Check,
    spec: &HostSpec,
) -> Result<Observation, String> {
    let (at, began) = (hands.clock.now().wall, Instant::now());
    tell_left_out(hands, check, at);
    hands.agents.open_late(spec).await;
    let half = check.timeout / 2;
    let (cpu_percent, containers, ping_ms) = tokio::join!(
        processors(hands, check),
        docker::running(&**hands.http.transport(), &spec.docker_sock, half),
        ping(&hands.http, &spec.internet_url, half),
    );
    let memory = Memory::read(&*hands.disk);
    let mut seen = HostObservation {
        at,
        cpu_percent,
        ram_percent: memory.map(|memory| memory.percent),
        ram_used_mb: memory.map(|memory| memory.used_mb),
        disk_percent: hands.agents.volume().used_percent(),
        containers,
        ping_ms,
        heartbeat: None,
        stored: hands.agents.last_status(spec),
        cycle_ms: elapsed(began),
    };
    if let Some(heartbeat) = &spec.heartbeat {
        let body = body(&*hands.disk, spec, &seen);
        seen.heartbeat = Some(beat(&hands.http, heartbeat, body, half).await);
    }
    seen.cycle_ms = elapsed(began);
    hands.agents.keep(spec, &seen);
    tell(hands, check, &seen);
    Ok(Observation::Host(seen))
}

fn elapsed(since: Instant) -> f64 {
    rounded(since.elapsed().as_secs_f64() * 1000.0).max(0.01)
}

/// The use since the cycle before; at the first cycle, over a short while.
async fn processors(hands: &Hands, check: &Check) -> Option<f64> {
    let before = hands.agents.processors(&check.name);
    let now = Processors::read(&*hands.disk);
    let used = now.zip(before).and_then(|(now, before)| now.used_since(before));
    hands.agents.saw_processors(&check.name, now);
    if used.is_some() || now.is_none() {
        return used;
    }
    sleep(FIRST_LOOK.min(check.timeout / 2)).await;
    let later = Processors::read(&*hands.disk);
    later.zip(now).and_then(|(later, now)| later.used_since(now))
}

/// Any answer at all means that there is internet.
async fn ping(http: &HttpClient, url: &Url, limit: Duration) -> Result<f64, String> {
    let request = HttpRequest {
        method: "HEAD".to_owned(),
        url: url.clone(),
        headers: Vec::new(),
        body: None,
        follow_redirects: false,
        keep_alive: false,
    };
    let exchange = http.exchange(&request, limit).await;
    let ms = rounded(exchange.phases.total_us as f64 / 1000.0).max(0.01);
    exchange.result.map(|_| ms).map_err(|error| error.message)
}

async fn beat(
    http: &HttpClient,
    heartbeat: &Heartbeat,
    body: String,
    limit: Duration,
) -> Result<u16, String> {
    let request = HttpRequest {
        method: "POST".to_owned(),
        url: heartbeat.url.clone(),
        headers: heartbeat.headers.clone(),
        body: Some(body),
        follow_redirects: false,
        keep_alive: false,
    };
    let exchange = http.exchange(&request, limit).await;
    exchange.result.map(|response| response.status).map_err(|error| error.message)
}

fn body(disk: &dyn Disk, spec: &HostSpec, seen: &HostObservation) -> String {
    json!({
        "node_id": spec.node_id.clone().or_else(|| host_name(disk)),
        "timestamp": seen.at,
        "cpu_percent": seen.cpu_percent,
        "ram_percent": seen.ram_percent,
        "ram_used_mb": seen.ram_used_mb,
        "disk_percent": seen.disk_percent,
        "container_count": seen.containers.as_ref().ok(),
        "internet_ok": u8::from(seen.ping_ms.is_ok()),
        "ping_ms": seen.ping_ms.as_ref().ok(),
        "cycle_duration_ms": seen.cycle_ms,
    })
    .to_string()
}

fn tell_left_out(hands: &Hands, check: &Check, at: Timestamp) {
    let left_out = hands.agents.begin(&check.name, at, check.schedule.interval(at));
    if left_out > 0 {
        tracing::warn!(check = %check.name, left_out, "turns were left out");
    }
}

/// One line a cycle, and one when the container engine is gone.
fn tell(hands: &Hands, check: &Check, seen: &HostObservation) {
    let why = seen.containers.as_ref().err();
    if hands.agents.saw_docker(&check.name, why.is_some()) {
        tracing::warn!(check = %check.name, "{}", why.map_or("", String::as_str));
    }
    tracing::info!(
        check = %check.name,
        cpu = seen.cpu_percent,
        ram = seen.ram_percent,
        disk = seen.disk_percent,
        containers = seen.containers.as_ref().ok(),
        ping_ms = seen.ping_ms.as_ref().ok(),
        worker = seen.heartbeat.as_ref().and_then(|answer| answer.as_ref().ok()),
        duration_ms = seen.cycle_ms,
        "cycle of {}", seen.at
    );
}
