//! The ranking: a file of JSON lines, one for each exercise that was played, and its page. Same
//! seed and level is the same incident, so only those are compared. Appends whole lines only.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, Read as _, Seek as _, SeekFrom, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use engine::Timestamp;
use http::StatusCode;
use serde::{Deserialize, Serialize};

use super::{Archive, Frame, Pages, archive::Past, page, refusal::Refusal};
use crate::{
    scenario::Ms,
    train::{
        record::Record,
        words::{drawn, length_or_never, minutes},
    },
};

/// The most bytes of the file that are read.
const LARGEST: u64 = 16 << 20;

/// A line of the file. Fields may be added, never renamed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Entry {
    /// The team.
    pub(crate) team: String,
    /// The seed that the exercise was drawn by.
    pub(crate) seed: u64,
    /// Its level.
    pub(crate) level: u8,
    /// The name of the scenario.
    pub(crate) scenario: String,
    /// What it is called.
    pub(crate) title: String,
    /// How many times faster than real time it went.
    pub(crate) speed: f64,
    /// What was reached, of 100.
    pub(crate) points: i32,
    /// As in the score, in the exercise's own milliseconds.
    pub(crate) detect_ms: Option<Ms>,
    /// See above.
    pub(crate) acknowledge_ms: Option<Ms>,
    /// See above.
    pub(crate) diagnose_ms: Option<Ms>,
    /// See above.
    pub(crate) mitigate_ms: Option<Ms>,
    /// Minutes in which users were in pain.
    pub(crate) pain_minutes: f64,
    /// When it began.
    pub(crate) began: Timestamp,
    /// The folder of the exercise.
    pub(crate) folder: String,
}

impl Entry {
    fn of(record: &Record, folder: &Path) -> Self {
        let score = &record.score;
        Self {
            team: record.team.clone(),
            seed: record.seed,
            level: record.level,
            scenario: record.scenario.clone(),
            title: record.title.clone(),
            speed: record.speed,
            points: score.points,
            detect_ms: score.detect,
            acknowledge_ms: score.acknowledge,
            diagnose_ms: score.diagnose,
            mitigate_ms: score.mitigate,
            pain_minutes: score.pain_minutes,
            began: record.began,
            folder: folder.display().to_string(),
        }
    }
}

/// Adds an exercise to the file, which is made when it is not there; `folder` is where the exercise
/// is kept. Several programs may do so at once.
///
/// # Errors
/// When the file cannot be opened or written.
pub(crate) fn append(path: &Path, record: &Record, folder: &Path) -> io::Result<()> {
    let mut line = serde_json::to_vec(&Entry::of(record, folder))?;
    line.push(b'\n');
    let mut file = File::options().read(true).append(true).create(true).mode(0o640).open(path)?;
    if ends_torn(&mut file)? {
        line.insert(0, b'\n');
    }
    // One write at the end of the file: no other program's line comes in between.
    file.write_all(&line)?;
    file.sync_data()
}

/// Whether the last line has lost its end, so that the next one must not be glued to it.
fn ends_torn(file: &mut File) -> io::Result<bool> {
    if file.seek(SeekFrom::End(0))? == 0 {
        return Ok(false);
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
}

/// What is in the file.
#[derive(Debug, Default)]
struct Ranking {
    groups: Vec<Group>,
    /// Lines that are no entry.
    broken: usize,
    trouble: Option<String>,
}

/// The exercises of one incident, the best first.
#[derive(Debug)]
struct Group {
    seed: u64,
    level: u8,
    title: String,
    rows: Vec<Row>,
}

impl Group {
    fn drawn(&self) -> String {
        drawn(self.seed, self.level)
    }
}

/// An entry with its rank.
#[derive(Debug)]
struct Row {
    rank: usize,
    entry: Entry,
}

impl Row {
    fn detect(&self) -> String {
        length_or_never(self.entry.detect_ms)
    }

    fn acknowledge(&self) -> String {
        length_or_never(self.entry.acknowledge_ms)
    }

    fn diagnose(&self) -> String {
        length_or_never(self.entry.diagnose_ms)
    }

    fn mitigate(&self) -> String {
        length_or_never(self.entry.mitigate_ms)
    }

    fn pain(&self) -> String {
        minutes(self.entry.pain_minutes)
    }

    fn day(&self) -> String {
        self.entry.began.to_jiff().strftime("%Y-%m-%d %H:%M UTC").to_string()
    }
}

impl Ranking {
    fn read(path: &Path) -> Self {
        match contents(path) {
            Ok(text) => Self::parse(&text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Self::default(),
            Err(error) => {
                let trouble = format!("{} cannot be read: {error}", path.display());
                Self { trouble: Some(trouble), ..Self::default() }
            }
        }
    }

    fn parse(text: &str) -> Self {
        let mut groups: BTreeMap<(u8, u64, String), Vec<Entry>> = BTreeMap::new();
        let mut broken = 0;
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            match serde_json::from_str::<Entry>(line) {
                Ok(entry) => {
                    let key = (entry.level, entry.seed, entry.scenario.clone());
                    groups.entry(key).or_default().push(entry);
                }
                Err(_) => broken += 1,
            }
        }
        let group = |((level, seed, _), entries): ((u8, u64, String), Vec<Entry>)| {
            let title = entries.last().map(|entry| entry.title.clone()).unwrap_or_default();
            Group { seed, level, title, rows: ranked(entries) }
        };
        Self { groups: groups.into_iter().map(group).collect(), broken, trouble: None }
    }
}

/// The best first; who has the same points has the same rank, the earlier one first.
fn ranked(mut entries: Vec<Entry>) -> Vec<Row> {
    entries.sort_by_key(|entry| (std::cmp::Reverse(entry.points), entry.began));
    let points: Vec<i32> = entries.iter().map(|entry| entry.points).collect();
    let rank = |own: i32| points.iter().filter(|other| **other > own).count() + 1;
    entries.into_iter().map(|entry| Row { rank: rank(entry.points), entry }).collect()
}

fn contents(path: &Path) -> io::Result<String> {
    let mut bytes = Vec::new();
    File::open(path)?.take(LARGEST).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The page.
#[derive(Debug, Template)]
#[template(path = "ranking.html")]
struct RankingPage {
    frame: Frame,
    /// Titles and debriefs would tell of the exercise that is going on.
    sealed: bool,
    file: Option<String>,
    ranking: Ranking,
    past: Vec<Past>,
}

/// `GET /ranking`.
pub(super) async fn show(State(pages): State<Pages>) -> Response {
    let sealed = pages.under_way().await;
    let archive = pages.archive.clone();
    match tokio::task::spawn_blocking(move || built(&archive, sealed)).await {
        Ok(built) => page(StatusCode::OK, &built),
        Err(error) => Refusal::Unreadable(error.to_string()).into_response(),
    }
}

fn built(archive: &Archive, sealed: bool) -> RankingPage {
    let file = archive.ranking();
    RankingPage {
        frame: Frame::new("Ranking", "/ranking").refreshed(5, true),
        sealed,
        file: file.map(|path| path.display().to_string()),
        ranking: file.map(Ranking::read).unwrap_or_default(),
        past: if sealed { Vec::new() } else { archive.past() },
    }
}
