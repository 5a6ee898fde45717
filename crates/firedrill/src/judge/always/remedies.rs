//! remedy-rate: in any hour no action runs more often than its budget, none runs where actions are
//! off, and none runs that the journal does not know.

use std::collections::BTreeMap;

use engine::{
    EventKind,
    config::{Action, ActionKind},
    event::ActionResult,
};

use super::{super::facts::Facts, Broken};
use crate::scenario::Ms;

const HOUR: Ms = 3_600_000;

pub(super) fn overspent(facts: &Facts<'_>) -> Vec<Broken> {
    let runs = runs(facts);
    let mut found: Vec<_> = runs
        .iter()
        .filter_map(|((name, label), times)| {
            let check = facts.check(name)?;
            let action = check.actions.iter().find(|action| action.label == *label)?;
            over_budget(facts, (name, action), times)
        })
        .collect();
    found.extend(unrecorded(facts, &runs));
    found.extend(unwanted_restart(facts, &runs));
    found
}

/// Restarts that the machine was asked for and the journal does not know, or that are off.
fn unwanted_restart(facts: &Facts<'_>, runs: &Runs<'_>) -> Option<Broken> {
    let (at, unit) = facts.played.restarts.last()?;
    let flags = &facts.scenario.flags;
    if flags.no_restart || flags.no_actions {
        return Some(Broken::new(*at, format!("{unit} was restarted although restarts are off")));
    }
    let restarts = runs.iter().filter(|((_, label), _)| label.starts_with("restart "));
    let (known, seen) = (restarts.map(|(_, times)| times.len()).sum(), facts.played.restarts.len());
    let by_programs = facts
        .checks()
        .flat_map(|check| &check.actions)
        .any(|action| matches!(action.kind, ActionKind::Command { .. }));
    let unwritten = facts.disk_broken(facts.played.restarts.first()?.0, *at) || by_programs;
    let what = format!("the machine saw {seen} restarts, the journal knows of {known}");
    (seen > known && !unwritten).then(|| Broken::new(*at, what))
}

/// When each action began, by the name of its check and its label.
type Runs<'a> = BTreeMap<(&'a str, &'a str), Vec<Ms>>;

fn runs<'a>(facts: &'a Facts<'_>) -> Runs<'a> {
    let mut found = Runs::new();
    for (at, event) in &facts.played.journal {
        if let EventKind::Action(done) = &event.kind
            && done.result == ActionResult::Started
        {
            found.entry((done.name.as_str(), &done.action)).or_default().push(*at);
        }
    }
    found
}

fn over_budget(facts: &Facts<'_>, (name, action): (&str, &Action), times: &[Ms]) -> Option<Broken> {
    let budget = action.max_per_hour as usize;
    let over = times.windows(budget + 1).find(|window| {
        let ends = window.first().zip(window.last());
        ends.is_some_and(|(first, last)| last - first < HOUR && !facts.forgot(*first, *last))
    })?;
    let at = *over.last()?;
    Some(Broken::new(
        at,
        format!(
            "{} of {name} ran {} times within an hour; its budget is {budget}",
            action.label,
            over.len()
        ),
    ))
}

/// Runs that the mock app saw and the journal does not.
fn unrecorded(facts: &Facts<'_>, runs: &Runs<'_>) -> Option<Broken> {
    if facts.edited() != Ms::MAX {
        return None;
    }
    let posts: Vec<_> = facts.checks().flat_map(|check| &check.actions).filter_map(path).collect();
    let seen = facts.played.posts.iter().filter(|(_, path)| posts.contains(&path.as_str()));
    let (seen, known) = (seen.collect::<Vec<_>>(), runs.values().map(Vec::len).sum::<usize>());
    let last = seen.last()?;
    if facts.scenario.flags.no_actions {
        return Some(Broken::new(last.0, format!("POST {} came although actions are off", last.1)));
    }
    let what = format!("the mock app saw {} remedies, the journal knows of {known}", seen.len());
    let unwritten = facts.disk_broken(seen.first()?.0, last.0);
    (seen.len() > known && !unwritten).then(|| Broken::new(last.0, what))
}

fn path(action: &Action) -> Option<&str> {
    match &action.kind {
        ActionKind::HttpPost { url, .. } => Some(url.path()),
        ActionKind::Restart { .. } | ActionKind::Command { .. } => None,
    }
}
