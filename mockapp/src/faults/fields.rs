//! A strict reader of JSON objects: each value is taken once, by name, with its type and range.
//! Owns the wording of "what is wrong, what is allowed, did you mean"; knows no fault.

use serde_json::{Map, Value};
use std::ops::RangeInclusive;
use std::time::Duration;

/// Why a document was refused; the text names the key and what is allowed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Invalid(pub(crate) String);

impl Invalid {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

/// The not yet consumed keys of one JSON object.
#[derive(Debug)]
pub(crate) struct Fields(Map<String, Value>);

impl Fields {
    pub(crate) fn new(map: Map<String, Value>) -> Self {
        Self(map)
    }

    /// Refuses the first key that is in none of `allowed`.
    pub(crate) fn only(&self, allowed: &[&str]) -> Result<(), Invalid> {
        match self.0.keys().find(|key| !allowed.contains(&key.as_str())) {
            None => Ok(()),
            Some(key) => Err(unknown("key", key, allowed)),
        }
    }

    pub(crate) fn take(&mut self, key: &str) -> Option<Value> {
        self.0.shift_remove(key)
    }

    /// A whole number in `range`, absent allowed.
    pub(crate) fn whole(
        &mut self,
        key: &str,
        range: RangeInclusive<u64>,
    ) -> Result<Option<u64>, Invalid> {
        let Some(value) = self.take(key) else {
            return Ok(None);
        };
        match value.as_u64().filter(|number| range.contains(number)) {
            Some(number) => Ok(Some(number)),
            None => {
                let (low, high) = range.into_inner();
                Err(wrong(key, &format!("a whole number from {low} to {high}"), &value))
            }
        }
    }

    /// A number in `range`, absent allowed.
    pub(crate) fn number(
        &mut self,
        key: &str,
        range: RangeInclusive<f64>,
    ) -> Result<Option<f64>, Invalid> {
        let Some(value) = self.take(key) else {
            return Ok(None);
        };
        match value.as_f64().filter(|number| range.contains(number)) {
            Some(number) => Ok(Some(number)),
            None => {
                let (low, high) = range.into_inner();
                Err(wrong(key, &format!("a number from {low} to {high}"), &value))
            }
        }
    }

    pub(crate) fn text(&mut self, key: &str) -> Result<Option<String>, Invalid> {
        match self.take(key) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => Err(wrong(key, "a string", &other)),
        }
    }

    pub(crate) fn flag(&mut self, key: &str) -> Result<Option<bool>, Invalid> {
        match self.take(key) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(flag)),
            Some(other) => Err(wrong(key, "true or false", &other)),
        }
    }

    /// A duration such as `30s`, from 1 ms to 30 days.
    pub(crate) fn duration(&mut self, key: &str) -> Result<Option<Duration>, Invalid> {
        const LONGEST: Duration = Duration::from_secs(30 * 86_400);
        let Some(value) = self.take(key) else {
            return Ok(None);
        };
        let parsed = value.as_str().and_then(crate::duration::parse);
        match parsed.filter(|length| !length.is_zero() && *length <= LONGEST) {
            Some(length) => Ok(Some(length)),
            None => Err(wrong(
                key,
                "a duration such as \"250ms\", \"30s\", \"5m\", \"2h\", \"1d\" (at most 30d)",
                &value,
            )),
        }
    }

    /// One word of a closed list.
    pub(crate) fn choice<T: Copy>(
        &mut self,
        key: &str,
        words: &[(&str, T)],
    ) -> Result<Option<T>, Invalid> {
        let Some(value) = self.take(key) else {
            return Ok(None);
        };
        let names: Vec<&str> = words.iter().map(|(name, _)| *name).collect();
        let Some(text) = value.as_str() else {
            return Err(wrong(key, &format!("one of {}", names.join(", ")), &value));
        };
        match words.iter().find(|(name, _)| *name == text) {
            Some((_, chosen)) => Ok(Some(*chosen)),
            None => Err(unknown(&format!("`{key}`"), text, &names)),
        }
    }
}

/// Turns an absent value into an error that names the key.
pub(crate) fn required<T>(key: &str, value: Option<T>) -> Result<T, Invalid> {
    value.ok_or_else(|| Invalid::new(format!("`{key}` is missing")))
}

/// "`key` must be …, not …".
pub(crate) fn wrong(key: &str, expected: &str, got: &Value) -> Invalid {
    Invalid::new(format!("`{key}` must be {expected}, not {}", shown(&got.to_string())))
}

/// "unknown WHAT `got`: did you mean `x`? Allowed: …".
pub(crate) fn unknown(what: &str, got: &str, allowed: &[&str]) -> Invalid {
    let hint =
        nearest(got, allowed).map(|name| format!("did you mean `{name}`? ")).unwrap_or_default();
    Invalid::new(format!("unknown {what} `{}`: {hint}Allowed: {}", shown(got), allowed.join(", ")))
}

fn nearest<'a>(got: &str, allowed: &[&'a str]) -> Option<&'a str> {
    let scored = allowed.iter().map(|name| (strsim::damerau_levenshtein(got, name), *name));
    let (distance, name) = scored.min()?;
    (distance <= 1 + name.len() / 4).then_some(name)
}

/// At most 60 characters of what a stranger sent.
fn shown(text: &str) -> String {
    match text.char_indices().nth(60) {
        None => text.to_owned(),
        Some((cut, _)) => format!("{}…", &text[..cut]),
    }
}
