//! What is known of an exercise, live or simulated, before it is judged: the one input of the score.
//! The live session fills it, and so does a simulation of the same incident without people.

use serde::{Deserialize, Serialize};

use super::{
    desk::{Done, Mail},
    record::{Cause, Ending, Lane, Operation, Span},
};
use crate::scenario::Ms;

/// The facts of one exercise.
#[derive(Clone, Debug)]
pub(crate) struct Facts {
    /// What was wrong; empty when nothing was.
    pub(crate) causes: Vec<Cause>,
    /// When each fault acted.
    pub(crate) faults: Vec<Span>,
    /// Every request of a simulated user, in the order of asking.
    pub(crate) users: Vec<Request>,
    /// What the checks said.
    pub(crate) checks: Vec<Lane>,
    /// Every result of every check, as the history of the board shows them.
    pub(crate) results: Vec<Reading>,
    /// What arrived.
    pub(crate) alerts: Vec<Mail>,
    /// What the team did; nothing in a simulation.
    pub(crate) done: Vec<Done>,
    /// What the operator's tools did.
    pub(crate) operations: Vec<Operation>,
    /// When it was over.
    pub(crate) ended: Ms,
    /// What ended it.
    pub(crate) ending: Ending,
}

impl Facts {
    /// When the trouble began; never on a quiet day, whatever happens on it.
    pub(crate) fn onset(&self) -> Option<Ms> {
        let begun = self.faults.iter().map(|fault| fault.from).min();
        begun.filter(|_| !self.causes.is_empty())
    }
}

/// A request of a simulated user: each asks every route of the checks every [`EVERY`] milliseconds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Request {
    /// When it was asked.
    pub(crate) at: Ms,
    /// Which route, such as `GET /api/ping`.
    pub(crate) route: String,
    /// Whether the user got what they wanted, slowly or not.
    pub(crate) good: bool,
    /// Whether it came so slowly that a check would warn of it.
    pub(crate) slow: bool,
    /// How long it took, in the exercise's own milliseconds.
    pub(crate) took: Ms,
    /// What was got, for people.
    pub(crate) why: String,
}

/// The time between two requests of a user on one route, in the exercise's own milliseconds.
pub(crate) const EVERY: Ms = 5_000;

/// A result of a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reading {
    /// When the cycle ended.
    pub(crate) at: Ms,
    /// Which check.
    pub(crate) check: String,
    /// The word of its status.
    pub(crate) word: &'static str,
    /// How long the last attempt took, in the exercise's own milliseconds, if there was an answer.
    pub(crate) latency: Option<Ms>,
    /// The reason.
    pub(crate) why: String,
}
