//! What `POST /admin/reset` does, and what the faults of the remedy make of it.
//! Owns resets that come late; never looks at a clock.

use super::Stack;
use super::entry::{EndedBy, Entry, Hit};
use crate::clock::after;
use crate::faults::http_status::answer;
use crate::faults::plan::Answer;
use crate::faults::{Domain, FaultKind, Remedy, RemedyKind};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::json;
use std::time::Duration;

/// What a reset did.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct ResetView {
    pub(crate) ok: bool,
    pub(crate) ended: Vec<String>,
    pub(crate) kept: Vec<String>,
}

/// What becomes of one reset.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Remedied {
    /// Answered, whether anything was reset or not.
    Answered(ResetView),
    /// Refused: the fault's id.
    Failed(String),
    /// Never answered.
    Silent,
}

/// Resets that were answered and are still to come.
#[derive(Debug, Clone, Default)]
pub(super) struct Remedies {
    due: Vec<Timestamp>,
}

impl Remedies {
    pub(super) fn next(&self) -> Option<Timestamp> {
        self.due.iter().min().copied()
    }
}

impl Stack {
    /// What somebody gets who asks for a reset now.
    pub(crate) fn remedy(&mut self, now: Timestamp) -> Remedied {
        let hits =
            self.ledger.hits_on_part(now, |entry| entry.spec.kind.info().domain == Domain::Remedy);
        let Some((hit, fault)) = hits.iter().find_map(|hit| Some((hit, remedy_of(hit)?))) else {
            return Remedied::Answered(self.reset(now));
        };
        match fault.kind {
            RemedyKind::Fails => return Remedied::Failed(hit.id.clone()),
            RemedyKind::Hangs => return Remedied::Silent,
            RemedyKind::Worse => self.ledger.trip(hit.serial),
            RemedyKind::Late => {
                let by = fault.by.unwrap_or_default().as_millis() as f64;
                self.remedies.due.push(after(now, hit.strike.ms(by).max(Duration::from_millis(1))));
            }
        }
        Remedied::Answered(self.reset_where(now, EndedBy::Reset, |_| false))
    }

    /// Ends every fault that is neither sticky nor one of the remedy itself; the queue is normal
    /// again with them.
    pub(crate) fn reset(&mut self, now: Timestamp) -> ResetView {
        self.reset_where(now, EndedBy::Reset, |entry| {
            !entry.spec.envelope.sticky && entry.spec.kind.info().domain != Domain::Remedy
        })
    }

    /// Ends every fault, sticky or not: no remedy has a say in it.
    pub(crate) fn heal(&mut self, now: Timestamp) -> ResetView {
        self.remedies.due.clear();
        self.reset_where(now, EndedBy::Heal, |_| true)
    }

    fn reset_where(
        &mut self,
        now: Timestamp,
        why: EndedBy,
        selected: impl Fn(&Entry) -> bool,
    ) -> ResetView {
        let ended = self.ledger.end_where(now, why, selected);
        self.settle(now);
        let kept = self.ledger.active(now).into_iter().map(|fault| fault.id).collect();
        ResetView { ok: true, ended, kept }
    }

    /// Does what was due by `now`.
    pub(super) fn reset_late(&mut self, now: Timestamp) {
        if self.remedies.next().is_some_and(|due| due <= now) {
            self.remedies.due.retain(|due| *due > now);
            self.reset(now);
        }
    }

    /// What every application route answers after a remedy has made it worse.
    pub(super) fn made_worse(&self) -> Option<Answer> {
        let fault = self.ledger.tripped()?;
        let body = match self.discreet {
            true => json!({"error": "service unavailable"}),
            false => json!({"error": "the remedy has made it worse", "fault": fault.id}),
        };
        Some(answer(503, Some(&body)))
    }
}

fn remedy_of(hit: &Hit) -> Option<&Remedy> {
    let FaultKind::Remedy(remedy) = &hit.spec.kind else {
        return None;
    };
    Some(remedy)
}
