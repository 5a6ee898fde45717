//! The checker's journal as it came to the disk: each event with the instant at which it happened,
//! and what is wrong with the file as a file. Reads what was written, not what the checker thinks.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use engine::{Event, EventKind, Status, Timestamp};
use store::{Disk as _, line::decode};
use tokio::sync::mpsc::UnboundedReceiver;

use super::{World, disk::Note, gather::final_state, mail::Left};
use crate::{
    played::Breach,
    receipts::short_key,
    scenario::{Doing, Invariant, Ms, Realm},
};

/// How much later than it happened an event may be written.
const LATE: Ms = 1_000;

/// The journal of a run.
#[derive(Default)]
pub(super) struct Journal {
    pub(super) events: Vec<(Ms, Event)>,
    /// When each check was looked at with nothing to tell: it was OK and had been.
    pub(super) looks: Vec<(Ms, String)>,
    pub(super) retrying: Vec<(String, Ms, Ms)>,
    pub(super) breaches: Vec<Breach>,
    /// How many bytes were written when the line of each notice was whole.
    notices: BTreeMap<String, u64>,
    seen: BTreeSet<(u64, Timestamp)>,
    /// How many events there were at each power failure: the numbers of those that it took are given
    /// again.
    crashes: Vec<usize>,
    /// Every line with its time, for the trace.
    pub(super) lines: Vec<(Ms, Vec<u8>)>,
}

/// Reads what was noted.
pub(super) fn read(world: &World, notes: &mut UnboundedReceiver<Note>, all: bool) -> Journal {
    let mut journal = Journal::default();
    let (mut whole, mut safe) = (Shadow::default(), 0);
    let mut states = Vec::new();
    while let Ok(note) = notes.try_recv() {
        match note {
            Note::Appended(at, bytes) => {
                for (line, end) in whole.append(&bytes) {
                    take(world, &mut journal, at, &line, all);
                    if let Some((_, Event { kind: EventKind::Notify(notice), .. })) =
                        journal.events.last()
                    {
                        journal.notices.entry(short_key(&notice.key())).or_insert(end);
                    }
                }
            }
            Note::Synced => safe = whole.length,
            Note::Cut(length) => {
                journal.breaches.extend(cut_short(at_last(&journal), safe, length));
                whole.cut(length, &mut safe);
            }
            Note::Crashed(left) => {
                journal.breaches.extend(lost(at_last(&journal), safe, left));
                whole.cut(left, &mut safe);
                journal.crashes.push(journal.events.len());
            }
            Note::Closed(path) => whole.close(path, &mut safe),
            Note::State(at, bytes) => states.push((at, bytes)),
        }
    }
    journal.retrying = retrying(&states, world.now());
    check_files(world, &whole, safe, &mut journal);
    journal
}

/// Mails that left before the record of their notice was safe.
pub(super) fn hasty(journal: &Journal, left: &mut UnboundedReceiver<Left>) -> Option<Breach> {
    while let Ok(mail) = left.try_recv() {
        let end = journal.notices.get(&mail.key).copied().unwrap_or(u64::MAX);
        if end > mail.safe {
            let what = "a mail left before the record of its notice was safe on disk".to_owned();
            let invariant = Invariant::MailEventuallyOnce.word();
            return Some(Breach { invariant, at: at_last(journal), what });
        }
    }
    None
}

fn at_last(journal: &Journal) -> Ms {
    journal.events.last().map_or(0, |(at, _)| *at)
}

/// What was said to be safe must be there after a power failure.
fn lost(at: Ms, safe: usize, left: u64) -> Option<Breach> {
    let lost = (safe as u64).checked_sub(left).filter(|lost| *lost > 0)?;
    let what = format!("the power failure took {lost} bytes of the journal that had been synced");
    Some(Breach { invariant: Invariant::JournalPrefix.word(), at, what })
}

/// The writer may cut off what never became safe, and nothing else.
fn cut_short(at: Ms, safe: usize, length: u64) -> Option<Breach> {
    let lost = (safe as u64).checked_sub(length).filter(|lost| *lost > 0)?;
    let what = format!("the writer cut off {lost} bytes of the journal that had been synced");
    Some(Breach { invariant: Invariant::JournalPrefix.word(), at, what })
}

/// The journal's bytes as they should be on the disk.
#[derive(Default)]
struct Shadow {
    bytes: Vec<u8>,
    length: usize,
    partial: Vec<u8>,
    closed: Vec<(PathBuf, Vec<u8>)>,
    /// Everything that was ever written, in bytes.
    written: u64,
}

impl Shadow {
    /// Takes bytes and hands out the lines that are whole now, with how much was written by then.
    fn append(&mut self, bytes: &[u8]) -> Vec<(Vec<u8>, u64)> {
        self.bytes.extend_from_slice(bytes);
        self.length = self.bytes.len();
        let (mut lines, mut rest) = (Vec::new(), bytes);
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            let (line, after) = rest.split_at(end + 1);
            self.written += line.len() as u64;
            let mut whole = std::mem::take(&mut self.partial);
            whole.extend_from_slice(line);
            lines.push((whole, self.written));
            rest = after;
        }
        self.partial.extend_from_slice(rest);
        self.written += rest.len() as u64;
        lines
    }

    fn cut(&mut self, length: u64, safe: &mut usize) {
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        self.bytes.truncate(length);
        self.length = self.bytes.len();
        *safe = (*safe).min(self.length);
        self.partial.clear();
    }

    fn close(&mut self, path: PathBuf, safe: &mut usize) {
        self.closed.push((path, std::mem::take(&mut self.bytes)));
        self.length = 0;
        *safe = 0;
        self.partial.clear();
    }
}

fn take(world: &World, journal: &mut Journal, at: Ms, line: &[u8], all: bool) {
    if all {
        journal.lines.push((at, line.to_vec()));
    }
    if let Some(name) = quiet(line) {
        journal.looks.push((at, name));
        return;
    }
    match decode(line) {
        Ok(event) => {
            // What could not be written is written again: it happened once.
            if journal.seen.insert((event.seq, event.ts)) {
                let at = happened(world, at, event.ts);
                journal.events.push((at, event));
            }
        }
        Err(error) => journal.breaches.push(Breach {
            invariant: Invariant::JournalPrefix.word(),
            at,
            what: format!("a line of the journal cannot be read: {error}"),
        }),
    }
}

/// The check of a line that says nothing but that it was OK again; most lines of a day are such.
fn quiet(line: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(line).ok()?;
    let (_, rest) = text.split_once(r#","event":"check","name":""#)?;
    let (name, rest) = rest.split_once('"')?;
    let plain = !name.contains('\\') && rest.contains(r#""status":"OK","prev":"OK""#);
    (plain && rest.contains(r#""attempts":1,"#)).then(|| name.to_owned())
}

/// When something happened by the stopwatch, told by the clock on the wall, which may be wrong,
/// and by when it was written.
fn happened(world: &World, written: Ms, ts: Timestamp) -> Ms {
    let by_wall = ts.as_millis() - world.scenario.start.as_millis();
    let wrong_clock = world
        .scenario
        .timeline
        .iter()
        .any(|step| matches!(&step.doing, Doing::Fault(fault) if fault.realm == Realm::Clock));
    if !wrong_clock {
        return by_wall;
    }
    if (written - LATE..=written).contains(&by_wall) { by_wall } else { written }
}

/// When `state.json` showed a check as being retried, and when no longer.
fn retrying(states: &[(Ms, Vec<u8>)], end: Ms) -> Vec<(String, Ms, Ms)> {
    let mut open: BTreeMap<String, Ms> = <_>::default();
    let mut done = Vec::new();
    for (at, bytes) in states {
        let Ok(board) = serde_json::from_slice::<engine::board::Board>(bytes) else { continue };
        for (name, entry) in &board.entries {
            let name = name.to_string();
            match (entry.retrying.is_some(), open.contains_key(&name)) {
                (true, false) => drop(open.insert(name, *at)),
                (false, true) => done.extend(open.remove(&name).map(|from| (name, from, *at))),
                _ => {}
            }
        }
    }
    done.extend(open.into_iter().map(|(name, from)| (name, from, end)));
    done
}

/// Whether the files at the end hold what was written and said to be safe.
fn check_files(world: &World, whole: &Shadow, safe: usize, journal: &mut Journal) {
    let breach =
        |what: String| Breach { invariant: Invariant::JournalPrefix.word(), at: world.now(), what };
    let read = |path: &Path| world.memory.read(path).unwrap_or_default();
    let now = read(Path::new("results.jsonl"));
    if now.get(..safe) != whole.bytes.get(..safe) {
        journal.breaches.push(breach(format!(
            "results.jsonl does not begin with the {safe} bytes that were written and synced"
        )));
    }
    for (path, bytes) in &whole.closed {
        let kept = read(path);
        if !kept.is_empty() && kept != *bytes {
            journal.breaches.push(breach(format!("{} was changed after its day", path.display())));
        }
    }
    journal.breaches.extend(gaps(journal, &breach));
    journal.breaches.extend(fold_breach(world, &now, whole));
}

/// Numbers go up by one, over restarts too. Lines that a power failure took were never there.
fn gaps(journal: &Journal, breach: &dyn Fn(String) -> Breach) -> Option<Breach> {
    let seqs = journal.events.iter().map(|(_, event)| event.seq).enumerate();
    let mut last = 0;
    for (index, seq) in seqs {
        if journal.crashes.contains(&index) {
            last = 0;
        }
        if seq <= last && seq != 1 {
            return Some(breach(format!("event {seq} comes after event {last}")));
        }
        last = seq;
    }
    None
}

/// What a reader who folds the journal by hand would say of each check.
#[derive(Debug, Default, PartialEq, Eq)]
struct Folded {
    status: Status,
    failures: u32,
    first_failed_at: Option<Timestamp>,
}

fn fold_breach(world: &World, last: &[u8], whole: &Shadow) -> Option<Breach> {
    let breach =
        |what: String| Breach { invariant: Invariant::StateIsFold.word(), at: world.now(), what };
    let state = final_state(world)?;
    let Ok(state) = serde_json::from_slice::<serde_json::Value>(&state) else {
        return Some(breach("state.json is not JSON".to_owned()));
    };
    let mut folded = BTreeMap::new();
    let closed = whole.closed.iter().map(|(_, bytes)| bytes.as_slice());
    for line in closed.chain([last]).flat_map(|bytes| bytes.split(|byte| *byte == b'\n')) {
        fold(&mut folded, line);
    }
    folded.into_iter().find_map(|(name, folded)| {
        let entry = &state[&name];
        let said = Folded {
            status: serde_json::from_value(entry["status"].clone()).unwrap_or_default(),
            failures: entry["consecutive_failures"]
                .as_u64()
                .map_or(0, |n| u32::try_from(n).unwrap_or(0)),
            first_failed_at: serde_json::from_value(entry["first_failed_at"].clone())
                .ok()
                .flatten(),
        };
        let differs = !entry.is_null() && said != folded;
        differs.then(|| {
            breach(format!("state.json says {said:?} of {name}, the journal says {folded:?}"))
        })
    })
}

fn fold(folded: &mut BTreeMap<String, Folded>, line: &[u8]) {
    if let Some(name) = quiet(line) {
        *folded.entry(name).or_default() = Folded { status: Status::Ok, ..Folded::default() };
        return;
    }
    let Ok(Event { ts, kind: EventKind::Check(done), .. }) = decode(line) else {
        return;
    };
    let entry = folded.entry(done.name.to_string()).or_default();
    match done.status {
        Status::Fail => {
            entry.failures += 1;
            entry.first_failed_at.get_or_insert(ts);
        }
        Status::Ok | Status::Warn => (entry.failures, entry.first_failed_at) = (0, None),
        Status::Unknown | Status::Pending => {}
    }
    entry.status = done.status;
}
