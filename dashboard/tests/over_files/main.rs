//! The dashboard over files in memory, in virtual time, asked through its router.
#![expect(clippy::unwrap_used, reason = "helpers of tests, too, end on what they did not expect")]

mod agent;
mod api;
mod board;
mod datum;
mod history;
mod limits;
mod look;
mod node;
mod public;
mod services;
mod site;
mod stories;
