//! The line of a scenario that a finding is about, and what of it to underline.

use crate::scenario::{Place, Text};

/// The most characters of a line that are shown.
const LONGEST: usize = 160;

/// A line of a file with a part that is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Excerpt {
    /// The line's number, from 1.
    pub(super) line: usize,
    /// What stands before the part that is meant; begins with `…` when it was cut.
    pub(super) before: String,
    /// What is meant; at least one character.
    pub(super) meant: String,
    /// What stands after it.
    pub(super) after: String,
}

/// The excerpt for a place; none when the file has no such line.
pub(super) fn excerpt(source: &Text, place: Place) -> Option<Excerpt> {
    let line: Vec<char> = source.text.lines().nth(place.line.checked_sub(1)?)?.chars().collect();
    if line.iter().all(|c| c.is_whitespace()) {
        return None;
    }
    let (start, end) = span(&line, place);
    let skip = if end > LONGEST { start.saturating_sub(20) } else { 0 };
    let until = line.len().min(skip + LONGEST);
    let text = |range: std::ops::Range<usize>| -> String {
        super::words::printable(&line[range].iter().collect::<String>())
    };
    let dots = if skip > 0 { "…" } else { "" };
    Some(Excerpt {
        line: place.line,
        before: format!("{dots}{}", text(skip..start)),
        meant: text(start..end.min(until)),
        after: text(end.min(until)..until).trim_end().to_owned(),
    })
}

/// From and to which character: the whole `{…}` when the place is its first key.
fn span(line: &[char], place: Place) -> (usize, usize) {
    let last = line.len().saturating_sub(1);
    let start = place.column.saturating_sub(1).min(last);
    let opening = line[..start].iter().rposition(|c| !c.is_whitespace());
    let brace = match opening {
        _ if line[start] == '{' => Some(start),
        Some(at) if line[at] == '{' => Some(at),
        _ => None,
    };
    if let Some((from, to)) = brace.and_then(|from| Some((from, closing(line, from)?))) {
        return (from, to + 1);
    }
    (start, (start + place.width.max(1)).min(line.len()))
}

/// Where the mapping ends that begins there; none when it goes on in another line.
fn closing(line: &[char], from: usize) -> Option<usize> {
    let (mut depth, mut quote) = (0_usize, None);
    for (at, c) in line.iter().enumerate().skip(from) {
        match (quote, c) {
            (Some(open), c) => {
                if open == *c {
                    quote = None;
                }
            }
            (None, '"' | '\'') => quote = Some(*c),
            (None, '{' | '[') => depth += 1,
            (None, '}' | ']') => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return Some(at);
                }
            }
            (None, _) => {}
        }
    }
    None
}
