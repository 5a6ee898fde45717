//! The trouble of an incident in its time: when it began, when anybody could know, whether it was
//! over when the team went. Pure.

use super::{Baseline, pain};
use crate::{scenario::Ms, train::facts::Facts};

/// The word of a check with which nothing is wrong.
const OK: &str = "OK";

/// What is known of the trouble.
pub(super) struct Trouble {
    /// When the first fault began.
    pub(super) onset: Option<Ms>,
    /// When users first felt it; else when a check first said so.
    pub(super) felt: Option<Ms>,
    /// Whether users felt it at all.
    pub(super) by_users: bool,
    /// Whether nothing was wrong any more at the end, and nothing was to come.
    pub(super) over: bool,
    /// Minutes of pain; what was still to come is counted as with nobody there.
    pub(super) pain: f64,
    /// The part of it that was still to come.
    pub(super) to_come: f64,
}

impl Trouble {
    pub(super) fn of(facts: &Facts, baseline: &Baseline) -> Self {
        let onset = facts.faults.iter().map(|fault| fault.from).min();
        let by_users = onset.and_then(|onset| first_failure(facts, onset));
        let felt = by_users.or_else(|| onset.and_then(|onset| first_word(facts, onset)));
        let over = is_over(facts, baseline);
        let to_come = if over { 0.0 } else { baseline.pain_after(facts.ended) };
        let pain = pain::hurts(&facts.users).iter().map(|hurt| hurt.minutes).sum::<f64>();
        Self {
            onset,
            felt: felt.or(onset),
            by_users: by_users.is_some(),
            over,
            pain: pain + to_come,
            to_come,
        }
    }

    /// How long after it was first felt something was.
    pub(super) fn since(&self, at: Option<Ms>) -> Option<Ms> {
        Some((at? - self.felt?).max(0))
    }

    /// When the last of it was felt, or the last fault ended when users felt none; nothing as long
    /// as it is not over.
    pub(super) fn relief(&self, facts: &Facts) -> Option<Ms> {
        let failed = facts.users.iter().filter(|asked| !asked.good).map(|asked| asked.at);
        let failed = failed.filter(|at| self.felt.is_some_and(|felt| *at >= felt)).max();
        let ended = facts.faults.iter().map(|fault| fault.to).max();
        let relief = if self.by_users { failed } else { ended };
        relief.filter(|_| self.over)
    }
}

fn first_failure(facts: &Facts, onset: Ms) -> Option<Ms> {
    let failed = facts.users.iter().filter(|asked| !asked.good && asked.at >= onset);
    failed.map(|asked| asked.at).min()
}

fn first_word(facts: &Facts, onset: Ms) -> Option<Ms> {
    let spans = facts.checks.iter().flat_map(|lane| &lane.spans);
    spans.filter(|span| span.what != OK && span.from >= onset).map(|span| span.from).min()
}

fn is_over(facts: &Facts, baseline: &Baseline) -> bool {
    let active = facts.faults.iter().any(|fault| fault.to >= facts.ended);
    let to_begin = baseline.last_onset.is_some_and(|onset| onset > facts.ended);
    !active && !to_begin && !is_felt(facts)
}

/// Whether the last request on any route failed.
fn is_felt(facts: &Facts) -> bool {
    let mut seen: Vec<&str> = Vec::new();
    for asked in facts.users.iter().rev() {
        if !seen.contains(&asked.route.as_str()) {
            if !asked.good {
                return true;
            }
            seen.push(&asked.route);
        }
    }
    false
}
