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

/// A request of a simulated user: each asks every route of the checks every [`EVERY`] milliseconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Request {
    /// When it was asked.
    pub(crate) at: Ms,
    /// Which route, such as `GET /api/ping`.
    pub(crate) route: String,
    /// Whether the user got what they wanted.
    pub(crate) good: bool,
    /// What was got, for people.
    pub(crate) why: String,
}

/// The time between two requests of a user on one route, in the exercise's own milliseconds.
pub(crate) const EVERY: Ms = 5_000;
