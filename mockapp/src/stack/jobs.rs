//! Scheduled work: started by hand, ends after a fixed time, its outcome fixed at that instant.
//! Owns the jobs' life cycle under the `job` faults; never looks at a clock.

use super::entry::{Entry, Hit};
use super::ledger::Ledger;
use crate::clock::{after, rfc3339};
use crate::faults::{FaultKind, JobKind};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

/// Jobs that are remembered.
const KEPT: usize = 500;

/// Where a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Its outcome is decided at this instant.
    Due(Timestamp),
    /// Held by the fault with this serial until that ends.
    Hung(u64),
    Succeeded(Timestamp),
    Failed(Timestamp),
}

#[derive(Debug, Clone)]
struct Job {
    id: String,
    name: Option<String>,
    started_at: Timestamp,
    phase: Phase,
    /// Serials of the `late` faults that have delayed it already.
    delayed_by: Vec<u64>,
}

/// What `GET /jobs/{id}/status` answers.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct JobView {
    pub(crate) job_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    pub(crate) status: &'static str,
    pub(crate) started_at: String,
    pub(crate) finished_at: Option<String>,
}

impl JobView {
    fn of(job: &Job) -> Self {
        let (status, finished_at) = match job.phase {
            Phase::Due(_) | Phase::Hung(_) => ("running", None),
            Phase::Succeeded(at) => ("succeeded", Some(at)),
            Phase::Failed(at) => ("failed", Some(at)),
        };
        Self {
            job_id: job.id.clone(),
            name: job.name.clone(),
            status,
            started_at: rfc3339(job.started_at),
            finished_at: finished_at.map(rfc3339),
        }
    }
}

/// What became of `POST /jobs/run`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Started {
    /// The ids of the jobs that run now: one, or two under `twice`.
    Ids(Vec<String>),
    /// The scheduler dropped it: the fault's id.
    Never(String),
}

/// All jobs of one stack.
#[derive(Debug, Clone)]
pub(crate) struct Jobs {
    lasts: Duration,
    started: u64,
    /// Shared with copies until one of them writes.
    list: Arc<VecDeque<Job>>,
    /// When the next running job is due.
    due: Option<Timestamp>,
}

impl Jobs {
    pub(crate) fn new(lasts: Duration) -> Self {
        Self { lasts, started: 0, list: Arc::default(), due: None }
    }

    pub(crate) fn run(
        &mut self,
        name: Option<&str>,
        ledger: &mut Ledger,
        now: Timestamp,
    ) -> Started {
        let at_start = |kind| matches!(kind, JobKind::NeverStarts | JobKind::Twice);
        let hits = ledger.hits(now, None, |entry| kind_for(entry, name).is_some_and(at_start));
        let hit = |wanted| hits.iter().find(|hit| kind_of(hit) == Some(wanted));
        if let Some(fault) = hit(JobKind::NeverStarts) {
            return Started::Never(fault.id.clone());
        }
        let count = if hit(JobKind::Twice).is_some() { 2 } else { 1 };
        Started::Ids((0..count).map(|_| self.start(name, now)).collect())
    }

    fn start(&mut self, name: Option<&str>, now: Timestamp) -> String {
        self.started += 1;
        // The instant keeps ids apart across restarts, the counter within one run.
        let id = format!("job-{}-{}", now.strftime("%Y%m%dT%H%M%S%3fZ"), self.started);
        let list = Arc::make_mut(&mut self.list);
        list.push_back(Job {
            id: id.clone(),
            name: name.map(str::to_owned),
            started_at: now,
            phase: Phase::Due(after(now, self.lasts)),
            delayed_by: Vec::new(),
        });
        if list.len() > KEPT {
            list.pop_front();
        }
        self.note_due();
        id
    }

    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        self.due
    }

    fn note_due(&mut self) {
        let due = self.list.iter().filter_map(|job| match job.phase {
            Phase::Due(at) => Some(at),
            Phase::Hung(_) | Phase::Succeeded(_) | Phase::Failed(_) => None,
        });
        self.due = due.min();
    }

    /// Lets go of jobs whose hanging fault is over: they are due at once.
    pub(crate) fn release(&mut self, ledger: &Ledger, now: Timestamp) {
        let freed = |job: &Job| matches!(job.phase, Phase::Hung(by) if !ledger.holds(by));
        if !self.list.iter().any(freed) {
            return;
        }
        for job in Arc::make_mut(&mut self.list).iter_mut().filter(|job| freed(job)) {
            job.phase = Phase::Due(now);
        }
        self.note_due();
    }

    /// Decides the outcome of every job that is due.
    pub(crate) fn finish_due(&mut self, ledger: &mut Ledger, now: Timestamp) {
        if self.due.is_none_or(|due| due > now) {
            return;
        }
        for job in Arc::make_mut(&mut self.list) {
            if let Phase::Due(at) = job.phase
                && at <= now
            {
                job.phase = outcome(job, ledger, at);
            }
        }
        self.note_due();
    }

    pub(crate) fn find(&self, id: &str) -> Option<JobView> {
        self.list.iter().find(|job| job.id == id).map(JobView::of)
    }

    /// The newest jobs, newest first.
    pub(crate) fn latest(&self, count: usize) -> Vec<JobView> {
        self.list.iter().rev().take(count).map(JobView::of).collect()
    }
}

fn kind_for(entry: &Entry, name: Option<&str>) -> Option<JobKind> {
    let FaultKind::Job(fault) = &entry.spec.kind else {
        return None;
    };
    let selected = entry.spec.envelope.on.as_ref().is_none_or(|on| on.takes_job(name));
    selected.then_some(fault.kind)
}

fn kind_of(hit: &Hit) -> Option<JobKind> {
    let FaultKind::Job(fault) = &hit.spec.kind else {
        return None;
    };
    Some(fault.kind)
}

/// Hang before late before fail; a later kind is matched only when the earlier did not strike.
fn outcome(job: &mut Job, ledger: &mut Ledger, now: Timestamp) -> Phase {
    let name = job.name.clone();
    let is = |entry: &Entry, wanted| kind_for(entry, name.as_deref()) == Some(wanted);
    if let Some(fault) = ledger.hits(now, None, |entry| is(entry, JobKind::Hang)).first()
        && ledger.holds(fault.serial)
    {
        return Phase::Hung(fault.serial);
    }
    let seen = job.delayed_by.clone();
    let late =
        ledger.hits(now, None, |entry| is(entry, JobKind::Late) && !seen.contains(&entry.serial));
    if !late.is_empty() {
        job.delayed_by.extend(late.iter().map(|fault| fault.serial));
        return Phase::Due(after(now, late.iter().filter_map(delay).sum()));
    }
    match ledger.hits(now, None, |entry| is(entry, JobKind::Fail)).is_empty() {
        true => Phase::Succeeded(now),
        false => Phase::Failed(now),
    }
}

fn delay(hit: &Hit) -> Option<Duration> {
    let FaultKind::Job(fault) = &hit.spec.kind else {
        return None;
    };
    fault.by.map(|by| hit.strike.ms(by.as_millis() as f64))
}
