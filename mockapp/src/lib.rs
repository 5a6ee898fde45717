//! A small production stack (API, database, queue, jobs) whose faults are switched from a control panel
//! or a script. `stack` and `faults` are pure: they decide. `shell`, `faulty_stream` and `server` carry out.
//! Owns no check and no alert: it only breaks, as exactly as it was asked to.

mod app;
mod cli;
mod clock;
mod control;
mod draw;
mod duration;
mod faults;
mod faulty_stream;
mod guard;
mod link;
mod options;
mod problem;
mod raw;
mod routes;
mod server;
mod shared;
mod shell;
mod stack;
mod tools;
mod veil;
mod wire;

pub use app::MockApp;
pub use cli::main_from;
pub use clock::Clock;
pub use control::{
    FaultInfo, FaultReport, OperationReport, ToolInfo, WebhookReport, catalogue, check_fault,
    envelope, ops, usual_fault,
};
pub use faults::fields::FaultProblem;
pub use faults::gate::Gate;
pub use options::{JobIdSink, Options};
pub use server::{Server, StartError, run};
pub use stack::Accepting;
pub use wire::{Connection, Cut, Drops, Ending, WirePlan};
