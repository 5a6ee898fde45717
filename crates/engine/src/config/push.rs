//! The keys of a `push` check.

use std::{fmt, time::Duration};

use crate::config::{
    section::Section,
    table::{
        Kind,
        Need::{Default, Required},
        Table,
    },
    tables::key,
    types::Spec,
};

/// The fewest characters of a token: it is all that stands between a stranger and a green tile.
const SHORTEST: usize = 8;

pub(super) static PUSH: Table = Table {
    name: "push_check",
    about: "Something that calls in by itself: `POST /push/TOKEN` of `checker run --listen`.",
    keys: &[
        key(
            "token",
            Kind::Text,
            Required,
            "What it calls with: 8 to 128 characters of A-Z a-z 0-9 - _.",
        ),
        key("every", Kind::Length, Required, "How often it calls, such as 5m; at least 1s."),
        key(
            "grace",
            Kind::Length,
            Default("\"30s\""),
            "How much later than that a call may be before it counts as missed.",
        ),
    ],
};

/// A `push` check.
#[derive(Clone)]
pub struct PushSpec {
    /// What the watched thing calls with.
    pub token: String,
    /// How often it calls.
    pub every: Duration,
    /// How late a call may be.
    pub grace: Duration,
}

impl fmt::Debug for PushSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let times = (self.every, self.grace);
        f.debug_struct("PushSpec").field("times", &times).finish_non_exhaustive()
    }
}

impl PushSpec {
    /// Whether this is the token, in a time that does not depend on where it differs.
    #[must_use]
    pub fn opens(&self, given: &str) -> bool {
        let (secret, given) = (self.token.as_bytes(), given.as_bytes());
        let pairs = given.iter().zip(secret.iter().cycle());
        let differences = pairs.fold(0, |sum, (a, b)| sum | (a ^ b));
        given.len() == secret.len() && differences == 0
    }
}

/// Reads the keys. What is wrong has been reported.
pub(super) fn read(section: &Section<'_>) -> Option<Spec> {
    let token = token(section);
    let every = every(section);
    let grace = section.length("grace").unwrap_or(Duration::from_secs(30));
    Some(Spec::Push(PushSpec { token: token?, every: every?, grace }))
}

fn token(section: &Section<'_>) -> Option<String> {
    let token = section.text("token")?;
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if (SHORTEST..=128).contains(&token.len()) && token.chars().all(allowed) {
        return Some(token);
    }
    let node = section.find("token")?;
    let problem = node.problem("this is no token");
    node.refuse(problem.help("8 to 128 characters of A-Z a-z 0-9 - _, better from a variable"))
}

fn every(section: &Section<'_>) -> Option<Duration> {
    let every = section.length("every")?;
    if every >= Duration::from_secs(1) {
        return Some(every);
    }
    let node = section.find("every")?;
    node.refuse(node.problem("`every` must be at least 1s").label("too short"))
}
