//! Regular expressions of the configuration: linear in time, whatever they are held against.

use std::fmt;

use regex::{Regex, RegexBuilder};

use crate::config::{section::Section, text::expanded};

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

    /// The expression as it was written.
    #[must_use]
    pub fn text(&self) -> &str {
        self.0.as_str()
    }

    /// Whether it matches anywhere in bytes; what is not UTF-8 among them matches as U+FFFD.
    #[must_use]
    pub fn is_in(&self, bytes: &[u8]) -> bool {
        self.0.is_match(&String::from_utf8_lossy(bytes))
    }

    /// Whether it has a group of that name.
    #[must_use]
    pub fn has_group(&self, name: &str) -> bool {
        self.0.capture_names().flatten().any(|group| group == name)
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pattern({:?})", self.text())
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.text() == other.text()
    }
}

impl Eq for Pattern {}

impl Section<'_> {
    /// A regular expression.
    pub(super) fn pattern(&self, key: &str) -> Option<Pattern> {
        let (node, kind) = self.get(key)?;
        let text = expanded(&node, &kind.expects())?;
        match Pattern::parse(&text) {
            Ok(pattern) => Some(pattern),
            Err(why) => node.refuse(
                node.problem(format!("bad regular expression `{}`", node.written())).label(why),
            ),
        }
    }
}
