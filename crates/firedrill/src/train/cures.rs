//! What is wrong in an exercise, and which of the operator's tools does what to it: as its step
//! says, else as the exercise says, else as the catalogue does. Plays nothing.

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

/// Whether a tool of the operator can end any of it.
pub(super) fn is_curable(scenario: &Scenario) -> bool {
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
    kinds.into_iter().any(|kind| mockapp::ops().iter().any(|tool| ends(scenario, &kind, tool.name)))
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

/// What the step or the exercise says; nothing when neither does.
fn does(scenario: &Scenario, kind: &str, tool: &str, what: (&str, Effect)) -> Option<bool> {
    let steps = scenario.timeline.iter().filter_map(|step| fault(&step.doing));
    let mut said = steps.filter(|fault| fault.kind == kind && fault.realm == Realm::App);
    let said = said.find_map(|fault| fault.step.get(what.0)?.as_array().cloned());
    if let Some(tools) = said {
        return Some(tools.iter().filter_map(Value::as_str).any(|named| named == tool));
    }
    let exercise = scenario.exercise.as_ref().filter(|exercise| !exercise.tools.is_empty())?;
    Some(exercise.tools.get(tool) == Some(&what.1))
}

const fn fault(doing: &Doing) -> Option<&FaultStep> {
    if let Doing::Fault(fault) = doing { Some(fault) } else { None }
}
