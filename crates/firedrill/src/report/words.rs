//! Small words that all reports share: durations, counts, printable text.

use std::time::Duration;

use crate::verdict::{Told, Verdict};

/// The text without characters that would steer a terminal; tabs stay.
pub(super) fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\t' { '\u{fffd}' } else { c }).collect()
}

/// The same for text of several lines.
pub(super) fn printable_lines(text: &str) -> Vec<String> {
    text.lines().map(printable).collect()
}

/// The text with `…` in the place of what exceeds so many characters.
pub(super) fn cut(text: &str, longest: usize) -> String {
    if text.chars().count() <= longest {
        return text.to_owned();
    }
    let kept: String = text.chars().take(longest.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

/// Real time, as people say it: `4 ms`, `12.3 s`.
pub(super) fn real(took: Duration) -> String {
    if took < Duration::from_secs(10) {
        format!("{} ms", took.as_millis())
    } else {
        format!("{:.1} s", took.as_secs_f64())
    }
}

/// How many cases ended so.
pub(super) fn count(told: &[Told], verdict: Verdict) -> usize {
    told.iter().filter(|told| told.judged.verdict == verdict).count()
}

/// `1 alert`, `2 alerts`.
pub(super) fn plural(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}
