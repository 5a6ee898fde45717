//! Secrets and how they are kept out of everything that people or files get to see.
//! [`Secret`] hides one value from `Debug` and `Display`; [`Masks`] finds known values in any text.

use std::{collections::BTreeSet, fmt};

use engine::config::mask_url;
use url::{Url, form_urlencoded::byte_serialize};

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
    const LAST_WORDS: [&str; 4] = ["PASS", "PASSWORD", "KEY", "TOKEN"];
    let last = name.rsplit('_').next().unwrap_or(name);
    name.contains("SECRET") || name.ends_with("WEBHOOK_URL") || LAST_WORDS.contains(&last)
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
            let spellings = spellings(value).into_iter();
            let long_enough = spellings.filter(|text| text.len() >= SHORTEST);
            self.0.extend(long_enough.map(|text| (std::cmp::Reverse(text.len()), text)));
        }
    }

    /// The text without the known secrets, whole or cut off, and without the secret parts of
    /// addresses.
    pub(super) fn apply(&self, text: &str) -> String {
        let hide = |text: String, value: &str| match text.contains(value) {
            true => text.replace(value, MASK),
            false => text,
        };
        let whole = self.values().fold(text.to_owned(), hide);
        mask_addresses(&if whole.contains(CUT) { self.without_beginnings(&whole) } else { whole })
    }

    /// The text without the beginnings of secrets that were cut off with a `…`.
    fn without_beginnings(&self, text: &str) -> String {
        let mut pieces: Vec<&str> = text.split(CUT).collect();
        let last = pieces.pop().unwrap_or_default();
        let cut =
            |piece: &&str| match self.values().filter_map(|value| beginning(piece, value)).min() {
                Some(start) => format!("{}{MASK}{CUT}", &piece[..start]),
                None => format!("{piece}{CUT}"),
            };
        pieces.iter().map(cut).collect::<String>() + last
    }

    fn values(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(_, value)| value.as_str())
    }
}

/// What stands where a text was cut off.
const CUT: char = '…';

/// Where the beginning of a value stands at the end of a text.
fn beginning(text: &str, value: &str) -> Option<usize> {
    let ends = value.char_indices().map(|(at, _)| at).skip(SHORTEST);
    let lengths: Vec<usize> = ends.collect();
    let longest = lengths.into_iter().rev().find(|length| text.ends_with(&value[..*length]))?;
    Some(text.len() - longest)
}

/// A value as it is, in JSON, and in addresses: a target may echo what it was sent.
fn spellings(value: &str) -> Vec<String> {
    let json = serde_json::Value::from(value).to_string();
    let form: String = byte_serialize(value.as_bytes()).collect();
    let query = Url::parse("http://localhost").ok().and_then(|mut url| {
        url.set_query(Some(value));
        url.query().map(str::to_owned)
    });
    let json = json[1..json.len() - 1].to_owned();
    let all = [value.to_owned(), json, form.replace('+', "%20"), form];
    all.into_iter().chain(query).collect()
}

fn mask_addresses(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        masked.push_str(&rest[..at]);
        let address = &rest[at..];
        let end = address.find(ends_address).unwrap_or(address.len());
        masked.push_str(&mask_url(&address[..end]));
        rest = &address[end..];
    }
    masked + rest
}

fn ends_address(c: char) -> bool {
    c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '<' | '>' | '\\' | CUT)
}
