//! The two spans that can be asked for, and the window that a span means now. Pure.

use std::time::Duration;

use engine::Timestamp;
use url::form_urlencoded;

use crate::query::BadQuery;

const HOUR: Duration = Duration::from_secs(3600);

/// A span that ends now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Range {
    /// 24 hours.
    #[default]
    Day,
    /// 30 days.
    Month,
}

impl Range {
    pub(crate) const ALL: [Self; 2] = [Self::Day, Self::Month];

    /// The word in the address.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Day => "24h",
            Self::Month => "30d",
        }
    }

    /// The words on the page.
    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::Day => "24 hours",
            Self::Month => "30 days",
        }
    }

    /// Reads `range=` of a query; absent or empty means a day. Other parameters are left alone.
    pub(crate) fn of_query(raw: Option<&str>) -> Result<Self, BadQuery> {
        let mut range = Self::default();
        for (parameter, value) in form_urlencoded::parse(raw.unwrap_or_default().as_bytes()) {
            if parameter == "range" && !value.trim().is_empty() {
                range = Self::parse(value.trim())?;
            }
        }
        Ok(range)
    }

    fn parse(word: &str) -> Result<Self, BadQuery> {
        let known = Self::ALL.into_iter().find(|range| range.word() == word);
        known.ok_or_else(|| BadQuery {
            parameter: "range".to_owned(),
            value: Some(word.to_owned()),
            allowed: "24h, 30d",
        })
    }

    /// The span that ends at `now`.
    pub(crate) fn until(self, now: Timestamp) -> Window {
        let span = match self {
            Self::Day => HOUR * 24,
            Self::Month => HOUR * 24 * 30,
        };
        Window { from: now - span, until: now }
    }
}

/// The time between two instants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) from: Timestamp,
    pub(crate) until: Timestamp,
}

impl Window {
    pub(crate) fn span(&self) -> Duration {
        self.until.since(self.from)
    }

    /// The `n`th of `parts` equal parts.
    pub(crate) fn part(&self, n: u32, parts: u32) -> Self {
        let edge = |n: u32| self.from + self.span() * n / parts;
        Self { from: edge(n), until: edge(n + 1) }
    }
}
