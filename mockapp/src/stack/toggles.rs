//! The four switches of the panel. Each is an ordinary fault with a fixed id.
//! Owns their names and what they stand for.

use crate::faults::envelope::Envelope;
use crate::faults::fields::{Fields, Invalid};
use crate::faults::selector::Selector;
use crate::faults::{Db, DbKind, FaultKind, HttpStatus, Job, JobKind, Queue, QueueKind, Spec};
use crate::tools::Tool;
use serde::Serialize;
use serde_json::{Map, Value, json};

/// One of the four.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Toggle {
    ApiDown,
    DbSlow,
    QueueStuck,
    JobFail,
}

impl Toggle {
    pub(crate) const ALL: [Self; 4] =
        [Self::ApiDown, Self::DbSlow, Self::QueueStuck, Self::JobFail];

    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::ApiDown => "api_down",
            Self::DbSlow => "db_slow",
            Self::QueueStuck => "queue_stuck",
            Self::JobFail => "job_fail",
        }
    }

    pub(crate) fn is_reserved(id: &str) -> bool {
        Self::ALL.iter().any(|toggle| toggle.key() == id)
    }

    /// The fault that the switch stands for.
    pub(crate) fn spec(self) -> Spec {
        let (kind, on) = match self {
            Self::ApiDown => (
                FaultKind::HttpStatus(HttpStatus::of(503, json!({"status": "down"}))),
                Selector::Route { method: "GET".to_owned(), path: "/api/ping".to_owned() },
            ),
            Self::DbSlow => (FaultKind::Db(Db::plain(DbKind::Slow)), Selector::Db),
            Self::QueueStuck => {
                (FaultKind::Queue(Queue { kind: QueueKind::Stuck, per_s: None }), Selector::Queue)
            }
            Self::JobFail => (FaultKind::Job(Job::plain(JobKind::Fail)), Selector::Job(None)),
        };
        // What is down is the process, whatever its answers look like.
        let cured_by = (self == Self::ApiDown).then(|| vec![Tool::RestartApi]);
        let envelope = Envelope { on: Some(on), cured_by, ..Envelope::default() };
        Spec { id: Some(self.key().to_owned()), kind, envelope }
    }
}

/// The positions of all four.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct Toggles {
    pub(crate) api_down: bool,
    pub(crate) db_slow: bool,
    pub(crate) queue_stuck: bool,
    pub(crate) job_fail: bool,
}

impl Toggles {
    pub(crate) fn get(&self, toggle: Toggle) -> bool {
        match toggle {
            Toggle::ApiDown => self.api_down,
            Toggle::DbSlow => self.db_slow,
            Toggle::QueueStuck => self.queue_stuck,
            Toggle::JobFail => self.job_fail,
        }
    }

    pub(crate) fn from_fn(on: impl Fn(Toggle) -> bool) -> Self {
        Self {
            api_down: on(Toggle::ApiDown),
            db_slow: on(Toggle::DbSlow),
            queue_stuck: on(Toggle::QueueStuck),
            job_fail: on(Toggle::JobFail),
        }
    }
}

/// A wish for each toggle: on, off, or as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wish([Option<bool>; 4]);

impl Wish {
    /// Reads `{"api_down": true}`, strictly: only the four keys, only true and false.
    pub(crate) fn parse(body: Map<String, Value>) -> Result<Self, Invalid> {
        let mut fields = Fields::new(body);
        fields.only(&Toggle::ALL.map(Toggle::key))?;
        let mut wish = [None; 4];
        for (slot, toggle) in wish.iter_mut().zip(Toggle::ALL) {
            *slot = fields.flag(toggle.key())?;
        }
        Ok(Self(wish))
    }

    /// A missing key means off.
    pub(crate) fn replacing(self) -> Self {
        Self(self.0.map(|wish| Some(wish.unwrap_or(false))))
    }

    pub(crate) fn get(&self, toggle: Toggle) -> Option<bool> {
        Toggle::ALL.iter().position(|known| *known == toggle).and_then(|at| self.0[at])
    }
}
