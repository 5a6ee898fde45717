//! `metrics.db`: the SQLite file of a host's agent, one row a cycle, readable by any tool while it
//! is written. Its table is a contract with others: the columns, their types and their order. This
//! file owns the schema; `thread` writes rows without holding anybody up, `read` looks at them.

mod read;
mod thread;

use std::{
    fs, io,
    os::unix::fs::{DirBuilderExt as _, MetadataExt as _},
    path::{Path, PathBuf},
    time::Duration,
};

use engine::Timestamp;
use jiff::tz::{Offset, TimeZone};
use rusqlite::{Connection, ErrorCode, OptionalExtension as _, params};

/// Why a file of metrics cannot be read.
pub type ReadError = rusqlite::Error;

pub use read::{Measured, MetricsView, Span, StoredRow};
pub use thread::MetricsThread;

/// How long a statement waits for others who hold the file.
const PATIENCE: Duration = Duration::from_secs(5);

/// The columns with their types, in order.
const COLUMNS: [(&str, &str); 11] = [
    ("id", "TEXT"),
    ("timestamp_lima", "TEXT"),
    ("cpu_percent", "REAL"),
    ("ram_percent", "REAL"),
    ("ram_used_mb", "REAL"),
    ("disk_percent", "REAL"),
    ("container_count", "INTEGER"),
    ("internet_ok", "INTEGER"),
    ("ping_ms", "REAL"),
    ("worker_status", "INTEGER"),
    ("cycle_duration_ms", "REAL"),
];

/// A random UUID of version 4, made by SQLite's own generator.
const INSERT: &str = "INSERT INTO metrics VALUES (lower(hex(randomblob(4)) || '-' || \
     hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-' || \
     substr('89ab', 1 + (random() & 3), 1) || substr(hex(randomblob(2)), 2) || '-' || \
     hex(randomblob(6))), ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";

/// What one cycle measured. What could not be measured is absent.
#[derive(Clone, Debug, PartialEq)]
pub struct MetricsRow {
    /// When the cycle began.
    pub at: Timestamp,
    /// Use of the processors, 0 to 100.
    pub cpu_percent: Option<f64>,
    /// Use of the memory, 0 to 100.
    pub ram_percent: Option<f64>,
    /// The same in megabytes.
    pub ram_used_mb: Option<f64>,
    /// Use of the root file system, 0 to 100.
    pub disk_percent: Option<f64>,
    /// Running containers.
    pub container_count: Option<u32>,
    /// Milliseconds until the internet answered; absent when it did not.
    pub ping_ms: Option<f64>,
    /// The status code that the heartbeat got; absent when it failed.
    pub worker_status: Option<u16>,
    /// Duration of the cycle in milliseconds.
    pub cycle_duration_ms: f64,
}

/// Why the file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum MetricsError {
    /// The folder or the file may not be written.
    #[error(
        "{path} cannot be written by user {user}: {why}; {place} belongs to user {owner}. Give it \
         to the user that runs the checker (chown {user} {place}), or under Docker set \
         `user: \"UID:DOCKER_GID\"` in the compose file to the owner's (id -u)"
    )]
    Unwritable {
        /// The file.
        path: String,
        /// The nearest folder or file that is there.
        place: String,
        /// The number of the user it belongs to.
        owner: u32,
        /// The number of the user that tried.
        user: u32,
        /// What the system or SQLite said.
        why: String,
    },
    /// There is a table of that name, but another one.
    #[error("{path} has a table `metrics` with other columns; name another file with `db`")]
    Foreign {
        /// The file.
        path: String,
    },
    /// SQLite could not use the file.
    #[error("{path}: {why}")]
    Sqlite {
        /// The file.
        path: String,
        /// What it said.
        why: String,
    },
}

/// The file, open for writing.
#[derive(Debug)]
pub struct MetricsDb {
    connection: Connection,
}

impl MetricsDb {
    /// Opens the file; makes it, its folder and its table where they are missing.
    ///
    /// # Errors
    /// Says what is in the way, and whose it is.
    pub fn open(path: &Path) -> Result<Self, MetricsError> {
        let unwritable = |why: String| unwritable(path, why);
        make_folder(path).map_err(|error| unwritable(error.to_string()))?;
        let failed = |error: rusqlite::Error| {
            if error.sqlite_error_code().is_some_and(is_refusal) {
                return unwritable(error.to_string());
            }
            MetricsError::Sqlite { path: shown(path), why: error.to_string() }
        };
        let connection = Connection::open(path).map_err(failed)?;
        prepare(&connection).map_err(failed)?;
        if columns(&connection).map_err(failed)? != COLUMNS.map(owned) {
            return Err(MetricsError::Foreign { path: shown(path) });
        }
        Ok(Self { connection })
    }

    /// What the newest row says of the heartbeat; absent when there is no row.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn last_status(&self) -> rusqlite::Result<Option<Option<u16>>> {
        let newest = "SELECT worker_status FROM metrics ORDER BY rowid DESC LIMIT 1";
        self.connection.query_row(newest, [], |row| row.get(0)).optional()
    }

    /// Adds a row.
    ///
    /// # Errors
    /// When the file cannot be written, for example because another program holds it.
    pub fn insert(&self, row: &MetricsRow) -> rusqlite::Result<()> {
        let values = params![
            lima(row.at),
            row.cpu_percent,
            row.ram_percent,
            row.ram_used_mb,
            row.disk_percent,
            row.container_count,
            u8::from(row.ping_ms.is_some()),
            row.ping_ms,
            row.worker_status,
            row.cycle_duration_ms,
        ];
        self.connection.execute(INSERT, values).map(|_| ())
    }
}

/// An instant as `timestamp_lima` has it: always five hours behind UTC, always as wide, so that the
/// order of the texts is that of the instants.
#[must_use]
pub fn lima(at: Timestamp) -> String {
    let zone = TimeZone::fixed(Offset::constant(-5));
    at.to_jiff().to_zoned(zone).strftime("%Y-%m-%dT%H:%M:%S.%3f%:z").to_string()
}

fn prepare(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(PATIENCE)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "normal")?;
    let columns = COLUMNS.map(|(name, kind)| match name {
        "id" => format!("{name} {kind} PRIMARY KEY"),
        _ => format!("{name} {kind}"),
    });
    connection.execute_batch(&format!(
        "CREATE TABLE IF NOT EXISTS metrics ({});
         CREATE INDEX IF NOT EXISTS metrics_by_time ON metrics (timestamp_lima);",
        columns.join(", ")
    ))?;
    // Says now, and not at the first row, when the file may only be read.
    connection.execute_batch("BEGIN IMMEDIATE; COMMIT")
}

/// Whether the system does not let us, as opposed to a file that is broken or held.
fn is_refusal(code: ErrorCode) -> bool {
    [ErrorCode::CannotOpen, ErrorCode::ReadOnly, ErrorCode::PermissionDenied].contains(&code)
}

fn columns(connection: &Connection) -> rusqlite::Result<Vec<(String, String)>> {
    let mut statement = connection.prepare("PRAGMA table_info(metrics)")?;
    let found = statement.query_map([], |row| Ok((row.get(1)?, row.get(2)?)))?;
    found.collect()
}

fn owned((name, kind): (&str, &str)) -> (String, String) {
    (name.to_owned(), kind.to_owned())
}

fn make_folder(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => {
            fs::DirBuilder::new().recursive(true).mode(0o750).create(folder)
        }
        _ => Ok(()),
    }
}

fn unwritable(path: &Path, why: String) -> MetricsError {
    let full = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let nearest = full.ancestors().find_map(|place| Some((place, fs::metadata(place).ok()?)));
    let (place, owner) =
        nearest.map_or((PathBuf::new(), 0), |(place, found)| (place.to_owned(), found.uid()));
    MetricsError::Unwritable {
        path: shown(path),
        place: shown(&place),
        owner,
        user: rustix::process::geteuid().as_raw(),
        why,
    }
}

fn shown(path: &Path) -> String {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).display().to_string()
}
