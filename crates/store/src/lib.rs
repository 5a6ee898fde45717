//! The files of the monitor. One process writes them: the journal `results.jsonl` with a segment
//! for every closed day, and `state.json`, which is the fold of the journal. Any number of others
//! read them at any instant, without a lock. Decides nothing and never reads a clock.

pub mod disk;
pub mod doctor;
mod history;
mod journal;
pub mod line;
pub mod metrics;
mod paths;
pub mod read;
mod scan;
mod snapshot;
mod thread;
mod writer;

pub use disk::{Disk, MemoryDisk, RealDisk};
pub use paths::Paths;
pub use snapshot::render as render_board;
pub use thread::{StoreThread, WhenDurable, Writer};
pub use writer::{OpenError, Opened, ResetError, Store, reset};
