//! What is done to a journal that a writer finds at its start: a torn last line is cut off, and a
//! file of a day that has passed is closed. Whole lines are never touched.

use std::{io, ops::ControlFlow, sync::Arc};

use engine::Timestamp;

use super::{Day, Journal};
use crate::{Disk, Paths, disk::read_up_to, line, scan};

/// How much of a torn line is told in the log, in bytes.
const TOLD_MAX: u64 = 200;

/// Brings the file into order and takes it over. Returns what was done, in words.
pub(crate) fn recover(
    disk: &Arc<dyn Disk>,
    paths: &Paths,
    now: Timestamp,
) -> io::Result<(Journal, Vec<String>)> {
    let mut notes = Vec::new();
    let (day, len) = match disk.stat(&paths.results) {
        Ok(_) => mend(&**disk, paths, now, &mut notes)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => (None, 0),
        Err(error) => return Err(error),
    };
    let mut journal = Journal::new(Arc::clone(disk), paths.clone(), day, len);
    if day.is_some_and(|day| day < Day::of(now)) {
        // Where this fails, the first line of the new day tries again.
        if let Err(error) = journal.close_day() {
            tracing::warn!(%error, "the file of a past day cannot be closed yet");
        }
    }
    Ok((journal, notes))
}

/// Cuts off a torn last line; returns the day and the length of the file.
fn mend(
    disk: &dyn Disk,
    paths: &Paths,
    now: Timestamp,
    notes: &mut Vec<String>,
) -> io::Result<(Option<Day>, u64)> {
    let file = disk.open(&paths.results)?;
    let mut len = file.stat()?.len;
    let whole = end_of_last_line(&*file, len)?;
    if whole < len {
        let rest = usize::try_from(len - whole).unwrap_or(usize::MAX);
        let tail = read_up_to(&*file, whole, rest)?;
        let mut end = disk.append(&paths.results)?;
        if line::decode(&tail).is_ok() {
            end.append(b"\n")?;
            len += 1;
        } else {
            end.truncate(whole)?;
            notes.push(torn(paths, &tail));
            len = whole;
        }
        end.sync()?;
    }
    let day = match scan::first_head(&*file, len)? {
        Some((ts, _)) => Some(Day::of(ts)),
        None => (len > 0).then_some(Day::of(now)),
    };
    Ok((day, len))
}

fn torn(paths: &Paths, tail: &[u8]) -> String {
    let told = tail.len().min(usize::try_from(TOLD_MAX).unwrap_or(usize::MAX));
    format!(
        "{} ended in the middle of a line; these {} bytes were cut off: {}",
        paths.results.display(),
        tail.len(),
        String::from_utf8_lossy(&tail[..told]).escape_debug()
    )
}

fn end_of_last_line(file: &dyn crate::disk::ReadAt, len: u64) -> io::Result<u64> {
    let mut end = 0;
    scan::backwards(file, len, |at, text| {
        end = at + text.len() as u64 + 1;
        ControlFlow::Break(())
    })?;
    Ok(end)
}
