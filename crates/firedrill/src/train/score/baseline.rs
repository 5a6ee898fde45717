//! What a score is held against: the same incident with nobody there, and what the watch can be
//! expected to do. Pure.

use std::collections::BTreeSet;

use super::pain::{self, Hurt};
use crate::{
    scenario::Ms,
    train::{facts::Facts, record::Span},
};

/// What does not depend on the team.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Setting {
    /// The shortest wait between two turns of a check.
    pub(crate) interval: Ms,
    /// How long people take to read something and to press a button, in the exercise's own time:
    /// they do not get faster with it.
    pub(crate) reaction: Ms,
    /// The kinds of fault in it that some tool can end.
    pub(crate) curable: BTreeSet<String>,
}

/// What people take, in real milliseconds.
const REACTION: f64 = 12_000.0;

impl Setting {
    /// For checks that run so often, in an exercise that goes so many times faster than real time.
    pub(crate) fn new(interval: Ms, speed: f64, curable: BTreeSet<String>) -> Self {
        Self { interval, reaction: (REACTION * speed.max(1.0)).round() as Ms, curable }
    }

    /// Whether any tool can end any of it.
    pub(super) fn is_curable(&self) -> bool {
        !self.curable.is_empty()
    }

    /// Whether a fault has to be gone for an incident to be over: one that a tool can end; of what
    /// no tool can end nobody can wait for more than that users are well. Where there is only such,
    /// all of it.
    pub(super) fn must_end(&self, fault: &Span) -> bool {
        !self.is_curable() || self.curable.contains(&fault.what)
    }
}

/// The same incident with nobody there.
#[derive(Clone, Debug)]
pub(crate) struct Baseline {
    /// See there.
    pub(super) setting: Setting,
    /// When users were hurt, and how much.
    hurts: Vec<Hurt>,
    /// When the last fault began.
    pub(super) last_onset: Option<Ms>,
    /// How long something was wrong.
    pub(super) lasted: Ms,
    /// When each fault acted.
    faults: Vec<Span>,
}

/// So far apart may be what is the same in a live run and a simulated one.
const SAME: Ms = 10_000;

impl Baseline {
    /// From the facts of a run without people, as long as the exercise may last.
    pub(crate) fn of(nobody: &Facts, setting: Setting) -> Self {
        let faults = || nobody.faults.iter().filter(|fault| setting.must_end(fault));
        let over = faults().map(|fault| fault.to).max();
        Self {
            hurts: pain::hurts(&nobody.users),
            last_onset: faults().map(|fault| fault.from).max(),
            lasted: nobody.onset().zip(over).map_or(0, |(onset, over)| over - onset),
            faults: nobody.faults.clone(),
            setting,
        }
    }

    /// Whether a fault ended sooner than it does with nobody there. Where faults strike by chance a
    /// run may be kinder to users than another, and that is nobody's merit.
    pub(super) fn outlasts(&self, fault: &Span) -> bool {
        let same =
            |known: &&Span| known.what == fault.what && (known.from - fault.from).abs() <= SAME;
        self.faults.iter().find(same).is_none_or(|known| fault.to + SAME < known.to)
    }

    /// All pain with nobody there, in minutes.
    pub(super) fn pain(&self) -> f64 {
        self.hurts.iter().map(|hurt| hurt.minutes).sum()
    }

    /// What of it came after an instant.
    pub(super) fn pain_after(&self, at: Ms) -> f64 {
        self.hurts.iter().filter(|hurt| hurt.at > at).map(|hurt| hurt.minutes).sum()
    }

    /// What of it came in the first so many milliseconds of the pain.
    pub(super) fn pain_within(&self, length: Ms) -> f64 {
        let Some(first) = self.hurts.first().map(|hurt| hurt.at) else { return 0.0 };
        let early = self.hurts.iter().filter(|hurt| hurt.at <= first + length);
        early.map(|hurt| hurt.minutes).sum()
    }
}
