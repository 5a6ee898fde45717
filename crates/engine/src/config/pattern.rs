//! A regular expression, compiled once when the configuration is loaded.

use std::{fmt, sync::Arc};

use regex::bytes::Regex;

use crate::config::{section::Section, text::expanded};

/// A compiled regular expression that looks for a match anywhere in bytes.
#[derive(Clone)]
pub struct Pattern(Arc<Regex>);

impl Pattern {
    /// Compiles an expression.
    ///
    /// # Errors
    /// Says what is wrong with it, on one line.
    pub fn parse(text: &str) -> Result<Self, String> {
        let last = |error: &regex::Error| {
            let said = error.to_string();
            let line = said.lines().last().unwrap_or_default();
            line.trim_start_matches("error: ").to_owned()
        };
        Regex::new(text).map(|regex| Self(Arc::new(regex))).map_err(|error| last(&error))
    }

    /// The expression as it was written.
    #[must_use]
    pub fn text(&self) -> &str {
        self.0.as_str()
    }

    /// Whether it matches anywhere.
    #[must_use]
    pub fn is_in(&self, bytes: &[u8]) -> bool {
        self.0.is_match(bytes)
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pattern({:?})", self.text())
    }
}

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
