//! The control plane in process: for a program that holds the app and needs no HTTP to script it.
//! The same rules as the routes under `/admin`; owns no state of its own.

use crate::FaultProblem;
use crate::app::MockApp;
use crate::faults::{CATALOGUE, Info, Spec, envelope as shared_fields, spelling};
use crate::routes::{admin, data, ops as operator};
use crate::stack::{Entry, Operation, Webhook, Wish};
use crate::tools::{TOOLS, Tool};
use jiff::Timestamp;
use serde_json::{Map, Value};
use std::time::Duration;
use tokio::sync::watch;

/// One fault that was started, toggles included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FaultReport {
    /// Its name; the key of the toggle, or a given one. Names may be used again.
    pub id: String,
    /// Its kind: `http.status`.
    pub fault: String,
    /// When it started.
    pub started_at: Timestamp,
    /// When it really ended; `None` while it is active.
    pub ended_at: Option<Timestamp>,
    /// Requests, jobs or connections that it could have acted on while it acted.
    pub matched: u64,
    /// Those that it did act on.
    pub injected: u64,
    /// Those that passed because of `max_active`.
    pub overflow: u64,
    /// Not ended yet. A flapping fault is active in its up parts too.
    pub active: bool,
    /// Never used twice; later faults have higher ones.
    pub serial: u64,
}

/// One body that was posted to `/webhook/{name}`.
#[derive(Debug, Clone, PartialEq)]
pub struct WebhookReport {
    /// Counts all that were received, from 1.
    pub seq: u64,
    /// The last part of the path.
    pub name: String,
    /// When it came.
    pub received_at: Timestamp,
    /// The header `Idempotency-Key`, at most 200 characters.
    pub idempotency_key: Option<String>,
    /// The header `Content-Type`, at most 200 characters.
    pub content_type: Option<String>,
    /// The JSON; or a string, of at most 16 KiB, when it was none or longer.
    pub body: Value,
}

/// One kind of fault of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FaultInfo {
    /// `http.status`.
    pub name: &'static str,
    /// What it does, in one sentence.
    pub about: &'static str,
    /// Name and meaning of each parameter of its own.
    pub parameters: Vec<(&'static str, &'static str)>,
    /// A complete step, as JSON.
    pub example: &'static str,
    /// What `on` may be, in words.
    pub on: &'static str,
    /// The part of the stack that people on duty would blame: `api`, `db`, `queue`, `job`, `cache`,
    /// `network` or `credentials`.
    pub component: &'static str,
    /// What is wrong, in plain words and at most 60 characters.
    pub plain: &'static str,
    /// The operator's tools that end it; of a kind with kinds of its own, those of any.
    pub cured_by: Vec<&'static str>,
}

/// One of the operator's tools.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolInfo {
    /// `restart-db`.
    pub name: &'static str,
    /// What its button says.
    pub label: &'static str,
    /// What it does and what it costs.
    pub about: &'static str,
    /// The part of the stack that it is for.
    pub component: &'static str,
    /// How long it takes at the usual speed.
    pub takes: Duration,
}

/// One use of a tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperationReport {
    /// Counts all of them, from 1.
    pub id: u64,
    /// `restart-db`.
    pub tool: &'static str,
    /// Who did it.
    pub by: String,
    /// When it was begun.
    pub at: Timestamp,
    /// When it was done, or will be.
    pub done_at: Timestamp,
    /// Whether it is done.
    pub done: bool,
    /// What the operator is told at the end; empty before.
    pub outcome: String,
    /// Ids of the faults that it has ended.
    pub cured: Vec<String>,
    /// Ids of those that it has made worse.
    pub worsened: Vec<String>,
    /// Messages that it has thrown away.
    pub lost: u64,
}

/// Every kind of fault, in the order of its documentation.
#[must_use]
pub fn catalogue() -> Vec<FaultInfo> {
    let shown = |info: &&'static Info| FaultInfo {
        name: info.name,
        about: info.about,
        parameters: info.parameters.to_vec(),
        example: info.example,
        on: info.domain.targets(),
        component: info.component.name(),
        plain: info.plain,
        cured_by: info.tools(),
    };
    CATALOGUE.iter().map(shown).collect()
}

/// The operator's tools, in the order in which they are shown.
#[must_use]
pub fn ops() -> Vec<ToolInfo> {
    let shown = |row: &crate::tools::Row| ToolInfo {
        name: row.name,
        label: row.label,
        about: row.about,
        component: row.component.name(),
        takes: row.takes(1.0),
    };
    TOOLS.iter().map(shown).collect()
}

/// The keys that every fault has, with their meanings.
#[must_use]
pub fn envelope() -> &'static [(&'static str, &'static str)] {
    &shared_fields::KEYS
}

/// Whether a step could be injected, apart from what is active at that time.
///
/// # Errors
/// Names the key that is wrong and what is allowed.
pub fn check_fault(step: &Map<String, Value>) -> Result<(), FaultProblem> {
    Spec::parse(step.clone()).map(drop)
}

/// The step with its keys, words and numbers in their usual spelling, and when it ends by itself
/// although nothing in its envelope says so. What is wrong with it stays wrong.
#[must_use]
pub fn usual_fault(step: Map<String, Value>) -> (Map<String, Value>, Option<Duration>) {
    let (step, _) = spelling::usual(step);
    let spec = Spec::parse(step.clone()).ok();
    let length = spec.and_then(|spec| spec.kind.length(&spec.envelope.gate));
    (step, length)
}

impl MockApp {
    /// Starts a fault now and answers its id, as `POST /admin/faults/inject` does.
    ///
    /// # Errors
    /// Says what is wrong with the step, or what stands in its way.
    pub fn inject(&self, step: Map<String, Value>) -> Result<String, String> {
        let started = admin::injected(self.shared(), step);
        started.map(|fault| fault.id).map_err(|error| error.to_string())
    }

    /// Ends the fault of this id now; answers whether it was active.
    pub fn end_fault(&self, id: &str) -> bool {
        self.shared().with(|stack, now| {
            let was_active = stack.ledger().is_active(id);
            stack.end(now, id);
            was_active
        })
    }

    /// Ends every fault now, sticky ones too.
    pub fn end_all(&self) {
        self.shared().with(|stack, now| stack.heal(now));
    }

    /// Moves the four switches; with `replace` those that are not named go off.
    ///
    /// # Errors
    /// A key that is no toggle, or a value that is neither true nor false. Nothing has changed then.
    pub fn set_toggles(&self, wish: Map<String, Value>, replace: bool) -> Result<(), String> {
        let wish = Wish::parse(wish).map_err(|error| error.to_string())?;
        let wish = if replace { wish.replacing() } else { wish };
        self.shared().with(|stack, now| stack.set_toggles(now, wish));
        Ok(())
    }

    /// Starts a job now, as `POST /jobs/run` does, and answers its id.
    ///
    /// # Errors
    /// The id of the fault that dropped it.
    pub fn run_job(&self, name: Option<&str>) -> Result<String, String> {
        let run = data::run(self.shared(), name);
        run.map(|run| run.job_id).map_err(|dropped| dropped.fault)
    }

    /// Uses an operator's tool now, as `POST /ops/{tool}` does.
    ///
    /// # Errors
    /// An unknown tool, a name that is none, or another operation on the same part.
    pub fn operate(&self, tool: &str, by: &str) -> Result<OperationReport, String> {
        let tool = Tool::named("tool", tool).map_err(|error| error.to_string())?;
        let by = operator::name(by).map_err(|error| error.to_string())?;
        operator::begin(self.shared(), tool, &by).map(operation).map_err(|busy| busy.to_string())
    }

    /// Every use of a tool (the latest 1,000), oldest first.
    pub fn operations(&self) -> Vec<OperationReport> {
        let all = self.shared().with(|stack, _| stack.operations().all());
        all.into_iter().map(operation).collect()
    }

    /// Every fault that was started (of the ended ones the latest 10,000), oldest first.
    pub fn faults(&self) -> Vec<FaultReport> {
        self.shared().with(|stack, _| stack.ledger().all().into_iter().map(report).collect())
    }

    /// What was posted to `/webhook/{name}`, oldest first; the latest 4,000, at most 16 MiB.
    pub fn webhooks(&self) -> Vec<WebhookReport> {
        self.shared().with(|stack, _| stack.inbox.webhooks().map(webhook).collect())
    }

    /// Whether any active fault acts on some matches and not on others, or differently, so that
    /// the answer of a [`Self::fork`] need not be the next answer here.
    pub fn counts_matches(&self) -> bool {
        self.shared().with(|stack, _| stack.ledger().counts_matches())
    }

    /// A number that goes up whenever a fault or an operation starts or ends. An end by time is noticed when
    /// somebody looks, at the latest at the next request: see [`Self::next_change`].
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.shared().changes()
    }

    /// When a fault or an operation ends or changes its phase by itself next, if nothing is done.
    pub fn next_change(&self) -> Option<Timestamp> {
        self.shared().with(|stack, _| stack.next_change())
    }
}

fn report(entry: &Entry) -> FaultReport {
    FaultReport {
        id: entry.id.clone(),
        fault: entry.spec.kind.info().name.to_owned(),
        started_at: entry.started_at,
        ended_at: entry.ended.map(|(at, _)| at),
        matched: entry.matched,
        injected: entry.injected,
        overflow: entry.overflow,
        active: entry.ended.is_none(),
        serial: entry.serial,
    }
}

fn operation(operation: Operation) -> OperationReport {
    let Operation { id, by, at, done_at, is_done, outcome, cured, worsened, lost, tool } =
        operation;
    let (tool, outcome) = (tool.row().name, if is_done { outcome } else { String::new() });
    OperationReport { id, tool, by, at, done_at, done: is_done, outcome, cured, worsened, lost }
}

fn webhook(webhook: &Webhook) -> WebhookReport {
    WebhookReport {
        seq: webhook.seq,
        name: webhook.name.clone(),
        received_at: webhook.received_at,
        idempotency_key: webhook.idempotency_key.clone(),
        content_type: webhook.content_type.clone(),
        body: webhook.body.clone(),
    }
}
