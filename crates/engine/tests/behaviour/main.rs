//! The engine from outside: timelines, deadlines, verdicts and the laws that always hold.

#![expect(clippy::unwrap_used, reason = "a test stops where it is")]
#![expect(clippy::wildcard_enum_match_arm, reason = "a test picks the events it is about")]

mod commands;
mod deadlines;
mod heartbeat;
mod host;
mod judging;
mod net;
mod properties;
mod push;
mod services;
mod support;
mod timelines;
