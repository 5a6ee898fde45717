//! no-missed-outage and no-false-alarm for what calls in: the calls that were really made and taken,
//! held against what the checker said of them.

use engine::{
    Check, EventKind, NoticeKind, Status,
    config::{PushSpec, Spec},
};

use super::{
    super::{facts::Facts, times::text},
    Broken,
};
use crate::scenario::Ms;

/// Rounding, and work at one and the same instant.
const GRACE: Ms = 1_000;

/// Silences that were longer than a check allows, and that nobody was told of.
pub(super) fn missed(facts: &Facts<'_>) -> Vec<Broken> {
    let mut found = Vec::new();
    for (check, push) in pushes(facts) {
        let interval = engine::time::millis(check.schedule.interval(facts.scenario.start));
        let limit = allowed(push) + interval + GRACE + facts.played.slack;
        let end = facts.played.end.min(facts.edited());
        let ends = taken(facts, check).skip(1).chain([end]);
        for (from, until) in taken(facts, check).zip(ends) {
            // Down once, and everything that was due then is excused: the rest is its own story.
            let by = from + limit;
            let up = !facts.played.downs.iter().any(|down| down.from < until && down.to > from)
                && !cut_off(facts, from, until);
            if up && until > by && facts.status(check.name.as_str(), by) != Status::Fail {
                let silent = text(until - from);
                let what = format!("{} was silent for {silent} and was not FAIL", check.name);
                found.push(Broken::new(by, what));
            }
        }
    }
    found
}

/// Alarms about something that had called in time, the checker's own absence not counted.
pub(super) fn false_ones(facts: &Facts<'_>) -> Vec<Broken> {
    let told = facts.played.journal.iter().filter(|(at, _)| *at < facts.edited());
    let alarms = told.filter_map(|(at, event)| match &event.kind {
        EventKind::Notify(notice) if notice.kind == NoticeKind::FirstFail => {
            Some((*at, notice.name.as_ref()?.as_str()))
        }
        _ => None,
    });
    let judged = alarms.filter_map(|(at, name)| {
        let (check, push) = pushes(facts).find(|(check, _)| check.name.as_str() == name)?;
        let last = taken(facts, check).filter(|beat| *beat <= at).last().unwrap_or(0);
        let lost = lost(facts, check, last, at) * every(push);
        let away = absence(facts, last, at).max(lost);
        let silent = at - last - away;
        (silent + GRACE < allowed(push)).then(|| {
            let (silent, allowed) = (text(at - last), text(allowed(push)));
            Broken::new(at, format!("first_fail for {name} after {silent} of silence"))
                .because(format!("{allowed} are allowed, and in part of it nobody was there"))
        })
    });
    judged.collect()
}

fn pushes<'a>(facts: &'a Facts<'_>) -> impl Iterator<Item = (&'a Check, &'a PushSpec)> {
    facts.checks().filter_map(|check| match &check.spec {
        Spec::Push(push) => Some((&**check, push)),
        _ => None,
    })
}

/// The calls that were taken.
fn taken<'a>(facts: &'a Facts<'_>, check: &'a Check) -> impl Iterator<Item = Ms> + 'a {
    let own = facts.played.beats.iter().filter(|beat| beat.check == check.name.as_str());
    own.filter(|beat| beat.status == 200).map(|beat| beat.at)
}

fn every(push: &PushSpec) -> Ms {
    engine::time::millis(push.every)
}

fn allowed(push: &PushSpec) -> Ms {
    every(push) + engine::time::millis(push.grace)
}

/// Whether nobody could call for a while, because the checker's own network was gone.
fn cut_off(facts: &Facts<'_>, from: Ms, until: Ms) -> bool {
    let mut faults = facts.played.faults.iter().filter(|fault| fault.kind == "checker.offline");
    faults.any(|fault| fault.start < until && fault.end.is_none_or(|end| end > from))
}

/// For how long of a stretch the checker was not there.
fn absence(facts: &Facts<'_>, from: Ms, until: Ms) -> Ms {
    let parts = facts.played.downs.iter();
    parts.map(|down| (down.to.min(until) - down.from.max(from)).max(0)).sum()
}

/// The calls that found nobody in a stretch.
fn lost(facts: &Facts<'_>, check: &Check, from: Ms, until: Ms) -> Ms {
    let own = facts.played.beats.iter().filter(|beat| beat.check == check.name.as_str());
    let lost = own.filter(|beat| beat.status != 200 && beat.status != 404);
    Ms::try_from(lost.filter(|beat| (from..until).contains(&beat.at)).count()).unwrap_or(0)
}
