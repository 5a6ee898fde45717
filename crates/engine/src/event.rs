//! What happened, one event a line of the journal. The state is a fold of these and of nothing
//! else, so every event carries all that the fold needs. Formats are files' contracts: fields may
//! be added, never renamed.

use serde::{Deserialize, Serialize};

use crate::{
    config::CheckName,
    details::{Details, Turn},
    job::JobState,
    status::{NoticeKind, Severity, Status},
    time::Timestamp,
};

/// One line of the journal.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// When it happened.
    pub ts: Timestamp,
    /// Its place in the history: 1, 2, 3 … without gaps over restarts.
    pub seq: u64,
    /// What happened.
    pub kind: EventKind,
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum EventKind {
    /// A cycle of a check ended.
    Check(CheckDone),
    /// A notice is to be sent.
    Notify(Notice),
    /// An attempt to deliver a notice on one channel ended.
    Delivery(Delivered),
    /// An action ran or was skipped, or its effect became known.
    Action(ActionDone),
    /// The checker started.
    Start(Started),
    /// The checker stopped of its own accord.
    Stop(Stopped),
    /// A configuration was loaded, or refused.
    Config(ConfigLoaded),
    /// A check is no longer in the configuration.
    CheckRemoved(CheckRemoved),
    /// A turn was skipped because the check was still running.
    Skip(Skipped),
}

impl EventKind {
    /// The word of `"event":`.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Check(_) => "check",
            Self::Notify(_) => "notify",
            Self::Delivery(_) => "delivery",
            Self::Action(_) => "action",
            Self::Start(_) => "start",
            Self::Stop(_) => "stop",
            Self::Config(_) => "config",
            Self::CheckRemoved(_) => "check_removed",
            Self::Skip(_) => "skip",
        }
    }
}

/// A cycle of a check ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CheckDone {
    /// Which check.
    pub name: CheckName,
    /// Its type.
    #[serde(rename = "type")]
    pub type_word: String,
    /// What was found.
    pub status: Status,
    /// What had been found before.
    pub prev: Status,
    /// How much a failure matters.
    pub severity: Severity,
    /// Duration of the last attempt, in milliseconds, when there was an exchange.
    pub latency_ms: Option<u64>,
    /// Attempts in this cycle.
    pub attempts: u32,
    /// Why.
    pub details: Details,
    /// The whole state of the job after this cycle, for `job` checks.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub job: Option<JobState>,
}

/// A notice that is to be sent to some channels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Notice {
    /// Identifies it in the journal and, with its time, in the world: the `seq` of this event.
    pub id: u64,
    /// Which check; absent for a report.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub name: Option<CheckName>,
    /// Why it is sent.
    pub kind: NoticeKind,
    /// How much it matters.
    pub severity: Severity,
    /// When it was raised.
    pub raised_at: Timestamp,
    /// The subject line.
    pub subject: String,
    /// The text.
    pub body: String,
    /// The channels that are to be told.
    pub channels: Vec<ChannelName>,
    /// The machine-readable part, for webhooks.
    pub facts: NoticeFacts,
}

impl Notice {
    /// A name that is the same for every attempt and differs between notices of all time.
    #[must_use]
    pub fn key(&self) -> String {
        let name = self.name.as_ref().map_or("firedrill", CheckName::as_str);
        format!("{}.{}.{}.{}", self.id, self.raised_at.as_millis(), self.kind, name)
    }
}

/// The machine-readable part of a notice.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct NoticeFacts {
    /// The status before.
    pub from: Status,
    /// The status now.
    pub to: Status,
    /// When the incident began.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub since: Option<Timestamp>,
    /// Failed cycles in a row.
    pub failures: u32,
    /// What was found, in one sentence.
    pub reason: String,
    /// Duration of the last attempt in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub latency_ms: Option<u64>,
    /// How long the incident lasted, in milliseconds, once it is over.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub lasted_ms: Option<u64>,
    /// The measured value that turned into another one, when that is what is told.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub turn: Option<Turn>,
}

/// The name of a place that notices go to, such as `console` or `email:ops@example.org`.
pub type ChannelName = String;

/// An attempt to deliver a notice on one channel ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Delivered {
    /// The notice.
    pub id: u64,
    /// Which check it is about.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub name: Option<CheckName>,
    /// Why the notice was raised.
    pub kind: NoticeKind,
    /// On which channel.
    pub channel: ChannelName,
    /// Which attempt, from 1.
    pub attempt: u32,
    /// Whether the receiver accepted it.
    pub ok: bool,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub error: Option<String>,
    /// Whether no further attempt follows although it was not accepted.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub gave_up: bool,
}

/// How an action ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum ActionResult {
    /// It is about to run. Recorded first, so that a crash in between cannot overspend a budget.
    Started,
    /// It ran and said that it worked.
    Ok,
    /// It ran and did not work.
    Failed,
    /// It was not run.
    Skipped,
}

/// An action ran or was skipped, or its effect became known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ActionDone {
    /// Whose action.
    pub name: CheckName,
    /// Which action: its label.
    pub action: String,
    /// How it ended.
    pub result: ActionResult,
    /// Why it was skipped or failed, or what it answered.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
    /// Whether the next cycle found the check up again; present on the later line only.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub helped: Option<bool>,
}

/// The checker started.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Started {
    /// The version of the checker.
    pub version: String,
    /// Its process id; absent in virtual time.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub pid: Option<u32>,
}

/// The checker stopped of its own accord.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stopped {
    /// Why.
    pub reason: String,
}

/// A configuration was loaded, or refused.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ConfigLoaded {
    /// Whether it is in force now.
    pub ok: bool,
    /// Where it came from.
    pub file: String,
    /// Why it was refused; the one before stays in force.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub error: Option<String>,
    /// The zone of the board.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub timezone: Option<String>,
    /// The checks in force, in the order of the file.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub checks: Vec<CheckCard>,
}

/// What the board needs to know of a check before it has run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CheckCard {
    /// Its name.
    pub name: CheckName,
    /// Its type.
    #[serde(rename = "type")]
    pub type_word: String,
    /// The name for people.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub display_name: Option<String>,
    /// How much a failure matters.
    pub severity: Severity,
    /// Its longest regular wait between two cycles, in milliseconds.
    pub interval_ms: u64,
}

/// A check is no longer in the configuration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CheckRemoved {
    /// Which one.
    pub name: CheckName,
}

/// A turn was skipped because the check was still running.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Skipped {
    /// Which check.
    pub name: CheckName,
    /// Why.
    pub reason: String,
}
