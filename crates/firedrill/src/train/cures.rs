//! What is wrong in an exercise, and which of the operator's tools does what to it: as its step
//! says, else as the exercise says, else as the catalogue does. Plays nothing.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{causes, record::Cause};
use crate::scenario::{Doing, Effect, FaultStep, Realm, Scenario};

/// What is wrong; a scenario that is no exercise says so by what it breaks.
pub(super) fn causes(scenario: &Scenario) -> Vec<Cause> {
    match &scenario.exercise {
        Some(exercise) => exercise.answers.iter().map(causes::cause).collect(),
        None => causes::of(scenario).iter().map(causes::cause).collect(),
    }
}

/// The kinds of fault in it that a tool of the operator can end.
pub(super) fn curable(scenario: &Scenario) -> BTreeSet<String> {
    let kinds = scenario.timeline.iter().flat_map(|step| match &step.doing {
        Doing::Fault(fault) => vec![fault.kind.clone()],
        Doing::Toggle(wish) => wish.keys().map(|name| causes::kind_of(name).to_owned()).collect(),
        Doing::Kill { .. }
        | Doing::Restart { .. }
        | Doing::Pause { .. }
        | Doing::Edit { .. }
        | Doing::Heal(_)
        | Doing::RunJob(_) => Vec::new(),
    });
    let ends = |kind: &String| mockapp::ops().iter().any(|tool| ends(scenario, kind, tool.name));
    kinds.filter(ends).collect()
}

/// Whether a tool ends faults of this kind.
pub(super) fn ends(scenario: &Scenario, kind: &str, tool: &str) -> bool {
    does(scenario, kind, tool, ("cured_by", Effect::Helps)).unwrap_or_else(|| {
        let known = mockapp::catalogue().into_iter().find(|info| info.name == kind);
        known.is_some_and(|info| info.cured_by.contains(&tool))
    })
}

/// Whether a tool makes faults of this kind worse.
pub(super) fn worsens(scenario: &Scenario, kind: &str, tool: &str) -> bool {
    does(scenario, kind, tool, ("worsened_by", Effect::Harms)).unwrap_or(false)
}

/// What the steps or the exercise say of faults of a kind; nothing when neither does. An operator of
/// the application can do nothing about the mail server.
fn does(scenario: &Scenario, kind: &str, tool: &str, what: (&str, Effect)) -> Option<bool> {
    let steps = || scenario.timeline.iter().filter_map(|step| fault(&step.doing));
    let steps = || steps().filter(|fault| fault.kind == kind);
    if steps().any(|fault| fault.realm != Realm::App) {
        return Some(false);
    }
    let said: Vec<_> =
        steps().filter_map(|fault| fault.step.get(what.0)).filter_map(Value::as_array).collect();
    if !said.is_empty() {
        return Some(said.into_iter().flatten().any(|named| named == tool));
    }
    let exercise = scenario.exercise.as_ref().filter(|exercise| !exercise.tools.is_empty())?;
    Some(exercise.tools.get(tool) == Some(&what.1))
}

const fn fault(doing: &Doing) -> Option<&FaultStep> {
    if let Doing::Fault(fault) = doing { Some(fault) } else { None }
}
