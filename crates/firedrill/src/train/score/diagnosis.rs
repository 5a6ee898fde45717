//! Saying what is wrong: the first word counts most, a wrong one is never worth a right one. Pure.

use super::{deducted, faults::Trouble, reached, weights, words};
use crate::{
    scenario::Ms,
    train::{
        desk::Deed,
        facts::Facts,
        record::{Cause, Part},
    },
};

/// A cause that somebody named.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Guess<'f> {
    at: Ms,
    component: &'f str,
    fault: &'f str,
    /// So many different wrong ones came before.
    after: usize,
}

impl Guess<'_> {
    fn is(&self, cause: &Cause) -> bool {
        self.component == cause.component && self.fault == cause.fault
    }

    fn is_right(&self, facts: &Facts) -> bool {
        facts.causes.iter().any(|cause| self.is(cause))
    }
}

/// Every different cause that was named after the trouble had begun.
fn guesses_of<'f>(facts: &'f Facts, trouble: &Trouble) -> Vec<Guess<'f>> {
    let onset = trouble.onset.unwrap_or(Ms::MAX);
    let mut guesses: Vec<Guess<'f>> = Vec::new();
    for done in facts.done.iter().filter(|done| done.at >= onset) {
        let Deed::Diagnose { component, fault } = &done.deed else { continue };
        let same = |known: &Guess<'_>| known.component == component && known.fault == fault;
        if !guesses.iter().any(same) {
            let after = guesses.iter().filter(|known| !known.is_right(facts)).count();
            guesses.push(Guess { at: done.at, component, fault, after });
        }
    }
    guesses
}

/// When a cause was first named rightly.
pub(super) fn named(facts: &Facts, trouble: &Trouble) -> Option<Ms> {
    let guesses = guesses_of(facts, trouble);
    guesses.iter().filter(|guess| guess.is_right(facts)).map(|guess| guess.at).min()
}

/// What the best word on one cause is worth.
fn mark(cause: &Cause, guesses: &[Guess<'_>]) -> f64 {
    let worth = |guess: &Guess<'_>| {
        let all = weights::corrected(guess.after);
        match (guess.is(cause), guess.component == cause.component) {
            (true, _) => all,
            (false, true) => all * weights::COMPONENT,
            (false, false) => 0.0,
        }
    };
    guesses.iter().map(worth).fold(0.0, f64::max)
}

/// The right component and the right fault.
pub(super) fn part(facts: &Facts, trouble: &Trouble, of: i32) -> Part {
    let guesses = guesses_of(facts, trouble);
    let marks = facts.causes.iter().map(|cause| mark(cause, &guesses));
    let mark = marks.sum::<f64>() / facts.causes.len().max(1) as f64;
    let said = facts.causes.iter().map(|cause| told(cause, &guesses)).collect::<Vec<_>>();
    let none = if guesses.is_empty() { "Nobody said what was wrong. " } else { "" };
    reached("diagnosis", weights::points(of, mark), of, format!("{none}{}", said.join(" ")))
}

fn told(cause: &Cause, guesses: &[Guess<'_>]) -> String {
    let Cause { component, fault, plain } = cause;
    let what = format!("It was {component}: {fault} ({})", plain.trim_end_matches('.'));
    let right = guesses.iter().find(|guess| guess.is(cause));
    let near = guesses.iter().find(|guess| guess.component == *component);
    match (right, near) {
        (Some(right), _) => {
            let at = words::instant(right.at);
            let after = match right.after {
                0 => "with the first word".to_owned(),
                1 => "after a wrong one".to_owned(),
                wrong => format!("after {wrong} wrong ones"),
            };
            format!("{what}, which was named at {at}, {after}.")
        }
        (None, Some(near)) => {
            let at = words::instant(near.at);
            format!("{what}; at {at} the component was right, the fault ({}) was not.", near.fault)
        }
        (None, None) => format!("{what}, which nobody named."),
    }
}

/// Every wrong diagnosis after the first costs points.
pub(super) fn guesses(facts: &Facts, trouble: &Trouble) -> Option<Part> {
    let guesses = guesses_of(facts, trouble);
    let wrong = guesses.iter().filter(|guess| !guess.is_right(facts)).count();
    let further = wrong.checked_sub(1).filter(|further| *further > 0)?;
    let cost = weights::GUESS * i32::try_from(further).unwrap_or(20);
    let why = format!("{wrong} diagnoses were wrong; each but the first costs {}.", weights::GUESS);
    Some(deducted("wrong diagnoses", cost, why))
}
