//! The lines of the history: which do not parse, where numbers are missing or go back, what stands
//! behind the last whole line; and what all of them come to.

use std::{io, ops::ControlFlow, path::Path};

use engine::{Event, board::Board};

use super::{Finding, Grade, files};
use crate::{
    Disk, Paths,
    history::{self, Part},
    line::{self, LineError},
    scan,
    snapshot::Reading,
};

/// How many findings of a kind are told one by one.
const TOLD: usize = 20;

/// What the history comes to.
#[derive(Debug, Default)]
pub(super) struct Folds {
    /// The numbers of the first and the last event.
    pub(super) seqs: Option<(u64, u64)>,
    /// Every event, folded.
    pub(super) all: Board,
    /// The same up to the last event that the state has seen.
    pub(super) seen: Board,
    /// Nothing is missing, from the first event of all on.
    pub(super) whole: bool,
}

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Told {
    pub(super) findings: Vec<Finding>,
    pub(super) files: usize,
    pub(super) lines: u64,
    pub(super) folds: Folds,
}

/// Reads the whole history once, oldest line first.
pub(super) fn examine(
    paths: &Paths,
    disk: &dyn Disk,
    state: &Reading,
    quiet: bool,
) -> io::Result<Told> {
    let parts = history::own_parts(disk, paths)?;
    let known = if let Reading::Board(board) = state { board.last_seq() } else { 0 };
    let mut reader = Reader::new(known, files::was_repaired(paths, disk)?);
    for part in &parts {
        let is_journal = part.day.is_none();
        reader.read(part, quiet || !is_journal)?;
    }
    reader.told.files = parts.len();
    Ok(reader.end())
}

struct Reader {
    told: Told,
    /// The last event that the state has seen.
    known: u64,
    /// Lines that an earlier repair took out explain numbers that are missing.
    repaired: bool,
    last: Option<u64>,
    /// Lines without a number since the last one that has one.
    numberless: u64,
    bad: usize,
    gaps: usize,
}

impl Reader {
    fn new(known: u64, repaired: bool) -> Self {
        let told = Told { folds: Folds { whole: true, ..Folds::default() }, ..Told::default() };
        Self { told, known, repaired, last: None, numberless: 0, bad: 0, gaps: 0 }
    }

    fn read(&mut self, part: &Part, whole: bool) -> io::Result<()> {
        let mut number = 0;
        let end = scan::forwards(&*part.file, 0, part.stat.len, |_, text| {
            number += 1;
            self.line(&part.path, number, text);
            ControlFlow::Continue(())
        })?;
        self.told.lines += number;
        if end < part.stat.len && whole {
            let rest = usize::try_from(part.stat.len - end).unwrap_or(usize::MAX);
            let text = part.file.read_at(end, rest)?;
            self.tail(&part.path, number + 1, &text);
        }
        Ok(())
    }

    /// What stands behind the last whole line. An event that lacks only its end is one.
    fn tail(&mut self, file: &Path, line: u64, text: &[u8]) {
        let finding = |what: String, remedy: &str| {
            Finding::new(Grade::Repairable, file, what, remedy).at(line)
        };
        let found = if line::decode(text).is_ok() {
            self.line(file, line, text);
            finding("the last line has no end".to_owned(), "it gets one")
        } else {
            let what =
                format!("the file ends in the middle of a line, with {} bytes of it", text.len());
            finding(what, "they are kept in a copy, and the file ends with its last whole line")
        };
        self.told.findings.push(found);
    }

    fn line(&mut self, file: &Path, number: u64, text: &[u8]) {
        let seq = match line::decode(text) {
            Ok(event) => {
                self.fold(&event);
                Some(event.seq)
            }
            Err(error) => {
                self.unreadable(file, number, &error);
                line::peek(text).map(|(_, seq)| seq)
            }
        };
        match seq {
            Some(seq) => self.number(file, number, seq),
            None => self.numberless += 1,
        }
    }

    fn fold(&mut self, event: &Event) {
        self.told.folds.all.apply(event);
        if event.seq <= self.known {
            self.told.folds.seen.apply(event);
        }
    }

    fn unreadable(&mut self, file: &Path, number: u64, error: &LineError) {
        self.told.folds.whole = false;
        let finding = match error {
            LineError::Malformed(_) => {
                let remedy = "it is kept in a copy and taken out of the file";
                Finding::new(Grade::Repairable, file, error.to_string(), remedy)
            }
            LineError::UnknownEvent(_) => {
                let remedy = "a newer checker wrote it and can read it";
                Finding::new(Grade::Note, file, error.to_string(), remedy)
            }
        };
        if self.bad < TOLD || finding.grade == Grade::Note {
            self.told.findings.push(finding.at(number));
        }
        self.bad += usize::from(matches!(error, LineError::Malformed(_)));
    }

    fn number(&mut self, file: &Path, line: u64, seq: u64) {
        let expected = self.last.map_or(seq, |last| last + 1);
        let excused = std::mem::take(&mut self.numberless);
        if seq > expected {
            self.told.folds.whole = false;
            let missing = seq - expected;
            if missing > excused {
                self.gap(file, line, &missing_words(expected, seq - 1));
            }
        } else if seq < expected {
            self.told.folds.whole = false;
            let what = format!("event {seq} comes after event {}", expected - 1);
            self.gap(file, line, &what);
        }
        let (first, last) = self.told.folds.seqs.unwrap_or((seq, seq));
        self.told.folds.seqs = Some((first.min(seq), last.max(seq)));
        self.last = Some(seq.max(expected - 1));
    }

    fn gap(&mut self, file: &Path, line: u64, what: &str) {
        self.gaps += 1;
        if self.gaps > TOLD {
            return;
        }
        let finding = if self.repaired {
            let remedy = "an earlier repair has kept damaged lines beside the file";
            Finding::new(Grade::Note, file, what, remedy)
        } else {
            let remedy = "these lines are lost; a backup may have them";
            Finding::new(Grade::Beyond, file, what, remedy)
        };
        self.told.findings.push(finding.at(line));
    }

    fn end(mut self) -> Told {
        self.told.folds.whole &= self.told.folds.seqs.is_none_or(|(first, _)| first <= 1);
        let more = [(self.bad, "lines do not parse"), (self.gaps, "places lack events")];
        for (count, what) in more.into_iter().filter(|(count, _)| *count > TOLD) {
            let file = self.told.findings.last().map(|finding| finding.file.clone());
            let what = format!("{} more {what}", count - TOLD);
            let file = file.unwrap_or_default();
            self.told.findings.push(Finding::new(Grade::Note, &file, what, "they are like these"));
        }
        self.told
    }
}

fn missing_words(from: u64, until: u64) -> String {
    if from == until {
        format!("event {from} is missing before this line")
    } else {
        format!("events {from} to {until} are missing before this line")
    }
}
