//! Why a cycle ended as it did: the part of a result that people read.
//! Kept small, because it stands on every line of the journal.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    observation::{Phases, TransportErrorKind},
    time::Timestamp,
};

/// Why a cycle ended as it did.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Details {
    /// The finding in one sentence.
    pub reason: String,
    /// The status code of the answer.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub code: Option<u16>,
    /// How the exchange broke.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub error: Option<TransportErrorKind>,
    /// Where the time went.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub phases: Option<Phases>,
    /// Every rule with what was seen.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub expectations: Vec<Expectation>,
    /// The beginning of the body, when it matters.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub body: Option<String>,
    /// When the certificate ends.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub certificate_until: Option<Timestamp>,
    /// The job that was looked at.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub job_id: Option<String>,
    /// By how many seconds a success came after its deadline.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub late_by_s: Option<u64>,
    /// A measured value that turned into another one, which is a change whatever the status.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub turn: Option<Turn>,
    /// What a type has measured besides, for its own pages and files: documented with the type.
    #[serde(skip_serializing_if = "serde_json::Map::is_empty", default)]
    pub facts: serde_json::Map<String, serde_json::Value>,
}

/// A measured value that turned into another one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Turn {
    /// Which value, by its name among the facts.
    pub what: String,
    /// What it was; null when nothing answered.
    pub previous: Value,
    /// What it is; null when nothing answers.
    pub current: Value,
    /// Whose answer it is, without secrets.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub url: Option<String>,
}

/// A rule and what was seen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Expectation {
    /// What was looked at: `status`, `latency`, `$.depth`.
    pub what: String,
    /// What was wanted: `200`, `< 50`.
    pub expected: String,
    /// What was there.
    pub actual: String,
    /// Whether it held.
    pub ok: bool,
}

/// The most characters of a response body that are shown anywhere.
pub const BODY_SHOWN: usize = 200;

/// The beginning of a body for people: at most [`BODY_SHOWN`] characters, control characters
/// replaced.
#[must_use]
pub fn excerpt(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(&body[..body.len().min(4 * BODY_SHOWN)]);
    let clean = |c: char| if c.is_control() { ' ' } else { c };
    let mut shown: String = text.chars().take(BODY_SHOWN).map(clean).collect();
    if text.chars().nth(BODY_SHOWN).is_some() || body.len() > 4 * BODY_SHOWN {
        shown.push('…');
    }
    shown
}
