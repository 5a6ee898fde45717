//! Rehearses outages against the real programs. So far: the demo, which starts the whole stack,
//! breaks it, and watches the alert, the remedy and the recovery arrive.

mod cli;
mod demo;
mod out;
mod programs;

pub use cli::main_from;
