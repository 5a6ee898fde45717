//! The alerts and actions of a run as flat lists, for legends, tables and files.

use std::collections::{BTreeMap, BTreeSet};

use engine::{
    EventKind,
    event::{ActionDone, ActionResult},
};

use crate::{
    played::{Played, Receipt},
    scenario::Ms,
};

/// A notice as it reached its receivers at one instant.
#[derive(Clone, Debug)]
pub(super) struct Alert<'a> {
    /// When.
    pub(super) at: Ms,
    /// Over which channels, in the order of arrival.
    pub(super) channels: Vec<&'a str>,
    /// Whether every one of these channels had been told the same before.
    pub(super) repeat: bool,
    /// The first copy.
    pub(super) copy: &'a Receipt,
}

impl Alert<'_> {
    /// The word of the event, or `report`.
    pub(super) fn event(&self) -> String {
        self.copy.event.map_or_else(|| "notice".to_owned(), |event| event.to_string())
    }

    /// The check it is about.
    pub(super) fn check(&self) -> &str {
        self.copy.check.as_deref().unwrap_or("-")
    }

    /// Over which channels, and whether it is a repeat.
    pub(super) fn over(&self) -> String {
        let again = if self.repeat { " (again)" } else { "" };
        format!("{}{again}", self.channels.join(", "))
    }
}

/// All alerts, by their time.
pub(super) fn alerts(played: &Played) -> Vec<Alert<'_>> {
    let mut found: Vec<Alert<'_>> = Vec::new();
    let mut told: BTreeSet<(&str, &str)> = BTreeSet::new();
    let mut places: BTreeMap<(Ms, &str, bool), usize> = BTreeMap::new();
    for copy in &played.receipts {
        let repeat = !told.insert((&copy.key, &copy.channel));
        let next = found.len();
        let place = *places.entry((copy.at, &copy.key, repeat)).or_insert(next);
        match found.get_mut(place) {
            Some(alert) => alert.channels.push(&copy.channel),
            None => {
                let channels = vec![copy.channel.as_str()];
                found.push(Alert { at: copy.at, channels, repeat, copy });
            }
        }
    }
    found.sort_by_key(|alert| alert.at);
    found
}

/// An action that ran or was skipped.
#[derive(Clone, Copy, Debug)]
pub(super) struct Action<'a> {
    /// When it ended, or began when its end is not known.
    pub(super) at: Ms,
    /// What is recorded.
    pub(super) done: &'a ActionDone,
    /// Whether it helped, when that became known.
    pub(super) helped: Option<bool>,
}

impl Action<'_> {
    /// The word of its result.
    pub(super) const fn result(&self) -> &'static str {
        match self.done.result {
            ActionResult::Started => "STARTED",
            ActionResult::Ok => "OK",
            ActionResult::Failed => "FAILED",
            ActionResult::Skipped => "SKIPPED",
        }
    }

    /// The reason, and whether it helped.
    pub(super) fn remark(&self) -> String {
        let helped = self.helped.map(|helped| if helped { "helped" } else { "did not help" });
        let reason = self.done.reason.as_deref();
        reason.into_iter().chain(helped).collect::<Vec<_>>().join("; ")
    }
}

/// All actions, each once: as it ended.
pub(super) fn actions(played: &Played) -> Vec<Action<'_>> {
    let mut found: Vec<Action<'_>> = Vec::new();
    for (at, event) in &played.journal {
        let EventKind::Action(done) = &event.kind else { continue };
        let last = found
            .iter_mut()
            .rfind(|known| known.done.name == done.name && known.done.action == done.action);
        match (last, done.helped) {
            (Some(last), Some(_)) => last.helped = done.helped,
            (Some(last), None) if last.done.result == ActionResult::Started => {
                *last = Action { at: *at, done, helped: None };
            }
            (_, helped) => found.push(Action { at: *at, done, helped }),
        }
    }
    found
}
