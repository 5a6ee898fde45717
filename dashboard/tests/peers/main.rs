//! Boards over stores of their own, as processes on loopback: they show each other, and each keeps
//! what it knew of one that falls silent.
#![expect(clippy::unwrap_used, reason = "helpers of tests, too, end on what they did not expect")]

mod boards;
#[path = "../over_files/history.rs"]
#[expect(dead_code, reason = "other tests use the rest")]
mod history;
mod secure;
mod three;
mod two;
