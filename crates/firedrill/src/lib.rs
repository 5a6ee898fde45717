//! Rehearses outages against the real programs. So far: the demo, which starts the whole stack,
//! breaks it, and watches the alert, the remedy and the recovery arrive.

mod cli;
mod demo;
mod out;
mod judge;
mod live;
mod played;
mod programs;
mod report;
mod scenario;
mod verdict;
mod world;

pub use cli::main_from;
