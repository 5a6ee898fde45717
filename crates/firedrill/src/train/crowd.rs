//! The simulated users of a live exercise: they ask over real sockets, so many times faster than
//! written. Judges nothing itself.

use std::sync::Arc;

use tokio::{
    net::TcpStream,
    sync::mpsc,
    task::JoinSet,
    time::{Instant, sleep_until},
};
use url::Url;

use super::{
    facts::Request,
    users::{Route, routes, turns},
};
use crate::{
    live::{Running, exercise_config_at},
    scenario::Scenario,
};

/// More requests than are under way at once.
const WAITING: usize = 1_000;

/// Begins to ask a stack that runs; what users get comes out of the channel.
///
/// # Errors
/// The configuration does not read.
pub(super) fn begin(
    scenario: &Scenario,
    checks: &str,
    speed: f64,
    running: &Running<'_>,
) -> Result<mpsc::Receiver<Request>, String> {
    let base = running.panel();
    let config = exercise_config_at(scenario, checks, base)?;
    let base = Url::parse(base).map_err(|error| format!("{base}: {error}"))?;
    let (tell, told) = mpsc::channel(WAITING);
    tokio::spawn(ask(routes(&config, &base), base, speed, running.instant(0), tell));
    Ok(told)
}

/// Lets users ask `routes` at `base` until nobody listens any more. `zero` is the beginning of the
/// exercise.
async fn ask(
    routes: Vec<Route>,
    base: Url,
    speed: f64,
    zero: Instant,
    tell: mpsc::Sender<Request>,
) {
    let address = format!(
        "{}:{}",
        base.host_str().unwrap_or_default(),
        base.port_or_known_default().unwrap_or_default()
    );
    let (routes, address) =
        (routes.into_iter().map(Arc::new).collect::<Vec<_>>(), Arc::new(address));
    let mut under_way = JoinSet::new();
    for at in turns() {
        let real = std::time::Duration::from_secs_f64(at as f64 / 1000.0 / speed);
        sleep_until(zero + real).await;
        while under_way.try_join_next().is_some() {}
        if tell.is_closed() {
            return;
        }
        for route in &routes {
            let (route, address, tell) = (Arc::clone(route), Arc::clone(&address), tell.clone());
            under_way.spawn(async move {
                let connect = TcpStream::connect(address.as_str());
                // Nobody may be listening any more.
                let _ = tell.send(route.ask(at, speed, connect).await).await;
            });
        }
    }
}
