//! The pure heart of the monitor. Time, observations and commands go in; probes, events, notices
//! and actions come out. No runtime, files, network, clock, environment or randomness: the same
//! inputs always give the same outputs, live, in virtual time and in a property test.

pub mod board;
pub mod bound;
pub mod config;
pub mod details;
pub mod discrete;
pub mod effect;
pub mod engine;
pub mod event;
pub mod explain;
pub mod flags;
pub mod job;
pub mod judge;
pub mod observation;
pub mod outbox;
pub mod outcome;
pub mod remedy;
pub mod schedule;
pub mod service;
pub mod status;
pub mod step;
pub mod text;
pub mod time;

pub use config::{Check, CheckName, Config};
pub use engine::{Engine, Wake};
pub use event::{Event, EventKind};
pub use status::{NoticeKind, Severity, Status};
pub use time::{Mono, Now, Timestamp};
