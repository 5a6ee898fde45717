//! The pure production stack: API, database, queue, jobs and the faults on them.
//! Every method takes the time as an argument; nothing here waits, reads a clock or does IO.

mod entry;
mod fault_view;
mod health;
mod inbox;
mod jobs;
mod ledger;
mod slots;
mod toggles;

pub(crate) use entry::Entry;
pub(crate) use fault_view::FaultView;
pub(crate) use health::{DbHealth, QueueHealth};
pub(crate) use inbox::{Heartbeat, Inbox, Webhook};
pub(crate) use jobs::{JobView, Started};
pub(crate) use ledger::Refused;
pub(crate) use slots::Slot;
pub(crate) use toggles::{Toggle, Toggles, Wish};

use crate::clock::{between, rfc3339};
use crate::faults::condition::Asked;
use crate::faults::plan::Plan;
use crate::faults::selector::is_control;
use crate::faults::{Domain, FaultKind, Spec};
use entry::EndedBy;
use jiff::Timestamp;
use jobs::Jobs;
use ledger::Ledger;
use serde::Serialize;
use std::time::Duration;

/// The stack's state. A copy is cheap: what only grows is shared until it is written to.
#[derive(Debug, Clone)]
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
            self.ledger.pass(at);
            self.settle(at);
        }
    }

    /// When something happens next without anyone asking.
    pub(crate) fn next_event(&self) -> Option<Timestamp> {
        [self.ledger.next_change(), self.jobs.next_due()].into_iter().flatten().min()
    }

    fn settle(&mut self, now: Timestamp) {
        self.jobs.release(&self.ledger, now);
        self.jobs.finish_due(&mut self.ledger, now);
    }

    /// What the faults want done to this request; counts the matches.
    pub(crate) fn decide(&mut self, now: Timestamp, asked: &Asked<'_>) -> Plan {
        let mut plan = Plan::default();
        if is_control(asked.path) {
            return plan;
        }
        for hit in self.ledger.hits(now, Some(asked), |entry| on_request(entry, asked)) {
            hit.spec.kind.on_request(&hit.strike, &mut plan);
            plan.slots.extend(hit.slot);
        }
        plan
    }

    pub(crate) fn db(&mut self, now: Timestamp) -> DbHealth {
        health::db(&self.ledger.hits(now, None, |entry| in_domain(entry, Domain::Db)))
    }

    pub(crate) fn queue(&mut self, now: Timestamp) -> QueueHealth {
        health::queue(&self.ledger.hits(now, None, |entry| in_domain(entry, Domain::Queue)))
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
        self.ledger.active(now).into_iter().chain(self.ledger.ended(now)).collect()
    }

    /// The faults themselves, for those who only read.
    pub(crate) fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Ends every fault, sticky or not: no remedy has a say in it.
    pub(crate) fn heal(&mut self, now: Timestamp) {
        self.ledger.end_where(now, EndedBy::Heal, |_| true);
        self.settle(now);
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
        let db = self.ledger.peek(now, |entry| in_domain(entry, Domain::Db));
        let queue = self.ledger.peek(now, |entry| in_domain(entry, Domain::Queue));
        StateView {
            toggles: self.toggles(),
            faults: self.ledger.active(now),
            queue: health::queue(&queue),
            db: health::db(&db),
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

fn on_request(entry: &Entry, asked: &Asked<'_>) -> bool {
    let on = entry.spec.envelope.on.as_ref();
    entry.spec.kind.info().domain.is_on_requests()
        && on.is_none_or(|on| on.takes_request(asked.method, asked.path))
}
