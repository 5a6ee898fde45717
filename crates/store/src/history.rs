//! The files of the history in the order in which they were written: the closed days, then the
//! journal, or a journal of older tools where there is no other. Opens files, writes none.

use std::{
    io,
    ops::ControlFlow,
    path::{Path, PathBuf},
};

use engine::{Timestamp, board::Board};

use crate::{
    Disk, Paths,
    disk::{ReadAt, Stat},
    line, scan,
};

/// A closed day.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Segment {
    /// Its date.
    pub(crate) day: String,
    /// 1, or more where the clock went back and the same day was closed again.
    pub(crate) part: u32,
    /// The name in the folder of segments.
    pub(crate) name: String,
}

impl Segment {
    fn parse(name: &str) -> Option<Self> {
        let stem = name.strip_suffix(".jsonl")?;
        let (day, part) = match stem.split_once('.') {
            Some((day, part)) => (day, part.parse().ok()?),
            None => (stem, 1),
        };
        let date = day.len() == 10 && day.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        date.then(|| Self { day: day.to_owned(), part, name: name.to_owned() })
    }

    /// The name of a part of a day.
    pub(crate) fn file_name(day: &str, part: u32) -> String {
        if part == 1 { format!("{day}.jsonl") } else { format!("{day}.{part}.jsonl") }
    }
}

/// The closed days, oldest first.
pub(crate) fn segments(disk: &dyn Disk, paths: &Paths) -> io::Result<Vec<Segment>> {
    let names = match disk.list(&paths.segments()) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        other => other?,
    };
    let mut found: Vec<_> = names.iter().filter_map(|name| Segment::parse(name)).collect();
    found.sort();
    Ok(found)
}

/// A file of the history, open.
#[derive(Debug)]
pub(crate) struct Part {
    /// Where it was when it was opened.
    pub(crate) path: PathBuf,
    /// The date of a closed day; absent for a journal.
    pub(crate) day: Option<String>,
    /// The file.
    pub(crate) file: Box<dyn ReadAt>,
    /// What was known of it when it was opened.
    pub(crate) stat: Stat,
    /// The number of its first event; the greatest number when there is none.
    first_seq: u64,
}

impl Part {
    fn open(disk: &dyn Disk, path: PathBuf, day: Option<String>) -> io::Result<Option<Self>> {
        let file = match disk.open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            other => other?,
        };
        let stat = file.stat()?;
        let first_seq = scan::first_head(&*file, stat.len)?.map_or(u64::MAX, |(_, seq)| seq);
        Ok(Some(Self { path, day, file, stat, first_seq }))
    }

    /// Whether it may hold events at or after an instant.
    pub(crate) fn reaches(&self, instant: Timestamp) -> bool {
        self.day.as_ref().is_none_or(|day| *day >= instant.utc_date())
    }
}

/// Every file of the history, oldest first. The journal is opened first: if its day is closed in
/// the meantime, it is met again among the segments and passed over.
pub(crate) fn parts(disk: &dyn Disk, paths: &Paths) -> io::Result<Vec<Part>> {
    let journal = Part::open(disk, journal(disk, paths), None)?;
    let identity = journal.as_ref().map(|part| part.stat.identity);
    let mut found = Vec::new();
    for segment in segments(disk, paths)? {
        let path = paths.segments().join(segment.name);
        let part = Part::open(disk, path, Some(segment.day))?;
        found.extend(part.filter(|part| Some(part.stat.identity) != identity));
    }
    found.extend(journal);
    found.sort_by_key(|part| part.first_seq);
    Ok(found)
}

/// The same without a journal of older tools, which is theirs.
pub(crate) fn own_parts(disk: &dyn Disk, paths: &Paths) -> io::Result<Vec<Part>> {
    let ours = |part: &Part| part.path == paths.results || part.path != paths.legacy();
    Ok(parts(disk, paths)?.into_iter().filter(ours).collect())
}

/// The file that is read as the journal: a lone `results.json` of older tools will do.
pub(crate) fn journal(disk: &dyn Disk, paths: &Paths) -> PathBuf {
    if is_lone_legacy(disk, paths) { paths.legacy() } else { paths.results.clone() }
}

/// Whether there is a journal of older tools and no other.
pub(crate) fn is_lone_legacy(disk: &dyn Disk, paths: &Paths) -> bool {
    let missing =
        |path: &Path| disk.stat(path).is_err_and(|error| error.kind() == io::ErrorKind::NotFound);
    paths.legacy() != paths.results && missing(&paths.results) && !missing(&paths.legacy())
}

/// The number of the last event of all.
pub(crate) fn last_seq(parts: &[Part]) -> io::Result<u64> {
    for part in parts.iter().rev() {
        if let Some((_, seq)) = scan::last_head(&*part.file, part.stat.len)? {
            return Ok(seq);
        }
    }
    Ok(0)
}

/// Folds every event that the board has not seen into it. Returns how many lines do not parse.
pub(crate) fn fold(board: &mut Board, parts: &[Part]) -> io::Result<u64> {
    let seen = board.last_seq();
    let first = parts.iter().rposition(|part| part.first_seq <= seen.saturating_add(1));
    let mut unparsable = 0;
    for part in &parts[first.unwrap_or(0)..] {
        let from = scan::bisect(&*part.file, part.stat.len, |_, seq| seq > seen)?;
        let from = if seen == 0 { 0 } else { from };
        scan::forwards(&*part.file, from, part.stat.len, |_, text| {
            match line::decode(text) {
                Ok(event) if event.seq > seen => board.apply(&event),
                Ok(_) => {}
                Err(_) => unparsable += 1,
            }
            ControlFlow::Continue(())
        })?;
    }
    Ok(unparsable)
}
