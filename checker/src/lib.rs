//! The shell around the engine: it carries out what the engine wants done and tells it what
//! came of it. All input and output of the monitor is here; no decision is.

pub mod actions;
pub mod agent;
mod app;
mod carry;
mod cli;
pub mod clock;
pub mod command;
mod commands;
pub mod driver;
pub mod durable;
mod failure;
mod flags;
mod heartbeat_file;
pub mod housekeeping;
pub mod http;
pub mod journalctl;
pub mod listen;
pub mod live;
mod logging;
pub mod mailer;
pub mod notify;
mod out;
pub mod probe;
pub mod processes;
pub mod reload;
pub mod report;
pub mod samples;
pub mod services_file;
pub mod settings;
pub mod systemctl;
mod timezone;
pub mod transport;
pub mod world;

pub use cli::main_from;
