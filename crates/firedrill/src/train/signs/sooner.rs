//! Tries changes to the configuration in virtual time, on the very same incident, and tells of the
//! one that would have told it first. A change that cries wolf before anything is wrong is none.

use std::{sync::Mutex, thread};

use serde_json::Value;

use super::{
    edits::{Edit, edits},
    leaves::{drift, leaves},
};
use crate::{
    scenario::{Doing, EditedFile, Ms, Scenario},
    train::{
        assemble,
        facts::Facts,
        score::{instant, length},
        simulate::{self, Company},
    },
    world::Wants,
};

const WITH_BODIES: Wants = Wants { trace: false, users: true, bodies: true };
const PLAIN: Wants = Wants { trace: false, users: true, bodies: false };
/// No more changes than this are tried.
const TRIED: usize = 24;
/// When nothing tells of the trouble it is watched for so long.
const WATCHED: Ms = 600_000;
/// So many at the same time.
const THREADS: usize = 2;

/// What trying has brought to light.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Study {
    /// The one change to `checks.yaml` that would have told the trouble sooner, in words, with by how
    /// much; says so when there is none. Nothing when nothing is wrong.
    pub(crate) sooner: Option<String>,
    /// The first value in an answer that was off before the checker told of anything: when, and what.
    pub(crate) drift: Option<(Ms, String)>,
}

/// Tries what would have told the trouble sooner than it was with nobody there.
pub(crate) fn study(scenario: &Scenario, checks: &[u8], nobody: &Facts) -> Study {
    let edited = |doing: &Doing| matches!(doing, Doing::Edit { file: EditedFile::Checks, .. });
    let edited = scenario.timeline.iter().any(|step| edited(&step.doing));
    match nobody.onset().filter(|_| !edited) {
        Some(onset) => studied(scenario, checks, nobody, onset).unwrap_or_default(),
        None => Study::default(),
    }
}

fn studied(scenario: &Scenario, checks: &[u8], nobody: &Facts, onset: Ms) -> Option<Study> {
    let told = told(nobody, onset);
    // What happens at the last instant counts.
    let watched = told.unwrap_or(onset + WATCHED).min(nobody.ended) + 1_000;
    let case = simulate::case(scenario, Company::Nobody, watched);
    let played = simulate::apart(&case, checks, WITH_BODIES).ok()?;
    let facts = simulate::facts(&case, &played);
    let leaves = leaves(&played.users, &played.bodies, onset);
    let mut edits = edits(&assemble::config(&case, checks).ok()?, &facts, &leaves, onset);
    edits.truncate(TRIED);
    let text = serde_yaml::from_slice::<Value>(checks).ok()?;
    let tried = all_tried(&case, &text, &edits, onset);
    let best = best(edits.into_iter().zip(tried), told);
    Some(Study { sooner: Some(words(best.as_ref(), told)), drift: drift(&leaves) })
}

/// The change that tells first, and when; of equals the cheapest.
fn best(tried: impl Iterator<Item = (Edit, Option<Ms>)>, told: Option<Ms>) -> Option<(Edit, Ms)> {
    let sooner = |at: &Ms| told.is_none_or(|told| *at + 1_000 <= told);
    let better = tried.filter_map(|(edit, at)| Some((edit, at.filter(sooner)?)));
    better.min_by_key(|(_, at)| *at)
}

fn words(best: Option<&(Edit, Ms)>, told: Option<Ms>) -> String {
    let change = best.map(|(edit, at)| (format!("{} on {}", edit.words, edit.check), *at));
    match (change, told) {
        (Some((change, at)), Some(told)) => format!(
            "{change} would have told it {} sooner: with nobody there, at {} instead of {}.",
            length(told - at),
            instant(at),
            instant(told)
        ),
        (Some((change, at)), None) => {
            format!("No check told it. {change} would have, at {}.", instant(at))
        }
        (None, Some(told)) => format!(
            "No single change to a check that was tried would have told it sooner than at {}.",
            instant(told)
        ),
        (None, None) => "No check told it, nor would one have after any change that was tried; \
                         something has to be watched that is not."
            .to_owned(),
    }
}

/// When the checker first told of the trouble: the first FAIL, or the first notice if that came
/// before.
fn told(facts: &Facts, onset: Ms) -> Option<Ms> {
    let failed = facts.results.iter().filter(|one| one.word == "FAIL").map(|one| one.at);
    let bad = |event: &str| event != "recovered" && event != "report";
    let mails = facts.alerts.iter().filter(|mail| mail.event.as_deref().is_some_and(bad));
    failed.chain(mails.map(|mail| mail.at)).filter(|at| *at >= onset).min()
}

/// When each change would have told it; nothing when it would not, or too early.
fn all_tried(case: &Scenario, text: &Value, edits: &[Edit], onset: Ms) -> Vec<Option<Ms>> {
    let next = Mutex::new(edits.iter().enumerate());
    let take = || next.lock().ok().and_then(|mut next| next.next());
    let work = || {
        let mut done = Vec::new();
        while let Some((index, edit)) = take() {
            done.push((index, tried(case, text, edit, onset)));
        }
        done
    };
    let mut all = vec![None; edits.len()];
    let done = thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(work)).collect();
        threads.into_iter().flat_map(|one| one.join().unwrap_or_default()).collect::<Vec<_>>()
    });
    done.into_iter().for_each(|(index, at)| all[index] = at);
    all
}

fn tried(case: &Scenario, text: &Value, edit: &Edit, onset: Ms) -> Option<Ms> {
    let checks = edit.applied_to(text)?;
    let played = simulate::apart(case, &checks, PLAIN).ok()?;
    let facts = simulate::facts(case, &played);
    let early = facts.results.iter().any(|one| one.at < onset && one.word == "FAIL");
    let wolf = facts.alerts.iter().any(|mail| mail.at < onset);
    told(&facts, onset).filter(|_| !early && !wolf)
}
