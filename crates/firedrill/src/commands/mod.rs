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

#[cfg(test)]
pub(crate) use run::Case;

/// Plays a case with its trace, and judges it.
#[cfg(test)]
pub(crate) fn play_one(case: &Case) -> (crate::played::Played, crate::verdict::Judged) {
    let wants = crate::world::Wants { trace: true, ..crate::world::Wants::default() };
    let played = pool::one(case, wants).unwrap().0;
    let judged = crate::judge::judge(&case.scenario, &played);
    (played, judged)
}
