//! The probe side of the checker against real servers on loopback, and against transports of its
//! own in virtual time.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on must stop")]

mod actions;
mod command;
mod failures;
#[path = "../common/hands.rs"]
mod hands;
mod host;
mod job;
mod keep_alive;
mod log;
mod redirects;
mod requests;
mod server;
mod service;
mod systemctl;
mod tls;
mod transport;
mod virtual_time;
