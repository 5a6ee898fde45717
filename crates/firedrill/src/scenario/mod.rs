//! Scenarios: the grammar of `scenarios/*.yaml` and what it means.
//! Owns reading, and all that can be said of a scenario without playing it. Plays nothing.

mod exercise;
mod expect;
mod facts;
mod model;
mod read;

pub(crate) use exercise::{Answer, Effect, Exercise};
pub(crate) use expect::*;
pub(crate) use model::*;
pub(crate) use read::{
    Bundle, Library, Noting, OnDisk, duration, find, json_schema, load, load_from, with_seed,
};

/// The environment of the checker in every rehearsed world; the process's own is not looked at, so
/// that a scenario plays the same everywhere.
pub(crate) const ENVIRONMENT: [(&str, &str); 3] = [
    ("MOCKAPP_BASE", "http://127.0.0.1:8000"),
    ("SMTP_HOST", "mail.test"),
    ("MAIL_TO", "ops@example.test"),
];

/// The value of a variable in every rehearsed world.
pub(crate) fn variable(name: &str) -> Option<String> {
    let found = ENVIRONMENT.iter().find(|(known, _)| *known == name);
    found.map(|(_, value)| (*value).to_owned())
}
