//! The same checks on a paused clock, over a transport of the test's own.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use checker::{
    clock::Clock,
    http::{HttpClient, Tls},
    transport::{ResolveError, Stream, Transport},
};
use engine::Status;
use futures_util::future::BoxFuture;
use store::MemoryDisk;
use tokio::time::Instant;

use crate::support::{check, found_with, hands};

/// Takes every connection and never opens it, and knows nothing of single packets.
#[derive(Debug)]
struct Hole;

impl Transport for Hole {
    fn resolve<'a>(
        &'a self,
        _host: &'a str,
        port: u16,
    ) -> BoxFuture<'a, Result<Vec<SocketAddr>, ResolveError>> {
        Box::pin(async move { Ok(vec![([192, 0, 2, 1], port).into()]) })
    }

    fn connect<'a>(&'a self, _addr: SocketAddr) -> BoxFuture<'a, io::Result<Box<dyn Stream>>> {
        Box::pin(std::future::pending())
    }
}

async fn found(keys: &str) -> engine::outcome::Outcome {
    let clock = Clock::virtual_from("2026-01-01T00:00:00Z".parse().unwrap());
    let mut hands = hands(Tls::new(clock.clone()), MemoryDisk::default());
    hands.http = HttpClient::new(Arc::new(Hole), Tls::new(clock));
    found_with(&hands, &check(keys)).await
}

#[tokio::test(start_paused = true)]
async fn a_black_hole_ends_after_four_seconds_to_the_millisecond() {
    let start = Instant::now();
    let outcome = found("type: tcp, target: 1.1.1.1").await;
    assert_eq!(start.elapsed(), Duration::from_secs(4));
    assert_eq!(outcome.details.reason, "no connection to 1.1.1.1:53 within 4 s");
    assert_eq!((outcome.status, outcome.latency_ms), (Status::Fail, Some(4000)));
}

#[tokio::test(start_paused = true)]
async fn a_world_without_packets_leaves_their_checks_unknown() {
    let outcome = found("type: dns, server: ns.test, query: a.test").await;
    let reason = "there is no UDP in this world";
    assert_eq!((outcome.status, &*outcome.details.reason), (Status::Unknown, reason));
    let outcome = found("type: ping, host: a.test").await;
    let reason = "cannot ping: there is no ICMP in this world";
    assert_eq!((outcome.status, &*outcome.details.reason), (Status::Unknown, reason));
}
