//! The files of an exercise in its folder, written line by line while it is under way, so that it
//! can be debriefed whatever happens to this program. None of them names the fault in plain words.

use std::{
    collections::BTreeMap,
    fs::{self, File, TryLockError},
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use engine::Timestamp;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{
    desk::{Done, Mail},
    facts::Request,
    record::{Ending, Span, Worth},
    seal,
};
use crate::scenario::Ms;

/// What people did, beginning with the [`Head`] and ending with the [`End`].
const DUTY: &str = "duty.jsonl";
const ALERTS: &str = "alerts.jsonl";
const USERS: &str = "users.jsonl";
const OPERATIONS: &str = "operations.jsonl";
/// How far the exercise has come, with what is under seal.
const PULSE: &str = "pulse.json";

/// The first line: which exercise this is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Head {
    /// The version of the program that played it.
    pub(super) firedrill: String,
    /// The team.
    pub(super) team: String,
    /// The seed.
    pub(super) seed: u64,
    /// The level.
    pub(super) level: u8,
    /// How many times faster than real time.
    pub(super) speed: f64,
    /// When it began.
    pub(super) began: Timestamp,
    /// What it is made of.
    pub(super) sealed: String,
}

/// The last line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct End {
    /// When it was over.
    pub(super) ended: Ms,
    /// What ended it.
    pub(super) ending: Ending,
}

/// A use of a tool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Use {
    /// Counts from 1; the last line of a number counts.
    pub(super) id: u64,
    /// The tool.
    pub(super) tool: String,
    /// What its button says.
    pub(super) label: String,
    /// Who used it.
    pub(super) by: String,
    /// From when.
    pub(super) from: Ms,
    /// Until when; absent while it runs.
    pub(super) to: Option<Ms>,
    /// What was seen of it.
    pub(super) outcome: String,
}

/// What only the debrief may tell.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Sealed {
    /// The faults so far, in their times.
    pub(super) faults: Vec<Span>,
    /// What the uses of tools did, by their numbers.
    pub(super) worths: BTreeMap<u64, Worth>,
}

/// How far it has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Pulse {
    at: Ms,
    sealed: String,
}

/// The files, open for writing.
#[derive(Debug)]
pub(super) struct Files {
    folder: PathBuf,
    duty: File,
    alerts: File,
    users: File,
    operations: File,
}

impl Files {
    /// Begins the files of an exercise in a folder that has none.
    pub(super) fn begin(folder: &Path, head: &Head) -> io::Result<Self> {
        let mut options = File::options();
        options.create_new(true).append(true).mode(0o640);
        let make = |name: &str| options.open(folder.join(name));
        let (duty, alerts, users, operations) =
            (make(DUTY)?, make(ALERTS)?, make(USERS)?, make(OPERATIONS)?);
        let mut files = Self { folder: folder.to_owned(), duty, alerts, users, operations };
        // Held for as long as the exercise goes on: nobody debriefs it before.
        files.duty.lock()?;
        put(&mut files.duty, head)?;
        files.duty.sync_data()?;
        Ok(files)
    }

    /// Writes down what somebody did; it is on the disk when this returns.
    pub(super) fn done(&mut self, done: &Done) -> io::Result<()> {
        put(&mut self.duty, done)?;
        self.duty.sync_data()
    }

    /// Writes down what arrived.
    pub(super) fn alert(&mut self, mail: &Mail) -> io::Result<()> {
        put(&mut self.alerts, mail)
    }

    /// Writes down what a user got.
    pub(super) fn request(&mut self, request: &Request) -> io::Result<()> {
        put(&mut self.users, request)
    }

    /// Writes down how a use of a tool stands.
    pub(super) fn operation(&mut self, one: &Use) -> io::Result<()> {
        put(&mut self.operations, one)
    }

    /// Writes down how far it has come, and what only the debrief may tell under seal. To be called regularly,
    /// whether there is anything new or not, so that the time of writing tells nothing.
    pub(super) fn pulse(&self, at: Ms, secret: &Sealed) -> io::Result<()> {
        let sealed = seal::sealed(&serde_json::to_string(secret)?);
        let new = self.folder.join(format!("{PULSE}.new"));
        fs::write(&new, serde_json::to_string(&Pulse { at, sealed })?)?;
        fs::rename(&new, self.folder.join(PULSE))
    }

    /// Writes the last line.
    pub(super) fn end(&mut self, end: &End) -> io::Result<()> {
        put(&mut self.duty, end)?;
        self.duty.sync_data()
    }
}

/// Whether the exercise of a folder is under way.
pub(super) fn is_under_way(folder: &Path) -> bool {
    let file = File::open(folder.join(DUTY));
    file.is_ok_and(|file| matches!(file.try_lock(), Err(TryLockError::WouldBlock)))
}

/// Whether a folder holds an exercise already, or the files of another checker.
pub(super) fn is_taken(folder: &Path) -> Option<&'static str> {
    let names = [DUTY, "exercise.json", "state.json", "results.jsonl", ALERTS, USERS, OPERATIONS];
    names.into_iter().find(|name| folder.join(name).exists())
}

fn put(file: &mut File, line: &impl Serialize) -> io::Result<()> {
    let mut line = serde_json::to_vec(line)?;
    line.push(b'\n');
    file.write_all(&line)
}

/// What the files of an exercise say.
#[derive(Clone, Debug)]
pub(super) struct Left {
    /// Which exercise.
    pub(super) head: Head,
    /// What people did.
    pub(super) done: Vec<Done>,
    /// How it ended, if that was written.
    pub(super) end: Option<End>,
    /// What arrived.
    pub(super) alerts: Vec<Mail>,
    /// What users got.
    pub(super) users: Vec<Request>,
    /// The uses of tools, in order.
    pub(super) operations: Vec<Use>,
    /// When the files were last written to.
    pub(super) last: Ms,
    /// What was under seal, as far as it was written down.
    pub(super) secret: Sealed,
    /// How many lines could not be read.
    pub(super) broken: usize,
}

impl Left {
    /// Reads the files of a folder.
    ///
    /// # Errors
    /// There is no exercise in it, or its first line cannot be read.
    pub(super) fn read(folder: &Path) -> Result<Self, String> {
        let path = folder.join(DUTY);
        let text = fs::read_to_string(&path);
        let text = text.map_err(|error| {
            format!("{}: {error}: is this the folder of an exercise?", path.display())
        })?;
        let (first, rest) = text.split_once('\n').unwrap_or((&text, ""));
        let head: Head = serde_json::from_str(first).map_err(|error| {
            format!("{}:1: error: this is no first line of an exercise: {error}", path.display())
        })?;
        let mut broken = 0;
        let end = rest.lines().find_map(|line| serde_json::from_str::<End>(line).ok());
        let mut done = lines::<Done>(rest, &mut broken);
        // What was done at the panel is noticed a little later.
        done.sort_by_key(|done| done.at);
        broken -= usize::from(end.is_some());
        let file = |name: &str| fs::read_to_string(folder.join(name)).unwrap_or_default();
        let alerts = lines::<Mail>(&file(ALERTS), &mut broken);
        let users = lines::<Request>(&file(USERS), &mut broken);
        let operations = latest(lines::<Use>(&file(OPERATIONS), &mut broken));
        let pulse: Option<Pulse> = serde_json::from_str(&file(PULSE)).ok();
        let secret = pulse.as_ref().and_then(|pulse| seal::opened(&pulse.sealed));
        let secret = secret.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        let times = done.iter().map(|done| done.at).chain(alerts.iter().map(|mail| mail.at));
        let times = times.chain(users.iter().map(|user| user.at)).chain(pulse.map(|one| one.at));
        let last = times.max().unwrap_or(0);
        Ok(Self { head, done, end, alerts, users, operations, last, secret, broken })
    }
}

/// Every line that reads; the others are counted.
fn lines<T: DeserializeOwned>(text: &str, broken: &mut usize) -> Vec<T> {
    let mut found = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        match serde_json::from_str(line) {
            Ok(one) => found.push(one),
            Err(_) => *broken += 1,
        }
    }
    found
}

/// The last that was said of every use.
fn latest(all: Vec<Use>) -> Vec<Use> {
    let by_id: BTreeMap<u64, Use> = all.into_iter().map(|one| (one.id, one)).collect();
    by_id.into_values().collect()
}
