//! The checks of ports, name servers and hosts against real ones: sockets on loopback, a real
//! dnsmasq, and network namespaces with a packet filter. Each is read from a `checks.yaml`, fetched
//! and judged as the checker does it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on must stop")]

mod dns;
mod dnsmasq;
#[path = "../common/hands.rs"]
mod hands;
mod namespace;
mod offline;
mod ping;
#[path = "../common/skip.rs"]
mod skip;
mod support;
mod tcp;
mod virtual_time;
