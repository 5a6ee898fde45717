//! What the operator's tools are doing and have done, and what of the stack stands still meanwhile.
//! Owns the log and every due instant of it; never looks at a clock and touches no fault.

use crate::clock::{after, between};
use crate::tools::{Component, Tool, faster};
use jiff::Timestamp;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

/// Operations that are remembered.
const KEPT: usize = 1_000;
/// A process that is asked to stop first gives the answers that it is working on. Real time: it is
/// also what lets the page say that the stop has begun.
const LAST_ANSWERS: Duration = Duration::from_millis(300);
/// How long a part fails wholly after a tool has made it worse.
const AFTERMATH: Duration = Duration::from_secs(60);

/// One use of a tool.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Operation {
    pub(crate) id: u64,
    pub(crate) tool: Tool,
    pub(crate) by: String,
    pub(crate) at: Timestamp,
    pub(crate) done_at: Timestamp,
    pub(crate) is_done: bool,
    /// What the operator reads when it is done; never why it helped or not.
    pub(crate) outcome: String,
    /// Ids of the faults that it has ended.
    pub(crate) cured: Vec<String>,
    /// Ids of those that it has made worse.
    pub(crate) worsened: Vec<String>,
    /// Messages that it has thrown away.
    pub(crate) lost: u64,
}

/// Another operation on the same part is under way.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{tool} is under way on {component} (by {by}): one operation at a time, this one is done in {left_s} s"
)]
pub(crate) struct Busy {
    tool: &'static str,
    component: &'static str,
    by: String,
    left_s: u64,
}

/// All of one stack.
#[derive(Debug, Clone)]
pub(crate) struct Operations {
    speed: f64,
    ids: u64,
    running: Vec<Operation>,
    /// Shared with copies until one of them writes.
    done: Arc<VecDeque<Operation>>,
    /// When the process that is being restarted goes down.
    stops_at: Option<Timestamp>,
    /// It is down, until its restart is done.
    down: bool,
    deaths: u64,
    changes: u64,
    /// Parts that fail wholly, and until when.
    failing: Vec<(Component, Timestamp)>,
    drained: Option<Timestamp>,
}

impl Operations {
    pub(crate) fn new(speed: f64) -> Self {
        Self {
            speed,
            ids: 0,
            running: Vec::new(),
            done: Arc::default(),
            stops_at: None,
            down: false,
            deaths: 0,
            changes: 0,
            failing: Vec::new(),
            drained: None,
        }
    }

    /// How many times faster everything goes than it would.
    pub(crate) fn speed(&self) -> f64 {
        self.speed
    }

    /// Begins one, unless another is under way on the same part.
    pub(crate) fn begin(
        &mut self,
        tool: Tool,
        by: &str,
        now: Timestamp,
    ) -> Result<Operation, Busy> {
        let component = tool.row().component;
        if let Some(busy) = self.running.iter().find(|op| op.tool.row().component == component) {
            return Err(busy.stands_in_the_way(now));
        }
        let takes = tool.row().takes(self.speed);
        if tool == Tool::RestartApi {
            self.stops_at = Some(after(now, LAST_ANSWERS.min(takes / 3)));
        }
        self.ids += 1;
        self.changes += 1;
        let operation = Operation {
            id: self.ids,
            tool,
            by: by.to_owned(),
            at: now,
            done_at: after(now, takes),
            is_done: false,
            outcome: String::new(),
            cured: Vec::new(),
            worsened: Vec::new(),
            lost: 0,
        };
        self.running.push(operation.clone());
        Ok(operation)
    }

    /// Writes down already what the operator is to read at the end.
    pub(crate) fn foretell(&mut self, id: u64, outcome: &str) {
        for operation in self.running.iter_mut().filter(|operation| operation.id == id) {
            outcome.clone_into(&mut operation.outcome);
        }
    }

    /// When something of it happens next.
    pub(crate) fn next(&self) -> Option<Timestamp> {
        let ends = self.running.iter().map(|operation| operation.done_at);
        let recoveries = self.failing.iter().map(|(_, until)| *until);
        ends.chain(recoveries).chain(self.stops_at).min()
    }

    /// Lets go down and recover what was due by `now`, and answers the operations that are done.
    pub(super) fn pass(&mut self, now: Timestamp) -> Vec<Operation> {
        if self.next().is_none_or(|at| at > now) {
            return Vec::new();
        }
        self.changes += 1;
        if self.stops_at.is_some_and(|at| at <= now) {
            self.stops_at = None;
            self.down = true;
            self.deaths += 1;
        }
        self.failing.retain(|(_, until)| *until > now);
        let (due, running) =
            std::mem::take(&mut self.running).into_iter().partition(|op| op.done_at <= now);
        self.running = running;
        due
    }

    /// Keeps what is done, with everything that came of it.
    pub(super) fn keep(&mut self, operation: Operation) {
        self.down &= operation.tool != Tool::RestartApi;
        if operation.tool == Tool::DrainQueue {
            self.drained = Some(operation.done_at);
        }
        let done = Arc::make_mut(&mut self.done);
        done.push_back(Operation { is_done: true, ..operation });
        let excess = done.len().saturating_sub(KEPT);
        done.drain(..excess);
    }

    /// From now on this part fails wholly for a while.
    pub(super) fn fail(&mut self, component: Component, now: Timestamp) {
        self.failing.retain(|(failing, _)| *failing != component);
        self.failing.push((component, after(now, faster(AFTERMATH, self.speed))));
    }

    /// Whether this part fails wholly.
    pub(crate) fn fails(&self, component: Component) -> bool {
        self.failing.iter().any(|(failing, _)| *failing == component)
    }

    /// When the one that is under way with this tool was begun.
    pub(crate) fn under_way(&self, tool: Tool) -> Option<&Operation> {
        self.running.iter().find(|operation| operation.tool == tool)
    }

    /// Whether the process is down.
    pub(crate) fn is_down(&self) -> bool {
        self.down
    }

    /// How often the process was stopped.
    pub(crate) fn deaths(&self) -> u64 {
        self.deaths
    }

    /// Goes up whenever anything begins, ends or changes.
    pub(crate) fn changes(&self) -> u64 {
        self.changes
    }

    /// How long the queue has been filling since it was drained.
    pub(crate) fn since_drained(&self, now: Timestamp) -> Option<Duration> {
        self.drained.map(|at| between(at, now))
    }

    /// Everything that is remembered, in the order in which it was begun.
    pub(crate) fn all(&self) -> Vec<Operation> {
        let mut all: Vec<Operation> = self.done.iter().chain(&self.running).cloned().collect();
        all.sort_by_key(|operation| operation.id);
        all
    }
}

impl Operation {
    /// Whole seconds until it is done, rounded up.
    pub(crate) fn left_s(&self, now: Timestamp) -> u64 {
        u64::try_from(between(now, self.done_at).as_millis().div_ceil(1_000)).unwrap_or(u64::MAX)
    }

    fn stands_in_the_way(&self, now: Timestamp) -> Busy {
        Busy {
            tool: self.tool.row().name,
            component: self.tool.row().component.name(),
            by: self.by.clone(),
            left_s: self.left_s(now),
        }
    }
}
