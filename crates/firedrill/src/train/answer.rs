//! What is wrong in an exercise, as its scenario says it, and whether anything can be done about it.
//! Knows the catalogue of faults; plays nothing.

use serde_json::Value;

use super::record::Cause;
use crate::scenario::{Answer, Doing, Effect, FaultStep, Realm, Scenario, Step};

/// What is wrong; a scenario that is no exercise says so by what it breaks.
pub(crate) fn causes(scenario: &Scenario) -> Vec<Cause> {
    match &scenario.exercise {
        Some(exercise) => exercise.answers.iter().map(said).collect(),
        None => broken(&scenario.timeline),
    }
}

fn said(answer: &Answer) -> Cause {
    let (component, fault) = (answer.component.clone(), answer.fault.clone());
    Cause { component, plain: plain(&fault), fault }
}

fn broken(timeline: &[Step]) -> Vec<Cause> {
    let mut causes: Vec<Cause> = Vec::new();
    for kind in timeline.iter().flat_map(kinds) {
        if kind != "noop" && causes.iter().all(|known| known.fault != kind) {
            let (component, plain) = (component(kind), plain(kind));
            causes.push(Cause { component, fault: kind.to_owned(), plain });
        }
    }
    causes
}

/// The kinds of fault that a step begins.
fn kinds(step: &Step) -> Vec<&str> {
    match &step.doing {
        Doing::Fault(fault) => vec![fault.kind.as_str()],
        Doing::Toggle(wish) => {
            let on = wish.iter().filter(|(_, value)| **value == Value::Bool(true));
            on.map(|(name, _)| name.as_str()).collect()
        }
        Doing::Kill { .. }
        | Doing::Restart { .. }
        | Doing::Pause { .. }
        | Doing::Edit { .. }
        | Doing::Heal(_)
        | Doing::RunJob(_) => Vec::new(),
    }
}

/// A fault in plain words.
fn plain(kind: &str) -> String {
    let known = mockapp::catalogue().into_iter().find(|info| info.name == kind);
    known.map_or_else(|| kind.to_owned(), |info| info.about.to_owned())
}

/// The part of the stack that a fault is in.
fn component(kind: &str) -> String {
    kind.split('.').next().unwrap_or(kind).to_owned()
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
