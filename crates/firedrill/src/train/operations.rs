//! What each use of an operator's tool was worth, by what happened and not by what was meant: it
//! ended a fault, it did harm, or neither. Pure.

use super::{
    facts::{EVERY, Facts, Request},
    record::{Operation, Span, Worth},
};
use crate::scenario::{Doing, Effect, Ms, Scenario};

/// How far the end of a fault and the end of the tool that ended it may lie apart.
const TOGETHER: Ms = 1_500;

/// Fills in what every operation was worth that is not known to have helped or harmed.
pub(crate) fn judge(facts: &mut Facts, scenario: &Scenario) {
    let mut operations = std::mem::take(&mut facts.operations);
    let mut ended = Vec::new();
    for one in &mut operations {
        let found = worth(one, facts, scenario, &mut ended);
        // What the mock app itself said of it counts for more than what the times suggest.
        one.worth = if one.worth == Worth::Needless { found } else { one.worth };
    }
    facts.operations = operations;
}

/// `ended` holds the faults that are known to have been ended by a tool: one ends once.
fn worth(one: &Operation, facts: &Facts, scenario: &Scenario, ended: &mut Vec<usize>) -> Worth {
    let by_it = (0..facts.faults.len()).filter(|index| {
        let fault = &facts.faults[*index];
        let over = fault.to < facts.ended && (fault.to - one.to).abs() <= TOGETHER;
        over && may_end(scenario, fault, &one.tool) && !ended.contains(index)
    });
    let by_it: Vec<_> = by_it.collect();
    let worsens = facts.faults.iter().any(|fault| {
        let active = fault.from <= one.to && fault.to >= one.from;
        active && is_worsened(scenario, fault, &one.tool)
    });
    match (by_it.is_empty(), worsens || put_out(one, facts)) {
        (false, _) => {
            ended.extend(by_it);
            Worth::Helped
        }
        (true, true) => Worth::Harmful,
        (true, false) => Worth::Needless,
    }
}

/// Whether a tool can be what ended a fault; what is not said may be.
fn may_end(scenario: &Scenario, fault: &Span, tool: &str) -> bool {
    said(scenario, fault, "cured_by").is_none_or(|tools| tools.iter().any(|one| one == tool))
}

fn is_worsened(scenario: &Scenario, fault: &Span, tool: &str) -> bool {
    let by_step = said(scenario, fault, "worsened_by");
    let block = scenario.exercise.as_ref().and_then(|exercise| exercise.tools.get(tool));
    match by_step {
        Some(tools) => tools.iter().any(|one| one == tool),
        None => block == Some(&Effect::Harms),
    }
}

/// The tools that a step names under a key.
fn said(scenario: &Scenario, fault: &Span, key: &str) -> Option<Vec<String>> {
    scenario.timeline.iter().find_map(|step| {
        let Doing::Fault(begun) = &step.doing else { return None };
        let tools = begun.step.get(key).filter(|_| begun.kind == fault.what)?.as_array()?;
        Some(tools.iter().filter_map(|tool| tool.as_str().map(str::to_owned)).collect())
    })
}

/// Whether users who were well on a route were put out by a tool: their requests failed while it ran
/// and had not failed before.
fn put_out(one: &Operation, facts: &Facts) -> bool {
    // What was wrong with a route since the latest active fault began is not the tool's doing.
    let active = facts.faults.iter().filter(|fault| fault.to >= one.from - EVERY);
    let active = active.filter(|fault| fault.from <= one.to + EVERY);
    let onset = active.map(|fault| fault.from).min().unwrap_or(one.from - 2 * EVERY);
    let during = |asked: &&Request| (one.from..=one.to).contains(&asked.at) && !asked.good;
    facts.users.iter().filter(during).any(|failed| {
        let same = facts.users.iter().filter(|asked| asked.route == failed.route);
        let since = onset.min(one.from - 2 * EVERY);
        !same.clone().any(|asked| (since..one.from).contains(&asked.at) && !asked.good)
            && !fault_began(facts, one)
    })
}

/// A fault that began while the tool ran is what users felt then.
fn fault_began(facts: &Facts, one: &Operation) -> bool {
    facts.faults.iter().any(|fault| (one.from..=one.to).contains(&fault.from))
}
