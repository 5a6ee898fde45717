//! What the operator's tools do to the stack: while they run, when they are done, and to the faults.
//! Pure; the log and its instants are `operations`.

use super::entry::{EndedBy, Entry};
use super::health::{DbHealth, QueueHealth};
use super::operations::{Busy, Operation};
use super::{Domain, Stack, health, in_domain};
use crate::clock::between;
use crate::faults::condition::Asked;
use crate::faults::http_status::answer;
use crate::faults::plan::{Answer, Plan};
use crate::tools::{Component, Tool, faster};
use crate::wire::{Cut, Ending};
use jiff::Timestamp;
use serde_json::json;
use std::time::Duration;

/// How much longer an answer takes that the cache would have had.
const UNCACHED: Duration = Duration::from_millis(400);

impl Stack {
    /// Begins an operation.
    pub(crate) fn operate(
        &mut self,
        now: Timestamp,
        tool: Tool,
        by: &str,
    ) -> Result<Operation, Busy> {
        self.operations.begin(tool, by, now)
    }

    /// Does what was due by `now`.
    pub(super) fn operate_due(&mut self, now: Timestamp) {
        for operation in self.operations.pass(now) {
            let done = self.finished(operation, now);
            self.operations.keep(done);
        }
    }

    /// First what the tool does to anybody, then what it means to the faults.
    fn finished(&mut self, mut operation: Operation, now: Timestamp) -> Operation {
        let tool = operation.tool;
        if operation.outcome.is_empty() {
            operation.outcome = self.outcome(&mut operation, now);
        }
        let made_worse = |entry: &Entry| entry.spec.envelope.worsened_by.contains(&tool);
        for (id, component) in self.ledger.prolong(now, made_worse) {
            self.operations.fail(component, now);
            operation.worsened.push(id);
        }
        let cured = |entry: &Entry| entry.spec.cured_by().contains(&tool);
        operation.cured = self.ledger.end_where(now, EndedBy::Operator, cured);
        operation
    }

    /// What the operator reads, and the deed itself where it is more than its cure.
    fn outcome(&mut self, operation: &mut Operation, now: Timestamp) -> String {
        match operation.tool {
            Tool::RestartApi => "The process was stopped and started again.".to_owned(),
            Tool::RestartDb => "The database was stopped and started again.".to_owned(),
            Tool::RestartWorker => "The worker was stopped and started again.".to_owned(),
            Tool::FailoverDb => "The replica has taken over.".to_owned(),
            Tool::RollbackDeploy => "The previous version is on all instances.".to_owned(),
            Tool::FlushCache => "The cache was emptied and has filled again.".to_owned(),
            Tool::RenewCredentials => "New credentials were issued and handed out.".to_owned(),
            Tool::ScaleOut => "Two more instances take requests.".to_owned(),
            Tool::RunJob => "The job was started.".to_owned(),
            Tool::DrainQueue => {
                operation.lost = self.queue_now(now).depth;
                match operation.lost {
                    1 => "1 message was thrown away.".to_owned(),
                    lost => format!("{lost} messages were thrown away."),
                }
            }
            Tool::CancelJob => match self.jobs.cancel(now) {
                0 => "No job was under way.".to_owned(),
                1 => "1 job was cancelled.".to_owned(),
                count => format!("{count} jobs were cancelled."),
            },
        }
    }

    /// The queue as it is; looking at it counts as no match.
    pub(super) fn queue_now(&self, now: Timestamp) -> QueueHealth {
        let hits = self.ledger.peek(now, |entry| in_domain(entry, Domain::Queue));
        self.queue_under_operations(now, health::queue(&hits, self.pace(now)))
    }

    pub(super) fn pace(&self, now: Timestamp) -> health::Pace {
        let operations = &self.operations;
        health::Pace { speed: operations.speed(), drained: operations.since_drained(now) }
    }

    /// The database says nothing while it is being restarted, or after that made it worse.
    pub(super) fn db_under_operations(&self, health: DbHealth) -> DbHealth {
        let restarts = [Tool::RestartDb, Tool::FailoverDb]
            .iter()
            .any(|tool| self.operations.under_way(*tool).is_some());
        if restarts || self.operations.fails(Component::Db) { health.unreachable() } else { health }
    }

    pub(super) fn queue_under_operations(
        &self,
        now: Timestamp,
        health: QueueHealth,
    ) -> QueueHealth {
        let worker = self.operations.under_way(Tool::RestartWorker);
        let waited = worker.map(|operation| between(operation.at, now)).unwrap_or_default();
        let health = health.later(waited.as_secs_f64() * self.operations.speed());
        if self.operations.fails(Component::Queue) { health.later(900.0) } else { health }
    }

    /// Adds what operations do to a request of the application.
    pub(super) fn hinder(&self, asked: &Asked<'_>, plan: &mut Plan) {
        let operations = &self.operations;
        let reads = matches!(asked.method, "GET" | "HEAD");
        if reads && operations.under_way(Tool::FlushCache).is_some() {
            plan.latency += faster(UNCACHED, operations.speed());
        }
        if operations.fails(Component::Network) {
            plan.wire.cut = Some(Cut::AfterBytes(0, Ending::Reset));
        }
        let refusal = [
            (Component::Api, 503, "service unavailable"),
            (Component::Credentials, 401, "the token expired"),
            (Component::Cache, 503, "the cache does not answer"),
        ]
        .into_iter()
        .find(|(component, ..)| {
            operations.fails(*component) && (reads || *component != Component::Cache)
        });
        let refused: Option<Answer> =
            refusal.map(|(_, code, text)| answer(code, Some(&json!({ "error": text }))));
        if plan.answer.is_none() {
            plan.answer = refused;
        }
    }
}
