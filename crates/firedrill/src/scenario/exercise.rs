//! What makes a scenario an exercise for people: the story, the hints, the answer. Plain data;
//! draws no exercise and scores none.

use std::collections::BTreeMap;

/// The block `exercise` of a scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Exercise {
    /// What it is called once it is over.
    pub(crate) title: String,
    /// How hard it is, 1 to 3.
    pub(crate) level: u8,
    /// What the team is told before it begins.
    pub(crate) story: String,
    /// What may be asked for, the vaguest first.
    pub(crate) hints: Vec<String>,
    /// What is wrong; empty when nothing is.
    pub(crate) answers: Vec<Answer>,
    /// What the operator's tools do here; those that are not named do what the catalogue says.
    pub(crate) tools: BTreeMap<String, Effect>,
    /// Whether the checker's own remedies run as well.
    pub(crate) remedies: bool,
}

/// A cause that can be named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    /// The part of the stack.
    pub(crate) component: String,
    /// The kind of fault, as in the catalogue.
    pub(crate) fault: String,
}

/// What a tool of the operator does to the trouble at hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// It ends the trouble.
    Helps,
    /// It changes nothing but what it always does.
    Useless,
    /// It makes things worse.
    Harms,
}
