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
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) pool: Option<Pool>,
    /// Answered with 503.
    #[serde(skip)]
    pub(crate) down: bool,
}

/// How fast time goes in what nobody has given a figure for, and since when the queue fills.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    pub(crate) speed: f64,
    /// How long ago it was drained.
    pub(crate) drained: Option<Duration>,
}

impl DbHealth {
    /// It answers nobody.
    pub(super) fn unreachable(self) -> Self {
        Self { ok: false, error: Some("connection refused"), down: true, ..self }
    }

    /// How long the answer really takes: as reported when slow, but below a second.
    pub(crate) fn delay(&self) -> Duration {
        const LONGEST: u64 = 900;
        let slow = self.latency_ms >= 100;
        Duration::from_millis(if slow { self.latency_ms.min(LONGEST) } else { 0 })
    }
}

/// The database's connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct Pool {
    pub(crate) size: u64,
    pub(crate) in_use: u64,
}

/// What `GET /queue/health` answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct QueueHealth {
    pub(crate) depth: u64,
    pub(crate) oldest_age_s: u64,
    /// Delivered more than once.
    #[serde(skip_serializing_if = "is_zero")]
    pub(crate) redelivered: u64,
    /// Done, but not known to be.
    #[serde(skip_serializing_if = "is_zero")]
    pub(crate) unacked: u64,
    #[serde(skip_serializing_if = "is_zero")]
    pub(crate) out_of_order: u64,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl QueueHealth {
    const WELL: Self =
        Self { depth: 3, oldest_age_s: 5, redelivered: 0, unacked: 0, out_of_order: 0 };

    /// With what comes in so many seconds more while nobody takes anything out.
    pub(super) fn later(self, seconds: f64) -> Self {
        let more = seconds as u64;
        Self { depth: self.depth + more, oldest_age_s: self.oldest_age_s + more, ..self }
    }

    fn worst(&self, other: &Self) -> Self {
        Self {
            depth: self.depth.max(other.depth),
            oldest_age_s: self.oldest_age_s.max(other.oldest_age_s),
            redelivered: self.redelivered.max(other.redelivered),
            unacked: self.unacked.max(other.unacked),
            out_of_order: self.out_of_order.max(other.out_of_order),
        }
    }
}

/// The database under these faults; the oldest one that says something wins.
pub(crate) fn db(faults: &[Hit], pace: Pace) -> DbHealth {
    let mut health = DbHealth {
        ok: true,
        latency_ms: 12,
        error: None,
        replica_lag_s: None,
        pool: None,
        down: false,
    };
    for hit in faults {
        if let FaultKind::Db(fault) = &hit.spec.kind {
            worsen(&mut health, fault, &hit.strike, pace);
        }
    }
    health
}

fn worsen(health: &mut DbHealth, fault: &Db, strike: &Strike, pace: Pace) {
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
        DbKind::PoolExhausted => {
            let size = fault.size.unwrap_or(10);
            health.pool = Some(Pool { size, in_use: size });
            "connection pool exhausted"
        }
        DbKind::DiskFull => "no space left on device",
        DbKind::ReplicaLag => {
            let grown = (strike.age.as_secs_f64() * pace.speed) as u64;
            let lag = fault.s.map_or(grown, |s| strike.scaled(s as f64) as u64);
            health.replica_lag_s = Some(lag);
            return;
        }
        // Its health is fine: that is the point.
        DbKind::WritesFail => return,
    };
    health.ok = false;
    health.error.get_or_insert(error);
}

/// The queue under these faults; of several the worst figures count.
pub(crate) fn queue(faults: &[Hit], pace: Pace) -> QueueHealth {
    let mut health = QueueHealth::WELL;
    for hit in faults {
        if let FaultKind::Queue(fault) = &hit.spec.kind {
            health = health.worst(&under(fault, &hit.strike, pace));
        }
    }
    health
}

/// The queue under one fault; a ramp makes less of everything.
fn under(fault: &Queue, strike: &Strike, pace: Pace) -> QueueHealth {
    let well = QueueHealth::WELL;
    let drained = pace.drained.filter(|drained| *drained < strike.age);
    let real = drained.unwrap_or(strike.age).as_secs_f64();
    let age = real * pace.speed;
    let happened =
        |per_s: f64| strike.scaled(fault.per_s.map_or(per_s * age, |rate| rate * real)) as u64;
    // What waited when it got stuck is gone once it was drained.
    let (waiting, old) = if drained.is_some() { (0.0, 0.0) } else { (117.0, 895.0) };
    let behind = |messages: u64, seconds: f64| QueueHealth {
        depth: well.depth + messages,
        oldest_age_s: well.oldest_age_s + strike.scaled(seconds) as u64,
        ..well
    };
    match fault.kind {
        QueueKind::Stuck => behind(strike.scaled(waiting + age) as u64, old + age),
        QueueKind::Stalled => behind(happened(1.0), age),
        QueueKind::Growth => behind(happened(5.0), age / 2.0),
        QueueKind::Poison => behind(strike.scaled(1.0) as u64, age),
        QueueKind::Duplicate => QueueHealth { redelivered: happened(1.0), ..well },
        QueueKind::LostAck => QueueHealth { unacked: happened(1.0), ..behind(happened(1.0), age) },
        QueueKind::Reorder => QueueHealth { out_of_order: happened(1.0), ..well },
    }
}
