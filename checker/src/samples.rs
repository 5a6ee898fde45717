//! `status_history.json`: the history of the targets as one JSON array, an entry for each sample.
//! Other tools read it; nothing here does, the journal is what counts. Written as a whole and put
//! in its place at once, on a thread of its own so that no check waits for it. Decides nothing.

use std::{
    collections::{BTreeMap, VecDeque},
    io,
    path::{Path, PathBuf},
    sync::{Arc, mpsc},
    thread::JoinHandle,
    time::Duration,
};

use engine::{Event, EventKind, Status, Timestamp, config::Config, event::CheckDone};
use serde_json::{Value, json};
use store::disk::{Disk, Stat};

/// The name of the file in the data directory.
const NAME: &str = "status_history.json";

/// How long an entry is kept.
const KEPT: Duration = Duration::from_secs(31 * 24 * 3600);

/// A sample that waits for the results of its other targets at most so long.
const SAMPLE: Duration = Duration::from_secs(60);

/// Puts results together to samples and has them written.
#[derive(Debug, Default)]
pub struct Samples {
    open: Option<Sample>,
    keeper: Option<Keeper>,
}

/// The results of one turn of all targets.
#[derive(Debug)]
struct Sample {
    begun: Timestamp,
    folder: PathBuf,
    /// By the place of the target in the configuration.
    checks: BTreeMap<usize, Value>,
}

/// The thread that writes.
#[derive(Debug)]
struct Keeper {
    inbox: Option<mpsc::Sender<Sample>>,
    thread: Option<JoinHandle<()>>,
}

impl Samples {
    /// Has samples written to this disk.
    ///
    /// # Errors
    /// When there is no thread for it.
    pub fn kept_on(disk: Arc<dyn Disk>) -> io::Result<Self> {
        let (inbox, samples) = mpsc::channel();
        let body = move || {
            let mut file = HistoryFile::default();
            samples.into_iter().for_each(|sample| file.add_or_tell(&*disk, &sample));
        };
        let thread = std::thread::Builder::new().name("samples".to_owned()).spawn(body)?;
        let keeper = Keeper { inbox: Some(inbox), thread: Some(thread) };
        Ok(Self { open: None, keeper: Some(keeper) })
    }

    /// Takes an event; only results of targets matter. A sample is complete when all targets have
    /// answered, or when one answers that has answered already.
    pub fn take(&mut self, event: &Event, config: &Config) {
        let EventKind::Check(done) = &event.kind else {
            return;
        };
        let targets = &config.nodes.targets;
        let Some(place) = targets.iter().position(|name| name == done.name.as_str()) else {
            return;
        };
        let belongs = |open: &Sample| {
            !open.checks.contains_key(&place) && event.ts.since(open.begun) < SAMPLE
        };
        if !self.open.as_ref().is_some_and(belongs) {
            self.flush();
        }
        let begin = || Sample {
            begun: event.ts,
            folder: config.nodes.data_directory.clone().into(),
            checks: BTreeMap::new(),
        };
        let open = self.open.get_or_insert_with(begin);
        open.checks.insert(place, result(done, config));
        if open.checks.len() == targets.len() {
            self.flush();
        }
    }

    fn flush(&mut self) {
        let inbox = self.keeper.as_ref().and_then(|keeper| keeper.inbox.as_ref());
        if let (Some(sample), Some(inbox)) = (self.open.take(), inbox)
            && inbox.send(sample).is_err()
        {
            tracing::error!("the history of the targets is no longer written");
        }
    }
}

/// Waits until everything is written.
impl Drop for Samples {
    fn drop(&mut self) {
        self.flush();
        let Some(mut keeper) = self.keeper.take() else {
            return;
        };
        drop(keeper.inbox.take());
        if keeper.thread.take().is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the history of the targets was not written to its end");
        }
    }
}

/// `{id, name, ok, state, error?}`.
fn result(done: &CheckDone, config: &Config) -> Value {
    let fact = |name| done.details.facts.get(name).and_then(Value::as_str);
    let title = config.check(done.name.as_str()).map_or(done.name.as_str(), |check| check.title());
    let word = done.status.word().to_ascii_lowercase();
    let ok = done.status == Status::Ok;
    let mut result = json!({
        "id": done.name,
        "name": title,
        "ok": ok,
        "state": fact("state").unwrap_or(&word),
    });
    if !ok {
        result["error"] = json!(fact("error").unwrap_or(&done.details.reason));
    }
    result
}

/// The file as it was written last. It is read again when somebody else has changed it.
#[derive(Debug, Default)]
struct HistoryFile {
    seen: Option<(PathBuf, Stat)>,
    entries: VecDeque<(Timestamp, String)>,
}

impl HistoryFile {
    fn add_or_tell(&mut self, disk: &dyn Disk, sample: &Sample) {
        if let Err(error) = self.add(disk, sample) {
            let file = sample.folder.join(NAME);
            tracing::error!(%error, file = %file.display(), "a sample is not in the history");
        }
    }

    fn add(&mut self, disk: &dyn Disk, sample: &Sample) -> io::Result<()> {
        let path = sample.folder.join(NAME);
        let stat = disk.stat(&path).ok();
        if self.seen.as_ref().map(|(path, stat)| (path, Some(*stat))) != Some((&path, stat)) {
            self.entries = load(disk, &path)?;
        }
        let checks: Vec<_> = sample.checks.values().collect();
        let entry = json!({"timestamp": sample.begun, "checks": checks});
        self.entries.push_back((sample.begun, entry.to_string()));
        let oldest = sample.begun - KEPT;
        self.entries.retain(|(ts, _)| *ts >= oldest);
        disk.create_dir_all(&sample.folder)?;
        disk.replace(&path, self.text().as_bytes())?;
        self.seen = Some((path.clone(), disk.stat(&path)?));
        Ok(())
    }

    fn text(&self) -> String {
        let entries: Vec<_> = self.entries.iter().map(|(_, entry)| entry.as_str()).collect();
        format!("[\n{}\n]\n", entries.join(",\n"))
    }
}

/// The entries of a file; none where there is none. What is no such file is moved aside.
fn load(disk: &dyn Disk, path: &Path) -> io::Result<VecDeque<(Timestamp, String)>> {
    let bytes = match disk.read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(VecDeque::new()),
        other => other?,
    };
    match serde_json::from_slice::<Vec<Value>>(&bytes) {
        Ok(entries) => Ok(entries.iter().filter_map(dated).collect()),
        Err(error) => {
            let aside = path.with_extension("json.broken");
            tracing::warn!(%error, "{} does not parse; it is now {}", path.display(), aside.display());
            disk.rename(path, &aside)?;
            Ok(VecDeque::new())
        }
    }
}

fn dated(entry: &Value) -> Option<(Timestamp, String)> {
    Some((entry["timestamp"].as_str()?.parse().ok()?, entry.to_string()))
}

#[cfg(test)]
mod tests {
    use engine::{
        CheckName,
        config::{Source, parse},
        details::Details,
    };
    use store::MemoryDisk;

    use super::*;

    const CONFIG: &str = "data_directory: data\ntargets:\n  \
        - {id: bot, name: Tsunami Bot, service: bot.service}\n  \
        - {id: nginx, service: nginx.service}\n";

    fn config() -> Config {
        parse(Source { file: "config.yaml", text: CONFIG }, &|_| None).unwrap().config
    }

    fn at(s: i64) -> Timestamp {
        Timestamp::from_millis(1_767_580_200_000 + s * 1000)
    }

    fn measured(s: i64, name: &str, state: &str) -> Event {
        let ok = state == "active";
        let mut facts = serde_json::Map::new();
        facts.insert("state".to_owned(), state.into());
        let reason = format!("{name}.service is {state}");
        let done = CheckDone {
            name: CheckName::new(name),
            type_word: "systemd".to_owned(),
            status: if ok { Status::Ok } else { Status::Fail },
            prev: Status::Ok,
            severity: engine::Severity::P3,
            latency_ms: None,
            attempts: 1,
            details: Details { reason, facts, ..Details::default() },
            job: None,
        };
        Event { ts: at(s), seq: 1, kind: EventKind::Check(done) }
    }

    /// The file after these events.
    fn after(disk: &MemoryDisk, events: &[Event]) -> Value {
        let mut samples = Samples::kept_on(Arc::new(disk.clone())).unwrap();
        events.iter().for_each(|event| samples.take(event, &config()));
        drop(samples);
        serde_json::from_slice(&disk.read(Path::new("data/status_history.json")).unwrap()).unwrap()
    }

    #[test]
    fn an_entry_is_a_sample_of_all_targets_in_their_order() {
        let disk = MemoryDisk::default();
        let seen = after(&disk, &[measured(0, "nginx", "inactive"), measured(1, "bot", "active")]);
        let expected = json!([{"timestamp": "2026-01-05T02:30:00.000Z", "checks": [
            {"id": "bot", "name": "Tsunami Bot", "ok": true, "state": "active"},
            {"id": "nginx", "name": "nginx", "ok": false, "state": "inactive",
             "error": "nginx.service is inactive"},
        ]}]);
        assert_eq!(seen, expected);
    }

    #[test]
    fn a_target_that_does_not_answer_keeps_no_sample_from_being_written() {
        let disk = MemoryDisk::default();
        let events = [0, 300, 600].map(|s| measured(s, "bot", "active"));
        assert_eq!(after(&disk, &events).as_array().unwrap().len(), 3);
    }

    #[test]
    fn entries_are_kept_over_restarts_for_31_days_and_a_deleted_file_begins_anew() {
        let disk = MemoryDisk::default();
        let day = 86_400;
        after(&disk, &[measured(0, "bot", "active"), measured(30 * day, "bot", "active")]);
        let later = after(&disk, &[measured(31 * day + 1, "bot", "active")]);
        assert_eq!(later.as_array().unwrap().len(), 2);
        disk.remove(Path::new("data/status_history.json")).unwrap();
        assert_eq!(
            after(&disk, &[measured(32 * day, "bot", "active")]).as_array().unwrap().len(),
            1
        );
    }

    #[test]
    fn a_file_that_is_no_history_is_moved_aside() {
        let disk = MemoryDisk::default();
        disk.put(Path::new("data/status_history.json"), b"{ half a");
        assert_eq!(after(&disk, &[measured(0, "bot", "active")]).as_array().unwrap().len(), 1);
        let aside = disk.read(Path::new("data/status_history.json.broken")).unwrap();
        assert_eq!(aside, b"{ half a");
    }
}
