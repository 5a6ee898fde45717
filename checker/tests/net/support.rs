//! One check from its configuration to its outcome.

use std::{sync::Arc, time::Duration};

use checker::{
    clock::Clock,
    http::{HttpClient, Tls},
    probe::fetch,
    transport::Tcp,
    world::Hands,
};
use engine::{
    Check, Status,
    board::Entry,
    config::{Source, parse},
    judge::judge,
    outcome::Outcome,
};
use store::MemoryDisk;

/// A check of that name and those keys.
pub(crate) fn check(keys: &str) -> Check {
    let text = format!("checks:\n  - {{name: it, {keys}}}\n");
    let parsed = parse(Source { file: "checks.yaml", text: &text }, &|_| None);
    let parsed = parsed.unwrap_or_else(|errors| panic!("{errors}"));
    Check::clone(&parsed.config.checks[0])
}

/// The means of a checker that trusts whom this says.
pub(crate) fn hands(tls: Tls, disk: MemoryDisk) -> Hands {
    crate::hands::hands(HttpClient::new(Arc::new(Tcp), tls), disk)
}

/// What the checker finds with these hands.
pub(crate) async fn found_with(hands: &Hands, check: &Check) -> Outcome {
    let seen = fetch(hands, check).await;
    judge(check, &Entry::default(), &seen, Clock::system().now().wall)
}

/// What the checker finds on this machine.
pub(crate) async fn found(keys: &str) -> Outcome {
    let hands = hands(Tls::new(Clock::system()), MemoryDisk::default());
    found_with(&hands, &check(keys)).await
}

/// The status and the sentence.
pub(crate) async fn said(keys: &str) -> (Status, String) {
    let outcome = found(keys).await;
    (outcome.status, outcome.details.reason)
}

/// A port of 127.0.0.1 on which nobody listens, for UDP as well as TCP.
pub(crate) fn free_port() -> u16 {
    loop {
        let udp = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        let port = udp.local_addr().unwrap().port();
        if std::net::TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// Waits until something holds, and says of what it waited when that takes too long.
pub(crate) async fn until<F: Future<Output = bool>>(what: &str, holds: impl Fn() -> F) {
    let end = tokio::time::Instant::now() + Duration::from_secs(30);
    while !holds().await {
        assert!(tokio::time::Instant::now() < end, "in vain: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
