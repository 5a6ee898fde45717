//! settles: so long after the last fault everything is OK again, and stays so.

use engine::{Check, EventKind, NoticeKind, Status, config::Spec};

use super::{
    super::{
        facts::Facts,
        times::{resolve, text},
    },
    Broken,
};
use crate::scenario::{Checks, Doing, Ms, Shown};

pub(super) fn unsettled(facts: &Facts<'_>) -> Vec<Broken> {
    let Some(fault) = last_fault(facts) else { return Vec::new() };
    facts
        .checks()
        .filter_map(|check| {
            let last = last_trouble(facts, check, fault);
            let by = last + engine::time::millis(facts.scenario.settle) + facts.played.slack;
            if by > facts.played.end {
                return None;
            }
            let name = check.name.as_str();
            let changes = facts.states.get(name).into_iter().flatten().map(|(at, _)| *at);
            let later = std::iter::once(by).chain(changes.filter(|at| *at > by));
            let fine = |at: &Ms| matches!(facts.status(name, *at), Status::Ok | Status::Pending);
            let by = later.into_iter().find(|at| !fine(at)).unwrap_or(by);
            let is = facts.status(name, by);
            let fine = fine(&by);
            let meant = expected_otherwise(facts, name, last) || removed(facts, name);
            (!fine && !meant).then(|| {
                let what =
                    format!("{name} is {is}, {} after the last trouble ended", text(by - last));
                Broken::new(by, what)
            })
        })
        .collect()
}

/// When the last fault was over; nothing when there was none, or when one still holds.
fn last_fault(facts: &Facts<'_>) -> Option<Ms> {
    let ends: Option<Vec<Ms>> = facts.played.faults.iter().map(|fault| fault.end).collect();
    let back = facts.played.downs.iter().map(|down| down.to);
    ends?.into_iter().chain(back).max()
}

/// When the last trouble of a check was over. A job that has failed or missed its deadline is well
/// again by another run, and by nothing else; and a person with an editor may break and mend any.
fn last_trouble(facts: &Facts<'_>, check: &Check, fault: Ms) -> Ms {
    let is_job = matches!(check.spec, Spec::Job(_));
    let counts = |doing: &Doing| match doing {
        Doing::RunJob(_) => is_job,
        Doing::Edit { .. } => true,
        Doing::Fault(_)
        | Doing::Toggle(_)
        | Doing::Heal(_)
        | Doing::Kill { .. }
        | Doing::Restart { .. }
        | Doing::Pause { .. } => false,
    };
    let steps = facts.scenario.timeline.iter().filter(|step| counts(&step.doing));
    let done = steps.filter_map(|step| facts.played.steps.get(&step.id)).map(|(start, _)| *start);
    let last = done.chain([fault]).max().unwrap_or(fault);
    // What calls in is well again with its next call, and not before.
    let calls = facts.played.beats.iter().filter(|beat| beat.check == check.name.as_str());
    let next = calls.filter(|beat| beat.status == 200 && beat.at >= last).map(|beat| beat.at).min();
    match check.spec {
        Spec::Push(_) => next.unwrap_or(Ms::MAX / 2),
        _ => last,
    }
}

/// Whether the scenario says itself that a check is not OK at the end: by a state, or by a problem
/// that it does not want taken back.
fn expected_otherwise(facts: &Facts<'_>, name: &str, last: Ms) -> bool {
    let late = |state: &&crate::scenario::StateExpect| {
        resolve(facts, &state.until).is_ok_and(|until| until >= last) && state.check.take(name)
    };
    let mut states = facts.scenario.expect.states.iter().filter(late);
    if states.any(|state| !state.is.contains(&Shown::Status(Status::Ok))) {
        return true;
    }
    let count = |wanted: &dyn Fn(NoticeKind) -> bool| -> u32 {
        let alerts = facts.scenario.expect.alerts.iter();
        let about = alerts
            .filter(|alert| wanted(alert.event) && alert.check == Checks::One(name.to_owned()));
        about.map(|alert| alert.count.min).sum()
    };
    let problems =
        count(&|event| matches!(event, NoticeKind::FirstFail | NoticeKind::DeadlineMiss));
    let recovers =
        facts.check(name).is_some_and(|check| check.notify_on.contains(&NoticeKind::Recovered));
    recovers && problems > count(&|event| event == NoticeKind::Recovered)
}

fn removed(facts: &Facts<'_>, name: &str) -> bool {
    facts.played.journal.iter().any(|(_, event)| {
        matches!(&event.kind, EventKind::CheckRemoved(gone) if gone.name.as_str() == name)
    })
}
