//! What the judge says of one run. Plain data; reports put it into words and pictures.

use crate::scenario::{Ms, Place};

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verdict {
    /// Everything was as expected.
    Pass,
    /// The run proves nothing.
    Inconclusive,
    /// Something was not as expected.
    Fail,
}

impl Verdict {
    /// The word of reports.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Pass => "PASS",
            Self::Inconclusive => "INCONCLUSIVE",
            Self::Fail => "FAIL",
        }
    }
}

/// A verdict with its reasons; none for a pass.
#[derive(Clone, Debug)]
pub(crate) struct Judged {
    /// The verdict.
    pub(crate) verdict: Verdict,
    /// Why, the most telling first.
    pub(crate) findings: Vec<Finding>,
}

/// One thing that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    /// What kind of rule it is: `alert`, `action`, `state`, `page`, `sometimes`, `unexpected`, or the
    /// name of an invariant.
    pub(crate) rule: String,
    /// The line of the scenario that it is about; absent when no line says it.
    pub(crate) place: Option<Place>,
    /// What is wrong, in one line.
    pub(crate) message: String,
    /// What was expected, in one line; absent when the message says it all.
    pub(crate) expected: Option<String>,
    /// What happened, in one line.
    pub(crate) actual: Option<String>,
    /// What would be right, or where to look: one line each.
    pub(crate) help: Vec<String>,
    /// When it happened, for the timeline.
    pub(crate) at: Option<Ms>,
}

/// A case that was played and judged: what reports are made of.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    /// What was played.
    pub(crate) scenario: crate::scenario::Scenario,
    /// What happened.
    pub(crate) played: crate::played::Played,
    /// What it is worth.
    pub(crate) judged: Judged,
    /// How long playing it took, in real time.
    pub(crate) took: std::time::Duration,
}
