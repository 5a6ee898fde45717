//! The trouble of an incident in its time: when it began, when anybody could know, whether it was
//! over when the team went. Pure.

use super::{Baseline, pain};
use crate::{
    scenario::Ms,
    train::{facts::Facts, record::Span},
};

/// The words of a check that tells of trouble.
const TROUBLE: [&str; 2] = ["FAIL", "UNKNOWN"];

/// What is known of the trouble.
pub(super) struct Trouble {
    /// When the first fault began.
    pub(super) onset: Option<Ms>,
    /// When users first felt it, or a check first said so if that was earlier.
    pub(super) felt: Option<Ms>,
    /// Whether users felt it first.
    pub(super) by_users: bool,
    /// Whether nothing was wrong any more at the end, and nothing was to come.
    pub(super) over: bool,
    /// Minutes of pain; what was still to come is counted as with nobody there.
    pub(super) pain: f64,
    /// The part of it that was still to come.
    pub(super) to_come: f64,
    /// When the last fault ended that had to.
    pub(super) ended: Option<Ms>,
}

impl Trouble {
    pub(super) fn of(facts: &Facts, baseline: &Baseline) -> Self {
        let onset = facts.onset();
        let failed = onset.and_then(|onset| first_failure(facts, onset));
        let said = onset.and_then(|onset| first_word(facts, onset));
        let felt = failed.into_iter().chain(said).min();
        let over = is_over(facts, baseline);
        let to_come = if over { 0.0 } else { baseline.pain_after(facts.ended) };
        let pain = pain::hurts(&facts.users).iter().map(|hurt| hurt.minutes).sum::<f64>();
        Self {
            onset,
            felt,
            by_users: failed.is_some() && failed == felt,
            over,
            pain: pain + to_come,
            to_come,
            ended: must_end(facts, baseline).map(|fault| fault.to).max(),
        }
    }

    /// How long after it was first felt something was; what nobody could feel is no time ago.
    pub(super) fn since(&self, at: Option<Ms>) -> Option<Ms> {
        at.map(|at| self.felt.map_or(0, |felt| (at - felt).max(0)))
    }

    /// When the last of it was felt, or the last fault ended when users felt none; nothing as long
    /// as it is not over.
    pub(super) fn relief(&self, facts: &Facts) -> Option<Ms> {
        let onset = self.onset.filter(|_| self.over)?;
        let failed = facts.users.iter().filter(|asked| !asked.good && asked.at >= onset);
        failed.map(|asked| asked.at).max().or(self.ended)
    }
}

fn must_end<'f>(facts: &'f Facts, baseline: &'f Baseline) -> impl Iterator<Item = &'f Span> {
    facts.faults.iter().filter(|fault| baseline.setting.must_end(fault))
}

fn first_failure(facts: &Facts, onset: Ms) -> Option<Ms> {
    let failed = facts.users.iter().filter(|asked| !asked.good && asked.at >= onset);
    failed.map(|asked| asked.at).min()
}

fn first_word(facts: &Facts, onset: Ms) -> Option<Ms> {
    let spans = facts.checks.iter().flat_map(|lane| &lane.spans);
    let told = spans.filter(|span| TROUBLE.contains(&span.what.as_str()) && span.from >= onset);
    told.map(|span| span.from).min()
}

fn is_over(facts: &Facts, baseline: &Baseline) -> bool {
    let active = must_end(facts, baseline).any(|fault| fault.to >= facts.ended);
    let to_begin = baseline.last_onset.is_some_and(|onset| onset > facts.ended);
    !active && !to_begin && !is_felt(facts, baseline)
}

/// Whether the last request on any route failed. One from before the last fault ended tells nothing
/// of what came after it, unless a check still says that something is wrong.
fn is_felt(facts: &Facts, baseline: &Baseline) -> bool {
    let ended = must_end(facts, baseline).map(|fault| fault.to).max();
    let since = ended.filter(|_| !is_told(facts)).unwrap_or(Ms::MIN);
    let mut seen: Vec<&str> = Vec::new();
    for asked in facts.users.iter().rev().take_while(|asked| asked.at >= since) {
        if !seen.contains(&asked.route.as_str()) {
            if !asked.good {
                return true;
            }
            seen.push(&asked.route);
        }
    }
    false
}

/// Whether the last word of any check tells of trouble.
fn is_told(facts: &Facts) -> bool {
    let mut last = facts.checks.iter().filter_map(|lane| lane.spans.last());
    last.any(|span| TROUBLE.contains(&span.what.as_str()))
}
