//! The checker as a program on a machine: units and journal of a real systemd, programs of the
//! user's own, and what it says where these are missing.

#![expect(clippy::unwrap_used, reason = "a test stops where it is")]

mod booted;
mod heartbeats;
mod installed;
mod programs;
#[path = "../common/skip.rs"]
mod skip;
mod sudo;
mod units;
mod watch;
mod watchdog;
