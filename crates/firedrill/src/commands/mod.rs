//! What can be asked of firedrill besides the demo, one file a command.

mod determinism;
mod explain;
mod lint;
mod live;
mod pool;
mod record;
mod run;
mod schema;

pub(crate) use determinism::print as print_traces;
pub(crate) use explain::explain;
pub(crate) use lint::lint;
pub(crate) use record::{Flags as RecordFlags, record};
pub(crate) use run::{Flags as RunFlags, run};
pub(crate) use schema::schema;
