//! The writing end of the journal: lines wait in memory until they are durable, a day's file is
//! closed when the next day's first line comes, and after an error the file is cut back to whole
//! lines before anything more is written. Never changes a byte that was durable.

mod recover;

use std::{collections::VecDeque, io, sync::Arc};

use engine::{Event, Timestamp};

use crate::{
    Disk, Paths,
    disk::Append,
    history::{self, Segment},
    line,
};

pub(crate) use recover::recover;

/// How many lines wait in memory while they cannot be written.
const LINES_MAX: usize = 100_000;

/// How many more lines may wait when they tell of more than a plain result.
const LINES_RESERVE: usize = 10_000;

const DAY_MS: i64 = 86_400_000;

/// A day in UTC, counted from the Unix epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Day(i64);

impl Day {
    pub(crate) const fn of(ts: Timestamp) -> Self {
        Self(ts.as_millis().div_euclid(DAY_MS))
    }

    fn name(self) -> String {
        Timestamp::from_millis(self.0.saturating_mul(DAY_MS)).utc_date()
    }

    /// The day of the file that a line of `next` belongs to when the open one is of this day. A
    /// clock that is set back a little over midnight does not open yesterday's file again.
    fn then(self, next: Self) -> Self {
        if next > self || next.0 < self.0 - 1 { next } else { self }
    }
}

/// Lines of one day that are not known to be durable.
#[derive(Debug)]
struct Batch {
    day: Day,
    bytes: Vec<u8>,
    lines: usize,
}

/// The journal as its only writer sees it.
#[derive(Debug)]
pub(crate) struct Journal {
    disk: Arc<dyn Disk>,
    paths: Paths,
    open: Option<OpenFile>,
    /// The day of the file's first line, if it has one.
    day: Option<Day>,
    /// How many bytes of the file are durable.
    durable: u64,
    batches: VecDeque<Batch>,
    waiting: usize,
    dropped: u64,
}

#[derive(Debug)]
struct OpenFile {
    file: Box<dyn Append>,
    identity: u64,
    /// The file may end in something other than what was written in full.
    ragged: bool,
}

impl Journal {
    /// The journal of a file that was recovered: so many bytes, the first line of such a day.
    pub(crate) fn new(disk: Arc<dyn Disk>, paths: Paths, day: Option<Day>, durable: u64) -> Self {
        Self {
            disk,
            paths,
            open: None,
            day,
            durable,
            batches: VecDeque::new(),
            waiting: 0,
            dropped: 0,
        }
    }

    /// Takes a line. An important one is kept when there is no room for others.
    pub(crate) fn push(&mut self, event: &Event, important: bool) {
        let room = if important { LINES_MAX + LINES_RESERVE } else { LINES_MAX };
        if self.waiting >= room {
            self.dropped += 1;
            return;
        }
        let day = Day::of(event.ts);
        let last = self.batches.back().map(|batch| batch.day).or(self.day);
        let day = last.map_or(day, |last| last.then(day));
        if self.batches.back().is_none_or(|batch| batch.day != day) {
            self.batches.push_back(Batch { day, bytes: Vec::new(), lines: 0 });
        }
        if let Some(batch) = self.batches.back_mut() {
            line::encode(event, &mut batch.bytes);
            batch.lines += 1;
            self.waiting += 1;
        }
    }

    /// How many lines are not known to be durable.
    pub(crate) const fn waiting(&self) -> usize {
        self.waiting
    }

    /// How many lines were dropped for want of room.
    pub(crate) const fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Writes what waits and makes it durable.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        if !self.batches.is_empty() {
            self.notice_a_replaced_file();
        }
        while let Some(day) = self.batches.front().map(|batch| batch.day) {
            if self.day.is_some_and(|open| open != day) {
                self.close_day()?;
            }
            self.write_front()?;
            self.day = Some(day);
        }
        Ok(())
    }

    /// Nobody knows how much of a failed write or sync arrived, so all of it is written again.
    fn write_front(&mut self) -> io::Result<()> {
        self.touch()?;
        if let (Some(open), Some(batch)) = (&mut self.open, self.batches.front()) {
            open.mend(self.durable)?;
            open.ragged = true;
            open.file.append(&batch.bytes)?;
            open.file.sync()?;
            open.ragged = false;
            self.durable += batch.bytes.len() as u64;
            self.waiting -= batch.lines;
            self.batches.pop_front();
        }
        Ok(())
    }

    /// Gives the file the name of its day; the next line begins a new one.
    pub(crate) fn close_day(&mut self) -> io::Result<()> {
        let Some(day) = self.day else { return Ok(()) };
        self.open = None;
        let folder = self.paths.segments();
        self.disk.create_dir_all(&folder)?;
        let name = free_name(&history::segments(&*self.disk, &self.paths)?, &day.name());
        match self.disk.rename(&self.paths.results, &folder.join(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
        self.forget_file();
        Ok(())
    }

    /// Makes sure that the file is there and can be written.
    pub(crate) fn touch(&mut self) -> io::Result<()> {
        if self.open.is_none() {
            let file = self.disk.append(&self.paths.results)?;
            let identity = self.disk.stat(&self.paths.results)?.identity;
            let ragged = file.len()? != self.durable;
            self.open = Some(OpenFile { file, identity, ragged });
        }
        Ok(())
    }

    /// Somebody may have taken the file away; lines are not written to where nobody finds them.
    fn notice_a_replaced_file(&mut self) {
        let Some(identity) = self.open.as_ref().map(|open| open.identity) else {
            return;
        };
        let gone = match self.disk.stat(&self.paths.results) {
            Ok(stat) => stat.identity != identity,
            Err(error) => error.kind() == io::ErrorKind::NotFound,
        };
        if gone {
            let path = self.paths.results.display();
            tracing::warn!(%path, "the journal was taken away; what follows goes to a new file");
            self.forget_file();
            self.durable = self.disk.stat(&self.paths.results).map_or(0, |stat| stat.len);
        }
    }

    fn forget_file(&mut self) {
        self.open = None;
        self.day = None;
        self.durable = 0;
    }
}

impl OpenFile {
    /// Cuts off what a failed write may have left behind the whole lines.
    fn mend(&mut self, whole: u64) -> io::Result<()> {
        if self.ragged && self.file.len()? > whole {
            self.file.truncate(whole)?;
        }
        Ok(())
    }
}

fn free_name(taken: &[Segment], day: &str) -> String {
    let last = taken.iter().filter(|one| one.day == day).map(|one| one.part).max();
    Segment::file_name(day, last.unwrap_or(0) + 1)
}

/// Deletes the closed days before a date. Returns how many there were.
pub(crate) fn prune(disk: &dyn Disk, paths: &Paths, keep_from: Timestamp) -> io::Result<usize> {
    let keep_from = keep_from.utc_date();
    let old = history::segments(disk, paths)?.into_iter().filter(|one| one.day < keep_from);
    let mut count = 0;
    for segment in old {
        disk.remove(&paths.segments().join(segment.name))?;
        count += 1;
    }
    Ok(count)
}
