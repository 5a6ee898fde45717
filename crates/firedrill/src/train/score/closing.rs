//! The end of an incident, and what the team should not have needed or done. Pure.

use super::{deducted, faults::Trouble, reached, weights, words};
use crate::train::{
    desk::Deed,
    facts::Facts,
    record::{Ending, Part, Worth},
};

/// Whether it was said to be over, and was.
pub(super) fn part(facts: &Facts, trouble: &Trouble, of: i32) -> Part {
    let at = words::instant(facts.ended);
    let (points, why) = match (&facts.ending, trouble.over) {
        (Ending::Resolved, true) => (of, format!("At {at} you said that it is over, and it was.")),
        (Ending::Resolved, false) => (0, format!("At {at} you said that it is over: it was not.")),
        (Ending::Left, true) => (0, format!("It was over, but at {at} you left without a word.")),
        (Ending::Left, false) => (0, format!("At {at} you left; it was not over.")),
        (Ending::TimeUp, true) => (0, "It was over, but nobody said so.".to_owned()),
        (Ending::TimeUp, false) => (0, "When the time was up it was not over.".to_owned()),
        (Ending::Broken(why), _) => (0, format!("The exercise broke off at {at}: {why}.")),
    };
    reached("closing", points, of, why)
}

/// "It is over", while it was not.
pub(super) fn too_early(facts: &Facts, trouble: &Trouble) -> Option<Part> {
    let early = facts.ending == Ending::Resolved && !trouble.over;
    let why = match trouble.onset {
        None => "Users were told that all is well before the trouble had even begun.",
        Some(_) => "Users were told that all is well while something was still wrong.",
    };
    early.then(|| deducted("resolved too early", weights::TOO_EARLY, why.to_owned()))
}

/// Tools that changed nothing.
pub(super) fn needless(facts: &Facts) -> Option<Part> {
    let used = labels(facts, Worth::Needless)?;
    let cost = weights::NEEDLESS * used.0;
    let why = format!("{} changed nothing; each costs {}.", used.1, weights::NEEDLESS);
    Some(deducted("needless actions", cost, why))
}

/// Tools that did harm.
pub(super) fn harmful(facts: &Facts) -> Option<Part> {
    let used = labels(facts, Worth::Harmful)?;
    let cost = weights::HARMFUL * used.0;
    let why = format!("{} did harm; each costs {}.", used.1, weights::HARMFUL);
    Some(deducted("harmful actions", cost, why))
}

/// How many uses of tools were worth this, and which, in the order of use.
pub(super) fn labels(facts: &Facts, worth: Worth) -> Option<(i32, String)> {
    let used = facts.operations.iter().filter(|one| one.worth == worth);
    let told: Vec<_> =
        used.map(|one| format!("{} at {}", one.tool, words::instant(one.from))).collect();
    let number = i32::try_from(told.len()).unwrap_or(i32::MAX / weights::HARMFUL);
    (!told.is_empty()).then(|| (number.min(1_000), told.join(", ")))
}

/// Hints: 5 for the first, 10 for the second, and so on.
pub(super) fn hints(facts: &Facts) -> Option<Part> {
    let asked = facts.done.iter().filter(|done| done.deed == Deed::Hint).count();
    let asked = i32::try_from(asked).unwrap_or(i32::MAX).min(100);
    let cost = cost_of_hints(asked);
    let why = match asked {
        0 => return None,
        1 => format!("One hint was asked for: {cost} points."),
        _ => format!(
            "{asked} hints were asked for; each costs {} more than the one before.",
            weights::HINT
        ),
    };
    Some(deducted("hints", cost, why))
}

/// What so many hints cost in all.
const fn cost_of_hints(asked: i32) -> i32 {
    weights::HINT * asked * (asked + 1) / 2
}

/// What the next hint costs after so many.
pub(crate) fn next_hint(asked: usize) -> u32 {
    let asked = u32::try_from(asked).unwrap_or(100).min(100);
    weights::HINT.unsigned_abs() * (asked + 1)
}
