//! Headers as a step gives them: names and texts, checked, and shown as they were given.

use super::fields::{Fields, Invalid};
use http::{HeaderMap, HeaderName, HeaderValue};
use serde::ser::SerializeMap;

/// Headers that an answer gets.
#[derive(Debug, Clone, Default)]
pub(crate) struct GivenHeaders(pub(crate) HeaderMap);

impl GivenHeaders {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn take(fields: &mut Fields, key: &str) -> Result<Self, Invalid> {
        let pairs = fields.texts(key)?.unwrap_or_default().into_iter();
        let pairs = pairs.map(|(name, text)| Ok((header_name(key, &name)?, value(key, &text)?)));
        pairs.collect::<Result<HeaderMap, _>>().map(Self)
    }
}

impl serde::Serialize for GivenHeaders {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name.as_str(), &value.to_str().unwrap_or_default())?;
        }
        map.end()
    }
}

pub(super) fn header_name(key: &str, name: &str) -> Result<HeaderName, Invalid> {
    let problem = |_| Invalid::at(key, format!("`{name}` in `{key}` is no name of a header"));
    name.parse().map_err(problem)
}

fn value(key: &str, text: &str) -> Result<HeaderValue, Invalid> {
    let problem = |_| Invalid::at(key, format!("`{key}` has a value with control characters"));
    HeaderValue::from_str(text).map_err(problem)
}
