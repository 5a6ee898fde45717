//! What is wrong in an exercise, as its scenario says it, and whether anything can be done about it.
//! Plays nothing.

use serde_json::Value;

use super::{causes, record::Cause};
use crate::scenario::{Doing, Effect, FaultStep, Realm, Scenario};

/// What is wrong; a scenario that is no exercise says so by what it breaks.
pub(crate) fn causes(scenario: &Scenario) -> Vec<Cause> {
    match &scenario.exercise {
        Some(exercise) => exercise.answers.iter().map(causes::cause).collect(),
        None => causes::of(scenario).iter().map(causes::cause).collect(),
    }
}

/// Whether a tool of the operator can end any of it; what is not known is taken for curable.
pub(crate) fn is_curable(scenario: &Scenario) -> bool {
    let helps = |effect: &Effect| *effect == Effect::Helps;
    let tools = scenario.exercise.as_ref().map(|exercise| &exercise.tools);
    let by_block = tools.is_some_and(|tools| tools.values().any(helps));
    let mut steps = scenario.timeline.iter();
    by_block || steps.any(|step| matches!(&step.doing, Doing::Fault(fault) if has_cure(fault)))
}

fn has_cure(fault: &FaultStep) -> bool {
    let said = fault.step.get("cured_by").and_then(Value::as_array);
    fault.realm == Realm::App && said.is_none_or(|tools| !tools.is_empty())
}
