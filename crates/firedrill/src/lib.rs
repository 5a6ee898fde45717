//! Rehearses outages: plays scripted ones against the real checker and the real mock app, in virtual
//! time or live, and holds every alert and action against what was expected. Starts the whole demo.

mod cli;
mod commands;
mod demo;
mod interrupt;
mod inventory;
mod judge;
mod live;
mod naive;
mod out;
mod played;
mod programs;
mod receipts;
mod recording;
mod report;
mod scenario;
mod train;
mod verdict;
mod world;

pub use cli::main_from;
