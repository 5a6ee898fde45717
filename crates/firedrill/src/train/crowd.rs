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
    users::{Route, turns},
};

/// Lets users ask `routes` at `base` until nobody listens any more. `zero` is the beginning of the
/// exercise.
pub(super) async fn ask(
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
    let (routes, address) = (routes.into_iter().map(Arc::new).collect::<Vec<_>>(), Arc::new(address));
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
