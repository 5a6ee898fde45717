//! The process table of the modelled machine: the processes that the checks count, those of a unit
//! only while it runs.

use checker::processes::Process;

use super::{
    faults::{Fault, Look, Table, What},
    units::{self, Restarts},
};
use crate::inventory::Group;

/// The number of the first process of the first group.
const FIRST: u32 = 1_000;
/// Between the first processes of two groups.
const APART: u32 = 1_000;

/// All processes, or why the table cannot be read.
pub(super) fn list(
    groups: &[Group],
    faults: &[Fault],
    restarts: &Restarts,
    look: &mut Look,
) -> Result<Vec<Process>, String> {
    let hidden =
        |what: &What| matches!(what, What::Process { is: Table::Hidden, .. }).then_some(());
    if look.last(faults, hidden).is_some() {
        let why = "/proc does not show the processes of other users (mounted with hidepid?)";
        return Err(why.to_owned());
    }
    let mut all = Vec::new();
    for (group, first) in groups.iter().zip((0..).map(|nth| FIRST + nth * APART)) {
        let count = count(group, faults, restarts, look);
        all.extend((0..count).map(|nth| Process {
            pid: first + nth,
            parent: 1,
            command_line: group.command_line.clone(),
        }));
    }
    Ok(all)
}

fn count(group: &Group, faults: &[Fault], restarts: &Restarts, look: &mut Look) -> u32 {
    let line = group.command_line.to_lowercase();
    let met = |what: &What| match what {
        What::Process { part, is: Table::Count(count) }
            if part.as_ref().is_none_or(|part| line.contains(part)) =>
        {
            Some(*count)
        }
        _ => None,
    };
    if let Some(count) = look.last(faults, met) {
        return count;
    }
    let runs = group
        .unit
        .as_ref()
        .is_none_or(|unit| units::is_running(&units::state(faults, restarts, unit, look)));
    if runs { group.count } else { 0 }
}
