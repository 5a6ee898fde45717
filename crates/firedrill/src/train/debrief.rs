//! From the files of an exercise to its record: the one way, whether it ended as it should or this
//! program was killed in the middle. Scores nothing itself.

use std::{fs, path::Path, time::Duration};

use engine::Event;

use super::{
    assemble, cures,
    facts::{Facts, Reading},
    files::{End, Left, Use},
    lanes,
    pages::debrief::html,
    plan::{Plan, Source},
    postmortem::markdown,
    record::{Ending, Operation, Record, Worth},
};
use crate::{out::complain, scenario::Ms};

/// Within this everything is written that was recorded before the end.
const A_MOMENT: Duration = Duration::from_secs(60);
/// What ended an exercise whose end was never written.
const KILLED: &str = "firedrill itself was stopped in the middle";

/// The record of what was played in a folder. Takes a few seconds.
///
/// # Errors
/// Says what is missing or broken.
pub(super) fn of(folder: &Path) -> Result<Record, String> {
    let left = Left::read(folder)?;
    if left.broken > 0 {
        complain(&format!("{} broken lines of the exercise are left out", left.broken));
    }
    let plan = Source::unsealed(&left.head.sealed).and_then(Source::open);
    let plan = plan.map_err(|why| format!("{}: {why}", folder.display()))?;
    let facts = facts(folder, &left, &plan);
    let head = assemble::Head {
        title: plan.exercise.title.clone(),
        story: plan.exercise.story.clone(),
        level: plan.exercise.level,
        seed: left.head.seed,
        speed: left.head.speed,
        team: left.head.team,
        began: left.head.began,
        limit: plan.limit(),
    };
    assemble::record(head, facts, &plan.scenario, plan.checks.as_bytes())
}

fn facts(folder: &Path, left: &Left, plan: &Plan) -> Facts {
    let killed = || End { ended: left.last, ending: Ending::Broken(KILLED.to_owned()) };
    let End { ended, ending } = left.end.clone().unwrap_or_else(killed);
    let results = results(folder, left, ended);
    Facts {
        causes: cures::causes(&plan.scenario),
        faults: left.secret.faults.clone(),
        users: left.users.iter().filter(|asked| asked.at <= ended).cloned().collect(),
        checks: lanes::checks(&results, &[], ended),
        results,
        alerts: left.alerts.clone(),
        done: left.done.clone(),
        operations: left.operations.iter().map(|one| operation(one, left, ended)).collect(),
        ended,
        ending,
    }
}

fn operation(one: &Use, left: &Left, ended: Ms) -> Operation {
    Operation {
        tool: one.tool.clone(),
        label: one.label.clone(),
        by: one.by.clone(),
        from: one.from,
        to: one.to.unwrap_or(ended),
        worth: left.secret.worths.get(&one.id).copied().unwrap_or(Worth::Needless),
    }
}

/// What the checker found, from its own journal, in the exercise's own time.
fn results(folder: &Path, left: &Left, ended: Ms) -> Vec<Reading> {
    let told = |real: i64| (real as f64 * left.head.speed).round() as Ms;
    let at = |event: &Event| told(event.ts.as_millis() - left.head.began.as_millis());
    let lasted = Duration::from_secs_f64(ended as f64 / 1000.0 / left.head.speed);
    let events = crate::live::events(folder, left.head.began + lasted + A_MOMENT).into_iter();
    let events: Vec<_> = events.map(|event| (at(&event), event)).collect();
    let mut results = lanes::results(&events, &[], left.head.speed);
    results.retain(|one| one.at <= ended);
    results
}

/// Writes the record, the page and the post-mortem into the folder.
///
/// # Errors
/// Names the file that cannot be written.
pub(super) fn write(folder: &Path, record: &Record) -> Result<(), String> {
    assemble::save(folder, record)?;
    let files = [("debrief.html", html(record)), ("postmortem.md", markdown(record))];
    files.into_iter().try_for_each(|(name, text)| {
        let path = folder.join(name);
        fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))
    })
}
