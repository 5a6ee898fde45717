//! The pure production stack: API, database, queue, jobs and the faults on them.
//! Every method takes the time as an argument; nothing here waits, reads a clock or does IO.

mod health;
mod inbox;
mod jobs;
mod ledger;
mod toggles;

pub(crate) use health::{DbHealth, QueueHealth};
pub(crate) use inbox::{Heartbeat, Inbox, Webhook};
pub(crate) use jobs::{JobView, Started};
pub(crate) use ledger::{FaultView, Refused};
pub(crate) use toggles::{Toggle, Toggles, Wish};

use crate::clock::{between, rfc3339};
use crate::faults::plan::Plan;
use crate::faults::selector::is_control;
use crate::faults::{Domain, FaultKind, Spec};
use jiff::Timestamp;
use jobs::Jobs;
use ledger::{EndedBy, Entry, Ledger};
use serde::Serialize;
use std::time::Duration;

/// The stack's state.
#[derive(Debug)]
pub(crate) struct Stack {
    started_at: Timestamp,
    ledger: Ledger,
    jobs: Jobs,
    /// What was posted to `/webhook` and `/api/heartbeat`.
    pub(crate) inbox: Inbox,
}

/// What `GET /admin/state` answers.
#[derive(Debug, Serialize)]
pub(crate) struct StateView {
    pub(crate) toggles: Toggles,
    pub(crate) faults: Vec<FaultView>,
    pub(crate) queue: QueueHealth,
    pub(crate) db: DbHealth,
    pub(crate) jobs: Vec<JobView>,
    pub(crate) heartbeat: Option<Heartbeat>,
    pub(crate) now: String,
    pub(crate) started_at: String,
    pub(crate) uptime_s: u64,
}

/// What becomes of a new connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accepting {
    /// It is accepted.
    Open,
    /// It is refused at once.
    Refused,
    /// Connecting never ends.
    Hanging,
}

/// What a reset did.
#[derive(Debug, Serialize)]
pub(crate) struct ResetView {
    pub(crate) ok: bool,
    pub(crate) ended: Vec<String>,
    pub(crate) kept: Vec<String>,
}

impl Stack {
    pub(crate) fn new(seed: u64, job_lasts: Duration, now: Timestamp) -> Self {
        Self {
            started_at: now,
            ledger: Ledger::new(seed),
            jobs: Jobs::new(job_lasts),
            inbox: Inbox::default(),
        }
    }

    /// Lets everything happen that was due by `now`, in the order of its instants.
    pub(crate) fn advance(&mut self, now: Timestamp) {
        while let Some(at) = self.next_event().filter(|at| *at <= now) {
            self.ledger.expire(at);
            self.settle(at);
        }
    }

    /// When something happens next without anyone asking.
    pub(crate) fn next_event(&self) -> Option<Timestamp> {
        [self.ledger.next_end(), self.jobs.next_due()].into_iter().flatten().min()
    }

    fn settle(&mut self, now: Timestamp) {
        self.jobs.release(&self.ledger, now);
        self.jobs.finish_due(&mut self.ledger, now);
    }

    /// What the faults want done to this request; counts the matches.
    pub(crate) fn decide(&mut self, now: Timestamp, method: &str, path: &str) -> Plan {
        let mut plan = Plan::default();
        if is_control(path) {
            return plan;
        }
        for (entry, draw) in self.ledger.hits(now, |entry| on_request(entry, method, path)) {
            entry.spec.kind.on_request(draw, &mut plan);
        }
        plan
    }

    pub(crate) fn db(&mut self, now: Timestamp) -> DbHealth {
        let hits = self.ledger.hits(now, |entry| in_domain(entry, Domain::Db));
        health::db(hits.iter().map(|(entry, _)| entry), now)
    }

    pub(crate) fn queue(&mut self, now: Timestamp) -> QueueHealth {
        let hits = self.ledger.hits(now, |entry| in_domain(entry, Domain::Queue));
        health::queue(hits.iter().map(|(entry, _)| entry), now)
    }

    pub(crate) fn run_job(&mut self, now: Timestamp, name: Option<&str>) -> Started {
        self.jobs.run(name, &mut self.ledger, now)
    }

    pub(crate) fn job(&self, id: &str) -> Option<JobView> {
        self.jobs.find(id)
    }

    pub(crate) fn toggles(&self) -> Toggles {
        Toggles::from_fn(|toggle| self.ledger.is_active(toggle.key()))
    }

    /// Moves the switches; one that is where it should be keeps its counters.
    pub(crate) fn set_toggles(&mut self, now: Timestamp, wish: Wish) -> Toggles {
        for toggle in Toggle::ALL {
            match (wish.get(toggle), self.ledger.is_active(toggle.key())) {
                (Some(true), false) => drop(self.ledger.start(toggle.spec(), now)),
                (Some(false), true) => drop(self.end(now, toggle.key())),
                (Some(true), true) | (Some(false), false) | (None, _) => {}
            }
        }
        self.settle(now);
        self.toggles()
    }

    pub(crate) fn inject(&mut self, now: Timestamp, spec: Spec) -> Result<FaultView, Refused> {
        if let Some(id) = spec.id.as_ref().filter(|id| Toggle::is_reserved(id)) {
            return Err(Refused::Reserved(id.clone()));
        }
        self.ledger.admits(spec.id.as_deref())?;
        Ok(self.ledger.start(spec, now))
    }

    /// Ends one fault; answers it also when it was over before, `None` when it never was.
    pub(crate) fn end(&mut self, now: Timestamp, id: &str) -> Option<FaultView> {
        self.ledger.end_where(now, EndedBy::Request, |entry| entry.id == id);
        self.settle(now);
        self.find_fault(now, id)
    }

    /// Ends every fault that is not sticky; the queue is normal again with them.
    pub(crate) fn reset(&mut self, now: Timestamp) -> ResetView {
        let loose = |entry: &Entry| !entry.spec.envelope.sticky;
        let ended = self.ledger.end_where(now, EndedBy::Reset, loose);
        self.settle(now);
        let kept = self.ledger.active(now).into_iter().map(|fault| fault.id).collect();
        ResetView { ok: true, ended, kept }
    }

    pub(crate) fn find_fault(&self, now: Timestamp, id: &str) -> Option<FaultView> {
        self.ledger.find(id, now)
    }

    /// Active faults first, then the ended ones, newest first.
    pub(crate) fn faults(&self, now: Timestamp) -> Vec<FaultView> {
        let ended = self.ledger.ended(now).into_iter().rev();
        self.ledger.active(now).into_iter().chain(ended).collect()
    }

    /// What is to become of new connections.
    pub(crate) fn accepting(&self) -> Accepting {
        if self.ledger.any(|kind| matches!(kind, FaultKind::NetRefuse(_))) {
            return Accepting::Refused;
        }
        match self.ledger.any(|kind| matches!(kind, FaultKind::NetConnectHang(_))) {
            true => Accepting::Hanging,
            false => Accepting::Open,
        }
    }

    /// Everything at a glance; looking at it counts as no match.
    pub(crate) fn view(&self, now: Timestamp) -> StateView {
        let db = self.ledger.peek(|entry| in_domain(entry, Domain::Db));
        let queue = self.ledger.peek(|entry| in_domain(entry, Domain::Queue));
        StateView {
            toggles: self.toggles(),
            faults: self.ledger.active(now),
            queue: health::queue(queue.iter(), now),
            db: health::db(db.iter(), now),
            jobs: self.jobs.latest(20),
            heartbeat: self.inbox.heartbeat(),
            now: rfc3339(now),
            started_at: rfc3339(self.started_at),
            uptime_s: between(self.started_at, now).as_secs(),
        }
    }
}

fn in_domain(entry: &Entry, domain: Domain) -> bool {
    entry.spec.kind.info().domain == domain
}

fn on_request(entry: &Entry, method: &str, path: &str) -> bool {
    matches!(entry.spec.kind.info().domain, Domain::Requests | Domain::Anything)
        && entry.spec.envelope.on.as_ref().is_none_or(|on| on.takes_request(method, path))
}
