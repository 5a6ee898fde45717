//! Holds what happened against what was expected. Pure: a scenario and the record of its run in, a
//! verdict with its reasons out. The world is closed: what is not expected must not happen.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "events of other kinds are passed over, those of the future too"
)]

mod actions;
mod alerts;
mod always;
mod bites;
mod facts;
mod pages;
mod states;
mod takes;
#[cfg(test)]
mod tests;
mod times;

use crate::{
    played::Played,
    scenario::Scenario,
    verdict::{Finding, Judged, Verdict},
};
use facts::Facts;

pub(crate) use times::text as text_of;

/// How serious a finding is when the run may prove nothing at all.
enum Weight {
    /// It did not happen; perhaps it could not, because a fault never struck.
    Absent,
    /// It happened, whatever the faults did.
    Wrong,
}

/// Judges one run.
pub(crate) fn judge(scenario: &Scenario, played: &Played) -> Judged {
    if let Some(why) = &played.inconclusive {
        return Judged { verdict: Verdict::Inconclusive, findings: vec![plain("world", why)] };
    }
    let facts = Facts::new(scenario, played);
    let mut found = Vec::new();
    found.extend(alerts::findings(&facts));
    found.extend(actions::findings(&facts));
    found.extend(states::findings(&facts));
    found.extend(pages::findings(&facts));
    found.extend(always::findings(&facts));
    found.extend(notes(played));
    let doubts = bites::findings(&facts);
    let wrong = found.iter().any(|(weight, _)| matches!(weight, Weight::Wrong));
    let verdict = match (found.is_empty(), doubts.is_empty()) {
        (true, true) => Verdict::Pass,
        (false, true) => Verdict::Fail,
        (_, false) if wrong => Verdict::Fail,
        (_, false) => Verdict::Inconclusive,
    };
    let reasons = found.into_iter().map(|(_, finding)| finding);
    let findings = match verdict {
        Verdict::Inconclusive => doubts.into_iter().chain(reasons).collect(),
        Verdict::Pass | Verdict::Fail => reasons.chain(doubts).collect(),
    };
    Judged { verdict, findings }
}

/// A finding that no line of the scenario says.
fn plain(rule: &str, message: impl Into<String>) -> Finding {
    Finding {
        rule: rule.to_owned(),
        place: None,
        message: message.into(),
        expected: None,
        actual: None,
        help: Vec::new(),
        at: None,
    }
}

/// A step that could not be done is a failure of the run.
fn notes(played: &Played) -> impl Iterator<Item = (Weight, Finding)> {
    played.notes.iter().map(|(at, what)| {
        let message = format!("at {}: {what}", times::text(*at));
        (Weight::Wrong, Finding { at: Some(*at), ..plain("timeline", message) })
    })
}
