//! Scheduled work: started by hand, ends after a fixed time, its outcome fixed at that instant.
//! Owns the jobs' life cycle under the `job` faults; never looks at a clock.

use super::entry::{Entry, Hit};
use super::job_view::JobView;
use super::ledger::Ledger;
use crate::clock::after;
use crate::faults::{FaultKind, Job as JobFault, JobKind};
use jiff::{SignedDuration, Timestamp};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

/// Jobs that are remembered.
const KEPT: usize = 500;

/// Where a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// Its outcome is decided at this instant.
    Due(Timestamp),
    /// Held by the fault with this serial until that ends.
    Hung(u64),
    Succeeded(Timestamp),
    Failed(Timestamp),
}

#[derive(Debug, Clone)]
pub(super) struct Job {
    pub(super) id: String,
    pub(super) name: Option<String>,
    pub(super) started_at: Timestamp,
    pub(super) phase: Phase,
    /// Serials of the `late` faults that have delayed it already.
    delayed_by: Vec<u64>,
    /// It was started while another was under way, and fails of it.
    collides: bool,
    /// How far the times that it reports are off.
    pub(super) shift: SignedDuration,
    /// It says that it has succeeded, but there is nothing.
    pub(super) is_empty: bool,
    /// Nobody hears of its end before the fault of this serial is over.
    pub(super) unheard: Option<u64>,
}

/// What became of `POST /jobs/run`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Started {
    /// The ids of the jobs that run now: one, or two under `twice`.
    Ids(Vec<String>),
    /// The scheduler could not start it: the fault's id.
    Never(String),
    /// The scheduler left it out, and sees nothing wrong: the fault's id.
    Skipped(String),
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
        let is_alone =
            !self.list.iter().any(|job| job.is_under_way() && job.name.as_deref() == name);
        let acts = |kind: JobKind| kind.is_at_start() && !(kind == JobKind::Overlap && is_alone);
        let hits = ledger.hits_on_part(now, |entry| kind_for(entry, name).is_some_and(acts));
        let hit =
            |wanted| hits.iter().find(|hit| fault_of(hit).is_some_and(|job| job.kind == wanted));
        if let Some(fault) = hit(JobKind::NeverStarts) {
            return Started::Never(fault.id.clone());
        }
        if let Some(fault) = hit(JobKind::Skip) {
            return Started::Skipped(fault.id.clone());
        }
        let lasts = if hit(JobKind::TooFast).is_some() { Duration::ZERO } else { self.lasts };
        let job = Job {
            id: String::new(),
            name: name.map(str::to_owned),
            started_at: now,
            phase: Phase::Due(after(now, lasts)),
            delayed_by: Vec::new(),
            collides: hit(JobKind::Overlap).is_some(),
            shift: hit(JobKind::Shifted).map(shift).unwrap_or_default(),
            is_empty: false,
            unheard: None,
        };
        let count = if hit(JobKind::Twice).is_some() { 2 } else { 1 };
        let ids = (0..count).map(|_| self.start(job.clone())).collect();
        self.note_due();
        Started::Ids(ids)
    }

    fn start(&mut self, job: Job) -> String {
        self.started += 1;
        // The instant keeps ids apart across restarts, the counter within one run.
        let id = format!("job-{}-{}", job.started_at.strftime("%Y%m%dT%H%M%S%3fZ"), self.started);
        let list = Arc::make_mut(&mut self.list);
        list.push_back(Job { id: id.clone(), ..job });
        if list.len() > KEPT {
            list.pop_front();
        }
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

    /// Ends every job that is under way as failed, and answers how many there were.
    pub(crate) fn cancel(&mut self, now: Timestamp) -> usize {
        let count = self.list.iter().filter(|job| job.is_under_way()).count();
        if count > 0 {
            for job in Arc::make_mut(&mut self.list).iter_mut().filter(|job| job.is_under_way()) {
                job.phase = Phase::Failed(now);
            }
            self.note_due();
        }
        count
    }

    /// Decides the outcome of every job that is due; `broken`: none succeeds, whatever the faults.
    pub(crate) fn finish_due(&mut self, ledger: &mut Ledger, broken: bool, now: Timestamp) {
        if self.due.is_none_or(|due| due > now) {
            return;
        }
        for job in Arc::make_mut(&mut self.list) {
            if let Phase::Due(at) = job.phase
                && at <= now
            {
                job.phase = if broken { Phase::Failed(at) } else { job.outcome(ledger, at) };
            }
        }
        self.note_due();
    }

    pub(crate) fn find(&self, id: &str, ledger: &Ledger) -> Option<JobView> {
        self.list.iter().find(|job| job.id == id).map(|job| JobView::of(job, ledger))
    }

    /// The newest jobs, newest first.
    pub(crate) fn latest(&self, count: usize, ledger: &Ledger) -> Vec<JobView> {
        self.list.iter().rev().take(count).map(|job| JobView::of(job, ledger)).collect()
    }
}

impl Job {
    fn is_under_way(&self) -> bool {
        matches!(self.phase, Phase::Due(_) | Phase::Hung(_))
    }

    /// Hang before late before fail and the others; a later kind is matched only when the earlier
    /// did not strike.
    fn outcome(&mut self, ledger: &mut Ledger, now: Timestamp) -> Phase {
        if let Some(fault) = self.hits(JobKind::Hang, ledger, now).first()
            && ledger.holds(fault.serial)
        {
            return Phase::Hung(fault.serial);
        }
        let late = self.hits(JobKind::Late, ledger, now);
        if !late.is_empty() {
            self.delayed_by.extend(late.iter().map(|fault| fault.serial));
            return Phase::Due(after(now, late.iter().filter_map(delay).sum()));
        }
        let fails = !self.hits(JobKind::Fail, ledger, now).is_empty();
        self.is_empty = !self.hits(JobKind::WrongOutput, ledger, now).is_empty();
        self.unheard = self.hits(JobKind::HeartbeatLost, ledger, now).first().map(|hit| hit.serial);
        if fails || self.collides { Phase::Failed(now) } else { Phase::Succeeded(now) }
    }

    fn hits(&self, kind: JobKind, ledger: &mut Ledger, now: Timestamp) -> Vec<Hit> {
        ledger.hits_on_part(now, |entry| {
            kind_for(entry, self.name.as_deref()) == Some(kind)
                && !self.delayed_by.contains(&entry.serial)
        })
    }
}

fn kind_for(entry: &Entry, name: Option<&str>) -> Option<JobKind> {
    let FaultKind::Job(fault) = &entry.spec.kind else {
        return None;
    };
    let selected = entry.spec.envelope.on.as_ref().is_none_or(|on| on.takes_job(name));
    selected.then_some(fault.kind)
}

fn fault_of(hit: &Hit) -> Option<&JobFault> {
    let FaultKind::Job(fault) = &hit.spec.kind else {
        return None;
    };
    Some(fault)
}

fn delay(hit: &Hit) -> Option<Duration> {
    Some(hit.strike.length(fault_of(hit)?.by?.length))
}

fn shift(hit: &Hit) -> SignedDuration {
    let by = fault_of(hit).and_then(|fault| fault.by);
    let length = by.map(|by| hit.strike.length(by.length)).unwrap_or_default();
    let length = SignedDuration::try_from(length).unwrap_or_default();
    if by.is_some_and(|by| by.back) { -length } else { length }
}
