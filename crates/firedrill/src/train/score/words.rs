//! Figures as they stand in the reasons of a score.

use std::time::Duration;

use crate::scenario::Ms;

/// A length: `1 min 20 s`.
pub(in crate::train) fn length(ms: Ms) -> String {
    // Tenths of a second are no news to anybody.
    let seconds = u64::try_from((ms.max(0) + 500) / 1_000).unwrap_or(0);
    match seconds {
        0 => "0 s".to_owned(),
        seconds => engine::time::humane(Duration::from_secs(seconds)),
    }
}

/// An instant of the exercise: `2:35`.
pub(in crate::train) fn instant(ms: Ms) -> String {
    let seconds = ms.max(0) / 1_000;
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

/// Minutes of pain: `3.4 min`.
pub(super) fn minutes(minutes: f64) -> String {
    format!("{minutes:.1} min")
}

/// `1 tool`, `2 tools`.
pub(super) fn count(number: usize, word: &str) -> String {
    match number {
        1 => format!("1 {word}"),
        _ => format!("{number} {word}s"),
    }
}
