//! Small words that all reports share: durations, counts, printable text.

use std::time::Duration;

use crate::verdict::{Told, Verdict};

/// The text without characters that would steer a terminal; tabs stay.
pub(crate) fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\t' { '\u{fffd}' } else { c }).collect()
}

/// The same for text of several lines.
pub(super) fn printable_lines(text: &str) -> Vec<String> {
    text.lines().map(printable).collect()
}

/// The text with `…` in the place of what exceeds so many characters.
pub(crate) fn cut(text: &str, longest: usize) -> String {
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
pub(crate) fn plural(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// The text as XML 1.0 and HTML may hold it, in elements and in attributes; what it forbids becomes `�`.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            c if allowed(c) => out.push(c),
            _ => out.push('\u{fffd}'),
        }
    }
    out
}

/// The `Char` of XML 1.0, without the control characters that it discourages.
fn allowed(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{7e}' | '\u{a0}'..='\u{fffd}' | '\u{10000}'..)
}
