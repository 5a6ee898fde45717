//! A scripted player solves every exercise that ships, in a browser and through the pages alone; a
//! second one does the same with another diagnosis, and never gets the points of the right one.
//!
//! `FIREDRILL_ONLY=WORD` plays those with a word in their name, `FIREDRILL_SHOTS=FOLDER` keeps
//! pictures of the middle of every incident.

#![expect(clippy::unwrap_used, reason = "a test stops where it is")]

mod exercise;
mod lesson;
mod person;
mod rival;
mod solved;

#[path = "../common/chromium.rs"]
mod chromium;

#[path = "../../../../checker/tests/common/skip.rs"]
mod skip;

#[expect(dead_code, clippy::wildcard_enum_match_arm, reason = "other tests need the rest")]
#[path = "../whole/stack.rs"]
mod stack;
