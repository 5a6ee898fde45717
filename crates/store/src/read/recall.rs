//! Reads the part of the history that is older than the last day, once, into runs.
//! Never holds more than a block of a file.

use std::{io, ops::ControlFlow};

use engine::Timestamp;

use super::{
    rows::Line,
    runs::{MONTH, Runs},
};
use crate::{Disk, Paths, history, scan};

/// The results of the month before `until`. What cannot be read is left out, with a warning.
#[must_use]
pub fn recall(paths: &Paths, disk: &dyn Disk, until: Timestamp) -> Runs {
    let mut runs = Runs::default();
    if let Err(error) = collect(paths, disk, until, &mut runs) {
        tracing::warn!(%error, "the history cannot be read to its beginning");
    }
    runs
}

fn collect(paths: &Paths, disk: &dyn Disk, until: Timestamp, runs: &mut Runs) -> io::Result<()> {
    let from = until - MONTH;
    for part in history::parts(disk, paths)?.iter().filter(|part| part.reaches(from)) {
        let begin = scan::bisect(&*part.file, part.stat.len, |ts, _| ts >= from)?;
        let end = scan::bisect(&*part.file, part.stat.len, |ts, _| ts >= until)?;
        scan::forwards(&*part.file, begin, end, |_, text| {
            if is_result(text)
                && let Ok(line) = serde_json::from_slice::<Line<'_>>(text)
            {
                line.result_into(runs);
            }
            ControlFlow::Continue(())
        })?;
    }
    Ok(())
}

fn is_result(text: &[u8]) -> bool {
    let head = &text[..text.len().min(100)];
    head.windows(15).any(|part| part == br#""event":"check""#)
}
