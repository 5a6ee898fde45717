//! `firedrill lint`: says everything that is wrong with scenario files, and what is odd.

use std::path::PathBuf;

use engine::bound::bound;

use crate::{
    judge::text_of,
    out::{complain, say},
    scenario::{self, Doing, Moment, Ms, Realm, Scenario},
};

/// Lints files and folders; answers the exit code.
pub(crate) fn lint(paths: &[PathBuf]) -> u8 {
    let files = match scenario::find(paths) {
        Ok(files) => files,
        Err(error) => {
            complain(&error);
            return 3;
        }
    };
    let (mut cases, mut bad) = (0, 0);
    for file in &files {
        match scenario::load(file) {
            Err(refused) => {
                complain(&refused.to_string());
                bad += 1;
            }
            Ok(found) => {
                cases += found.len();
                found.first().into_iter().flat_map(odd).for_each(|warning| say(&warning));
            }
        }
    }
    if bad > 0 {
        complain(&format!("{bad} of {} scenario files cannot be played", files.len()));
        return 3;
    }
    say(&format!("{} scenarios, {cases} cases: fine", files.len()));
    0
}

/// What is allowed and probably not meant.
fn odd(scenario: &Scenario) -> Vec<String> {
    let mut found = Vec::new();
    let file = &scenario.source.file;
    for step in &scenario.timeline {
        let Doing::Fault(fault) = &step.doing else { continue };
        let (Some(lasts), Realm::App) = (fault.lasts, fault.realm) else { continue };
        let shortest = shortest_bound(scenario);
        if shortest.is_some_and(|shortest| lasts < shortest) && !scenario.expect.alerts.is_empty() {
            let (lasts, needs) = (millis(lasts), millis(shortest.unwrap_or_default()));
            found.push(format!(
                "{file}:{}:{}: warning: `{}` lasts {}; an outage shorter than {} can be missed",
                step.place.line,
                step.place.column,
                step.id,
                text_of(lasts),
                text_of(needs)
            ));
        }
    }
    if let (Some(Moment::At(run)), Some(last)) = (&scenario.run, last_end(scenario))
        && last + millis(scenario.settle) > *run
    {
        let line = scenario
            .source
            .text
            .lines()
            .position(|line| line.starts_with("run:"))
            .map_or(1, |at| at + 1);
        found.push(format!("{file}:{line}:1: warning: the run ends before `settle` is over: nothing says that all is well again"));
    }
    found
}

fn millis(length: std::time::Duration) -> Ms {
    engine::time::millis(length)
}

fn shortest_bound(scenario: &Scenario) -> Option<std::time::Duration> {
    let config = super::explain::config(scenario)?;
    config.enabled().map(|check| bound(check, scenario.start).detect).min()
}

/// When the last fault ends that has a known end.
fn last_end(scenario: &Scenario) -> Option<Ms> {
    let ends = scenario.timeline.iter().filter_map(|step| match (&step.doing, &step.at) {
        (Doing::Fault(fault), Moment::At(at)) => Some(at + millis(fault.lasts?)),
        _ => None,
    });
    ends.max()
}
