//! The read model: what pages show, from the files alone. No lock, at any instant, while another
//! process writes. Every refresh looks at the files' size and identity and reads only what is new.
//! Never writes.

mod events;
mod ledger;
mod recall;
mod rows;
mod runs;
mod strip;
mod tail;
mod view;

pub use events::{EventFilter, Page, Query};
pub use ledger::ledger;
pub use recall::recall;
pub use runs::{MONTH, Runs, Sample, Stretch};
pub use strip::StripCell;
pub use view::{Condition, View};

pub use crate::paths::Paths;
