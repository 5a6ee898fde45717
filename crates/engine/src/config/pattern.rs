//! Regular expressions of the configuration: linear in time, whatever they are held against.

use std::fmt;

use regex::{Regex, RegexBuilder};

use crate::config::section::Section;

/// A regular expression in which `^` and `$` are the ends of lines. Two are equal when they are
/// written alike.
#[derive(Clone)]
pub struct Pattern(Regex);

impl Pattern {
    /// Compiles an expression.
    ///
    /// # Errors
    /// Says in one line what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        RegexBuilder::new(text).multi_line(true).build().map(Self).map_err(|error| {
            let said = error.to_string();
            let last = said.lines().rev().find(|line| !line.trim().is_empty());
            let last = last.unwrap_or("it cannot be compiled").trim();
            last.strip_prefix("error: ").unwrap_or(last).to_owned()
        })
    }

    /// The compiled expression.
    #[must_use]
    pub const fn regex(&self) -> &Regex {
        &self.0
    }

    /// Whether it has a group of that name.
    #[must_use]
    pub fn has_group(&self, name: &str) -> bool {
        self.0.capture_names().flatten().any(|group| group == name)
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pattern({:?})", self.0.as_str())
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_str() == other.0.as_str()
    }
}

impl Eq for Pattern {}

/// The expression under a key. What is wrong with it has been reported.
pub(super) fn read(section: &Section<'_>, key: &str) -> Option<Pattern> {
    let text = section.free_text(key)?;
    Pattern::parse(&text).map_or_else(
        |error| {
            let node = section.find(key)?;
            node.refuse(node.problem(format!("`{key}` is no regular expression: {error}")))
        },
        Some,
    )
}
