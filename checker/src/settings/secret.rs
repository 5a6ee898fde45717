//! Secrets and how they are kept out of everything that people or files get to see.
//! [`Secret`] hides one value from `Debug` and `Display`; [`Masks`] finds known values in any text.

use std::{collections::BTreeSet, fmt};

/// What stands for a secret in logs, files, pages and alerts.
pub const MASK: &str = "***";

/// The shortest value that is looked for in texts; shorter ones would garble ordinary words.
const SHORTEST: usize = 4;

/// The same for variables that only look secret by their name and may have nothing to do with us.
const SHORTEST_FOREIGN: usize = 8;

/// A value that is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes a value into custody.
    #[must_use]
    pub const fn new(value: String) -> Self {
        Self(value)
    }

    /// The value itself, for the one place that needs it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

/// Whether a variable of this name holds a secret.
#[must_use]
pub fn is_secret_name(name: &str) -> bool {
    const ENDINGS: [&str; 5] = ["_PASS", "_PASSWORD", "_KEY", "_TOKEN", "WEBHOOK_URL"];
    name.contains("SECRET") || ENDINGS.iter().any(|ending| name.ends_with(ending))
}

/// All known secret values, longest first, so that a secret inside another cannot spare its rest.
#[derive(Clone, Default)]
pub(super) struct Masks(BTreeSet<(std::cmp::Reverse<usize>, String)>);

impl fmt::Debug for Masks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} secrets", self.0.len())
    }
}

impl Masks {
    /// Adds a value; one that is too short to be told from ordinary text is left out.
    pub(super) fn add(&mut self, value: &str, ours: bool) {
        let shortest = if ours { SHORTEST } else { SHORTEST_FOREIGN };
        if value.chars().count() >= shortest {
            self.0
                .insert((std::cmp::Reverse(value.len()), value.to_owned()));
        }
    }

    /// The text without the known secrets and without user names and passwords in addresses.
    pub(super) fn apply(&self, text: &str) -> String {
        let hide = |text: String, value: &String| match text.contains(value.as_str()) {
            true => text.replace(value.as_str(), MASK),
            false => text,
        };
        mask_userinfo(
            &self
                .0
                .iter()
                .map(|(_, value)| value)
                .fold(text.to_owned(), hide),
        )
    }
}

fn mask_userinfo(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        masked.push_str(before);
        rest = match userinfo_end(after) {
            Some(end) => {
                masked.push_str(MASK);
                &after[end..]
            }
            None => after,
        };
    }
    masked + rest
}

/// Where the host begins, less its `@`, when a user name stands before it.
fn userinfo_end(after_scheme: &str) -> Option<usize> {
    let ends = |c: char| c.is_whitespace() || matches!(c, '/' | '?' | '#' | '"' | '\'' | '<' | '>');
    let authority = after_scheme.split(ends).next().unwrap_or_default();
    authority.rfind('@')
}
