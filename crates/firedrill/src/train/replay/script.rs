//! What a replay consists of: the events of the checker's journal and the lines of the chronicle, in
//! the exercise's own time. Reads strictly: a journal with a hole would show what never was.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use engine::Event;
use store::{
    Paths,
    line::{LineError, decode},
};

use crate::{
    report::words::printable,
    scenario::Ms,
    train::{
        pages::debrief::{Entry, Kind, chronicle},
        record::Record,
        words::clock,
    },
};

/// A step of the replay.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// Something that the checker wrote down.
    Event(Box<Event>),
    /// Something that is told at the terminal.
    Told(String),
}

/// The whole replay.
#[derive(Clone, Debug)]
pub(super) struct Script {
    /// In the order of time.
    pub(super) steps: Vec<(Ms, Step)>,
    /// What the reader should know.
    pub(super) notes: Vec<String>,
}

impl Script {
    /// Reads the journal in the folder of an exercise.
    ///
    /// # Errors
    /// There is none, or a line of it is no event: names file, line and column.
    pub(super) fn read(folder: &Path, record: &Record) -> Result<Self, String> {
        let mut notes = Vec::new();
        let mut events = Vec::new();
        for path in files(folder)? {
            events.extend(read(&path, &mut notes)?);
        }
        events.sort_by_key(|event| event.seq);
        let own = |event: &Event| {
            let real = event.ts.as_millis() - record.began.as_millis();
            (real as f64 * record.speed).round() as Ms
        };
        let timed = events.into_iter().map(|event| (own(&event), Step::Event(Box::new(event))));
        // What the checker wrote while it was being stopped belongs to no exercise.
        let mut steps: Vec<_> = timed.filter(|(at, _)| *at <= record.ended).collect();
        if steps.iter().all(|(at, _)| *at < 0) {
            let results = Paths::in_folder(folder).results;
            return Err(format!(
                "{}: nothing in it happened between the beginning and the end of the exercise; is \
                 it the journal of another one?",
                results.display()
            ));
        }
        let entries = chronicle(record);
        steps.extend(entries.iter().map(|entry| (entry.at, Step::Told(told(entry)))));
        steps.sort_by_key(|(at, _)| *at);
        Ok(Self { steps, notes })
    }
}

/// A line of the terminal.
fn told(entry: &Entry) -> String {
    let who = if entry.by.is_empty() { entry.kind.word() } else { &entry.by };
    let outcome =
        if entry.outcome.is_empty() { String::new() } else { format!(" → {}", entry.outcome) };
    let sign = if entry.kind == Kind::Alert { "! " } else { "" };
    printable(&format!("[{:>7}] {who}: {sign}{}{outcome}", clock(entry.at), entry.what))
}

/// The files of the journal: the closed days, then the one that was written last.
fn files(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let paths = Paths::in_folder(folder);
    let closed = match fs::read_dir(paths.segments()) {
        Ok(entries) => entries.filter_map(|entry| Some(entry.ok()?.path())).collect(),
        Err(_) => Vec::new(),
    };
    let mut files: Vec<_> = closed;
    files.retain(|path| path.extension().is_some_and(|ending| ending == "jsonl"));
    files.sort();
    if !paths.results.is_file() && files.is_empty() {
        return Err(format!(
            "{}: there is no such file; a replay needs the checker’s journal beside exercise.json",
            paths.results.display()
        ));
    }
    files.extend(Some(paths.results).filter(|path| path.is_file()));
    Ok(files)
}

fn read(path: &Path, notes: &mut Vec<String>) -> Result<Vec<Event>, String> {
    let shown = path.display();
    let unreadable = |error: io::Error| format!("{shown}: cannot be read: {error}");
    let text = fs::read(path).map_err(unreadable)?;
    let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    if whole < text.len() {
        notes.push(format!("the last line of {shown} lost its end and is left out"));
    }
    let lines = text[..whole].split(|byte| *byte == b'\n').enumerate();
    let lines = lines.filter(|(_, line)| !line.is_empty());
    lines.map(|(at, line)| decode(line).map_err(|why| broken(path, at + 1, &why))).collect()
}

fn broken(path: &Path, line: usize, why: &LineError) -> String {
    let column = match why {
        LineError::Malformed(error) => error.column().max(1),
        LineError::UnknownEvent(_) => 1,
    };
    format!(
        "{}:{line}:{column}: this is no event of a checker’s journal: {why}; `checker doctor` says \
         what else is wrong with it",
        path.display()
    )
}
