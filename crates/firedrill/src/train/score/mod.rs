//! What an exercise is worth: 0 to 100 points in parts, each with its reason. Pure: facts in, score
//! out, and the same for a team, for nobody and for the remedies alone. How much every part weighs
//! stands in one place, [`weights`].

mod baseline;
mod closing;
mod diagnosis;
mod faults;
mod notice;
mod pain;
#[cfg(test)]
mod properties;
mod quiet;
#[cfg(test)]
mod tests;
mod weights;
mod words;

pub(crate) use baseline::{Baseline, Setting};
pub(crate) use closing::next_hint;
pub(super) use words::{instant, length};

use super::{
    facts::Facts,
    record::{Part, Score},
};
use faults::Trouble;

/// Scores an exercise against the same incident with nobody there.
pub(crate) fn score(facts: &Facts, baseline: &Baseline) -> Score {
    let trouble = Trouble::of(facts, baseline);
    let parts = match facts.causes.is_empty() {
        true => quiet::parts(facts),
        false => incident(facts, baseline, &trouble),
    };
    let parts = on_the_floor(parts);
    Score {
        points: parts.iter().map(|part| part.points).sum(),
        parts,
        detect: trouble.since(notice::detected(facts, &trouble)),
        acknowledge: notice::acknowledged(facts, &trouble),
        diagnose: trouble.since(diagnosis::named(facts, &trouble)),
        mitigate: trouble.since(trouble.relief(facts)),
        pain_minutes: pain::rounded(trouble.pain),
        requests: facts.users.len() as u64,
        failed: facts.users.iter().filter(|asked| !asked.good).count() as u64,
    }
}

fn incident(facts: &Facts, baseline: &Baseline, trouble: &Trouble) -> Vec<Part> {
    let weights = weights::of(baseline);
    let mut parts = vec![
        notice::detection(facts, baseline, trouble, weights.detection),
        notice::acknowledgement(facts, baseline, trouble, weights.acknowledgement),
        diagnosis::part(facts, trouble, weights.diagnosis),
        pain::mitigation(facts, baseline, trouble, weights.mitigation),
        closing::part(facts, trouble, weights.closing),
    ];
    parts.extend(closing::too_early(facts, trouble));
    parts.extend(notice::false_alarm(facts, trouble));
    parts.extend(diagnosis::guesses(facts, trouble));
    parts.extend(closing::needless(facts));
    parts.extend(closing::harmful(facts));
    parts.extend(closing::hints(facts));
    parts
}

/// What is below nothing is nothing.
fn on_the_floor(mut parts: Vec<Part>) -> Vec<Part> {
    let sum: i32 = parts.iter().map(|part| part.points).sum();
    if sum < 0 {
        let why = "No score is below 0.".to_owned();
        parts.push(Part { name: "floor".to_owned(), points: -sum, of: 0, why });
    }
    parts
}

/// A part that can be reached.
fn reached(name: &str, points: i32, of: i32, why: String) -> Part {
    Part { name: name.to_owned(), points, of, why }
}

/// A deduction.
fn deducted(name: &str, points: i32, why: String) -> Part {
    Part { name: name.to_owned(), points: -points, of: 0, why }
}
