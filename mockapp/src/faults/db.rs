//! `db`: what goes wrong with a database, as `GET /db/health` reports it.

use super::fields::{Fields, Invalid, required};
use super::{Domain, Fault, Info};

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
}

const KINDS: [(&str, DbKind); 7] = [
    ("slow", DbKind::Slow),
    ("down", DbKind::Down),
    ("read_only", DbKind::ReadOnly),
    ("deadlock", DbKind::Deadlock),
    ("pool_exhausted", DbKind::PoolExhausted),
    ("replica_lag", DbKind::ReplicaLag),
    ("disk_full", DbKind::DiskFull),
];

#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct Db {
    pub(crate) kind: DbKind,
    /// Reported latency, milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ms: Option<u64>,
}

impl Fault for Db {
    const INFO: Info = Info {
        name: "db",
        domain: Domain::Db,
        about: "The database is slow, down, read-only, deadlocked, out of connections or disk, or its replica lags.",
        parameters: &[
            ("kind", "slow, down, read_only, deadlock, pool_exhausted, replica_lag or disk_full"),
            ("ms", "with slow: the latency it reports, 100 to 60000; 240 when absent"),
        ],
        example: r#"{"fault": "db", "for": "2m", "kind": "down"}"#,
    };

    fn take(fields: &mut Fields) -> Result<Self, Invalid> {
        let kind = required("kind", fields.choice("kind", &KINDS)?)?;
        let ms = fields.whole("ms", 100..=60_000)?;
        if ms.is_some() && kind != DbKind::Slow {
            return Err(Invalid::at("ms", "`ms` goes with kind slow only"));
        }
        Ok(Self { kind, ms })
    }

    fn has_size(&self) -> bool {
        self.kind == DbKind::Slow
    }
}
