//! What the database and the queue report of themselves, given the faults that strike.
//! Pure: facts in, report out.

use super::entry::Hit;
use crate::faults::{Db, DbKind, FaultKind, Queue, QueueKind, Strike};
use serde::Serialize;
use std::time::Duration;

/// What `GET /db/health` answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct DbHealth {
    pub(crate) ok: bool,
    pub(crate) latency_ms: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) replica_lag_s: Option<u64>,
    /// Answered with 503.
    #[serde(skip)]
    pub(crate) down: bool,
}

impl DbHealth {
    /// How long the answer really takes: as reported when slow, but below a second.
    pub(crate) fn delay(&self) -> Duration {
        const LONGEST: u64 = 900;
        let slow = self.latency_ms >= 100;
        Duration::from_millis(if slow { self.latency_ms.min(LONGEST) } else { 0 })
    }
}

/// What `GET /queue/health` answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct QueueHealth {
    pub(crate) depth: u64,
    pub(crate) oldest_age_s: u64,
}

/// The database under these faults; the oldest one that says something wins.
pub(crate) fn db(faults: &[Hit]) -> DbHealth {
    let mut health =
        DbHealth { ok: true, latency_ms: 12, error: None, replica_lag_s: None, down: false };
    for hit in faults {
        if let FaultKind::Db(fault) = &hit.spec.kind {
            worsen(&mut health, fault, &hit.strike);
        }
    }
    health
}

fn worsen(health: &mut DbHealth, fault: &Db, strike: &Strike) {
    let error = match fault.kind {
        DbKind::Slow => {
            let ms = strike.scaled(fault.ms.unwrap_or(240) as f64) as u64;
            health.latency_ms = health.latency_ms.max(ms);
            "slow"
        }
        DbKind::Down => {
            health.down = true;
            "connection refused"
        }
        DbKind::ReadOnly => "read-only transaction",
        DbKind::Deadlock => "deadlock detected",
        DbKind::PoolExhausted => "connection pool exhausted",
        DbKind::DiskFull => "no space left on device",
        DbKind::ReplicaLag => {
            health.replica_lag_s = Some(strike.age.as_secs());
            return;
        }
    };
    health.ok = false;
    health.error.get_or_insert(error);
}

/// The queue under these faults; of several the worst figures count.
pub(crate) fn queue(faults: &[Hit]) -> QueueHealth {
    let mut health = QueueHealth { depth: 3, oldest_age_s: 5 };
    for hit in faults {
        if let FaultKind::Queue(fault) = &hit.spec.kind {
            let (depth, age) = backlog(fault, &hit.strike);
            health.depth = health.depth.max(depth);
            health.oldest_age_s = health.oldest_age_s.max(age);
        }
    }
    health
}

/// Depth and age of the oldest message; a ramp makes less of both.
fn backlog(fault: &Queue, strike: &Strike) -> (u64, u64) {
    let age = strike.age.as_secs_f64();
    let piled = |per_s: f64| fault.per_s.unwrap_or(per_s) * age;
    let (more, older) = match fault.kind {
        QueueKind::Stuck => (117.0 + age, 895.0 + age),
        QueueKind::Stalled => (piled(1.0), age),
        QueueKind::Growth => (piled(5.0), age / 2.0),
        QueueKind::Poison => (1.0, age),
    };
    (3 + strike.scaled(more) as u64, 5 + strike.scaled(older) as u64)
}
