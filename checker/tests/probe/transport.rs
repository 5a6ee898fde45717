//! Several addresses of one name, in virtual time: who is tried when, and what is told.

use std::{collections::BTreeMap, io, net::SocketAddr, sync::Arc, time::Duration};

use checker::{
    clock::Clock,
    http::{HttpClient, Tls},
    transport::{ResolveError, Stream, Transport, connect_any},
};
use engine::observation::{Phase, TransportErrorKind};
use futures_util::future::BoxFuture;
use tokio::time::{Instant, sleep};

use crate::server::{LIMIT, ask};

/// How an address answers a connect.
#[derive(Clone, Copy, Debug)]
enum Door {
    Opens(u64),
    Fails(io::ErrorKind),
    Broken(i32),
    Hangs,
}

/// A network of doors. One name stands for all of them.
#[derive(Debug)]
struct Doors(BTreeMap<SocketAddr, Door>);

impl Doors {
    fn new(doors: &[(&str, Door)]) -> Self {
        Self(doors.iter().map(|(addr, door)| (addr.parse().unwrap(), *door)).collect())
    }

    async fn try_all(&self, order: &[&str]) -> Result<SocketAddr, Vec<SocketAddr>> {
        let order: Vec<SocketAddr> = order.iter().map(|a| a.parse().unwrap()).collect();
        match connect_any(self, &order).await {
            Ok((_, address)) => Ok(address),
            Err(errors) => Err(errors.into_iter().map(|(address, _)| address).collect()),
        }
    }
}

impl Transport for Doors {
    fn resolve<'a>(
        &'a self,
        host: &'a str,
        _port: u16,
    ) -> BoxFuture<'a, Result<Vec<SocketAddr>, ResolveError>> {
        let known = if host == "unknown.test" {
            Err(ResolveError::NotFound { host: host.to_owned() })
        } else {
            Ok(self.0.keys().rev().copied().collect())
        };
        Box::pin(async move { known })
    }

    fn connect<'a>(&'a self, addr: SocketAddr) -> BoxFuture<'a, io::Result<Box<dyn Stream>>> {
        let door = self.0[&addr];
        Box::pin(async move {
            match door {
                Door::Opens(after) => sleep(Duration::from_millis(after)).await,
                Door::Fails(kind) => return Err(kind.into()),
                Door::Broken(errno) => return Err(io::Error::from_raw_os_error(errno)),
                Door::Hangs => std::future::pending().await,
            }
            Ok(Box::new(tokio::io::duplex(64).0) as Box<dyn Stream>)
        })
    }
}

const A: &str = "[2001:db8::1]:80";
const B: &str = "192.0.2.1:80";
const C: &str = "192.0.2.2:80";

#[tokio::test(start_paused = true)]
async fn the_next_address_starts_after_a_failure_or_a_head_start() {
    let refused = Door::Fails(io::ErrorKind::ConnectionRefused);
    for (first, second, winner, after) in [
        (Door::Opens(10), Door::Opens(0), A, 10),
        (refused, Door::Opens(3), B, 3),
        (Door::Hangs, Door::Opens(3), B, 253),
        (Door::Opens(260), Door::Opens(50), A, 260),
    ] {
        let doors = Doors::new(&[(A, first), (B, second)]);
        let start = Instant::now();
        assert_eq!(doors.try_all(&[A, B]).await, Ok(winner.parse().unwrap()));
        assert_eq!(start.elapsed(), Duration::from_millis(after), "{first:?} {second:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn when_all_fail_the_first_error_of_each_family_is_told() {
    let refused = Door::Fails(io::ErrorKind::ConnectionRefused);
    let doors = Doors::new(&[(A, refused), (B, refused), (C, refused)]);
    let told = doors.try_all(&[A, B, C]).await.unwrap_err();
    assert_eq!(told, [A.parse().unwrap(), B.parse().unwrap()]);
}

async fn visit(
    doors: &[(&str, Door)],
    host: &str,
) -> Result<engine::observation::Exchange, String> {
    let client = HttpClient::new(Arc::new(Doors::new(doors)), Tls::new(Clock::system()));
    client.probe(&ask("GET", &format!("http://{host}/")), LIMIT).await
}

#[tokio::test(start_paused = true)]
async fn a_missing_family_does_not_hide_what_the_other_said() {
    let refused = Door::Fails(io::ErrorKind::ConnectionRefused);
    let unreachable = Door::Fails(io::ErrorKind::NetworkUnreachable);
    let cases = [
        (
            &[(A, unreachable), (B, refused)][..],
            TransportErrorKind::Refused,
            "[2001:db8::1]:80 cannot be reached: network unreachable; connection refused by 192.0.2.1:80 (x.test)",
        ),
        (
            &[(A, refused), (B, refused)],
            TransportErrorKind::Refused,
            "connection refused by [2001:db8::1]:80 and 192.0.2.1:80 (x.test)",
        ),
        (
            &[(B, unreachable)],
            TransportErrorKind::Unreachable,
            "192.0.2.1:80 cannot be reached: network unreachable (x.test)",
        ),
    ];
    for (doors, kind, message) in cases {
        let error = visit(doors, "x.test").await.unwrap().result.unwrap_err();
        assert_eq!((error.kind, error.phase, &*error.message), (kind, Phase::Connect, message));
    }
}

#[tokio::test(start_paused = true)]
async fn an_unknown_name_and_a_connect_without_end_are_told() {
    let error = visit(&[(B, Door::Hangs)], "unknown.test").await.unwrap().result.unwrap_err();
    assert_eq!(
        (error.kind, &*error.message),
        (TransportErrorKind::DnsNotFound, "unknown host unknown.test")
    );
    let start = Instant::now();
    let error = visit(&[(B, Door::Hangs)], "x.test").await.unwrap().result.unwrap_err();
    assert_eq!((error.kind, error.phase), (TransportErrorKind::Timeout, Phase::Connect));
    assert_eq!(error.message, "no connection to x.test:80 within 5 s");
    assert_eq!(start.elapsed(), LIMIT);
}

#[tokio::test(start_paused = true)]
async fn trouble_of_the_checker_itself_is_not_the_targets_fault() {
    for errno in [24, 99] {
        let reason = visit(&[(B, Door::Broken(errno))], "x.test").await.unwrap_err();
        assert!(reason.starts_with("cannot open a connection to 192.0.2.1:80: "), "{reason}");
    }
    let no_ipv6 = visit(&[(A, Door::Broken(99))], "x.test").await.unwrap().result.unwrap_err();
    assert_eq!(no_ipv6.kind, TransportErrorKind::Unreachable);
}
