//! Loads configurations for the tests.

use engine::config::{Errors, Parsed, Source, parse};

/// The folder of the test data.
pub const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/config");

/// The variables of the tests.
pub fn vars(name: &str) -> Option<String> {
    match name {
        "MOCKAPP_BASE" => Some("http://127.0.0.1:8000".into()),
        "TOKEN" => Some("t0k3n".into()),
        "EMPTY" => Some(String::new()),
        _ => None,
    }
}

/// Parses a text with the variables of the tests.
pub fn load(text: &str) -> Result<Parsed, Errors> {
    parse(Source { file: "checks.yaml", text }, &vars)
}

/// A file of the test data.
pub fn data(name: &str) -> String {
    std::fs::read_to_string(format!("{DATA}/{name}")).expect("test data is there")
}
