//! One cycle of a check as a small coloured cell. Plain data.

use engine::{Status, Timestamp};

/// A cycle of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StripCell {
    /// When it ended.
    pub ts: Timestamp,
    /// What it found.
    pub status: Status,
    /// How long the last attempt took, in milliseconds.
    pub latency_ms: Option<u64>,
    /// How many attempts it had.
    pub attempts: u32,
}
