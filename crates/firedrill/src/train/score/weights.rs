//! How much each part of a score weighs, and from when on a time is worth less. Numbers only.

use super::baseline::Baseline;
use crate::scenario::Ms;

/// The points of the parts; always 100 in all.
pub(super) struct Weights {
    pub(super) detection: i32,
    pub(super) acknowledgement: i32,
    pub(super) diagnosis: i32,
    pub(super) mitigation: i32,
    pub(super) closing: i32,
}

const CURABLE: Weights =
    Weights { detection: 15, acknowledgement: 10, diagnosis: 30, mitigation: 35, closing: 10 };
/// What no tool can end cannot be mitigated: finding out counts for more.
const INCURABLE: Weights =
    Weights { detection: 25, acknowledgement: 15, diagnosis: 50, mitigation: 0, closing: 10 };

pub(super) fn of(baseline: &Baseline) -> Weights {
    if baseline.setting.is_curable() { CURABLE } else { INCURABLE }
}

/// Of the points of a diagnosis, so much for the right component with the wrong fault.
pub(super) const COMPONENT: f64 = 0.4;
/// What a right diagnosis is worth after so many wrong ones.
const CORRECTED: [f64; 4] = [1.0, 0.6, 0.4, 0.2];

/// What a diagnosis is worth that comes after so many wrong ones.
pub(super) fn corrected(wrong: usize) -> f64 {
    CORRECTED[wrong.min(CORRECTED.len() - 1)]
}

/// Each wrong diagnosis after the first.
pub(super) const GUESS: i32 = 5;
/// Each use of a tool that changed nothing.
pub(super) const NEEDLESS: i32 = 3;
/// Each use of a tool that did harm.
pub(super) const HARMFUL: i32 = 10;
/// An incident that was declared before anything was wrong.
pub(super) const FALSE_ALARM: i32 = 10;
/// "It is over", while it was not.
pub(super) const TOO_EARLY: i32 = 15;
/// The first hint; every further one costs so much more than the one before.
pub(super) const HINT: i32 = 5;

/// A quiet day: keeping calm, and keeping one's hands off.
pub(super) const CALM: i32 = 60;
pub(super) const HANDS_OFF: i32 = 40;
/// Each needless use of a tool on a quiet day.
pub(super) const RESTLESS: i32 = 15;

/// Savings below this share are no more than the noise of a live run.
pub(super) const NOISE: f64 = 0.05;

/// Times up to the first are worth all, from the second on nothing.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    pub(super) all: Ms,
    pub(super) none: Ms,
}

impl Limits {
    /// To see that something is wrong: two turns of a check and a look at the mail.
    pub(super) fn detection(baseline: &Baseline) -> Self {
        let all = 2 * baseline.setting.interval + baseline.setting.reaction;
        Self { all, none: all + 20 * baseline.setting.interval }
    }

    /// To say that an alert was seen.
    pub(super) fn acknowledgement(baseline: &Baseline) -> Self {
        let all = 2 * baseline.setting.reaction;
        Self { all, none: all + 20 * baseline.setting.interval }
    }

    /// How much of it a time is worth.
    pub(super) fn mark(self, took: Ms) -> f64 {
        let beyond = (took - self.all) as f64 / (self.none - self.all).max(1) as f64;
        1.0 - beyond.clamp(0.0, 1.0)
    }
}

/// A minute: what a tool takes, and a look whether it helped.
const OPERATION: Ms = 60_000;

/// How long an incident lasts for users when all goes well: seen, understood, mended.
pub(super) fn par(baseline: &Baseline) -> Ms {
    Limits::detection(baseline).all + 2 * baseline.setting.reaction + OPERATION
}

/// So many points of so many, rounded down.
pub(super) fn points(of: i32, mark: f64) -> i32 {
    (f64::from(of) * mark.clamp(0.0, 1.0) + 1e-9).floor() as i32
}
