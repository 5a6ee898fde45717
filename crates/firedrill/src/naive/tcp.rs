//! What a connection to a port is worth: whether it came about, and what came back over it.

use engine::config::TcpSpec;
use regex::bytes::Regex;

use super::{Answer, Worth, bad};
use crate::{played::Truth, scenario::Ms};

/// Whether more must come before anything can be said.
pub(crate) fn is_waiting(spec: &TcpSpec, got: &[u8]) -> bool {
    spec.expect.as_ref().is_some_and(|wanted| got.is_empty() || !says(wanted.text(), got))
}

fn says(wanted: &str, got: &[u8]) -> bool {
    Regex::new(wanted).is_ok_and(|wanted| wanted.is_match(got))
}

pub(super) fn worth(spec: &TcpSpec, limit: Ms, answer: &Answer, took: Ms) -> Worth {
    let said: String = String::from_utf8_lossy(&answer.got).chars().take(60).collect();
    if !answer.opened {
        return bad(if said.is_empty() { "no connection".to_owned() } else { said });
    }
    if is_waiting(spec, &answer.got) {
        return bad(if said.is_empty() { "no answer".to_owned() } else { said });
    }
    let over = |limit: Option<std::time::Duration>| {
        limit.is_some_and(|limit| took >= engine::time::millis(limit))
    };
    match (took > limit || over(spec.crit), over(spec.warn)) {
        (true, _) => bad(format!("{took} ms")),
        (false, true) => (Truth::Slow, format!("{took} ms")),
        (false, false) => (Truth::Good, "connected".to_owned()),
    }
}
