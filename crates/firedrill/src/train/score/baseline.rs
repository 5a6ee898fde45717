//! What a score is held against: the same incident with nobody there, and what the watch can be
//! expected to do. Pure.

use super::pain::{self, Hurt};
use crate::{scenario::Ms, train::facts::Facts};

/// What does not depend on the team.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Setting {
    /// The shortest wait between two turns of a check.
    pub(crate) interval: Ms,
    /// How long people take to read something and to press a button, in the exercise's own time:
    /// they do not get faster with it.
    pub(crate) reaction: Ms,
    /// Whether any tool can end any of it.
    pub(crate) curable: bool,
}

/// What people take, in real milliseconds.
const REACTION: f64 = 12_000.0;

impl Setting {
    /// For checks that run so often, in an exercise that goes so many times faster than real time.
    pub(crate) fn new(interval: Ms, speed: f64, curable: bool) -> Self {
        Self { interval, reaction: (REACTION * speed.max(1.0)).round() as Ms, curable }
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
}

impl Baseline {
    /// From the facts of a run without people, as long as the exercise may last.
    pub(crate) fn of(nobody: &Facts, setting: Setting) -> Self {
        let onset = nobody.onset();
        let over = nobody.faults.iter().map(|fault| fault.to).max();
        Self {
            setting,
            hurts: pain::hurts(&nobody.users),
            last_onset: nobody.faults.iter().map(|fault| fault.from).max(),
            lasted: onset.zip(over).map_or(0, |(onset, over)| over - onset),
        }
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
