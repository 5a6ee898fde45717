//! What each use of an operator's tool was worth, by what happened and not by what was meant: it
//! ended a fault, it did harm, or neither. Pure.

use super::{
    cures,
    facts::{EVERY, Facts, Request},
    record::{Operation, Worth},
};
use crate::scenario::{Ms, Scenario};

/// How far the end of a fault and the end of the tool that ended it may lie apart.
const TOGETHER: Ms = 1_500;

/// Fills in what every operation was worth that is not known to have helped or harmed.
pub(crate) fn judge(facts: &mut Facts, scenario: &Scenario) {
    let mut ended = Vec::new();
    let worths: Vec<_> = facts
        .operations
        .iter()
        .map(|one| {
            let by_it = ended_by(one, facts, scenario, &ended);
            ended.extend(&by_it);
            match by_it.is_empty() {
                false => Worth::Helped,
                true if is_worse(one, facts, scenario) || put_out(one, facts) => Worth::Harmful,
                true => Worth::Needless,
            }
        })
        .collect();
    for (one, worth) in facts.operations.iter_mut().zip(worths) {
        // What the mock app itself said of it counts for more than what the times suggest.
        one.worth = if one.worth == Worth::Needless { worth } else { one.worth };
    }
}

/// The faults that ended with an operation; each is ended by one only.
fn ended_by(one: &Operation, facts: &Facts, scenario: &Scenario, known: &[usize]) -> Vec<usize> {
    let by_it = facts.faults.iter().enumerate().filter(|(index, fault)| {
        let over = fault.to < facts.ended && (fault.to - one.to).abs() <= TOGETHER;
        over && !known.contains(index) && cures::ends(scenario, &fault.what, &one.tool)
    });
    by_it.map(|(index, _)| index).collect()
}

/// Whether a fault was there that the tool makes worse.
fn is_worse(one: &Operation, facts: &Facts, scenario: &Scenario) -> bool {
    facts.faults.iter().any(|fault| {
        let active = fault.from <= one.to && fault.to >= one.from;
        active && cures::worsens(scenario, &fault.what, &one.tool)
    })
}

/// Whether a tool put users out who were well: on some route requests failed while it ran, and none
/// had failed there since the trouble of that time began.
fn put_out(one: &Operation, facts: &Facts) -> bool {
    let ran = one.from..=one.to;
    if facts.faults.iter().any(|fault| ran.contains(&fault.from)) {
        return false;
    }
    let active = facts.faults.iter().filter(|fault| fault.from < one.from && fault.to >= one.from);
    let since = active.map(|fault| fault.from).chain([one.from - 2 * EVERY]).min().unwrap_or(0);
    let by_a_tool =
        |at: Ms| facts.operations.iter().any(|tool| (tool.from..=tool.to).contains(&at));
    let failed = |asked: &&Request| !asked.good;
    let before = |asked: &Request| (since..one.from).contains(&asked.at) && !by_a_tool(asked.at);
    facts.users.iter().filter(failed).filter(|asked| ran.contains(&asked.at)).any(|out| {
        let mut same = facts.users.iter().filter(failed).filter(|asked| asked.route == out.route);
        !same.any(before)
    })
}
