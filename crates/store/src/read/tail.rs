//! Follows the history while another process writes it: reads the last day once, then only what is
//! appended. Survives a closed day, a cut, a deleted and a replaced journal. The files stay open,
//! so that a row's line is found even after its file was given another name.

use std::{collections::BTreeMap, io, ops::ControlFlow, time::Duration};

use engine::{Event, EventKind, Timestamp, event::ConfigLoaded};

use super::{
    rows::{Kind, Line, Place, Rows},
    runs::{MONTH, Runs},
};
use crate::{
    Disk, Paths,
    disk::{ReadAt, Stat},
    history::{self, Part},
    line, scan,
};

/// How far back rows are kept: a day, and a little for pages that were asked for a moment ago.
const KEPT: Duration = Duration::from_secs(24 * 3600 + 600);

/// How much history before that is searched for the last start and configuration, in bytes.
const SEARCH_MAX: u64 = 16 << 20;

/// How many bytes before the place that was reached are compared, to notice a rewritten file.
const GUARD: u64 = 80;

/// What the journal says of the checker itself.
#[derive(Clone, Debug, Default)]
pub(super) struct Life {
    pub(super) config: Option<(Timestamp, ConfigLoaded)>,
    pub(super) accepted: Option<(Timestamp, ConfigLoaded)>,
    pub(super) started: Option<Timestamp>,
    pub(super) stopped: Option<(Timestamp, String)>,
}

/// The history of the last day, followed.
#[derive(Debug, Default)]
pub(super) struct Tail {
    pub(super) rows: Rows,
    /// The results since [`Tail::begun`], as long as the view lives.
    pub(super) runs: Runs,
    /// From when on everything was read.
    pub(super) begun: Timestamp,
    pub(super) life: Life,
    pub(super) unparsable: u64,
    pub(super) reads: u64,
    files: BTreeMap<u16, Box<dyn ReadAt>>,
    last_file: u16,
    live: Option<Live>,
    loaded: bool,
}

/// The journal, as far as it was read.
#[derive(Debug)]
struct Live {
    file: u16,
    seen: Stat,
    next: u64,
    guard: Vec<u8>,
}

impl Tail {
    /// Reads what is new. Returns whether anything was.
    pub(super) fn refresh(
        &mut self,
        disk: &dyn Disk,
        paths: &Paths,
        now: Timestamp,
    ) -> io::Result<bool> {
        let there = match disk.stat(&history::journal(disk, paths)) {
            Ok(stat) => Some(stat),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        if !self.loaded {
            self.reload(disk, paths, now)?;
            return Ok(true);
        }
        let news = match self.follow(disk, paths, there)? {
            News::None => false,
            News::Read => true,
            News::Lost => {
                self.reload(disk, paths, now)?;
                true
            }
        };
        self.trim(now);
        Ok(news)
    }

    /// The event of a row, if its line can still be read.
    pub(super) fn event(&self, ts: Timestamp, place: Place) -> Option<Event> {
        let file = self.files.get(&place.segment)?;
        let text = file.read_at(place.offset, place.len as usize).ok()?;
        line::decode(&text).ok().filter(|event| event.ts == ts)
    }

    fn follow(&mut self, disk: &dyn Disk, paths: &Paths, there: Option<Stat>) -> io::Result<News> {
        let (live, there) = match (&self.live, there) {
            (None, None) => return Ok(News::None),
            (None, Some(_)) => return Ok(News::Lost),
            (Some(live), there) => (live, there),
        };
        match there {
            Some(stat) if stat == live.seen => Ok(News::None),
            Some(stat) if stat.identity == live.seen.identity => self.grow(stat),
            Some(_) | None if !is_last_segment(disk, paths, live.seen.identity)? => Ok(News::Lost),
            Some(_) => self.turn(disk, paths),
            None => self.finish(),
        }
    }

    /// The journal is the same file with another length.
    fn grow(&mut self, stat: Stat) -> io::Result<News> {
        let Some(live) = &mut self.live else {
            return Ok(News::None);
        };
        let Some(file) = self.files.get(&live.file) else {
            return Ok(News::Lost);
        };
        let guard_from = live.next - live.guard.len() as u64;
        if stat.len < live.next || file.read_at(guard_from, live.guard.len())? != live.guard {
            return Ok(News::Lost);
        }
        live.seen = stat;
        let (number, from) = (live.file, live.next);
        self.read(number, from, stat.len)?;
        Ok(News::Read)
    }

    /// The journal has become a closed day; its end is read.
    fn finish(&mut self) -> io::Result<News> {
        let Some(live) = &self.live else {
            return Ok(News::None);
        };
        let Some(file) = self.files.get(&live.file) else {
            return Ok(News::Lost);
        };
        let stat = file.stat()?;
        if stat.len == live.seen.len { Ok(News::None) } else { self.grow(stat) }
    }

    /// The journal has become a closed day and there is a new one.
    fn turn(&mut self, disk: &dyn Disk, paths: &Paths) -> io::Result<News> {
        if matches!(self.finish()?, News::Lost) {
            return Ok(News::Lost);
        }
        let file = match disk.open(&paths.results) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(News::None),
            other => other?,
        };
        self.begin(file, 0)?;
        Ok(News::Read)
    }

    /// Forgets everything and reads the last day.
    fn reload(&mut self, disk: &dyn Disk, paths: &Paths, now: Timestamp) -> io::Result<()> {
        let (reads, last_file) = (self.reads, self.last_file);
        *self = Self { reads, last_file, ..Self::default() };
        let since = now - KEPT;
        self.begun = since;
        let parts = history::parts(disk, paths)?;
        let first = parts.iter().position(|part| part.reaches(since)).unwrap_or(parts.len());
        let older = beginnings(&parts, first, since)?;
        self.life = last_words(&parts, &older)?;
        for (part, until) in parts.into_iter().zip(older).skip(first) {
            if part.day.is_none() {
                self.begin(part.file, until)?;
            } else {
                self.last_file = self.last_file.wrapping_add(1);
                let (number, len) = (self.last_file, part.stat.len);
                self.files.insert(number, part.file);
                self.read(number, until, len)?;
            }
        }
        self.trim(now);
        self.loaded = true;
        Ok(())
    }

    /// Takes a file as the journal and reads it from a place on.
    fn begin(&mut self, file: Box<dyn ReadAt>, from: u64) -> io::Result<()> {
        let seen = file.stat()?;
        self.last_file = self.last_file.wrapping_add(1);
        self.files.insert(self.last_file, file);
        self.live = Some(Live { file: self.last_file, seen, next: from, guard: Vec::new() });
        self.read(self.last_file, from, seen.len)
    }

    fn read(&mut self, number: u16, from: u64, until: u64) -> io::Result<()> {
        let Some(file) = self.files.remove(&number) else {
            return Ok(());
        };
        self.reads += 1;
        let next = scan::forwards(&*file, from, until, |at, text| {
            let len = u32::try_from(text.len()).unwrap_or(u32::MAX);
            self.take(text, Place { segment: number, offset: at, len });
            ControlFlow::Continue(())
        });
        let guard = next.as_ref().map_or(Ok(Vec::new()), |next| guard(&*file, *next));
        self.files.insert(number, file);
        if let Some(live) = self.live.as_mut().filter(|live| live.file == number) {
            (live.next, live.guard) = (next?, guard?);
        }
        Ok(())
    }

    fn take(&mut self, text: &[u8], place: Place) {
        let parsed = serde_json::from_slice::<Line<'_>>(text).ok();
        let kind = parsed.as_ref().and_then(|line| self.rows.push(line, place));
        if let (Some(Kind::Check), Some(line)) = (kind, &parsed) {
            line.result_into(&mut self.runs);
        }
        match kind {
            Some(Kind::Start | Kind::Stop | Kind::Config) => match line::decode(text) {
                Ok(event) => self.life.take(event),
                Err(_) => self.unparsable += 1,
            },
            Some(_) => {}
            None => self.unparsable += 1,
        }
    }

    fn trim(&mut self, now: Timestamp) {
        let oldest = self.rows.trim(now - KEPT);
        self.runs.trim(now - MONTH);
        let live = self.live.as_ref().map(|live| live.file);
        let in_use = oldest.or(live);
        while let Some(entry) = self.files.first_entry() {
            if Some(*entry.key()) == live || in_use.is_none_or(|first| *entry.key() >= first) {
                break;
            }
            entry.remove();
        }
    }
}

/// For every file, where the lines that are kept begin.
fn beginnings(parts: &[Part], first: usize, since: Timestamp) -> io::Result<Vec<u64>> {
    let begin = |(index, part): (usize, &Part)| {
        let len = part.stat.len;
        if index < first { Ok(len) } else { scan::bisect(&*part.file, len, |ts, _| ts >= since) }
    };
    parts.iter().enumerate().map(begin).collect()
}

enum News {
    /// Nothing has changed.
    None,
    /// Something was read.
    Read,
    /// What was read before no longer holds.
    Lost,
}

impl Life {
    fn take(&mut self, event: Event) {
        match event.kind {
            EventKind::Config(loaded) => {
                if loaded.ok {
                    self.accepted = Some((event.ts, loaded.clone()));
                }
                self.config = Some((event.ts, loaded));
            }
            EventKind::Start(_) => {
                self.started = Some(event.ts);
                self.stopped = None;
            }
            EventKind::Stop(stopped) => self.stopped = Some((event.ts, stopped.reason)),
            EventKind::Check(_)
            | EventKind::Notify(_)
            | EventKind::Delivery(_)
            | EventKind::Action(_)
            | EventKind::CheckRemoved(_)
            | EventKind::Skip(_) => {}
        }
    }

    const fn is_complete(&self) -> bool {
        self.accepted.is_some() && self.started.is_some()
    }
}

/// The last start, stop and configurations before the places from which the files are read.
fn last_words(parts: &[Part], until: &[u64]) -> io::Result<Life> {
    let mut newest_first = Vec::new();
    let mut known = Life::default();
    let mut budget = SEARCH_MAX;
    for (part, until) in parts.iter().zip(until).rev() {
        scan::backwards(&*part.file, *until, |_, text| {
            budget = budget.saturating_sub(text.len() as u64);
            if let Some(event) = word_of_life(text) {
                known.take(event.clone());
                newest_first.push(event);
            }
            let enough = budget == 0 || known.is_complete();
            if enough { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        if budget == 0 || known.is_complete() {
            break;
        }
    }
    let mut life = Life::default();
    newest_first.into_iter().rev().for_each(|event| life.take(event));
    Ok(life)
}

fn word_of_life(text: &[u8]) -> Option<Event> {
    let head = std::str::from_utf8(text.get(..text.len().min(100))?).ok()?;
    let words = [r#""event":"config""#, r#""event":"start""#, r#""event":"stop""#];
    words.iter().any(|word| head.contains(word)).then(|| line::decode(text).ok())?
}

fn guard(file: &dyn ReadAt, next: u64) -> io::Result<Vec<u8>> {
    let len = next.min(GUARD);
    file.read_at(next - len, usize::try_from(len).unwrap_or(0))
}

/// Whether a file is the newest closed day.
fn is_last_segment(disk: &dyn Disk, paths: &Paths, identity: u64) -> io::Result<bool> {
    let segments = history::segments(disk, paths)?;
    let newest = segments.last().map(|one| paths.segments().join(&one.name));
    Ok(newest.and_then(|path| disk.stat(&path).ok()).is_some_and(|stat| stat.identity == identity))
}
