//! `expect.state`: what the checker must have believed, at an instant or all through a stretch.

use std::time::Duration;

use engine::Status;

use super::{
    Weight,
    facts::Facts,
    times::{resolve, text, written},
};
use crate::{
    played::Truth,
    scenario::{Moment, Ms, Shown, StateExpect},
    verdict::Finding,
};

/// A state is STALE after so many intervals without a look, and not before this time.
const STALE_INTERVALS: i64 = 3;
const STALE_LEAST: Duration = Duration::from_secs(90);
/// How far the board may be behind.
const LAG: Ms = 1_000;

pub(super) fn findings(facts: &Facts<'_>) -> Vec<(Weight, Finding)> {
    facts.scenario.expect.states.iter().filter_map(|state| one(facts, state)).collect()
}

fn one(facts: &Facts<'_>, state: &StateExpect) -> Option<(Weight, Finding)> {
    let (from, until) = match (resolve(facts, &state.from), resolve(facts, &state.until)) {
        (Ok(from), Ok(until)) => (from, until),
        (Err(why), _) | (_, Err(why)) => {
            return Some((Weight::Absent, finding(state, why, None, None)));
        }
    };
    let names = facts.names(&state.check);
    if names.is_empty() {
        let message = "no check of this name was ever looked at".to_owned();
        return Some((Weight::Absent, finding(state, message, None, None)));
    }
    names.into_iter().find_map(|name| {
        let (at, is) = breach(facts, state, name, from, until)?;
        let message = format!("{name} was {} at {}", shown(is), text(at));
        let expected = format!("{} {}", words(&state.is), stretch(state, from, until));
        let found = finding(state, message, Some(expected), Some(course(facts, name, from, until)));
        Some((Weight::Wrong, Finding { at: Some(at), ..found }))
    })
}

/// The first instant at which a state was another one than is allowed.
fn breach(
    facts: &Facts<'_>,
    state: &StateExpect,
    name: &str,
    from: Ms,
    until: Ms,
) -> Option<(Ms, Status)> {
    let slack = facts.played.slack;
    if slack > 0 {
        return lenient(facts, state, name, (from, until), slack);
    }
    instants(facts, name, from, until)
        .into_iter()
        .map(|at| (at, facts.status(name, at)))
        .find(|(at, is)| !fits(facts, state, name, *at, *is))
}

/// Live, edges are soft: an instant may be off by the slack, a stretch is shorter by it.
fn lenient(
    facts: &Facts<'_>,
    state: &StateExpect,
    name: &str,
    (from, until): (Ms, Ms),
    slack: Ms,
) -> Option<(Ms, Status)> {
    let good = |at: Ms| fits(facts, state, name, at, facts.status(name, at));
    let (a, b) = (from + slack, until - slack);
    if a < b {
        let bad = instants(facts, name, a, b).into_iter().find(|at| !good(*at))?;
        return Some((bad, facts.status(name, bad)));
    }
    let near = instants(facts, name, from - slack, until + slack + 1);
    if near.into_iter().any(good) { None } else { Some((from, facts.status(name, from))) }
}

/// The instant `from` and every one before `until` at which something changes.
fn instants(facts: &Facts<'_>, name: &str, from: Ms, until: Ms) -> Vec<Ms> {
    let changes = facts.states.get(name).into_iter().flatten().map(|(at, _)| *at);
    let edges = retries(facts, name).flat_map(|(from, until)| [from, until]);
    let inside = changes.chain(edges).filter(|at| *at > from && *at < until);
    let mut all: Vec<_> = std::iter::once(from).chain(inside).collect();
    all.sort_unstable();
    all
}

fn fits(facts: &Facts<'_>, state: &StateExpect, name: &str, at: Ms, is: Status) -> bool {
    state.is.iter().any(|wanted| match wanted {
        Shown::Status(status) => *status == is,
        Shown::Retrying => is_retrying(facts, name, at),
        Shown::Stale => is_stale(facts, name, at),
    })
}

fn is_retrying(facts: &Facts<'_>, name: &str, at: Ms) -> bool {
    retries(facts, name).any(|(from, until)| (from..until).contains(&at))
}

/// When a check was being retried. The board says so up to a second late: it began with the answer
/// that failed.
fn retries<'a>(facts: &'a Facts<'_>, name: &'a str) -> impl Iterator<Item = (Ms, Ms)> + 'a {
    let shown = facts.played.retrying.iter().filter(move |(who, ..)| who == name);
    shown.map(move |(_, from, until)| {
        let answers = facts.played.answers.get(name).into_iter().flatten();
        let failed = answers.filter(|answer| answer.verdict == Truth::Bad);
        let recent =
            failed.map(|answer| answer.until).filter(|at| (*from - LAG..=*from).contains(at));
        (recent.min().unwrap_or(*from), *until)
    })
}

fn is_stale(facts: &Facts<'_>, name: &str, at: Ms) -> bool {
    let interval = facts.check(name).map(|check| check.schedule.interval(facts.scenario.start));
    let longest = engine::time::millis(interval.unwrap_or_default()) * STALE_INTERVALS;
    let longest = longest.max(engine::time::millis(STALE_LEAST));
    facts.last_look(name, at).is_some_and(|look| at - look > longest)
}

fn finding(
    state: &StateExpect,
    message: String,
    expected: Option<String>,
    actual: Option<String>,
) -> Finding {
    let (rule, place) = ("state".to_owned(), Some(state.place));
    Finding { rule, place, message, expected, actual, help: Vec::new(), at: None }
}

fn stretch(state: &StateExpect, from: Ms, until: Ms) -> String {
    let named = |moment: &Moment, at: Ms| match moment {
        Moment::At(_) => text(at),
        Moment::Anchor { .. } => format!("{} ({})", text(at), written(moment)),
    };
    match state.from == state.until {
        true => format!("at {}", named(&state.from, from)),
        false => format!("from {} until {}", named(&state.from, from), named(&state.until, until)),
    }
}

fn course(facts: &Facts<'_>, name: &str, from: Ms, until: Ms) -> String {
    let all = instants(facts, name, from, until.max(from + 1));
    let mut steps: Vec<(Ms, Status)> =
        all.into_iter().map(|at| (at, facts.status(name, at))).collect();
    steps.dedup_by_key(|(_, is)| *is);
    let more = steps.len().saturating_sub(5);
    let told: Vec<_> =
        steps.iter().take(5).map(|(at, is)| format!("{} from {}", shown(*is), text(*at))).collect();
    let rest = if more > 0 { format!(" and {more} more changes") } else { String::new() };
    format!("{}{rest}", told.join(", "))
}

fn shown(is: Status) -> String {
    is.to_string()
}

fn words(is: &[Shown]) -> String {
    let word = |shown: &Shown| match shown {
        Shown::Status(status) => status.to_string(),
        Shown::Retrying => "RETRYING".to_owned(),
        Shown::Stale => "STALE".to_owned(),
    };
    is.iter().map(word).collect::<Vec<_>>().join(" or ")
}
