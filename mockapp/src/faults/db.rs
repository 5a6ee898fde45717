//! `db`: what goes wrong with a database, as `GET /db/health` reports it.

use super::condition::Occasion;
use super::db_partial::{write_fails, writes};
use super::fields::{Fields, Invalid, required};
use super::kind::{Domain, Fault, Info};
use super::plan::Plan;
use super::strike::Strike;
use crate::tools::{Component, Tool};

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DbKind {
    Slow,
    Down,
    ReadOnly,
    Deadlock,
    PoolExhausted,
    ReplicaLag,
    DiskFull,
    WritesFail,
}

const KINDS: [(&str, DbKind); 8] = [
    ("slow", DbKind::Slow),
    ("down", DbKind::Down),
    ("read_only", DbKind::ReadOnly),
    ("deadlock", DbKind::Deadlock),
    ("pool_exhausted", DbKind::PoolExhausted),
    ("replica_lag", DbKind::ReplicaLag),
    ("disk_full", DbKind::DiskFull),
    ("writes_fail", DbKind::WritesFail),
];

#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct Db {
    pub(crate) kind: DbKind,
    /// Reported latency, milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ms: Option<u64>,
    /// Reported lag of the replica, seconds; it grows when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) s: Option<u64>,
    /// Connections in the exhausted pool.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) size: Option<u64>,
}

impl Db {
    /// Of this kind, with nothing said of how much.
    pub(crate) fn plain(kind: DbKind) -> Self {
        Self { kind, ms: None, s: None, size: None }
    }
}

impl Fault for Db {
    const INFO: Info = Info {
        name: "db",
        domain: Domain::Db,
        about: "The database reports that it is slow, down, read-only, deadlocked, out of connections or disk, or that its replica lags; or it is well and refuses every write.",
        component: Component::Db,
        plain: "The database is slow, down or out of something",
        cured_by: &[Tool::RestartDb, Tool::FailoverDb],
        parameters: &[
            (
                "kind",
                "slow, down, read_only, deadlock, pool_exhausted, replica_lag, disk_full or writes_fail",
            ),
            ("ms", "with slow: the latency it reports, 100 to 60000; 240 when absent"),
            ("s", "with replica_lag: seconds; grows from 0 when absent"),
            ("size", "with pool_exhausted: connections in the pool; 10 when absent"),
        ],
        example: r#"{"fault": "db", "for": "2m", "kind": "down"}"#,
    };

    fn take(fields: &mut Fields) -> Result<Self, Invalid> {
        let kind = required("kind", fields.choice("kind", &KINDS)?)?;
        let ms = fields.whole("ms", 100..=60_000)?;
        let s = fields.whole("s", 0..=86_400)?;
        let size = fields.whole("size", 1..=100_000)?;
        goes_with("ms", ms, kind == DbKind::Slow, "slow")?;
        goes_with("s", s, kind == DbKind::ReplicaLag, "replica_lag")?;
        goes_with("size", size, kind == DbKind::PoolExhausted, "pool_exhausted")?;
        Ok(Self { kind, ms, s, size })
    }

    fn cured_by(&self) -> &'static [Tool] {
        match self.kind {
            DbKind::Slow | DbKind::Down => &[Tool::RestartDb, Tool::FailoverDb],
            // Locks, connections and a stuck replay do not outlive the process.
            DbKind::Deadlock | DbKind::PoolExhausted | DbKind::ReplicaLag => &[Tool::RestartDb],
            // The replica has a disk of its own, and takes writes once it is the database.
            DbKind::ReadOnly | DbKind::DiskFull | DbKind::WritesFail => &[Tool::FailoverDb],
        }
    }

    fn has_size(&self) -> bool {
        matches!(self.kind, DbKind::Slow | DbKind::ReplicaLag)
    }

    /// Writes are requests; everything else is what the database says of itself.
    fn wants(&self, occasion: &Occasion<'_>, _serial: u64) -> bool {
        let refuses = self.kind == DbKind::WritesFail;
        match occasion {
            Occasion::Request(asked) => refuses && writes(asked),
            Occasion::Connection { .. } => false,
            Occasion::Part => !refuses,
        }
    }

    fn on_request(&self, _strike: &Strike, plan: &mut Plan) {
        write_fails(plan);
    }
}

/// Refuses a parameter of another kind.
fn goes_with(key: &str, value: Option<u64>, fits: bool, kind: &str) -> Result<(), Invalid> {
    match value.is_some() && !fits {
        true => Err(Invalid::at(key, format!("`{key}` goes with kind {kind} only"))),
        false => Ok(()),
    }
}
