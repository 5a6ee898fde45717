//! `expect.alerts`: what must reach a receiver, when and how often, and that nothing else does.

use engine::NoticeKind;

use super::{
    Weight,
    facts::{Facts, Notice},
    takes::{Taken, Taker, take},
    times::{self, Window, text, window},
};
use crate::{
    played::Receipt,
    scenario::{AlertExpect, Checks, Count, Ms},
    verdict::Finding,
};

pub(super) fn findings(facts: &Facts<'_>) -> Vec<(Weight, Finding)> {
    let expected = &facts.scenario.expect.alerts;
    let mut found = Vec::new();
    let mut takers = Vec::new();
    for alert in expected {
        match taker(facts, alert) {
            Ok(taker) => takers.push(taker),
            Err(why) => {
                found.push((Weight::Absent, never(alert, why)));
                takers.push(Taker {
                    fits: Vec::new(),
                    count: Count { min: 0, max: 0 },
                    wants: String::new(),
                });
            }
        }
    }
    let counted = facts.notices.len();
    let taken = take(&takers, counted);
    let mut cited = Vec::new();
    for ((alert, taker), got) in expected.iter().zip(&takers).zip(&taken.got) {
        if got.len() < taker.count.min as usize {
            let near = nearest(facts, alert, &taken);
            cited.extend(near.cited);
            found.push((Weight::Absent, missing(facts, alert, got, near)));
        } else if got.len() > taker.count.max as usize {
            found.push((Weight::Wrong, too_many(facts, alert, got)));
        }
    }
    found.extend(unexpected(facts, &taken, &cited));
    found
}

fn taker(facts: &Facts<'_>, alert: &AlertExpect) -> Result<Taker, String> {
    let mut fits = Vec::new();
    for (index, notice) in facts.notices.iter().enumerate() {
        if let Some(copy) = of_kind(alert, notice) {
            let window = window_for(facts, alert, notice.check)?;
            if (window.from..=window.until).contains(&copy.at) {
                fits.push(index);
            }
        }
    }
    // Also when nothing fits, a moment that never came is an error.
    window_for(facts, alert, "")?;
    let channel = alert.channel.as_deref().unwrap_or_default();
    let wants = format!("{} {} {channel}", whose(&alert.check), alert.event);
    Ok(Taker { fits, count: alert.count, wants })
}

fn window_for(facts: &Facts<'_>, alert: &AlertExpect, name: &str) -> Result<Window, String> {
    let name = match &alert.check {
        Checks::One(name) => name,
        Checks::All => name,
    };
    window(facts, &alert.when, facts.check(name).map(|check| &**check), Some(alert.event))
}

/// The copy of a notice that an expectation is about, if it is about it at all.
fn of_kind<'a>(alert: &AlertExpect, notice: &Notice<'a>) -> Option<&'a Receipt> {
    if notice.event != alert.event || !alert.check.take(notice.check) {
        return None;
    }
    let copy = notice.on(alert.channel.as_deref())?;
    let subject = alert.subject.as_ref().is_none_or(|regex| regex.is_match(&copy.subject));
    let body = alert.body.as_ref().is_none_or(|regex| regex.is_match(&copy.body));
    (subject && body).then_some(copy)
}

fn never(alert: &AlertExpect, why: String) -> Finding {
    Finding {
        rule: "alert".to_owned(),
        place: Some(alert.place),
        message: why,
        expected: None,
        actual: None,
        help: vec!["an anchor is known only once its step has happened".to_owned()],
        at: None,
    }
}

fn wanted(facts: &Facts<'_>, alert: &AlertExpect) -> String {
    let how_many = match alert.count {
        Count { min: 1, max: 1 } => "one".to_owned(),
        Count { min, max } if min == max => min.to_string(),
        Count { min: 0, max: 1 } => "at most one".to_owned(),
        Count { min, max } => format!("{min} to {max}"),
    };
    let when = window_for(facts, alert, "").map(|window| window.words).unwrap_or_default();
    let channel = alert.channel.as_ref().map(|name| format!(" on {name}")).unwrap_or_default();
    format!("{how_many} {} for {}{channel} {when}", alert.event, whose(&alert.check))
}

fn whose(check: &Checks) -> &str {
    match check {
        Checks::All => "any check",
        Checks::One(name) => name,
    }
}

fn missing(facts: &Facts<'_>, alert: &AlertExpect, got: &[usize], near: Near) -> Finding {
    let name = whose(&alert.check);
    let message = match got.len() {
        0 => format!("{} for {name} did not come", alert.event),
        some => format!("only {some} {} for {name} came", alert.event),
    };
    let came: Vec<_> = got
        .iter()
        .filter_map(|index| of_kind(alert, &facts.notices[*index]))
        .map(|copy| text(copy.at))
        .collect();
    let actual = match (came.is_empty(), near.cited) {
        (true, _) => near.actual,
        (false, None) => format!("only at {}", came.join(", ")),
        (false, Some(_)) => format!("only at {}; {}", came.join(", "), near.actual),
    };
    let help = near.help;
    Finding {
        rule: "alert".to_owned(),
        place: Some(alert.place),
        message,
        expected: Some(wanted(facts, alert)),
        actual: Some(actual),
        help,
        at: window_for(facts, alert, "")
            .ok()
            .map(|window| window.until)
            .filter(|at| *at < Ms::MAX / 2),
    }
}

/// What came instead of an alert that did not.
struct Near {
    actual: String,
    help: Vec<String>,
    /// The notice that is spoken of, so that it is not told a second time as a surprise.
    cited: Option<usize>,
}

/// What came instead, and by how much it missed.
fn nearest(facts: &Facts<'_>, alert: &AlertExpect, taken: &Taken) -> Near {
    let all = facts.notices.iter().enumerate();
    let others: Vec<_> = all.filter(|(index, _)| taken.left.contains(index)).collect();
    let window = window_for(facts, alert, "").ok();
    let missed = |at: Ms| {
        let far = |window: &Window| {
            if at < window.from { window.from - at } else { (at - window.until).max(0) }
        };
        window.as_ref().map_or(0, far)
    };
    let fitting =
        others.iter().filter_map(|(index, notice)| Some((*index, of_kind(alert, notice)?)));
    if let (Some((index, copy)), Some(window)) =
        (fitting.min_by_key(|(_, copy)| missed(copy.at)), &window)
    {
        let side = if copy.at < window.from { "too early" } else { "too late" };
        let actual =
            format!("the nearest one came at {}, {} {side}", text(copy.at), text(missed(copy.at)));
        let help =
            format!("if {} is right, move the window; if not, the checker is wrong", text(copy.at));
        return Near { actual, help: vec![help], cited: Some(index) };
    }
    let same = others
        .iter()
        .find(|(_, notice)| notice.event == alert.event && alert.check.take(notice.check));
    if let Some((index, notice)) = same {
        return Near { actual: differs(alert, notice), help: Vec::new(), cited: Some(*index) };
    }
    if let Some(actual) = taken_by(facts, alert, taken) {
        return Near { actual, help: Vec::new(), cited: None };
    }
    let other = facts.notices.iter().find(|notice| alert.check.take(notice.check));
    let told = other.and_then(|notice| Some((notice, notice.on(None)?)));
    let instead =
        told.map(|(notice, copy)| format!("; {} came at {}", notice.event, text(copy.at)));
    let actual = format!("none came{}{}", instead.unwrap_or_default(), course(facts, alert));
    Near { actual, help: silent(facts, alert), cited: None }
}

/// That the only one that fits belongs to another line.
fn taken_by(facts: &Facts<'_>, alert: &AlertExpect, taken: &Taken) -> Option<String> {
    let lines = facts.scenario.expect.alerts.iter().zip(&taken.got);
    let mut others = lines.filter(|(other, _)| other.place != alert.place);
    others.find_map(|(other, got)| {
        let fits = got.iter().find_map(|index| of_kind(alert, &facts.notices[*index]))?;
        Some(format!("the one at {} is what line {} expects", text(fits.at), other.place.line))
    })
}

fn differs(alert: &AlertExpect, notice: &Notice<'_>) -> String {
    let Some(copy) = notice.copies.first() else { return String::new() };
    let at = text(copy.at);
    if let Some(channel) = alert.channel.as_ref().filter(|name| notice.on(Some(name)).is_none()) {
        let channels: Vec<_> = notice.copies.iter().map(|copy| copy.channel.as_str()).collect();
        return format!("it came at {at}, but on {}, not on {channel}", channels.join(", "));
    }
    match &alert.subject {
        Some(regex) if !regex.is_match(&copy.subject) => {
            format!("the one at {at} has the subject \"{}\"", copy.subject)
        }
        _ => format!("the body of the one at {at} is\n{}", copy.body.trim_end()),
    }
}

/// How the check itself was all the while.
fn course(facts: &Facts<'_>, alert: &AlertExpect) -> String {
    let Checks::One(name) = &alert.check else { return String::new() };
    let changes = facts.states.get(name.as_str()).map(Vec::as_slice).unwrap_or_default();
    match changes {
        [] => format!("; {name} was never looked at"),
        [(_, only)] => format!("; {name} was {only} all the time"),
        many => {
            let steps: Vec<_> = many
                .iter()
                .skip(1)
                .take(4)
                .map(|(at, is)| format!("{is} at {}", text(*at)))
                .collect();
            format!("; {name} became {}", steps.join(", "))
        }
    }
}

/// A check that does not tell of this event cannot.
fn silent(facts: &Facts<'_>, alert: &AlertExpect) -> Vec<String> {
    let Checks::One(name) = &alert.check else { return Vec::new() };
    let Some(check) = facts.check(name) else { return Vec::new() };
    if check.notify_on.contains(&alert.event) {
        return Vec::new();
    }
    let listed: Vec<_> = check.notify_on.iter().map(|kind| kind.word()).collect();
    vec![format!("`notify_on` of {name} is [{}]: {} is not in it", listed.join(", "), alert.event)]
}

fn too_many(facts: &Facts<'_>, alert: &AlertExpect, got: &[usize]) -> Finding {
    let copies = got.iter().filter_map(|index| of_kind(alert, &facts.notices[*index]));
    let times: Vec<_> = copies.map(|copy| text(copy.at)).collect();
    Finding {
        rule: "alert".to_owned(),
        place: Some(alert.place),
        message: format!("{} {} for {} came", got.len(), alert.event, whose(&alert.check)),
        expected: Some(wanted(facts, alert)),
        actual: Some(format!("they came at {}", times.join(", "))),
        help: vec![format!("if that is right, write `count: {}`", got.len())],
        at: None,
    }
}

fn unexpected(facts: &Facts<'_>, taken: &Taken, cited: &[usize]) -> Vec<(Weight, Finding)> {
    let mut found = Vec::new();
    let told = facts.notices.iter().enumerate().filter(|(index, _)| !cited.contains(index));
    for (index, notice) in told {
        let takers = taken.got.iter().zip(&facts.scenario.expect.alerts);
        let takers: Vec<_> =
            takers.filter(|(got, _)| got.contains(&index)).map(|(_, alert)| alert).collect();
        for copy in notice.copies.iter().filter(|copy| copy.channel != "console") {
            let whole = takers.iter().any(|alert| alert.channel.is_none());
            let this =
                takers.iter().any(|alert| super::facts::is_on(copy, alert.channel.as_deref()));
            if !whole && !this {
                found.push((Weight::Wrong, surprise(facts, notice, copy)));
                break;
            }
        }
    }
    found
}

fn surprise(facts: &Facts<'_>, notice: &Notice<'_>, copy: &Receipt) -> Finding {
    let (check, event) = (notice.check, notice.event);
    let reason =
        copy.body.lines().find(|line| line.trim_start().to_lowercase().starts_with("reason"));
    Finding {
        rule: "unexpected".to_owned(),
        place: Some(facts.scenario.expect.alerts_place),
        message: format!("{event} for {check} came at {} on {}", text(copy.at), copy.channel),
        expected: Some("no other alert than the listed ones".to_owned()),
        actual: Some(reason.map_or_else(|| copy.subject.clone(), |line| line.trim().to_owned())),
        help: vec![format!(
            "if it is right, add under `expect: alerts:` the line {}",
            suggestion(facts, notice, copy)
        )],
        at: Some(copy.at),
    }
}

/// A line that would expect a notice: after the latest step that could have caused it.
fn suggestion(facts: &Facts<'_>, notice: &Notice<'_>, copy: &Receipt) -> String {
    let recovered = notice.event == NoticeKind::Recovered;
    let edge = if recovered { "end" } else { "start" };
    let times = facts.scenario.timeline.iter().filter_map(|step| {
        let (start, end) = facts.played.steps.get(&step.id)?;
        let at = if recovered { (*end)? } else { *start };
        (at <= copy.at && !step.id.starts_with("step-")).then_some((at, &step.id))
    });
    let bound =
        facts.check(notice.check).map(|check| times::bound_of(facts, check, Some(notice.event)).0);
    let when = match times.max_by_key(|(at, _)| *at) {
        Some((at, id)) if bound.is_some_and(|bound| copy.at <= at + bound) => {
            format!("after: {id}.{edge}, within: bound")
        }
        _ => format!("at: {}", text(copy.at / 1000 * 1000)),
    };
    format!("- {{check: {}, event: {}, {when}}}", notice.check, notice.event)
}
