//! The shell around the engine: it carries out what the engine wants done and tells it what
//! came of it. All input and output of the monitor is here; no decision is.

pub mod actions;
pub mod clock;
pub mod command;
pub mod http;
pub mod mailer;
pub mod notify;
pub mod probe;
pub mod settings;
pub mod transport;
