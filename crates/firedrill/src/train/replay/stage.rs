//! Where a replay is seen: a folder as a checker would write it, and the real dashboard on it.

use std::{
    fs::{self, File},
    io::Write as _,
    time::Duration,
};

use checker::clock::Clock;
use engine::{Event, Timestamp, board::Board};
use serde_json::Value;
use store::{
    Paths,
    line::{decode, encode},
    render_board,
};
use tempfile::TempDir;

use crate::{
    programs::{Launcher, Name, Program},
    train::record::Record,
};

/// The folder and the dashboard.
#[derive(Debug)]
pub(super) struct Stage {
    /// Where the board is.
    pub(super) board: String,
    paths: Paths,
    journal: File,
    state: Board,
    dashboard: Program,
    _folder: TempDir,
}

impl Stage {
    /// Makes the folder and starts the dashboard.
    ///
    /// # Errors
    /// Says what could not be made or started.
    pub(super) async fn set(port: u16) -> Result<Self, String> {
        let failed = |what: &'static str| move |error: std::io::Error| format!("{what}: {error}");
        let folder = tempfile::Builder::new().prefix("firedrill-replay-").tempdir();
        let folder = folder.map_err(failed("a temporary folder"))?;
        let paths = Paths::in_folder(folder.path());
        let journal = File::options().create(true).append(true).open(&paths.results);
        let journal = journal.map_err(failed("results.jsonl"))?;
        let launcher =
            Launcher { log_to_folder: true, ..Launcher::own().map_err(failed("firedrill"))? };
        let args = [format!("--addr=127.0.0.1:{port}")];
        let started = launcher.start(Name::Dashboard, &args, folder.path(), &[]);
        let mut dashboard = started.map_err(failed("start the dashboard"))?;
        let board = dashboard.address().await.map_err(failed("wait for the dashboard"))?;
        dashboard.mute();
        let state = Board::default();
        Ok(Self { board, paths, journal, state, dashboard, _folder: folder })
    }

    /// How times are moved from the exercise to the present.
    pub(super) fn retiming(&self, record: &Record, speed: f64) -> Retiming {
        let now = Clock::system().now().wall;
        Retiming { from: record.began, to: now, scale: record.speed / speed }
    }

    /// Adds events to the journal and folds them into the state, as a checker would.
    ///
    /// # Errors
    /// Names the file that cannot be written.
    pub(super) fn write(&mut self, events: &[Event]) -> Result<(), String> {
        if events.is_empty() {
            return Ok(());
        }
        let mut lines = Vec::new();
        for event in events {
            encode(event, &mut lines);
            self.state.apply(event);
        }
        let new = self.paths.state.with_extension("json.new");
        let written = self.journal.write_all(&lines);
        let written = written.and_then(|()| fs::write(&new, render_board(&self.state)));
        let written = written.and_then(|()| fs::rename(&new, &self.paths.state));
        written.map_err(|error| format!("{}: {error}", self.paths.state.display()))
    }

    /// Stops the dashboard; the folder goes with it.
    pub(super) async fn strike(self) {
        self.dashboard.stop().await;
    }
}

/// How times are moved: an instant of the exercise is so far from its beginning, and at another pace.
#[derive(Clone, Copy, Debug)]
pub(super) struct Retiming {
    from: Timestamp,
    to: Timestamp,
    scale: f64,
}

impl Retiming {
    /// The event as it would have been written now: its own time, every time in it, and the
    /// intervals by which a board tells what is stale.
    ///
    /// # Errors
    /// Never for an event that was read from a journal.
    pub(super) fn event(&self, event: &Event) -> Result<Event, String> {
        let mut line = Vec::new();
        encode(event, &mut line);
        let mut value: Value = serde_json::from_slice(&line).map_err(|error| error.to_string())?;
        self.value(&mut value);
        decode(value.to_string().as_bytes()).map_err(|error| error.to_string())
    }

    fn value(&self, value: &mut Value) {
        match value {
            Value::String(text) => {
                if let Some(at) = instant(text) {
                    *text = self.instant(at).to_string();
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.value(item)),
            Value::Object(fields) => {
                for (name, field) in fields.iter_mut() {
                    match field.as_u64().filter(|_| name == "interval_ms") {
                        Some(interval) => *field = self.length(interval).into(),
                        None => self.value(field),
                    }
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn instant(&self, at: Timestamp) -> Timestamp {
        let after = (at.as_millis() - self.from.as_millis()) as f64 * self.scale;
        Timestamp::from_millis(self.to.as_millis() + after.round() as i64)
    }

    fn length(&self, ms: u64) -> u64 {
        let scaled = Duration::from_millis(ms).mul_f64(self.scale);
        u64::try_from(scaled.as_millis()).unwrap_or(u64::MAX).max(1)
    }
}

/// The instant that a text is as a whole, in the form in which the journal writes it.
fn instant(text: &str) -> Option<Timestamp> {
    let at: Timestamp = text.parse().ok()?;
    (at.to_string() == text).then_some(at)
}

#[cfg(test)]
mod tests {
    use engine::event::{EventKind, Started};

    use super::*;

    #[test]
    fn times_keep_their_distances_at_another_pace() {
        let (from, to) = (Timestamp::from_millis(1_000_000), Timestamp::from_millis(9_000_000));
        let moved = Retiming { from, to, scale: 0.5 };
        let line = br#"{"ts":"1970-01-01T00:17:00.000Z","seq":3,"event":"config","ok":true,"file":"1970-01-01","checks":[{"name":"api","type":"http","severity":"P1","interval_ms":3000}]}"#;
        let event = moved.event(&decode(line).unwrap()).unwrap();
        assert_eq!(event.ts.as_millis(), 9_000_000 + 10_000, "20 s later are 10 s later");
        let EventKind::Config(loaded) = event.kind else { panic!("{event:?}") };
        assert_eq!((loaded.file.as_str(), loaded.checks[0].interval_ms), ("1970-01-01", 1_500));
        let kind = EventKind::Start(Started { version: "1".to_owned(), pid: None });
        let early = Event { ts: Timestamp::from_millis(999_000), seq: 1, kind };
        assert_eq!(moved.event(&early).unwrap().ts.as_millis(), 8_999_500);
    }
}
