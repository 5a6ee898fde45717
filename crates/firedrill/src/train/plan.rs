//! An exercise before it is played: the scenario as it will be carried out, the configuration, and
//! what is told when. The whole of it can be put under seal and opened again. Plays nothing.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{causes, draw::Drawn, seal, shelf};
use crate::scenario::{
    Bundle, CheckerFlags, Doing, Effect, Exercise, Expect, FaultStep, Library, Moment, Ms, Noting,
    OnDisk, Realm, Scenario, load, load_from, with_seed,
};

/// What people are told who play a scenario that tells no story.
const NO_STORY: &str = "You are on duty. Something may go wrong, or nothing at all.";

/// What an exercise is made of: enough to open it again anywhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Source {
    /// The scenario.
    path: PathBuf,
    /// By how much later than written everything happens.
    shift: Ms,
    /// The seed that picks one of several cases, and that the case is played with.
    seed: Option<u64>,
    /// When it is over at the latest.
    limit: Ms,
    /// The scenario and all files that it names.
    files: Bundle,
}

/// An exercise.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    /// What it was made of.
    pub(super) source: Source,
    /// The scenario as it was written.
    pub(super) written: Scenario,
    /// What is carried out.
    pub(super) scenario: Scenario,
    /// The configuration of the checker.
    pub(super) checks: String,
    /// What is told.
    pub(super) exercise: Exercise,
}

impl Source {
    /// An exercise of the shelf.
    pub(super) fn drawn(drawn: Drawn, limit: Ms) -> Self {
        Self { path: drawn.path, shift: drawn.shift, seed: None, limit, files: shelf::bundle() }
    }

    /// Any scenario file, played as it is written.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub(super) fn file(path: &Path, limit: Ms) -> Result<Self, String> {
        // Complaints are about the file as it was named; found again it is by its whole path.
        load(path).map_err(|refused| refused.to_string())?;
        let path = std::path::absolute(path).map_err(|error| error.to_string())?;
        let noting = Noting::on(&OnDisk);
        let cases = load_from(&path, &noting).map_err(|refused| refused.to_string())?;
        let seed = cases.first().map(|case| case.seed);
        Ok(Self { path, shift: 0, seed, limit, files: noting.into_bundle() })
    }

    /// The whole under seal.
    pub(super) fn sealed(&self) -> String {
        seal::sealed(&serde_json::to_string(self).unwrap_or_default())
    }

    /// What was put under seal.
    ///
    /// # Errors
    /// The seal is broken.
    pub(super) fn unsealed(seal: &str) -> Result<Self, String> {
        let text = seal::opened(seal).ok_or("the sealed scenario is broken")?;
        serde_json::from_str(&text).map_err(|error| format!("the sealed scenario: {error}"))
    }

    /// Makes the exercise.
    ///
    /// # Errors
    /// Everything that is wrong with the scenario.
    pub(super) fn open(self) -> Result<Plan, String> {
        let cases = load_from(&self.path, &self.files).map_err(|refused| refused.to_string())?;
        let case = cases.into_iter().next().ok_or("the scenario has no case")?;
        let checks = self
            .files
            .read(&case.checks)
            .map_err(|error| format!("the configuration {}: {error}", case.checks.display()))?;
        let exercise = case.exercise.clone().unwrap_or_else(|| usual(&case));
        let case = with_seed(case, self.seed.unwrap_or(1));
        let scenario = staged(case.clone(), &exercise, self.shift, self.limit);
        let checks = String::from_utf8_lossy(&checks).into_owned();
        Ok(Plan { source: self, written: case, scenario, checks, exercise })
    }
}

impl Plan {
    /// When it is over at the latest.
    pub(super) const fn limit(&self) -> Ms {
        self.source.limit
    }
}

/// What is told of a scenario that was not written as an exercise.
fn usual(scenario: &Scenario) -> Exercise {
    Exercise {
        title: scenario.name.clone(),
        level: 1,
        story: NO_STORY.to_owned(),
        hints: Vec::new(),
        answers: causes::of(scenario),
        tools: BTreeMap::new(),
        remedies: false,
    }
}

/// The scenario as it is carried out: nothing is expected, everything happens later, and the
/// operator's tools do what the exercise says.
fn staged(scenario: Scenario, exercise: &Exercise, shift: Ms, limit: Ms) -> Scenario {
    let mut timeline = scenario.timeline;
    for step in &mut timeline {
        if let Moment::At(at) = &mut step.at {
            *at += shift;
        }
        if let Doing::Fault(fault) = &mut step.doing {
            give_tools(fault, &exercise.tools);
        }
    }
    let flags = CheckerFlags { no_actions: !exercise.remedies, ..scenario.flags };
    let expect = Expect::default();
    let run = Some(Moment::At(limit));
    let exercise = Some(exercise.clone());
    Scenario { timeline, flags, expect, run, exercise, sometimes: Vec::new(), ..scenario }
}

/// What helps against a fault and what makes it worse, where its step does not say.
fn give_tools(fault: &mut FaultStep, tools: &BTreeMap<String, Effect>) {
    let keys = [("cured_by", Effect::Helps), ("worsened_by", Effect::Harms)];
    let said = keys.iter().any(|(key, _)| fault.step.contains_key(*key));
    if fault.realm != Realm::App || tools.is_empty() || said {
        return;
    }
    for (key, effect) in keys {
        let named = tools.iter().filter(|(_, does)| **does == effect);
        let named: Vec<Value> = named.map(|(tool, _)| tool.as_str().into()).collect();
        fault.step.insert(key.to_owned(), named.into());
    }
}
