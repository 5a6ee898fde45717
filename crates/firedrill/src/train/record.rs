//! The record of an exercise that is over: what was wrong, what everybody saw and did, and what it
//! is worth. Plain data that the debrief, the ranking and a replay are made from. All times are the
//! exercise's own, in milliseconds since its start.

use engine::Timestamp;
use serde::{Deserialize, Serialize};

use super::desk::{Done, Mail};
use crate::scenario::Ms;

/// Everything that is known of an exercise: the content of `exercise.json` in its folder.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Record {
    /// What it is called.
    pub(crate) title: String,
    /// The name of the scenario.
    pub(crate) scenario: String,
    /// What the team was told.
    pub(crate) story: String,
    /// The level, 1 to 3.
    pub(crate) level: u8,
    /// The seed that it was drawn by.
    pub(crate) seed: u64,
    /// How many times faster than real time it went.
    pub(crate) speed: f64,
    /// The team.
    pub(crate) team: String,
    /// When it began, by the clock on the wall.
    pub(crate) began: Timestamp,
    /// When it was over.
    pub(crate) ended: Ms,
    /// What ended it.
    pub(crate) ending: Ending,
    /// What was wrong; empty when nothing was.
    pub(crate) causes: Vec<Cause>,
    /// When each fault acted.
    pub(crate) faults: Vec<Span>,
    /// What users felt, by route: stretches in which their requests failed or were slow.
    pub(crate) users: Vec<Lane>,
    /// What the checks said, by check.
    pub(crate) checks: Vec<Lane>,
    /// What arrived.
    pub(crate) alerts: Vec<Mail>,
    /// What the team did.
    pub(crate) done: Vec<Done>,
    /// What the operator's tools did.
    pub(crate) operations: Vec<Operation>,
    /// The earliest sign of the trouble, and where it could have been seen.
    pub(crate) earliest: Option<Sign>,
    /// What would have told it sooner: a change to a check, in words.
    pub(crate) sooner: Option<String>,
    /// How the story ends: what really happened, for after the exercise (the scenario's `about`).
    #[serde(default)]
    pub(crate) resolution: Option<String>,
    /// All hints that could have been asked for, the vaguest first.
    #[serde(default)]
    pub(crate) hints: Vec<String>,
    /// What it is worth.
    pub(crate) score: Score,
    /// The same incident with nobody there, simulated.
    pub(crate) nobody: Score,
    /// The same incident with the checker's own remedies alone, simulated.
    pub(crate) remedies: Score,
}

/// What ended an exercise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Ending {
    /// The team said that the incident is over.
    Resolved,
    /// The team left, or kept calm to the end of the time.
    Left,
    /// The time was up.
    TimeUp,
    /// Something broke; what was played so far is kept.
    Broken(String),
}

/// A cause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Cause {
    /// The part of the stack.
    pub(crate) component: String,
    /// The kind of fault, as in the catalogue.
    pub(crate) fault: String,
    /// The same in plain words.
    pub(crate) plain: String,
}

/// Something that lasted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Span {
    /// From when.
    pub(crate) from: Ms,
    /// Until when.
    pub(crate) to: Ms,
    /// What it was: a word such as FAIL, or the kind of a fault.
    pub(crate) what: String,
    /// More of it, such as the reason.
    pub(crate) why: String,
}

/// A named row of stretches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Lane {
    /// The name.
    pub(crate) name: String,
    /// In the order of time.
    pub(crate) spans: Vec<Span>,
}

/// A use of an operator's tool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Operation {
    /// The tool.
    pub(crate) tool: String,
    /// What its button says.
    pub(crate) label: String,
    /// Who used it.
    pub(crate) by: String,
    /// From when.
    pub(crate) from: Ms,
    /// Until when.
    pub(crate) to: Ms,
    /// What it did.
    pub(crate) worth: Worth,
}

/// What a use of a tool was worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Worth {
    /// It ended a fault.
    Helped,
    /// It changed nothing.
    Needless,
    /// It made things worse, or put users out for nothing.
    Harmful,
}

/// A first sign.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Sign {
    /// When.
    pub(crate) at: Ms,
    /// What it was.
    pub(crate) what: String,
    /// Where it could have been seen.
    pub(crate) seen_at: String,
}

/// What an exercise is worth, with the reasons. From 0 to 100 points in all.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Score {
    /// The sum.
    pub(crate) points: i32,
    /// What it is made of.
    pub(crate) parts: Vec<Part>,
    /// From the first failed request of a user, or the first FAIL of a check if that was earlier, to
    /// the first deed of the team that shows that it knows.
    pub(crate) detect: Option<Ms>,
    /// From the first alert to its acknowledgement.
    pub(crate) acknowledge: Option<Ms>,
    /// From the first failed request to the right diagnosis.
    pub(crate) diagnose: Option<Ms>,
    /// From the first failed request to the last one.
    pub(crate) mitigate: Option<Ms>,
    /// Minutes in which users were in pain: each failed request stands for the time since the one
    /// before on its route; a route counts as its share of all routes. What was still to come when
    /// the team went is counted as it is with nobody there.
    pub(crate) pain_minutes: f64,
    /// How many requests users made.
    pub(crate) requests: u64,
    /// How many of them failed.
    pub(crate) failed: u64,
}

/// A part of a score.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Part {
    /// What it is for, such as `diagnosis`.
    pub(crate) name: String,
    /// What was reached; negative for a deduction.
    pub(crate) points: i32,
    /// What could have been reached; 0 for a deduction.
    pub(crate) of: i32,
    /// Why, in a sentence.
    pub(crate) why: String,
}
