//! The whole stack as real processes: mock app, checker and dashboard over loopback and files.

#![expect(clippy::unwrap_used, reason = "a test stops where it is")]
#![expect(clippy::wildcard_enum_match_arm, reason = "a test picks the events it is about")]

mod agent;
mod browser;
mod certificates;
mod connectivity;
mod demo;
mod docker;
mod image;
mod mail;
mod minute;
mod nobody;
mod operations;
mod outages;
mod programs;
mod push;
mod replay;
mod scraped;
mod secrets;
mod services;
mod stack;
mod store_full;
mod training;
