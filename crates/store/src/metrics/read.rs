//! Looks at `metrics.db` while its agent writes, or long after. Never writes.

use std::{fs, path::Path, time::Duration};

use engine::Timestamp;
use rusqlite::{Connection, OpenFlags, Row, params};

use super::{COLUMNS, lima};

/// How long a look waits for somebody who makes or closes the file.
const PATIENCE: Duration = Duration::from_millis(500);

/// The file, open for reading.
#[derive(Debug)]
pub struct MetricsView {
    connection: Connection,
}

/// A row as it stands in the file.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredRow {
    /// When its cycle began, as text five hours behind UTC.
    pub timestamp_lima: String,
    /// The other columns in their order, from `cpu_percent` on.
    pub values: Vec<Option<f64>>,
}

/// A column over a time.
#[derive(Clone, Debug, PartialEq)]
pub struct Span {
    /// Its name.
    pub column: &'static str,
    /// Lowest, average and highest value; absent when there was none.
    pub measured: Option<Measured>,
}

/// Lowest, average and highest value of a column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    /// The lowest value.
    pub min: f64,
    /// The average of all values.
    pub avg: f64,
    /// The highest value.
    pub max: f64,
}

/// The columns that are numbers, and stand in [`StoredRow::values`].
fn numbers() -> impl Iterator<Item = &'static str> {
    COLUMNS.iter().map(|(name, _)| *name).skip(2)
}

impl MetricsView {
    /// The names of the columns of [`StoredRow::values`].
    pub fn columns() -> impl Iterator<Item = &'static str> {
        numbers()
    }

    /// Opens the file; absent when there is none.
    ///
    /// # Errors
    /// When SQLite cannot read it.
    pub fn open(path: &Path) -> rusqlite::Result<Option<Self>> {
        if !fs::exists(path).unwrap_or(true) {
            return Ok(None);
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(PATIENCE)?;
        match connection.query_row("SELECT count(*) FROM sqlite_master", [], |_| Ok(())) {
            Ok(()) => Ok(Some(Self { connection })),
            Err(error) => at_rest(path, error).map(Some),
        }
    }

    /// The newest rows, newest first.
    ///
    /// # Errors
    /// When SQLite cannot read them.
    pub fn newest(&self, most: u32) -> rusqlite::Result<Vec<StoredRow>> {
        let columns: Vec<_> = numbers().collect();
        let mut statement = self.connection.prepare(&format!(
            "SELECT timestamp_lima, {} FROM metrics ORDER BY timestamp_lima DESC LIMIT ?1",
            columns.join(", ")
        ))?;
        let stored = |row: &Row<'_>| {
            let values = (1..=columns.len()).map(|at| row.get(at)).collect::<Result<_, _>>()?;
            Ok(StoredRow { timestamp_lima: row.get(0)?, values })
        };
        statement.query_map([most], stored)?.collect()
    }

    /// Every numeric column over the rows from that instant on.
    ///
    /// # Errors
    /// When SQLite cannot read them.
    pub fn since(&self, from: Timestamp) -> rusqlite::Result<Vec<Span>> {
        let sums: Vec<_> =
            numbers().map(|name| format!("min({name}), avg({name}), max({name})")).collect();
        let text = format!("SELECT {} FROM metrics WHERE timestamp_lima >= ?1", sums.join(", "));
        self.connection.query_row(&text, params![lima(from)], |row| {
            let span = |(place, column)| Ok(Span { column, measured: measured(row, 3 * place)? });
            numbers().enumerate().map(span).collect()
        })
    }
}

fn measured(row: &Row<'_>, at: usize) -> rusqlite::Result<Option<Measured>> {
    let all: (Option<f64>, Option<f64>, Option<f64>) =
        (row.get(at)?, row.get(at + 1)?, row.get(at + 2)?);
    Ok(match all {
        (Some(min), Some(avg), Some(max)) => Some(Measured { min, avg, max }),
        _ => None,
    })
}

/// A file whose agent has ended leaves no log beside it; whoever may not write its folder can only
/// read it as one that nobody changes.
fn at_rest(path: &Path, error: rusqlite::Error) -> rusqlite::Result<MetricsView> {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    if fs::exists(&log).unwrap_or(true) {
        return Err(error);
    }
    let uri = format!("file:{}?immutable=1", escaped(&path.to_string_lossy()));
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
    Connection::open_with_flags(uri, flags).map(|connection| MetricsView { connection })
}

fn escaped(path: &str) -> String {
    path.replace('%', "%25").replace('?', "%3f").replace('#', "%23")
}
