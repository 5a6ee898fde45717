//! `expect.actions`: what must run, when and how often, and that nothing else does. A run that was
//! skipped did not happen: it is held against expectations of `SKIPPED` only.

use engine::event::ActionResult;

use super::{
    Weight,
    facts::{ActionRun, Facts},
    takes::{Taker, take},
    times::{text, window},
};
use crate::{
    scenario::{ActionExpect, Checks, Count},
    verdict::Finding,
};

pub(super) fn findings(facts: &Facts<'_>) -> Vec<(Weight, Finding)> {
    let expected = &facts.scenario.expect.actions;
    let mut found = Vec::new();
    let takers: Vec<_> = expected
        .iter()
        .map(|action| {
            taker(facts, action).unwrap_or_else(|why| {
                found.push((Weight::Absent, finding(action, why, None, None)));
                Taker { fits: Vec::new(), count: Count { min: 0, max: 0 }, wants: String::new() }
            })
        })
        .collect();
    let taken = take(&takers, facts.actions.len());
    let mut cited: Vec<&ActionExpect> = Vec::new();
    for ((action, taker), got) in expected.iter().zip(&takers).zip(&taken.got) {
        if got.len() < taker.count.min as usize {
            cited.push(action);
            found.push((Weight::Absent, missing(facts, action, got.len())));
        } else if got.len() > taker.count.max as usize {
            found.push((Weight::Wrong, too_many(facts, action, got)));
        }
    }
    let ran = |run: &ActionRun<'_>| run.done.result != ActionResult::Skipped;
    // A run that a missing line has spoken of is not told a second time as a surprise.
    let told =
        |run: &&ActionRun<'_>| cited.iter().any(|line| line.check.take(run.done.name.as_str()));
    let left = taken.left.iter().map(|index| &facts.actions[*index]);
    let left = left.filter(|run| ran(run)).filter(|run| !told(run));
    found.extend(left.map(|run| (Weight::Wrong, surprise(facts, run))));
    found
}

fn taker(facts: &Facts<'_>, action: &ActionExpect) -> Result<Taker, String> {
    let mut fits = Vec::new();
    for (index, run) in facts.actions.iter().enumerate() {
        if is_meant(action, run) {
            let check = facts.check(run.done.name.as_str());
            let window = window(facts, &action.when, check.map(|check| &**check), None)?;
            let mut limit = check.into_iter().flat_map(|check| &check.actions);
            let limit = limit.find(|one| one.label == run.done.action);
            let runs = limit.map_or(0, |one| engine::time::millis(one.timeout));
            if (window.from..=window.until.saturating_add(runs)).contains(&run.at) {
                fits.push(index);
            }
        }
    }
    let pattern = |regex: &Option<regex::Regex>| regex.as_ref().map(ToString::to_string);
    let wants = format!("{:?} {:?} {:?}", action.check, pattern(&action.action), action.result);
    Ok(Taker { fits, count: action.count, wants })
}

fn is_meant(action: &ActionExpect, run: &ActionRun<'_>) -> bool {
    let result = match action.result {
        Some(wanted) => run.done.result == wanted,
        None => run.done.result != ActionResult::Skipped,
    };
    let reason = run.done.reason.as_deref().unwrap_or_default();
    result
        && action.check.take(run.done.name.as_str())
        && action.action.as_ref().is_none_or(|regex| regex.is_match(&run.done.action))
        && action.reason.as_ref().is_none_or(|regex| regex.is_match(reason))
}

fn finding(
    action: &ActionExpect,
    message: String,
    expected: Option<String>,
    actual: Option<String>,
) -> Finding {
    let (rule, place) = ("action".to_owned(), Some(action.place));
    Finding { rule, place, message, expected, actual, help: Vec::new(), at: None }
}

fn wanted(facts: &Facts<'_>, action: &ActionExpect) -> String {
    let check = match &action.check {
        Checks::All => None,
        Checks::One(name) => facts.check(name),
    };
    let when = window(facts, &action.when, check.map(|check| &**check), None);
    let when = when.map(|window| window.words).unwrap_or_default();
    let Count { min, max } = action.count;
    let result = action.result.map(|result| format!(" {}", word(result))).unwrap_or_default();
    let runs = if max == 1 { "run" } else { "runs" };
    match (min, max) {
        (0, 0) => format!("no{result} run {when}"),
        (min, max) if min == max => format!("{min}{result} {runs} {when}"),
        (min, max) => format!("{min} to {max}{result} {runs} {when}"),
    }
}

const fn word(result: ActionResult) -> &'static str {
    match result {
        ActionResult::Started => "STARTED",
        ActionResult::Ok => "OK",
        ActionResult::Failed => "FAILED",
        ActionResult::Skipped => "SKIPPED",
    }
}

fn told(run: &ActionRun<'_>) -> String {
    let reason = run.done.reason.as_ref().map(|why| format!(" ({why})")).unwrap_or_default();
    let done = run.done;
    format!("{} of {}: {} at {}{reason}", done.action, done.name, word(done.result), text(run.at))
}

fn missing(facts: &Facts<'_>, action: &ActionExpect, got: usize) -> Finding {
    let differently = facts.actions.iter().find(|run| {
        action.check.take(run.done.name.as_str()) && run.done.result != ActionResult::Skipped
    });
    let message = match (got, differently, action.result) {
        (0, Some(run), Some(wanted)) if wanted != ActionResult::Skipped => {
            format!("the action ran, but ended {}, not {}", word(run.done.result), word(wanted))
        }
        (0, ..) => "the action did not run".to_owned(),
        (some, ..) => format!("the action ran only {}", times(some)),
    };
    let others: Vec<_> = facts.actions.iter().take(4).map(told).collect();
    let actual = if others.is_empty() { "no action ran".to_owned() } else { others.join("; ") };
    finding(action, message, Some(wanted(facts, action)), Some(actual))
}

fn times(count: usize) -> String {
    match count {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        more => format!("{more} times"),
    }
}

fn too_many(facts: &Facts<'_>, action: &ActionExpect, got: &[usize]) -> Finding {
    let times: Vec<_> = got.iter().map(|index| text(facts.actions[*index].at)).collect();
    let message = format!("the action ran {}", self::times(got.len()));
    let actual = format!("it ran at {}", times.join(", "));
    finding(action, message, Some(wanted(facts, action)), Some(actual))
}

fn surprise(facts: &Facts<'_>, run: &ActionRun<'_>) -> Finding {
    Finding {
        rule: "unexpected".to_owned(),
        place: Some(facts.scenario.expect.actions_place),
        message: format!("the action {}", told(run)),
        expected: Some("no other action than the listed ones".to_owned()),
        actual: None,
        help: vec![format!(
            "if it is right, add under `expect: actions:` the line - {{check: {}}}",
            run.done.name
        )],
        at: Some(run.at),
    }
}
