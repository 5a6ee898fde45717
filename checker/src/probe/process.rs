//! A `process` check: the numbers of the processes that fit, by the table of the machine.

use engine::{config::ProcessSpec, observation::Observation};

use crate::processes::ProcessTable;

/// Which processes fit.
///
/// # Errors
/// Says why the processes cannot be listed.
pub(super) async fn fetch(
    table: &dyn ProcessTable,
    spec: &ProcessSpec,
) -> Result<Observation, String> {
    fitting(table, spec).await.map(Observation::Process)
}

/// Their numbers in ascending order.
pub(super) async fn fitting(
    table: &dyn ProcessTable,
    spec: &ProcessSpec,
) -> Result<Vec<u32>, String> {
    let all = table.list().await?;
    let found = all.iter().filter(|process| spec.fits(&process.command_line));
    Ok(found.map(|process| process.pid).collect())
}
