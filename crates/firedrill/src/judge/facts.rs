//! What the judge looks things up in: notices put together from receipts, actions from the
//! journal, states over time. Nothing here is judged.

use std::{collections::BTreeMap, sync::Arc};

use engine::{
    Check, Event, EventKind, NoticeKind, Status,
    event::{ActionDone, ActionResult},
};

use crate::{
    played::{Played, Receipt},
    scenario::{Checks, Ms, Realm, Scenario},
};

/// The channel that is not counted unless it is asked for.
const CONSOLE: &str = "console";

/// A scenario, the record of its run, and what is looked up often.
pub(super) struct Facts<'a> {
    pub(super) scenario: &'a Scenario,
    pub(super) played: &'a Played,
    pub(super) notices: Vec<Notice<'a>>,
    pub(super) actions: Vec<ActionRun<'a>>,
    pub(super) states: BTreeMap<&'a str, Vec<(Ms, Status)>>,
}

/// A notice that at least one receiver has accepted.
#[derive(Clone, Debug)]
pub(super) struct Notice<'a> {
    pub(super) check: &'a str,
    pub(super) event: NoticeKind,
    /// The first copy on every channel, in the order of arrival.
    pub(super) copies: Vec<&'a Receipt>,
}

impl<'a> Notice<'a> {
    /// Its first copy on a channel, or on any but the console.
    pub(super) fn on(&self, channel: Option<&str>) -> Option<&'a Receipt> {
        self.copies.iter().copied().find(|copy| is_on(copy, channel))
    }
}

/// Whether a receipt came over a channel: its whole name, or what stands before the colon.
pub(super) fn is_on(copy: &Receipt, channel: Option<&str>) -> bool {
    let kind = copy.channel.split(':').next().unwrap_or_default();
    let rest = copy.channel.split_once(':').map_or("", |(_, rest)| rest);
    match channel {
        None => copy.channel != CONSOLE,
        Some(wanted) => copy.channel == wanted || kind == wanted || rest == wanted,
    }
}

/// An action that ran or was skipped.
#[derive(Clone, Copy, Debug)]
pub(super) struct ActionRun<'a> {
    pub(super) at: Ms,
    pub(super) done: &'a ActionDone,
}

impl<'a> Facts<'a> {
    pub(super) fn new(scenario: &'a Scenario, played: &'a Played) -> Self {
        let (notices, actions, states) = (notices(played), actions(played), states(played));
        Self { scenario, played, notices, actions, states }
    }

    /// The checks of the configuration under test that run.
    pub(super) fn checks(&self) -> impl Iterator<Item = &'a Arc<Check>> {
        self.played.config.iter().flat_map(|config| config.enabled())
    }

    /// The check of this name.
    pub(super) fn check(&self, name: &str) -> Option<&'a Arc<Check>> {
        self.checks().find(|check| check.name.as_str() == name)
    }

    /// The names that are meant: of the configuration, and of those that an edit brought.
    pub(super) fn names(&self, wanted: &Checks) -> Vec<&'a str> {
        match wanted {
            Checks::One(name) => self
                .states
                .keys()
                .copied()
                .chain(self.checks().map(|check| check.name.as_str()))
                .find(|known| known == name)
                .into_iter()
                .collect(),
            Checks::All => self.checks().map(|check| check.name.as_str()).collect(),
        }
    }

    /// What the last cycle up to an instant, included, had found.
    pub(super) fn status(&self, check: &str, at: Ms) -> Status {
        let changes = self.states.get(check).map(Vec::as_slice).unwrap_or_default();
        changes.iter().rfind(|(since, _)| *since <= at).map_or(Status::Pending, |(_, is)| *is)
    }

    /// When a check last was looked at, up to an instant.
    pub(super) fn last_look(&self, check: &str, at: Ms) -> Option<Ms> {
        let quiet = self.played.looks.iter().filter(|(_, name)| name == check).map(|(at, _)| *at);
        let told = self.played.journal.iter().filter_map(|(at, event)| match &event.kind {
            EventKind::Check(done) if done.name.as_str() == check => Some(*at),
            _ => None,
        });
        quiet.chain(told).filter(|look| *look <= at).max()
    }

    /// Whether the checker may have lost its memory of an instant by a later one: it went down with a
    /// disk that was broken when it wrote, or when it read.
    pub(super) fn forgot(&self, from: Ms, until: Ms) -> bool {
        let downs = self.played.downs.iter().filter(|down| down.to >= from && down.from <= until);
        downs.into_iter().any(|down| self.disk_broken(from, down.to))
    }

    /// Whether a fault of the disk, other than slowness, struck and held between two instants.
    pub(super) fn disk_broken(&self, from: Ms, until: Ms) -> bool {
        self.played.faults.iter().any(|fault| {
            let held = fault.start <= until && fault.end.is_none_or(|end| end >= from);
            let breaks = fault.realm == Realm::Disk && fault.kind != "disk.slow";
            held && breaks && fault.injected > 0
        })
    }

    /// When the configuration under test was first replaced by another one.
    pub(super) fn edited(&self) -> Ms {
        let loads = self
            .played
            .journal
            .iter()
            .filter(|(_, event)| matches!(&event.kind, EventKind::Config(loaded) if loaded.ok));
        let started = self.started_at();
        let edits = self
            .scenario
            .timeline
            .iter()
            .any(|step| matches!(step.doing, crate::scenario::Doing::Edit { .. }));
        let later = loads.map(|(at, _)| *at).find(|at| *at > started);
        if edits { later.unwrap_or(Ms::MAX) } else { Ms::MAX }
    }

    fn started_at(&self) -> Ms {
        let start = |(_, event): &&(Ms, Event)| matches!(event.kind, EventKind::Start(_));
        self.played.journal.iter().find(start).map_or(0, |(at, _)| *at)
    }
}

fn notices(played: &Played) -> Vec<Notice<'_>> {
    let mut found: Vec<(&str, Notice<'_>)> = Vec::new();
    for receipt in &played.receipts {
        let (Some(check), Some(event)) = (&receipt.check, receipt.event) else { continue };
        let known = found.iter_mut().find(|(key, _)| *key == receipt.key);
        match known {
            None => {
                let notice = Notice { check, event, copies: vec![receipt] };
                found.push((&receipt.key, notice));
            }
            Some((_, notice)) => {
                if !notice.copies.iter().any(|copy| copy.channel == receipt.channel) {
                    notice.copies.push(receipt);
                }
            }
        }
    }
    found.into_iter().map(|(_, notice)| notice).collect()
}

fn actions(played: &Played) -> Vec<ActionRun<'_>> {
    let done = played.journal.iter().filter_map(|(at, event)| match &event.kind {
        EventKind::Action(done) if done.helped.is_none() => Some(ActionRun { at: *at, done }),
        _ => None,
    });
    let done: Vec<_> = done.collect();
    let ended = |at: usize| {
        let ActionRun { done: this, .. } = done[at];
        let same = done[at + 1..]
            .iter()
            .find(|later| later.done.name == this.name && later.done.action == this.action);
        same.is_some_and(|later| later.done.result != ActionResult::Started)
    };
    let keep =
        |(at, run): (usize, &ActionRun<'_>)| run.done.result != ActionResult::Started || !ended(at);
    let kept: Vec<_> = done.iter().enumerate().map(|(at, run)| keep((at, run))).collect();
    done.iter().zip(kept).filter(|(_, kept)| *kept).map(|(run, _)| *run).collect()
}

fn states(played: &Played) -> BTreeMap<&str, Vec<(Ms, Status)>> {
    let mut found: BTreeMap<&str, Vec<(Ms, Status)>> = BTreeMap::new();
    for (at, name) in &played.looks {
        found.entry(name).or_insert_with(|| vec![(*at, Status::Ok)]);
    }
    for (at, event) in &played.journal {
        if let EventKind::Check(done) = &event.kind {
            let changes = found.entry(done.name.as_str()).or_default();
            if changes.first().is_some_and(|(first, _)| first > at) {
                changes.clear();
            }
            if changes.last().map(|(_, is)| *is) != Some(done.status) {
                changes.push((*at, done.status));
            }
        }
    }
    found
}
