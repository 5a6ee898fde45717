//! The invariants: what must hold in every run, whatever the scenario expects. Each is held against
//! what others saw (the mock app's own answers, the receivers, the bytes on disk), not against what
//! the checker says of itself.

mod alarms;
mod beats;
mod bounds;
mod mail;
mod once;
mod remedies;
mod settled;
mod turns;

use super::{Weight, facts::Facts, plain, times::text};
use crate::{
    scenario::{Invariant, Ms},
    verdict::Finding,
};

/// Something that broke an invariant.
struct Broken {
    at: Ms,
    what: String,
    because: Option<String>,
}

impl Broken {
    fn new(at: Ms, what: impl Into<String>) -> Self {
        Self { at, what: what.into(), because: None }
    }

    fn because(mut self, because: impl Into<String>) -> Self {
        self.because = Some(because.into());
        self
    }
}

pub(super) fn findings(facts: &Facts<'_>) -> Vec<(Weight, Finding)> {
    let checked = facts.scenario.always.iter().flat_map(|invariant| {
        let broken = broken(facts, *invariant);
        broken.into_iter().map(move |broken| (*invariant, broken))
    });
    checked.map(|(invariant, broken)| (Weight::Wrong, finding(invariant, broken))).collect()
}

fn finding(invariant: Invariant, broken: Broken) -> Finding {
    let message = format!("at {}: {}", text(broken.at), broken.what);
    Finding { actual: broken.because, at: Some(broken.at), ..plain(invariant.word(), message) }
}

fn broken(facts: &Facts<'_>, invariant: Invariant) -> Vec<Broken> {
    match invariant {
        Invariant::NoMissedOutage => {
            bounds::missed(facts).into_iter().chain(beats::missed(facts)).collect()
        }
        Invariant::DetectBound => bounds::late(facts),
        Invariant::RecoverBound => bounds::slow_recovery(facts),
        Invariant::NoFalseAlarm => {
            alarms::false_ones(facts).into_iter().chain(beats::false_ones(facts)).collect()
        }
        Invariant::Alternation => turns::broken(facts),
        Invariant::DeadlineOnce => once::repeated(facts),
        Invariant::RemedyRate => remedies::overspent(facts),
        Invariant::Settles => settled::unsettled(facts),
        Invariant::MailEventuallyOnce => {
            let mut broken = mail::lost_or_doubled(facts);
            broken.extend(breaches(facts, invariant));
            broken
        }
        Invariant::JournalPrefix
        | Invariant::StateIsFold
        | Invariant::Deterministic
        | Invariant::SimEqualsLive => breaches(facts, invariant),
    }
}

/// What the world itself found.
fn breaches(facts: &Facts<'_>, invariant: Invariant) -> Vec<Broken> {
    let found = facts.played.breaches.iter().filter(|breach| breach.invariant == invariant.word());
    found.map(|breach| Broken::new(breach.at, breach.what.clone())).collect()
}
