//! A strict reader of JSON objects: each value is taken once, by name, with its type and range.
//! Owns the wording of "what is wrong, what is allowed, did you mean"; knows no fault.

use serde_json::{Map, Value};
use std::fmt;
use std::ops::RangeInclusive;
use std::time::Duration;

/// What is wrong with one key of a step, in parts that a reader of files can place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct FaultProblem {
    /// The key of the step that is wrong: `code`, `on`, or the unknown key itself. A key that is
    /// missing is named too. `None` when the step as a whole is wrong.
    pub key: Option<String>,
    /// What is wrong and what was expected, as a lower-case fragment.
    pub message: String,
    /// "did you mean `x`?"
    pub hint: Option<String>,
    /// The allowed words, joined by commas, when they are a closed list.
    pub allowed: Option<String>,
}

/// The crate's own word for it.
pub(crate) type Invalid = FaultProblem;

impl FaultProblem {
    /// A problem of this key's value.
    pub(crate) fn at(key: &str, message: impl Into<String>) -> Self {
        Self { key: Some(key.to_owned()), message: message.into(), hint: None, allowed: None }
    }

    /// The same problem of another key, for values inside a value.
    pub(crate) fn inside(self, key: &str) -> Self {
        Self { key: Some(key.to_owned()), ..self }
    }
}

impl fmt::Display for FaultProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        let allowed = self.allowed.as_ref().map(|words| format!("Allowed: {words}"));
        let rest: Vec<String> = self.hint.clone().into_iter().chain(allowed).collect();
        if rest.is_empty() { Ok(()) } else { write!(f, ": {}", rest.join(" ")) }
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
            Some(key) => Err(unknown(key, "key", key, allowed)),
        }
    }

    pub(crate) fn take(&mut self, key: &str) -> Option<Value> {
        self.0.shift_remove(key)
    }

    /// The keys that are left.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// What stands there, without taking it.
    pub(crate) fn peek(&self, key: &str) -> Option<&Value> {
        self.0.get(key)
    }

    /// The fields of an object; none when it is absent.
    pub(crate) fn object(&mut self, key: &str) -> Result<Option<Self>, Invalid> {
        match self.take(key) {
            None => Ok(None),
            Some(Value::Object(map)) => Ok(Some(Self(map))),
            Some(other) => Err(wrong(key, "an object", &other)),
        }
    }

    /// The names and texts of an object.
    pub(crate) fn texts(&mut self, key: &str) -> Result<Option<Vec<(String, String)>>, Invalid> {
        let Some(value) = self.take(key) else {
            return Ok(None);
        };
        let pairs = value.as_object().map(|map| {
            let pair = |(name, text): (&String, &Value)| Some((name.clone(), text_of(text)?));
            map.iter().map(pair).collect::<Option<Vec<_>>>()
        });
        match pairs.flatten().filter(|pairs| !pairs.is_empty()) {
            Some(pairs) => Ok(Some(pairs)),
            None => Err(wrong(key, "an object of names and texts", &value)),
        }
    }

    /// A whole number in `range`, in quotes or not, absent allowed.
    pub(crate) fn whole(
        &mut self,
        key: &str,
        range: RangeInclusive<u64>,
    ) -> Result<Option<u64>, Invalid> {
        let Some(value) = self.take(key) else {
            return Ok(None);
        };
        let quoted = || value.as_str()?.trim().parse().ok();
        match value.as_u64().or_else(quoted).filter(|number| range.contains(number)) {
            Some(number) => Ok(Some(number)),
            None => {
                let (low, high) = range.into_inner();
                Err(wrong(key, &format!("a whole number from {low} to {high}"), &value))
            }
        }
    }

    /// A number in `range`, in quotes or not, absent allowed.
    pub(crate) fn number(
        &mut self,
        key: &str,
        range: RangeInclusive<f64>,
    ) -> Result<Option<f64>, Invalid> {
        let Some(value) = self.take(key) else {
            return Ok(None);
        };
        let quoted = || value.as_str()?.trim().parse().ok();
        match value.as_f64().or_else(quoted).filter(|number: &f64| range.contains(number)) {
            Some(number) => Ok(Some(number)),
            None => {
                let (low, high) = range.into_inner();
                Err(wrong(key, &format!("a number from {low} to {high}"), &value))
            }
        }
    }

    /// As [`Self::duration`], and `-5h` too; answers whether it was negative.
    pub(crate) fn signed(&mut self, key: &str) -> Result<Option<(bool, Duration)>, Invalid> {
        let back = self.peek(key).and_then(Value::as_str).and_then(|text| text.strip_prefix('-'));
        let Some(text) = back.map(Value::from) else {
            return Ok(self.duration(key)?.map(|length| (false, length)));
        };
        self.0.insert(key.to_owned(), text);
        Ok(self.duration(key)?.map(|length| (true, length)))
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
        match words.iter().find(|(name, _)| *name == plain(text)) {
            Some((_, chosen)) => Ok(Some(*chosen)),
            None => Err(unknown(key, &format!("`{key}`"), text, &names)),
        }
    }
}

/// A text, or a single value as one.
fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A word as lists have it: `Pool exhausted` is `pool_exhausted`.
pub(super) fn plain(word: &str) -> String {
    word.trim().to_lowercase().replace([' ', '-'], "_")
}

/// Turns an absent value into an error that names the key.
pub(crate) fn required<T>(key: &str, value: Option<T>) -> Result<T, Invalid> {
    value.ok_or_else(|| Invalid::at(key, format!("`{key}` is missing")))
}

/// "`key` must be …, not …".
pub(crate) fn wrong(key: &str, expected: &str, got: &Value) -> Invalid {
    Invalid::at(key, format!("`{key}` must be {expected}, not {}", shown(&got.to_string())))
}

/// "unknown WHAT `got`: did you mean `x`? Allowed: …", as a problem of `key`.
pub(crate) fn unknown(key: &str, what: &str, got: &str, allowed: &[&str]) -> Invalid {
    Invalid {
        key: Some(key.to_owned()),
        message: format!("unknown {what} `{}`", shown(got)),
        hint: nearest(got, allowed).map(|name| format!("did you mean `{name}`?")),
        allowed: Some(allowed.join(", ")),
    }
}

fn nearest<'a>(got: &str, allowed: &[&'a str]) -> Option<&'a str> {
    let scored = allowed.iter().map(|name| (strsim::damerau_levenshtein(got, name), *name));
    let (distance, name) = scored.min()?;
    (distance <= 1 + name.len() / 4).then_some(name)
}

/// At most 60 characters of what a stranger sent.
pub(super) fn shown(text: &str) -> String {
    match text.char_indices().nth(60) {
        None => text.to_owned(),
        Some((cut, _)) => format!("{}…", &text[..cut]),
    }
}
