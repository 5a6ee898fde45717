//! A day on which nothing is wrong: who keeps calm and their hands off has all points. Pure.

use super::{closing, deducted, reached, weights, words};
use crate::train::{
    desk::{Deed, Done},
    facts::Facts,
    record::{Part, Worth},
};

pub(super) fn parts(facts: &Facts) -> Vec<Part> {
    let mut parts = vec![calm(facts), hands_off(facts)];
    parts.extend(closing::hints(facts));
    parts.extend(claims(facts));
    parts
}

/// Nobody said that something was wrong.
fn calm(facts: &Facts) -> Part {
    let Some((said, what)) = facts.done.iter().find_map(|done| Some((done, claim(done)?))) else {
        let why = "Nothing was wrong, and nobody said that something was.".to_owned();
        return reached("calm", weights::CALM, weights::CALM, why);
    };
    let why = format!("Nothing was wrong, but at {} {what}.", words::instant(said.at));
    reached("calm", 0, weights::CALM, why)
}

fn claim(done: &Done) -> Option<String> {
    match &done.deed {
        Deed::Declare => Some("an incident was declared".to_owned()),
        Deed::Diagnose { component, fault } => {
            Some(format!("a cause was named ({component}: {fault})"))
        }
        Deed::Resolve => Some("an incident was said to be over".to_owned()),
        Deed::Acknowledge { .. }
        | Deed::Note { .. }
        | Deed::Operate { .. }
        | Deed::Hint
        | Deed::Leave => None,
    }
}

/// Nobody used a tool.
fn hands_off(facts: &Facts) -> Part {
    let of = weights::HANDS_OFF;
    let harm = closing::labels(facts, Worth::Harmful);
    let rest = [Worth::Helped, Worth::Needless].map(|worth| closing::labels(facts, worth));
    let number: i32 = rest.iter().flatten().map(|(number, _)| number).sum();
    let tools: Vec<_> = rest.into_iter().flatten().map(|(_, tools)| tools).collect();
    let (points, why) = match (harm, number) {
        (Some((_, tools)), _) => (0, format!("{tools} did harm to a stack that was well.")),
        (None, 0) => (of, "Nobody laid hands on a stack that was well.".to_owned()),
        (None, number) => {
            let left = (of - weights::RESTLESS.saturating_mul(number)).max(0);
            (left, format!("{} had nothing to mend.", tools.join(", ")))
        }
    };
    reached("hands off", points, of, why)
}

/// Every further cause that was named costs what a wrong one costs on any day.
fn claims(facts: &Facts) -> Option<Part> {
    let named = facts.done.iter().filter(|done| matches!(done.deed, Deed::Diagnose { .. }));
    let further = named.count().checked_sub(1).filter(|further| *further > 0)?;
    let cost = weights::GUESS * i32::try_from(further).unwrap_or(20).min(20);
    let why = format!("{} too many: there was none.", words::count(further, "cause"));
    Some(deducted("wrong diagnoses", cost, why))
}
