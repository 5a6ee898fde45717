//! The part of an address behind the `?`: which results a page shows. Parsed at the edge; a value
//! that means nothing is refused with the name of its parameter and with what is allowed.

use engine::{Status, Timestamp};
use url::form_urlencoded;

/// Which results are wanted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter {
    /// Of this check only.
    pub(crate) name: Option<String>,
    /// With one of these statuses only; empty for any.
    pub(crate) statuses: Vec<Status>,
    /// Which kinds of events.
    pub(crate) show: Show,
    /// Not before this instant.
    pub(crate) from: Option<Timestamp>,
    /// Not after this instant.
    pub(crate) until: Option<Timestamp>,
    /// Which page of results, from 1.
    pub(crate) page: usize,
    /// Which page of the names of checks without a tile, from 1.
    pub(crate) names: usize,
}

/// Which kinds of events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Show {
    /// Everything.
    #[default]
    All,
    /// Cycles that ended otherwise than the one before.
    Changes,
    /// Notices and their deliveries.
    Notices,
    /// What was done about it.
    Actions,
}

impl Show {
    pub(crate) const ALL: [Self; 4] = [Self::All, Self::Changes, Self::Notices, Self::Actions];

    /// The word in the address.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Changes => "changes",
            Self::Notices => "notices",
            Self::Actions => "actions",
        }
    }

    /// The word on the page.
    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::All => "All",
            Self::Changes => "Changes",
            Self::Notices => "Notices",
            Self::Actions => "Actions",
        }
    }
}

/// The statuses that a result can have.
pub(crate) const STATUSES: [Status; 4] = [Status::Ok, Status::Warn, Status::Fail, Status::Unknown];

/// A parameter that means nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}; allowed: {allowed}", self.what())]
pub(crate) struct BadQuery {
    pub(crate) parameter: String,
    /// Absent when the parameter itself is unknown.
    pub(crate) value: Option<String>,
    pub(crate) allowed: &'static str,
}

impl BadQuery {
    fn what(&self) -> String {
        let parameter = &self.parameter;
        match &self.value {
            Some(value) => format!("'{value}' is not a value for '{parameter}'"),
            None => format!("there is no parameter '{parameter}'"),
        }
    }
}

/// The parameters of the API; it refuses others, so that a typing error is not taken for "all".
pub(crate) const API_PARAMETERS: &str = "name, status, from, until, show, page";

impl Filter {
    /// Reads the query of a page; parameters that it does not know are left alone.
    pub(crate) fn of_page(raw: Option<&str>) -> Result<Self, BadQuery> {
        Self::parse(raw, false)
    }

    /// Reads the query of the API.
    pub(crate) fn of_api(raw: Option<&str>) -> Result<Self, BadQuery> {
        Self::parse(raw, true)
    }

    fn parse(raw: Option<&str>, strict: bool) -> Result<Self, BadQuery> {
        let mut filter = Self { page: 1, names: 1, ..Self::default() };
        for (parameter, value) in form_urlencoded::parse(raw.unwrap_or_default().as_bytes()) {
            if !filter.set(&parameter, value.trim())? && strict {
                let parameter = parameter.into_owned();
                return Err(BadQuery { parameter, value: None, allowed: API_PARAMETERS });
            }
        }
        Ok(filter)
    }

    /// Takes one parameter; whether it is known.
    fn set(&mut self, parameter: &str, value: &str) -> Result<bool, BadQuery> {
        let bad =
            |allowed| BadQuery { parameter: parameter.into(), value: Some(value.into()), allowed };
        match parameter {
            "name" | "status" | "show" | "from" | "until" | "page" | "names"
                if value.is_empty() => {}
            "name" => self.name = Some(value.to_owned()),
            "status" => self.statuses.extend(statuses(value).ok_or_else(|| bad(STATUS_WORDS))?),
            "show" => self.show = show(value).ok_or_else(|| bad(SHOW_WORDS))?,
            "from" => self.from = Some(value.parse().map_err(|_no_instant| bad(INSTANT))?),
            "until" => self.until = Some(value.parse().map_err(|_no_instant| bad(INSTANT))?),
            "page" => self.page = page(value).ok_or_else(|| bad(PAGE_NUMBER))?,
            "names" => self.names = page(value).ok_or_else(|| bad(PAGE_NUMBER))?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// The address of the same results of another kind or on another page.
    pub(crate) fn link(&self, path: &str, show: Show, page: usize) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        if let Some(name) = &self.name {
            query.append_pair("name", name);
        }
        for status in &self.statuses {
            query.append_pair("status", status.word());
        }
        if show != Show::All {
            query.append_pair("show", show.word());
        }
        if page > 1 {
            query.append_pair("page", &page.to_string());
        }
        if self.names > 1 {
            query.append_pair("names", &self.names.to_string());
        }
        let query = query.finish();
        if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
    }
}

const STATUS_WORDS: &str = "OK, WARN, FAIL, UNKNOWN, or several with commas";
const SHOW_WORDS: &str = "all, changes, notices, actions";
const INSTANT: &str = "an instant such as 2026-01-05T02:30:00Z";
const PAGE_NUMBER: &str = "a whole number from 1";

fn statuses(words: &str) -> Option<Vec<Status>> {
    let one = |word: &str| {
        STATUSES.into_iter().find(|status| status.word().eq_ignore_ascii_case(word.trim()))
    };
    words.split(',').map(one).collect()
}

fn show(word: &str) -> Option<Show> {
    Show::ALL.into_iter().find(|show| show.word().eq_ignore_ascii_case(word))
}

fn page(text: &str) -> Option<usize> {
    text.parse().ok().filter(|page| *page > 0)
}

/// A check's page. Everything but letters, digits and `-._~` is encoded, so the result can stand
/// in an address, in an attribute and in JSON as it is.
pub(crate) fn check_path(name: &str) -> String {
    let mut path = String::from("/check/");
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            path.push(char::from(byte));
        } else {
            path.push_str(&format!("%{byte:02X}"));
        }
    }
    path
}
