//! Loads configurations for the tests.

use std::{collections::BTreeSet, time::Duration};

use engine::{
    NoticeKind,
    config::{Check, Config, Errors, HostSpec, HttpSpec, JobSpec, Parsed, Source, Spec, parse},
};

/// The folder of the test data.
pub(crate) const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/config");

/// The variables of the tests.
pub(crate) fn vars(name: &str) -> Option<String> {
    match name {
        "MOCKAPP_BASE" => Some("http://127.0.0.1:8000".into()),
        "TOKEN" => Some("t0k3n".into()),
        "EMPTY" => Some(String::new()),
        _ => None,
    }
}

/// Parses a text with the variables of the tests.
pub(crate) fn load(text: &str) -> Result<Parsed, Errors> {
    parse(Source { file: "checks.yaml", text }, &vars)
}

/// The configuration of a text that is good and gives no warning.
pub(crate) fn quiet(text: &str) -> Config {
    let parsed = load(text).unwrap_or_else(|errors| panic!("{errors}"));
    assert_eq!(parsed.warnings, [], "in {text}");
    parsed.config
}

/// A file of the test data.
pub(crate) fn data(name: &str) -> String {
    std::fs::read_to_string(format!("{DATA}/{name}")).expect("test data is there")
}

pub(crate) const SEC: Duration = Duration::from_secs(1);

pub(crate) fn kinds(words: &str) -> BTreeSet<NoticeKind> {
    words.split_whitespace().map(|word| NoticeKind::parse(word).expect("a notice")).collect()
}

pub(crate) fn http(check: &Check) -> &HttpSpec {
    let Spec::Http(http) = &check.spec else { panic!("{} is no http check", check.name) };
    http
}

pub(crate) fn job(check: &Check) -> &JobSpec {
    let Spec::Job(job) = &check.spec else { panic!("{} is no job", check.name) };
    job
}

pub(crate) fn host(check: &Check) -> &HostSpec {
    let Spec::Host(host) = &check.spec else { panic!("{} is no host", check.name) };
    host
}
