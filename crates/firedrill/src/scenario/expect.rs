//! What a scenario expects: plain data that the judge holds against what happened.

use std::time::Duration;

use engine::{NoticeKind, Status, event::ActionResult};
use regex::Regex;

use super::{Moment, Place};

/// The expectations: a closed world.
#[derive(Clone, Debug, Default)]
pub(crate) struct Expect {
    /// Alerts that must come.
    pub(crate) alerts: Vec<AlertExpect>,
    /// Where `alerts` stands, for what came unexpected; the place of `expect` or of the first line
    /// when it is absent.
    pub(crate) alerts_place: Place,
    /// Actions that must run.
    pub(crate) actions: Vec<ActionExpect>,
    /// Where `actions` stands.
    pub(crate) actions_place: Place,
    /// States that must hold.
    pub(crate) states: Vec<StateExpect>,
    /// Pages that must show something.
    pub(crate) pages: Vec<PageExpect>,
}

/// Which checks are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Checks {
    /// `"*"`.
    All,
    /// This one.
    One(String),
}

impl Checks {
    /// Whether a check is meant.
    pub(crate) fn take(&self, name: &str) -> bool {
        match self {
            Self::All => true,
            Self::One(wanted) => wanted == name,
        }
    }
}

/// An alert, or so many of them.
#[derive(Clone, Debug)]
pub(crate) struct AlertExpect {
    /// Where it stands.
    pub(crate) place: Place,
    /// About which check.
    pub(crate) check: Checks,
    /// Which event.
    pub(crate) event: NoticeKind,
    /// On which channel; absent: on any but the console.
    pub(crate) channel: Option<String>,
    /// What the subject must match.
    pub(crate) subject: Option<Regex>,
    /// What the body must match.
    pub(crate) body: Option<Regex>,
    /// When.
    pub(crate) when: When,
    /// How many.
    pub(crate) count: Count,
}

/// An action, or so many of them.
#[derive(Clone, Debug)]
pub(crate) struct ActionExpect {
    /// Where it stands.
    pub(crate) place: Place,
    /// Of which check.
    pub(crate) check: Checks,
    /// What its label must match, such as `http_post`.
    pub(crate) action: Option<Regex>,
    /// How it must end; absent: it ran, with whatever result.
    pub(crate) result: Option<ActionResult>,
    /// What the recorded reason must match.
    pub(crate) reason: Option<Regex>,
    /// When.
    pub(crate) when: When,
    /// How many.
    pub(crate) count: Count,
}

/// When something is expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum When {
    /// Some time in the run.
    Any,
    /// In the second that begins then.
    At(Moment),
    /// Between the two, both included.
    Between(Moment, Moment),
    /// After it, for so long.
    After(Moment, Within),
}

/// How long after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Within {
    /// So long.
    Span(Duration),
    /// As long as the bound of the check that the alert is about: `detect`, or `recover` for
    /// `recovered`, plus delivery.
    Bound,
}

/// How many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Count {
    /// At least.
    pub(crate) min: u32,
    /// At most.
    pub(crate) max: u32,
}

/// A state that must hold.
#[derive(Clone, Debug)]
pub(crate) struct StateExpect {
    /// Where it stands.
    pub(crate) place: Place,
    /// Of which checks: of every one that is meant.
    pub(crate) check: Checks,
    /// From when.
    pub(crate) from: Moment,
    /// Until when, both included; the same as `from` for a single instant.
    pub(crate) until: Moment,
    /// One of these.
    pub(crate) is: Vec<Shown>,
}

/// A state as the board shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shown {
    /// What the last cycle found.
    Status(Status),
    /// An attempt has failed and more follow.
    Retrying,
    /// Not measured for three intervals or 90 s, whichever is longer.
    Stale,
}

/// A page that must show something.
#[derive(Clone, Debug)]
pub(crate) struct PageExpect {
    /// Where it stands.
    pub(crate) place: Place,
    /// When it is asked for.
    pub(crate) at: Moment,
    /// Path and query.
    pub(crate) path: String,
    /// What must be in the answer's body.
    pub(crate) contains: Vec<String>,
    /// What must not be in it.
    pub(crate) lacks: Vec<String>,
}

/// Something that must have happened.
#[derive(Clone, Debug)]
pub(crate) struct Sometimes {
    /// Where it stands.
    pub(crate) place: Place,
    /// The id of the step.
    pub(crate) id: String,
    /// What of it.
    pub(crate) what: Happening,
}

/// What can have happened to a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Happening {
    /// A request (a mail, a write …) met the fault.
    Matched,
    /// The fault struck.
    Injected,
    /// It ended before the run did.
    Ended,
}
