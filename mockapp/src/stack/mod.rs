//! The pure production stack: API, database, queue, jobs and the faults on them.
//! Every method takes the time as an argument; nothing here waits, reads a clock or does IO.

mod entry;
mod fault_view;
mod health;
mod inbox;
mod job_view;
mod jobs;
mod ledger;
mod operate;
mod operations;
mod remedies;
mod slots;
mod toggles;

pub(crate) use entry::Entry;
pub(crate) use fault_view::FaultView;
pub(crate) use health::{DbHealth, QueueHealth};
pub(crate) use inbox::{Heartbeat, Inbox, Webhook};
pub(crate) use job_view::JobView;
pub(crate) use jobs::Started;
pub(crate) use ledger::Refused;
pub(crate) use operations::{Busy, Operation, Operations};
pub(crate) use remedies::Remedied;
pub(crate) use slots::Slot;
pub(crate) use toggles::{Toggle, Toggles, Wish};

use crate::clock::{between, rfc3339};
use crate::faults::condition::{Asked, Occasion};
use crate::faults::envelope::Dir;
use crate::faults::plan::{Answer, ConnectPlan, Plan};
use crate::faults::{Domain, Spec};
use crate::options::Options;
use crate::tools::Component;
use entry::EndedBy;
use jiff::Timestamp;
use jobs::Jobs;
use ledger::Ledger;
use remedies::Remedies;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Answers that faults keep altogether.
const MOST_FROZEN: usize = 1_000;

/// The stack's state. A copy is cheap: what only grows is shared until it is written to.
#[derive(Debug, Clone)]
pub(crate) struct Stack {
    started_at: Timestamp,
    ledger: Ledger,
    jobs: Jobs,
    remedies: Remedies,
    operations: Operations,
    /// Its answers tell nobody that a fault has made them.
    discreet: bool,
    /// Answers that faults keep, by their serial and the request; shared with copies.
    frozen: Arc<BTreeMap<(u64, String), Answer>>,
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
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) memory_mb: Option<u64>,
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

impl Stack {
    pub(crate) fn new(options: &Options, now: Timestamp) -> Self {
        Self {
            started_at: now,
            ledger: Ledger::new(options.seed),
            jobs: Jobs::new(options.job_lasts),
            remedies: Remedies::default(),
            operations: Operations::new(options.speed),
            discreet: options.operator,
            frozen: Arc::default(),
            inbox: Inbox::default(),
        }
    }

    /// Lets everything happen that was due by `now`, in the order of its instants.
    pub(crate) fn advance(&mut self, now: Timestamp) {
        while let Some(at) = self.next_event().filter(|at| *at <= now) {
            self.ledger.pass(at);
            self.reset_late(at);
            self.operate_due(at);
            self.settle(at);
        }
    }

    /// When something happens next without anyone asking.
    pub(crate) fn next_event(&self) -> Option<Timestamp> {
        self.next_change().into_iter().chain(self.jobs.next_due()).min()
    }

    /// When a fault or an operation ends or changes its phase by itself next.
    pub(crate) fn next_change(&self) -> Option<Timestamp> {
        [self.ledger.next_change(), self.remedies.next(), self.operations.next()]
            .into_iter()
            .flatten()
            .min()
    }

    /// Goes up whenever a fault or an operation starts, ends or changes.
    pub(crate) fn changes(&self) -> u64 {
        self.ledger.changes() + self.operations.changes()
    }

    /// What is to become of new connections.
    pub(crate) fn accepting(&self) -> Accepting {
        if self.operations.is_down() { Accepting::Refused } else { self.ledger.accepting() }
    }

    /// How often the process has died so far, of a fault or by hand.
    pub(crate) fn deaths(&self) -> u64 {
        self.ledger.deaths() + self.operations.deaths()
    }

    /// What the operator's tools do and did.
    pub(crate) fn operations(&mut self) -> &mut Operations {
        &mut self.operations
    }

    fn settle(&mut self, now: Timestamp) {
        if self.frozen.keys().any(|(serial, _)| !self.ledger.holds(*serial)) {
            Arc::make_mut(&mut self.frozen).retain(|(serial, _), _| self.ledger.holds(*serial));
        }
        self.jobs.release(&self.ledger, now);
        let broken = self.operations.fails(Component::Job);
        self.jobs.finish_due(&mut self.ledger, broken, now);
    }

    /// What the faults want done to this request; counts the matches.
    pub(crate) fn decide(&mut self, now: Timestamp, asked: &Asked<'_>) -> Plan {
        let mut plan = Plan::default();
        if asked.exempt {
            return plan;
        }
        plan.answer = self.made_worse();
        let occasion = Occasion::Request(*asked);
        for hit in self.ledger.hits(now, &occasion, |entry| on_request(entry, asked)) {
            let before = (plan.latency, plan.silence);
            hit.spec.kind.on_request(&hit.strike, &mut plan);
            if hit.spec.envelope.dir == Some(Dir::Response) {
                plan.turn_round(before);
            }
            plan.slots.extend(hit.slot);
        }
        self.hinder(asked, &mut plan);
        if self.discreet {
            plan.answer = plan.answer.map(Answer::discreet);
        }
        plan
    }

    /// What the faults want done to a new connection while so many others are open.
    pub(crate) fn connect(&mut self, now: Timestamp, links: u64) -> ConnectPlan {
        let mut plan = ConnectPlan::default();
        for hit in self.ledger.hits(now, &Occasion::Connection { links }, |_| true) {
            hit.spec.kind.on_connect(&hit.strike, &mut plan);
        }
        plan
    }

    /// The answer that the fault of this serial keeps for a request.
    pub(crate) fn frozen(&self, serial: u64, request: &str) -> Option<Answer> {
        self.frozen.get(&(serial, request.to_owned())).cloned()
    }

    /// Keeps an answer for as long as its fault is active.
    pub(crate) fn freeze(&mut self, serial: u64, request: String, answer: Answer) {
        let frozen = Arc::make_mut(&mut self.frozen);
        if frozen.len() < MOST_FROZEN {
            frozen.entry((serial, request)).or_insert(answer);
        }
    }

    pub(crate) fn db(&mut self, now: Timestamp) -> DbHealth {
        let hits = self.ledger.hits_on_part(now, |entry| in_domain(entry, Domain::Db));
        self.db_under_operations(health::db(&hits, self.pace(now)))
    }

    pub(crate) fn queue(&mut self, now: Timestamp) -> QueueHealth {
        let hits = self.ledger.hits_on_part(now, |entry| in_domain(entry, Domain::Queue));
        self.queue_under_operations(now, health::queue(&hits, self.pace(now)))
    }

    pub(crate) fn run_job(&mut self, now: Timestamp, name: Option<&str>) -> Started {
        self.jobs.run(name, &mut self.ledger, now)
    }

    pub(crate) fn job(&self, id: &str) -> Option<JobView> {
        self.jobs.find(id, &self.ledger)
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

    pub(crate) fn inject(&mut self, now: Timestamp, mut spec: Spec) -> Result<FaultView, Refused> {
        if let Some(id) = spec.id.as_ref().filter(|id| Toggle::is_reserved(id)) {
            return Err(Refused::Reserved(id.clone()));
        }
        self.ledger.admits(spec.id.as_deref())?;
        spec.kind.hasten(self.operations.speed());
        Ok(self.ledger.start(spec, now))
    }

    /// Ends one fault; answers it also when it was over before, `None` when it never was.
    pub(crate) fn end(&mut self, now: Timestamp, id: &str) -> Option<FaultView> {
        self.ledger.end_where(now, EndedBy::Request, |entry| entry.id == id);
        self.settle(now);
        self.find_fault(now, id)
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

    /// Everything at a glance; looking at it counts as no match.
    pub(crate) fn view(&self, now: Timestamp) -> StateView {
        let db = self.ledger.peek(now, |entry| in_domain(entry, Domain::Db));
        StateView {
            toggles: self.toggles(),
            faults: self.ledger.active(now),
            queue: self.queue_now(now),
            db: self.db_under_operations(health::db(&db, self.pace(now))),
            jobs: self.jobs.latest(20, &self.ledger),
            memory_mb: self.ledger.memory_mb(now),
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

/// Components are selected by what they are on; only routes and the network choose requests.
fn on_request(entry: &Entry, asked: &Asked<'_>) -> bool {
    let on = entry.spec.envelope.on.as_ref();
    !entry.spec.kind.info().domain.is_on_requests()
        || on.is_none_or(|on| on.takes_request(asked.method, asked.path))
}
