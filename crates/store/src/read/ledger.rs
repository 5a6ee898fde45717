//! The ledger of one check: what was sent to whom, what was done, and why. Reads the whole kept
//! history from its end until it has enough.

use std::{io, ops::ControlFlow};

use engine::Event;

use super::rows::is_in_ledger;
use crate::{Disk, Paths, history, line, scan};

/// The newest notices, deliveries, actions and changes of status of a check, newest first.
/// What cannot be read is left out.
#[must_use]
pub fn ledger(paths: &Paths, disk: &dyn Disk, name: &str, limit: usize) -> Vec<Event> {
    let mut found = Vec::new();
    if let Err(error) = collect(paths, disk, name, limit, &mut found) {
        tracing::warn!(%error, "the history cannot be read to its beginning");
    }
    found
}

fn collect(
    paths: &Paths,
    disk: &dyn Disk,
    name: &str,
    limit: usize,
    found: &mut Vec<Event>,
) -> io::Result<()> {
    let written = serde_json::to_string(name)?;
    for part in history::parts(disk, paths)?.iter().rev() {
        scan::backwards(&*part.file, part.stat.len, |_, text| {
            if found.len() >= limit {
                return ControlFlow::Break(());
            }
            // Most lines are about other checks; only those with the name are parsed.
            let mentioned = std::str::from_utf8(text).is_ok_and(|text| text.contains(&written));
            let event = if mentioned { line::decode(text).ok() } else { None };
            found.extend(event.filter(|event| is_in_ledger(event, name)));
            ControlFlow::Continue(())
        })?;
    }
    Ok(())
}
