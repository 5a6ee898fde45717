//! What is remembered of a job from cycle to cycle: its latest run, its last success, and the
//! deadline that it has missed. Plain data; `judge::job` decides what becomes of it.

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// What is remembered of a job.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct JobState {
    /// The latest job's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The state that the server told of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// When this checker first saw the id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_seen_at: Option<Timestamp>,
    /// When it started: by its own word, else by the id file, else when it was first seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    /// When a success was last known: by the job's own word, else when it was seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_success_at: Option<Timestamp>,
    /// The deadline that was missed and not yet made good.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missed: Option<Missed>,
}

/// A missed deadline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missed {
    /// The window or the job that it is about: one announcement each.
    pub of: String,
    /// The rule as it stood; another rule forgives the miss.
    pub rule: String,
    /// The deadline itself.
    pub deadline: Timestamp,
    /// What is said of it.
    pub reason: String,
}
