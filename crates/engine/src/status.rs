//! The closed vocabularies of judgement: status, severity and the kinds of notice.
//! They are parsed at the edge and matched exhaustively everywhere else.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What the last cycle of a check found.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "UPPERCASE")]
pub enum Status {
    /// Not run yet.
    #[default]
    Pending,
    /// Everything that was expected was seen.
    Ok,
    /// Works, but worse than wanted; counts as up and opens no incident.
    Warn,
    /// An expectation was broken.
    Fail,
    /// The checker itself could not measure: never green, never an outage.
    Unknown,
}

impl Status {
    /// Whether the watched thing works as far as the checker knows.
    #[must_use]
    pub const fn is_up(self) -> bool {
        matches!(self, Self::Ok | Self::Warn)
    }

    /// The word as it stands in files and on pages.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Ok => "OK",
            Self::Warn => "WARN",
            Self::Fail => "FAIL",
            Self::Unknown => "UNKNOWN",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// How much a failure of the check matters; P1 matters most.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub enum Severity {
    /// Wake somebody up.
    P1,
    /// Look at it now.
    P2,
    /// Look at it today.
    #[default]
    P3,
    /// Nice to know.
    P4,
}

impl Severity {
    /// All of them, most severe first.
    pub const ALL: [Self; 4] = [Self::P1, Self::P2, Self::P3, Self::P4];

    /// `P1` to `P4`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::P1 => "P1",
            Self::P2 => "P2",
            Self::P3 => "P3",
            Self::P4 => "P4",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// Why a notice is sent. These are the words of `notify_on`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    /// The check went from up to FAIL.
    FirstFail,
    /// The check came back.
    Recovered,
    /// A job was not successful by its deadline.
    DeadlineMiss,
    /// The check is still failing.
    Reminder,
    /// The check went to WARN.
    Warn,
    /// The checker can no longer measure.
    Unknown,
    /// The budget of an action is spent while the check still fails.
    RemedyExhausted,
    /// Any change of status.
    Change,
    /// A message sent by hand to prove the path.
    Test,
    /// The morning report.
    Report,
}

impl NoticeKind {
    /// The kinds that may stand in `notify_on`.
    pub const LISTABLE: [Self; 8] = [
        Self::FirstFail,
        Self::Recovered,
        Self::DeadlineMiss,
        Self::Reminder,
        Self::Warn,
        Self::Unknown,
        Self::RemedyExhausted,
        Self::Change,
    ];

    /// The word of the configuration and of the journal.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::FirstFail => "first_fail",
            Self::Recovered => "recovered",
            Self::DeadlineMiss => "deadline_miss",
            Self::Reminder => "reminder",
            Self::Warn => "warn",
            Self::Unknown => "unknown",
            Self::RemedyExhausted => "remedy_exhausted",
            Self::Change => "change",
            Self::Test => "test",
            Self::Report => "report",
        }
    }

    /// The kind that a word of `notify_on` names.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::LISTABLE.into_iter().find(|kind| kind.word() == word)
    }

    /// Whether it tells of a problem, as opposed to its end or to neither.
    #[must_use]
    pub const fn is_problem(self) -> bool {
        matches!(self, Self::FirstFail | Self::DeadlineMiss | Self::Reminder)
    }
}

impl fmt::Display for NoticeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}
