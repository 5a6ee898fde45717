//! A JSONPath, parsed once when the configuration is loaded.
//! The only place that knows which JSONPath library is used.

use std::fmt;

use jsonpath_rust::{
    parser::{model::JpQuery, parse_json_path},
    query::js_path_process,
};
use serde_json::Value;

/// A compiled JSONPath (RFC 9535).
#[derive(Clone)]
pub struct JsonQuery {
    text: std::sync::Arc<str>,
    compiled: JpQuery,
}

impl JsonQuery {
    /// Compiles a path.
    ///
    /// # Errors
    /// Says what is wrong with it, on one line.
    pub fn parse(text: &str) -> Result<Self, String> {
        let compiled = parse_json_path(text).map_err(|error| one_line(&error.to_string()))?;
        Ok(Self { text: text.into(), compiled })
    }

    /// The path as it was written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The values that match, in document order; empty when nothing does.
    #[must_use]
    pub fn find<'a>(&self, value: &'a Value) -> Vec<&'a Value> {
        js_path_process(&self.compiled, value)
            .map(|found| found.into_iter().map(|one| one.val()).collect())
            .unwrap_or_default()
    }
}

impl fmt::Debug for JsonQuery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "JsonQuery({:?})", self.text)
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
