//! no-missed-outage, detect-bound, recover-bound: what an independent user saw, held against what
//! the checker believed at the time.

use std::sync::Arc;

use engine::{Check, NoticeKind, Status, bound::bound, config::Spec, schedule::Schedule};

use super::{super::facts::Facts, super::times::text, Broken};
use crate::{
    played::{Sample, Truth},
    scenario::{Ms, Realm},
};

/// Rounding, and work at one and the same instant.
const GRACE: Ms = 1_000;

/// A stretch in which every look of the independent user got the same.
struct Stretch<'a> {
    from: Ms,
    until: Ms,
    verdict: Truth,
    why: &'a str,
    /// The checker went down at its end: what it saw later belongs to the next stretch.
    cut: bool,
}

/// Outages that were over before the checker saw them, although they lasted longer than the bound,
/// and checks that stayed green although nothing could be known.
pub(super) fn missed(facts: &Facts<'_>) -> Vec<Broken> {
    let mut found = unseen(facts);
    found.extend(spells(facts, Truth::Blind, |check, spell, limit| {
        let green = facts.status(check.name.as_str(), spell.until) == Status::Ok;
        (spell.until - spell.from > limit && green).then(|| {
            let what = format!("{} is OK although nobody could be asked", check.name);
            let since = text(spell.from);
            Broken::new(spell.until, what).because(format!("since {since}: {}", spell.why))
        })
    }));
    found
}

fn unseen(facts: &Facts<'_>) -> Vec<Broken> {
    outages(facts, |check, outage, limit| {
        let seen = failed_by(facts, check, outage);
        (outage.until - outage.from > limit && seen.is_none() && !told(facts, check, outage)).then(
            || {
                let length = text(outage.until - outage.from);
                let name = &check.name;
                Broken::new(
                    outage.from,
                    format!("an outage of {name} that lasted {length} was never found"),
                )
                .because(format!("everybody else was answered: {}", outage.why))
            },
        )
    })
}

/// Whether somebody was told of an outage. With a broken disk that may be all that is left of it.
fn told(facts: &Facts<'_>, check: &Check, outage: &Stretch<'_>) -> bool {
    let rest = engine::time::millis(bound(check, facts.scenario.start).detect);
    let about = facts.notices.iter().filter(|notice| {
        notice.check == check.name.as_str() && notice.event == NoticeKind::FirstFail
    });
    let mut copies = about.flat_map(|notice| &notice.copies);
    copies.any(|copy| (outage.from..=outage.until + rest).contains(&copy.at))
}

/// Outages that were seen, but later than the bound allows.
pub(super) fn late(facts: &Facts<'_>) -> Vec<Broken> {
    outages(facts, |check, outage, limit| {
        let seen = failed_by(facts, check, outage)?;
        (seen > outage.from + limit).then(|| {
            let (after, limit) = (text(seen - outage.from), text(limit - GRACE));
            Broken::new(
                seen,
                format!(
                    "{} was FAIL {after} after its outage began; the bound is {limit}",
                    check.name
                ),
            )
        })
    })
}

/// Outages whose end was seen later than the bound allows, or not at all.
pub(super) fn slow_recovery(facts: &Facts<'_>) -> Vec<Broken> {
    let mut found = Vec::new();
    for check in measurable(facts) {
        let limit = engine::time::millis(bound(check, facts.scenario.start).recover)
            + GRACE
            + facts.played.slack;
        let stretches = stretches(facts, check);
        for pair in stretches.windows(2) {
            let [outage, good] = pair else { continue };
            let ended = outage.verdict == Truth::Bad && good.verdict != Truth::Bad;
            let lasting = !matches!(good.verdict, Truth::Unsure | Truth::Blind)
                && good.until - good.from >= limit;
            let by = good.from + limit;
            if ended
                && lasting
                && up_through(facts, good.from, by)
                && facts.status(check.name.as_str(), by) == Status::Fail
            {
                let what = format!(
                    "{} is still FAIL {} after its outage ended",
                    check.name,
                    text(limit - GRACE)
                );
                found.push(Broken::new(by, what));
            }
        }
    }
    found
}

/// Asks about every outage of every check that the checker could have seen.
fn outages(
    facts: &Facts<'_>,
    judge: impl FnMut(&Check, &Stretch<'_>, Ms) -> Option<Broken>,
) -> Vec<Broken> {
    spells(facts, Truth::Bad, judge)
}

/// Asks about every stretch of this kind in which the checker ran.
fn spells(
    facts: &Facts<'_>,
    verdict: Truth,
    mut judge: impl FnMut(&Check, &Stretch<'_>, Ms) -> Option<Broken>,
) -> Vec<Broken> {
    let mut found = Vec::new();
    for check in measurable(facts) {
        let bounds = bound(check, facts.scenario.start);
        let limit = engine::time::millis(bounds.detect) + GRACE + facts.played.slack;
        let bad = stretches(facts, check).into_iter().filter(|one| one.verdict == verdict);
        for outage in bad.flat_map(|outage| while_up(facts, &outage)) {
            found.extend(judge(check, &outage, limit));
        }
    }
    found
}

/// Checks whose turns go by the stopwatch, or that no wrong clock can have moved.
fn measurable<'a>(facts: &'a Facts<'_>) -> impl Iterator<Item = &'a Arc<Check>> {
    let clocks = facts.played.faults.iter().any(|fault| fault.realm == Realm::Clock);
    facts.checks().filter(move |check| {
        let by_wall = !matches!(check.schedule, Schedule::Every(_));
        // What a log says of its own time hangs on the clock.
        let by_wall = by_wall || matches!(check.spec, Spec::LogHeartbeat(_));
        is_seen(&check.spec) && !(clocks && by_wall)
    })
}

/// Whether an independent user sees all that a check sees.
const fn is_seen(spec: &Spec) -> bool {
    match spec {
        Spec::Http(_)
        | Spec::Tcp(_)
        | Spec::Systemd(_)
        | Spec::LogHeartbeat(_)
        | Spec::Service(_)
        | Spec::Process(_)
        | Spec::Command(_) => true,
        Spec::Job(_) | Spec::Dns(_) | Spec::Host(_) | Spec::Ping(_) | Spec::Push(_) => false,
    }
}

/// The stretches of one check, up to when its configuration was replaced.
fn stretches<'a>(facts: &'a Facts<'_>, check: &Check) -> Vec<Stretch<'a>> {
    let end = facts.played.end.min(facts.edited());
    let samples =
        facts.played.truth.get(check.name.as_str()).map(Vec::as_slice).unwrap_or_default();
    let samples: Vec<&Sample> = samples.iter().filter(|sample| sample.at < end).collect();
    let mut found: Vec<Stretch<'a>> = Vec::new();
    for (index, sample) in samples.iter().enumerate() {
        let until = samples.get(index + 1).map_or(end, |next| next.at);
        // Slow is no outage: for the bounds it is as good as good.
        let verdict = if sample.verdict == Truth::Slow { Truth::Good } else { sample.verdict };
        match found.last_mut() {
            Some(last) if last.verdict == verdict => last.until = until,
            _ => found.push(Stretch {
                from: sample.at,
                until,
                verdict,
                why: &sample.why,
                cut: false,
            }),
        }
    }
    found
}

/// The parts of an outage in which the checker ran.
fn while_up<'a>(facts: &Facts<'_>, outage: &Stretch<'a>) -> Vec<Stretch<'a>> {
    let mut parts = Vec::new();
    let mut from = outage.from;
    for down in &facts.played.downs {
        if down.from < outage.until && down.to > from {
            if down.from > from {
                parts.push((from, down.from, true));
            }
            from = down.to;
        }
    }
    if from < outage.until {
        parts.push((from, outage.until, false));
    }
    let (verdict, why) = (outage.verdict, outage.why);
    let part = |(from, until, cut)| Stretch { from, until, verdict, why, cut };
    parts.into_iter().map(part).collect()
}

fn up_through(facts: &Facts<'_>, from: Ms, until: Ms) -> bool {
    until <= facts.played.end
        && !facts.played.downs.iter().any(|down| down.from < until && down.to > from)
}

/// When a check was first FAIL in a stretch.
fn failed_by(facts: &Facts<'_>, check: &Check, outage: &Stretch<'_>) -> Option<Ms> {
    let (from, until) = (outage.from, outage.until);
    let name = check.name.as_str();
    if facts.status(name, from) == Status::Fail {
        return Some(from);
    }
    let changes = facts.states.get(name)?;
    // What began before the end may be told a little after it.
    let rest = engine::time::millis(bound(check, facts.scenario.start).detect);
    let late = if outage.cut { until } else { until + rest };
    let inside = changes.iter().find(|(at, is)| *at >= from && *at <= late && *is == Status::Fail);
    inside.map(|(at, _)| *at)
}
