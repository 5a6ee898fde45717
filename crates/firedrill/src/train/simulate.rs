//! The same incident without the team, in virtual time: with nobody there, and with the checker's
//! own remedies alone. Lasts as long as the exercise may, so that figures compare. Scores nothing.

use std::{sync::Arc, thread};

use super::{cures, facts::Facts, lanes, record::Ending};
use crate::{
    played::Played,
    scenario::{Expect, Moment, Ms, Scenario},
    world::{self, Wants},
};

/// Who looks after the stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Company {
    /// Nobody: the exercise as it is played, without people.
    Nobody,
    /// The remedies of the configuration, whether the exercise has them or not.
    Remedies,
}

const USERS: Wants = Wants { trace: false, users: true, bodies: false };

/// Plays the incident of a scenario for `limit` milliseconds. May be called from anywhere: it has a
/// thread of its own.
///
/// # Errors
/// Says why the world could not be set up.
pub(crate) fn simulate(
    scenario: &Scenario,
    checks: &[u8],
    company: Company,
    limit: Ms,
) -> Result<Facts, String> {
    let case = case(scenario, company, limit);
    let played = apart(&case, checks, USERS)?;
    Ok(facts(&case, &played))
}

/// The scenario as it is played when it lasts so long and expects nothing.
pub(super) fn case(scenario: &Scenario, company: Company, limit: Ms) -> Scenario {
    let mut case = scenario.clone();
    case.run = Some(Moment::At(limit));
    case.expect = Expect::default();
    let remedies = scenario.exercise.as_ref().is_some_and(|exercise| exercise.remedies);
    case.flags.no_actions = company == Company::Nobody && !remedies;
    case
}

/// Plays on a thread of its own: a runtime cannot be started within another one.
pub(super) fn apart(case: &Scenario, checks: &[u8], wants: Wants) -> Result<Played, String> {
    let case = Arc::new(case.clone());
    let play = || world::play(&case, checks, wants);
    let played = thread::scope(|scope| scope.spawn(play).join());
    played.unwrap_or_else(|_| Err("the simulation has broken".to_owned()))
}

/// What is known of an incident that was played without people.
pub(crate) fn facts(scenario: &Scenario, played: &Played) -> Facts {
    let results = lanes::results(&played.journal, &played.looks, 1.0);
    Facts {
        causes: cures::causes(scenario),
        faults: lanes::faults(&played.faults, played.end),
        users: played.users.clone(),
        checks: lanes::checks(&results, &played.retrying, played.end),
        results,
        alerts: lanes::alerts(&played.receipts),
        done: Vec::new(),
        operations: Vec::new(),
        ended: played.end,
        ending: Ending::TimeUp,
    }
}
