//! The agent behind `host` checks: what it remembers from one cycle to the next, and the file that
//! its cycles are kept in. Looks at the machine through `machine` and `docker`; judges nothing.

pub(crate) mod docker;
pub(crate) mod machine;

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use engine::{
    CheckName, Timestamp,
    config::{Check, Config, HostSpec, Spec},
    observation::HostObservation,
};
use store::metrics::{MetricsDb, MetricsError, MetricsRow, MetricsThread};

use self::machine::{Processors, Root};

pub use self::machine::Volume;

/// How long the last rows may take to be written at the end.
const FLUSH_LIMIT: Duration = Duration::from_secs(5);

/// The agents of all `host` checks. Cheap to clone; the clones share what is remembered.
#[derive(Clone, Debug)]
pub struct Agents {
    shared: Arc<Mutex<Shared>>,
    volume: Arc<dyn Volume>,
}

impl Default for Agents {
    fn default() -> Self {
        Self::over(Arc::new(Root))
    }
}

#[derive(Debug, Default)]
struct Shared {
    /// Whether rows are written at all; not in a dry run.
    writes: bool,
    memories: BTreeMap<CheckName, Memory>,
    files: BTreeMap<String, File>,
}

/// What is remembered of a check.
#[derive(Clone, Debug, Default)]
struct Memory {
    processors: Option<Processors>,
    began: Option<Timestamp>,
    docker_failed: bool,
}

/// A file of metrics.
#[derive(Clone, Debug)]
struct File {
    /// Absent when it cannot be opened.
    thread: Option<MetricsThread>,
    /// What its newest row says of the heartbeat; absent when there is no row.
    last: Option<Option<u16>>,
}

impl Agents {
    /// Agents of a machine with this root file system. They keep no rows until [`Agents::open`].
    #[must_use]
    pub fn over(volume: Arc<dyn Volume>) -> Self {
        Self { shared: Arc::default(), volume }
    }

    /// The root file system.
    pub(crate) fn volume(&self) -> &dyn Volume {
        &*self.volume
    }

    /// Opens the files of a configuration and writes to them from then on.
    ///
    /// # Errors
    /// Says which file cannot be used, and why.
    pub fn open(&self, config: &Config) -> Result<(), MetricsError> {
        self.lock().writes = true;
        for spec in config.enabled().filter_map(|check| host(check)) {
            if !self.lock().files.contains_key(&spec.db) {
                let file = open(&spec.db)?;
                self.lock().files.insert(spec.db.clone(), file);
            }
        }
        Ok(())
    }

    /// Opens the file of a check that an edited configuration brought.
    pub(crate) async fn open_late(&self, spec: &HostSpec) {
        if !self.lock().writes || self.lock().files.contains_key(&spec.db) {
            return;
        }
        let db = spec.db.clone();
        let opened = tokio::task::spawn_blocking(move || open(&db)).await;
        let file = match opened {
            Ok(Ok(file)) => file,
            Ok(Err(error)) => File::broken(&error.to_string()),
            Err(error) => File::broken(&error.to_string()),
        };
        self.lock().files.insert(spec.db.clone(), file);
    }

    /// What the newest row said of the heartbeat.
    pub(crate) fn last_status(&self, spec: &HostSpec) -> Option<Option<u16>> {
        self.lock().files.get(&spec.db)?.last
    }

    /// Keeps what a cycle saw. Does not wait for the disk.
    pub(crate) fn keep(&self, spec: &HostSpec, seen: &HostObservation) {
        let row = row(seen);
        if let Some(file) = self.lock().files.get_mut(&spec.db) {
            file.last = Some(row.worker_status);
            if let Some(thread) = &file.thread {
                thread.insert(row);
            }
        }
    }

    /// The times of the processors at the cycle before.
    pub(crate) fn processors(&self, check: &CheckName) -> Option<Processors> {
        self.lock().memories.get(check)?.processors
    }

    /// Remembers the times of the processors.
    pub(crate) fn saw_processors(&self, check: &CheckName, now: Option<Processors>) {
        self.lock().memories.entry(check.clone()).or_default().processors = now;
    }

    /// Notes that a cycle begins; tells how many regular turns were left out before it.
    pub(crate) fn begin(&self, check: &CheckName, at: Timestamp, interval: Duration) -> u128 {
        let mut shared = self.lock();
        let memory = shared.memories.entry(check.clone()).or_default();
        let before = memory.began.replace(at);
        let turns = |before| (at.since(before) + interval / 2).as_millis();
        let turns = before.and_then(|before| turns(before).checked_div(interval.as_millis()));
        turns.unwrap_or(1).saturating_sub(1)
    }

    /// Notes whether the container engine answered; tells whether a failure is news.
    pub(crate) fn saw_docker(&self, check: &CheckName, failed: bool) -> bool {
        let mut shared = self.lock();
        let memory = shared.memories.entry(check.clone()).or_default();
        let before = std::mem::replace(&mut memory.docker_failed, failed);
        failed && !before
    }

    /// Waits, not for long, until all rows are written.
    pub fn flush(&self) {
        let files: Vec<File> = self.lock().files.values().cloned().collect();
        for thread in files.into_iter().filter_map(|file| file.thread) {
            thread.flush(FLUSH_LIMIT);
        }
    }

    /// Nobody panics while holding the lock; if somebody did, what is remembered is still good.
    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl File {
    fn broken(why: &str) -> Self {
        tracing::error!("no metrics are kept: {why}");
        Self { thread: None, last: None }
    }
}

/// What the configuration of a check says, if it is one of a host.
#[must_use]
pub fn host(check: &Check) -> Option<&HostSpec> {
    if let Spec::Host(spec) = &check.spec { Some(spec) } else { None }
}

/// What is missing of the agent's environment, one sentence each, said once at the start.
#[must_use]
pub fn missing(config: &Config, has_webhook: bool) -> Vec<&'static str> {
    let mut specs = config.enabled().filter_map(|check| host(check)).peekable();
    let mut missing = Vec::new();
    if specs.peek().is_some() && !has_webhook {
        missing
            .push("N8N_WEBHOOK_URL is not set: changes of the worker are told on other channels");
    }
    if specs.any(|spec| spec.heartbeat.is_none()) {
        missing
            .push("HEARTBEAT_URL or SECRET_KEY is not set: no heartbeat is sent, metrics are kept");
    }
    missing
}

fn open(db: &str) -> Result<File, MetricsError> {
    let path = Path::new(db);
    let opened = MetricsDb::open(path)?;
    let failed = |why: String| MetricsError::Sqlite { path: db.to_owned(), why };
    let last = opened.last_status().map_err(|error| failed(error.to_string()))?;
    let thread = MetricsThread::spawn(opened).map_err(|error| failed(error.to_string()))?;
    Ok(File { thread: Some(thread), last })
}

fn row(seen: &HostObservation) -> MetricsRow {
    MetricsRow {
        at: seen.at,
        cpu_percent: seen.cpu_percent,
        ram_percent: seen.ram_percent,
        ram_used_mb: seen.ram_used_mb,
        disk_percent: seen.disk_percent,
        container_count: seen.containers.as_ref().ok().copied(),
        ping_ms: seen.ping_ms.as_ref().ok().copied(),
        worker_status: seen.heartbeat.as_ref().and_then(|answer| answer.as_ref().ok()).copied(),
        cycle_duration_ms: seen.cycle_ms,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_that_were_left_out_are_counted_and_a_little_lateness_is_none() {
        let (agents, name) = (Agents::default(), CheckName::new("host"));
        let begin = |ms| agents.begin(&name, Timestamp::from_millis(ms), Duration::from_secs(10));
        let turns = [(0, 0), (10_240, 0), (20_000, 0), (50_003, 2), (60_000, 0), (55_000, 0)];
        for (at, left_out) in turns {
            assert_eq!(begin(at), left_out, "at {at} ms");
        }
    }

    #[test]
    fn an_engine_that_is_gone_is_news_once_until_it_is_back() {
        let (agents, name) = (Agents::default(), CheckName::new("host"));
        let news = [true, true, false, true].map(|failed| agents.saw_docker(&name, failed));
        assert_eq!(news, [true, false, false, true]);
    }
}
