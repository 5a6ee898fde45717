//! Seeing that something is wrong, and saying that one has seen it. Pure.

use super::{
    Baseline, deducted,
    faults::Trouble,
    reached,
    weights::{self, Limits},
    words,
};
use crate::{
    scenario::Ms,
    train::{
        desk::{Deed, Done, Mail},
        facts::Facts,
        record::{Part, Worth},
    },
};

/// Notices that tell of no trouble.
const GOOD_NEWS: [&str; 3] = ["recovered", "report", "test"];

/// When the team first did something about it.
pub(super) fn detected(facts: &Facts, trouble: &Trouble) -> Option<Ms> {
    first_deed(facts, trouble).map(|(at, _)| at)
}

/// The first deed after the trouble began. Thoughts and good-byes are none, and of the tools only
/// one that helped: pressing buttons at random is no sign of having seen anything.
fn first_deed(facts: &Facts, trouble: &Trouble) -> Option<(Ms, &'static str)> {
    let onset = trouble.onset?;
    let deeds = facts.done.iter().filter_map(|done| Some((done.at, sign(&done.deed)?)));
    let helped = facts.operations.iter().filter(|one| one.worth == Worth::Helped);
    let deeds = deeds.chain(helped.map(|one| (one.from, "a tool that helped")));
    deeds.filter(|(at, _)| *at >= onset).min_by_key(|(at, _)| *at)
}

const fn sign(deed: &Deed) -> Option<&'static str> {
    match deed {
        Deed::Acknowledge { .. } => Some("an acknowledgement"),
        Deed::Declare => Some("the incident declared"),
        Deed::Diagnose { .. } => Some("a diagnosis"),
        Deed::Hint => Some("a request for a hint"),
        Deed::Resolve => Some("the incident declared over"),
        Deed::Note { .. } | Deed::Operate { .. } | Deed::Leave => None,
    }
}

/// Time from the first pain to the first deed.
pub(super) fn detection(facts: &Facts, baseline: &Baseline, trouble: &Trouble, of: i32) -> Part {
    let limits = Limits::detection(baseline);
    let Some((at, what)) = first_deed(facts, trouble) else {
        let why = format!("{}, and nobody did anything about it.", beginning(trouble));
        return reached("detection", 0, of, why);
    };
    let took = trouble.since(Some(at)).unwrap_or(0);
    let why = format!(
        "{}; the first deed, {what}, came {} later. Up to {} is full marks, from {} on there are \
         none.",
        beginning(trouble),
        words::length(took),
        words::length(limits.all),
        words::length(limits.none),
    );
    reached("detection", weights::points(of, limits.mark(took)), of, why)
}

fn beginning(trouble: &Trouble) -> String {
    match (trouble.felt, trouble.by_users) {
        (None, _) if trouble.onset.is_some() => "Neither users nor checks felt it".to_owned(),
        (None, _) => "You were gone before anything was wrong".to_owned(),
        (Some(felt), true) => format!("Users felt it from {} on", words::instant(felt)),
        (Some(felt), false) => format!("It could be seen from {} on", words::instant(felt)),
    }
}

/// The first alert that tells of trouble.
fn first_alert<'f>(facts: &'f Facts, trouble: &Trouble) -> Option<&'f Mail> {
    let onset = trouble.onset?;
    let bad = |mail: &&Mail| {
        let event = mail.event.as_deref().unwrap_or_default();
        mail.at >= onset && mail.check.is_some() && !GOOD_NEWS.contains(&event)
    };
    facts.alerts.iter().filter(bad).min_by_key(|mail| mail.at)
}

/// The first acknowledgement of a check that had alerted by then.
fn first_acknowledgement<'f>(facts: &'f Facts, trouble: &Trouble) -> Option<&'f Done> {
    let first = first_alert(facts, trouble)?.at;
    let told = |name: &str, by: Ms| {
        let mut told = facts.alerts.iter().filter(|mail| (first..=by).contains(&mail.at));
        told.any(|mail| mail.check.as_deref() == Some(name))
    };
    let answers = |done: &&Done| match &done.deed {
        Deed::Acknowledge { check } => told(check, done.at),
        Deed::Declare
        | Deed::Note { .. }
        | Deed::Diagnose { .. }
        | Deed::Operate { .. }
        | Deed::Hint
        | Deed::Resolve
        | Deed::Leave => false,
    };
    facts.done.iter().filter(answers).min_by_key(|done| done.at)
}

/// How long after the first alert it was acknowledged.
pub(super) fn acknowledged(facts: &Facts, trouble: &Trouble) -> Option<Ms> {
    let alert = first_alert(facts, trouble)?;
    Some(first_acknowledgement(facts, trouble)?.at - alert.at)
}

/// Time from the first alert to its acknowledgement.
pub(super) fn acknowledgement(
    facts: &Facts,
    baseline: &Baseline,
    trouble: &Trouble,
    of: i32,
) -> Part {
    let limits = Limits::acknowledgement(baseline);
    let Some(alert) = first_alert(facts, trouble) else {
        return without_alert(facts, baseline, trouble, of);
    };
    let (at, about) = (words::instant(alert.at), alert.check.as_deref().unwrap_or_default());
    let Some(took) = acknowledged(facts, trouble) else {
        let why = format!("The alert about {about} of {at} was never acknowledged.");
        return reached("acknowledgement", 0, of, why);
    };
    let why = format!(
        "The first alert, about {about} at {at}, was acknowledged after {}. Up to {} is full marks, \
         from {} on there are none.",
        words::length(took),
        words::length(limits.all),
        words::length(limits.none),
    );
    reached("acknowledgement", weights::points(of, limits.mark(took)), of, why)
}

/// Nothing to acknowledge: then the board is all there is, and seeing it counts twice.
fn without_alert(facts: &Facts, baseline: &Baseline, trouble: &Trouble, of: i32) -> Part {
    let seen = detection(facts, baseline, trouble, of).points;
    let why = "No alert arrived; who saw it without one has these points as well.".to_owned();
    reached("acknowledgement", seen, of, why)
}

/// An incident that was declared before anything was wrong.
pub(super) fn false_alarm(facts: &Facts, trouble: &Trouble) -> Option<Part> {
    let onset = trouble.onset.unwrap_or(Ms::MAX);
    let early = facts.done.iter().find(|done| done.deed == Deed::Declare && done.at < onset)?;
    let at = words::instant(early.at);
    let why = format!("An incident was declared at {at}, when nothing was wrong yet.");
    Some(deducted("false alarm", weights::FALSE_ALARM, why))
}
