//! The state of every check as a fold of the journal: `state.json` is this, written out.
//! `Board::apply` is the only thing that changes it, so replaying events always rebuilds it.
//! Decides nothing; the engine decides and then records an event.

use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, Serialize};

use crate::{
    config::CheckName,
    details::Details,
    event::{
        ActionDone, ActionResult, CheckCard, CheckDone, ConfigLoaded, Delivered, Event, EventKind,
        Notice,
    },
    job::JobState,
    status::{NoticeKind, Severity, Status},
    time::Timestamp,
};

/// How far back runs of an action are remembered: the span of its hourly budget.
pub const BUDGET_SPAN: Duration = Duration::from_secs(3600);

/// All checks by name.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Board {
    /// The entries; this map is the whole of `state.json`.
    pub entries: BTreeMap<CheckName, Entry>,
}

/// The state of one check.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Entry {
    /// The last event that is folded in.
    pub seq: u64,
    /// What the last cycle found.
    pub status: Status,
    /// How much a failure matters.
    pub severity: Severity,
    /// The check's type.
    #[serde(rename = "type")]
    pub type_word: String,
    /// The name for people.
    pub display_name: Option<String>,
    /// Its place in the configuration file, from 0.
    pub position: u32,
    /// Its longest regular wait between two cycles, in milliseconds.
    pub interval_ms: u64,
    /// Failed cycles in a row.
    pub consecutive_failures: u32,
    /// When the present run of failures began; set exactly while the status is FAIL.
    pub first_failed_at: Option<Timestamp>,
    /// When the status last changed.
    pub last_changed_at: Option<Timestamp>,
    /// When the last cycle ended.
    pub last_checked_at: Option<Timestamp>,
    /// When a cycle last ended OK or WARN.
    pub last_ok_at: Option<Timestamp>,
    /// When a notice was last accepted by a receiver.
    pub last_notification_at: Option<Timestamp>,
    /// Duration of the last attempt in milliseconds.
    pub latency_ms: Option<u64>,
    /// Attempts in the last cycle.
    pub attempts: u32,
    /// A cycle is under way and an attempt of it has failed. Not part of the fold.
    pub retrying: Option<Retrying>,
    /// Why the last cycle ended as it did.
    pub details: Details,
    /// The job, for `job` checks.
    pub job: Option<JobState>,
    /// The open incident.
    pub incident: Option<Incident>,
    /// What each action has done, by its label.
    pub actions: BTreeMap<String, ActionState>,
    /// Notices that not every channel has accepted yet, oldest first.
    pub pending: Vec<Pending>,
    /// Turns that were skipped because the check was still running.
    pub skipped: u64,
    /// The check has left the configuration and only its notices remain.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub removed: bool,
}

/// A cycle is under way and an attempt of it has failed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Retrying {
    /// Attempts that failed so far.
    pub failed: u32,
    /// Attempts that the cycle may have.
    pub of: u32,
    /// Why the last of them failed.
    pub reason: String,
    /// When the next one starts.
    pub next_at: Timestamp,
}

/// An incident: from the first failed cycle to the first good one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Incident {
    /// Identifies it: the `seq` of the event that opened it.
    pub id: u64,
    /// When it began.
    pub opened_at: Timestamp,
    /// When a problem was last announced.
    pub announced_at: Option<Timestamp>,
    /// Whether a spent budget was announced.
    pub exhausted: bool,
}

/// What an action has done.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ActionState {
    /// When it ran within the last hour, oldest first.
    pub recent: Vec<Timestamp>,
    /// How the last run or skip ended.
    pub last_result: Option<ActionResult>,
    /// When that was.
    pub last_at: Option<Timestamp>,
    /// Why.
    pub last_reason: Option<String>,
    /// Whether the last run helped, once the next cycle has shown it.
    pub helped: Option<bool>,
    /// Runs in the open incident.
    pub runs_in_incident: u32,
    /// `consecutive_failures` at the last run in the open incident.
    pub failures_at_run: u32,
    /// The reason for which a run was last skipped in the open incident.
    pub skipped_in_incident: Option<String>,
}

/// A notice that not every channel has accepted yet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pending {
    /// The notice.
    pub notice: Notice,
    /// The channels that have not accepted it.
    pub waiting: BTreeMap<String, Waiting>,
}

/// How far the delivery on one channel has come.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Waiting {
    /// Attempts made so far.
    pub attempts: u32,
    /// Why the last of them failed.
    pub error: Option<String>,
}

impl Board {
    /// Folds one event in. An entry skips events that it has folded in before, so that a
    /// snapshot and the journal behind it may overlap.
    pub fn apply(&mut self, event: &Event) {
        match &event.kind {
            EventKind::Check(done) => self.on(&done.name, event, |e| e.check(event, done)),
            EventKind::Notify(notice) => {
                self.on_named(notice.name.as_ref(), event, |e| e.notify(event, notice));
            }
            EventKind::Delivery(done) => self.delivery(event, done),
            EventKind::Action(done) => self.on(&done.name, event, |e| e.action(event, done)),
            EventKind::Config(loaded) => self.config(event, loaded),
            EventKind::CheckRemoved(gone) => self.removed(event, &gone.name),
            EventKind::Skip(skip) => self.on(&skip.name, event, |e| e.skipped += 1),
            EventKind::Start(_) | EventKind::Stop(_) => {}
        }
    }

    /// The last event that any entry has folded in.
    #[must_use]
    pub fn last_seq(&self) -> u64 {
        self.entries.values().map(|entry| entry.seq).max().unwrap_or(0)
    }

    fn on(&mut self, name: &CheckName, event: &Event, change: impl FnOnce(&mut Entry)) {
        if !self.entries.contains_key(name) {
            self.entries.insert(name.clone(), Entry::default());
        }
        if let Some(entry) = self.entries.get_mut(name).filter(|entry| entry.seq < event.seq) {
            change(entry);
            entry.seq = event.seq;
        }
    }

    fn on_named(
        &mut self,
        name: Option<&CheckName>,
        event: &Event,
        change: impl FnOnce(&mut Entry),
    ) {
        if let Some(name) = name.filter(|name| self.entries.contains_key(*name)) {
            self.on(name, event, change);
        }
    }

    fn delivery(&mut self, event: &Event, done: &Delivered) {
        self.on_named(done.name.as_ref(), event, |entry| entry.delivery(event, done));
        if let Some(name) = &done.name {
            self.drop_if_spent(name);
        }
    }

    fn config(&mut self, event: &Event, loaded: &ConfigLoaded) {
        for (position, card) in (0..).zip(loaded.checks.iter()) {
            self.on(&card.name, event, |entry| entry.card(position, card));
        }
    }

    fn removed(&mut self, event: &Event, name: &CheckName) {
        self.on_named(Some(name), event, |entry| entry.removed = true);
        self.drop_if_spent(name);
    }

    fn drop_if_spent(&mut self, name: &CheckName) {
        let spent = |entry: &Entry| entry.removed && entry.pending.is_empty();
        if self.entries.get(name).is_some_and(spent) {
            self.entries.remove(name);
        }
    }
}

impl Entry {
    /// The name for people, given the check's own.
    #[must_use]
    pub fn title<'a>(&'a self, name: &'a CheckName) -> &'a str {
        self.display_name.as_deref().unwrap_or(name.as_str())
    }

    fn card(&mut self, position: u32, card: &CheckCard) {
        self.position = position;
        self.removed = false;
        self.type_word.clone_from(&card.type_word);
        self.display_name.clone_from(&card.display_name);
        self.severity = card.severity;
        self.interval_ms = card.interval_ms;
    }

    fn check(&mut self, event: &Event, done: &CheckDone) {
        if self.status != done.status {
            self.last_changed_at = Some(event.ts);
        }
        self.status = done.status;
        self.severity = done.severity;
        self.type_word.clone_from(&done.type_word);
        self.last_checked_at = Some(event.ts);
        self.latency_ms = done.latency_ms;
        self.attempts = done.attempts;
        self.retrying = None;
        self.details.clone_from(&done.details);
        self.job.clone_from(&done.job);
        self.count(event);
    }

    fn count(&mut self, event: &Event) {
        match self.status {
            Status::Fail => self.fail(event),
            Status::Ok | Status::Warn => self.up(event),
            Status::Unknown | Status::Pending => self.first_failed_at = None,
        }
    }

    fn fail(&mut self, event: &Event) {
        self.consecutive_failures = self.consecutive_failures.saturating_add(1);
        let incident = self.incident.get_or_insert(Incident {
            id: event.seq,
            opened_at: event.ts,
            announced_at: None,
            exhausted: false,
        });
        self.first_failed_at = Some(incident.opened_at);
    }

    fn up(&mut self, event: &Event) {
        self.last_ok_at = Some(event.ts);
        self.consecutive_failures = 0;
        self.first_failed_at = None;
        if self.incident.take().is_some() {
            for action in self.actions.values_mut() {
                action.runs_in_incident = 0;
                action.failures_at_run = 0;
                action.skipped_in_incident = None;
            }
        }
    }

    fn notify(&mut self, event: &Event, notice: &Notice) {
        if let Some(incident) = &mut self.incident {
            if notice.kind.is_problem() {
                incident.announced_at = Some(event.ts);
            }
            incident.exhausted |= notice.kind == NoticeKind::RemedyExhausted;
        }
        if !notice.channels.is_empty() {
            let nothing_yet = |channel: &String| (channel.clone(), Waiting::default());
            let waiting = notice.channels.iter().map(nothing_yet).collect();
            self.pending.push(Pending { notice: notice.clone(), waiting });
        }
    }

    fn delivery(&mut self, event: &Event, done: &Delivered) {
        if done.ok {
            self.last_notification_at = Some(event.ts);
        }
        if let Some(pending) = self.pending.iter_mut().find(|one| one.notice.id == done.id) {
            if done.ok || done.gave_up {
                pending.waiting.remove(&done.channel);
            } else if let Some(waiting) = pending.waiting.get_mut(&done.channel) {
                waiting.attempts = done.attempt;
                waiting.error.clone_from(&done.error);
            }
        }
        self.pending.retain(|one| !one.waiting.is_empty());
    }

    fn action(&mut self, event: &Event, done: &ActionDone) {
        let failures = self.consecutive_failures;
        let state = self.actions.entry(done.action.clone()).or_default();
        if let Some(helped) = done.helped {
            state.helped = Some(helped);
            return;
        }
        state.last_result = Some(done.result);
        state.last_at = Some(event.ts);
        state.last_reason.clone_from(&done.reason);
        match done.result {
            ActionResult::Started => state.ran(event.ts, failures),
            ActionResult::Skipped => state.skipped_in_incident.clone_from(&done.reason),
            ActionResult::Ok | ActionResult::Failed => {}
        }
    }
}

impl ActionState {
    fn ran(&mut self, at: Timestamp, failures: u32) {
        self.helped = None;
        self.runs_in_incident += 1;
        self.failures_at_run = failures;
        self.skipped_in_incident = None;
        self.recent.retain(|earlier| at.since(*earlier) < BUDGET_SPAN);
        self.recent.push(at);
    }
}
