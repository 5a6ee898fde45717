//! A second opinion on answers: reads the raw bytes of an HTTP answer and says what they are worth
//! for a check, in the plainest way. Written apart from the checker's client and judgement on
//! purpose: where the two differ, one of them is wrong.

mod dns;
mod echo;
mod host;
pub(crate) mod machine;
mod service;
mod tcp;

use std::time::Duration;

use engine::{
    Check,
    config::{HttpRequest, HttpSpec, JsonRule, Predicate, Spec},
};
use serde_json::Value;
use url::Url;

pub(crate) use self::{
    dns::{is_cut_short, is_question, question},
    echo::echoes,
    host::machine,
    tcp::is_waiting,
};
use crate::{played::Truth, scenario::Ms};

/// What is asked.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    method: String,
    target: String,
    headers: Vec<(String, String)>,
    body: String,
}

impl Asked {
    /// The request of a check.
    pub(crate) fn of(request: &HttpRequest) -> Self {
        let get = Self::get(&request.url, &request.headers);
        let body = request.body.clone().unwrap_or_default();
        Self { method: request.method.clone(), body, ..get }
    }

    /// A plain question.
    pub(crate) fn get(url: &Url, headers: &[(String, String)]) -> Self {
        let mut headers = headers.to_vec();
        if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
            headers.push(("Host".to_owned(), url.authority().to_owned()));
        }
        let target = match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        };
        Self { method: "GET".to_owned(), target, headers, body: String::new() }
    }

    /// `GET /path`: by this questions of the checker are told apart.
    pub(crate) fn line(&self) -> String {
        format!("{} {}", self.method, self.target)
    }

    /// The question as it goes over the wire.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let headers: String =
            self.headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let length = match self.body.len() {
            0 => String::new(),
            length => format!("Content-Length: {length}\r\n"),
        };
        let head =
            format!("{} HTTP/1.1\r\n{headers}{length}Connection: close\r\n\r\n", self.line());
        [head.as_bytes(), self.body.as_bytes()].concat()
    }
}

/// What came back.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answer {
    /// The bytes, as far as they came.
    pub(crate) got: Vec<u8>,
    /// Whether the connection broke.
    pub(crate) broken: bool,
    /// Whether there was a connection at all.
    pub(crate) opened: bool,
}

impl Answer {
    /// Nothing came; the reason is told in place of an answer.
    pub(crate) fn lost(why: &'static str) -> Self {
        Self { got: why.as_bytes().to_vec(), broken: true, opened: false }
    }
}

/// What something is worth, and why, for people.
pub(crate) type Worth = (Truth, String);

/// Of what nothing is known here.
pub(crate) fn nothing() -> Worth {
    (Truth::Unsure, "no answer that is known here".to_owned())
}

fn bad(why: impl Into<String>) -> Worth {
    (Truth::Bad, why.into())
}

/// What an answer is worth that took so many milliseconds.
pub(crate) fn judge(check: &Check, answer: &Answer, took: Ms) -> Worth {
    if let Spec::Tcp(spec) = &check.spec {
        return tcp::worth(spec, engine::time::millis(check.timeout), answer, took);
    }
    if let Spec::Service(spec) = &check.spec {
        let late = engine::time::millis(check.timeout) < took;
        return if late { bad("no answer in time") } else { service::worth(spec, answer) };
    }
    if let Spec::Dns(spec) = &check.spec {
        return dns::worth(spec, engine::time::millis(check.timeout), answer, took);
    }
    let Some(parts) = Parts::of(&answer.got) else {
        let text = String::from_utf8_lossy(&answer.got);
        let said = answer.broken && !text.is_empty() && text.is_ascii();
        return bad(if said { text.chars().take(60).collect() } else { "no answer".to_owned() });
    };
    if engine::time::millis(check.timeout) < took {
        return bad("no answer in time");
    }
    if let Spec::Http(http) = &check.spec {
        return http_worth(http, &parts, took);
    }
    if matches!(check.spec, Spec::Job(_)) {
        return job_worth(&parts);
    }
    nothing()
}

fn http_worth(http: &HttpSpec, parts: &Parts<'_>, took: Ms) -> Worth {
    let wanted = http
        .expect_status
        .map_or((200..300).contains(&parts.status), |status| status == parts.status);
    if http.request.follow_redirects && (300..400).contains(&parts.status) {
        return (Truth::Unsure, "a redirect".to_owned());
    }
    if !wanted {
        return bad(parts.status.to_string());
    }
    let Some(body) = parts.body() else {
        return bad("the answer is cut short");
    };
    let zipped = parts.header("content-encoding").is_some_and(|value| value.contains("gzip"));
    if zipped && !body.is_empty() && !body.starts_with(b"\x1f\x8b") {
        return bad("not gzip, although it says so");
    }
    if !http.expect_jsonpath.is_empty() {
        let Ok(json) = serde_json::from_slice::<Value>(&body) else {
            return bad("not JSON");
        };
        if let Some(broken) = http.expect_jsonpath.iter().find_map(|rule| broken_rule(rule, &json))
        {
            return bad(broken);
        }
    }
    let over = |limit: Option<Duration>| limit.is_some_and(|l| took >= engine::time::millis(l));
    match (over(http.crit), over(http.warn)) {
        (true, _) => bad(format!("{took} ms")),
        (false, true) => (Truth::Slow, format!("{took} ms")),
        (false, false) => (Truth::Good, parts.status.to_string()),
    }
}

/// The rule that does not hold.
fn broken_rule(rule: &JsonRule, json: &Value) -> Option<String> {
    let found = rule.query.find(json);
    let wants_none = rule.predicates.contains(&Predicate::Exists(false));
    if wants_none != found.is_empty() {
        return Some(format!(
            "{} is {}",
            rule.query.text(),
            if wants_none { "there" } else { "missing" }
        ));
    }
    let broken = |value: &&&Value| rule.predicates.iter().any(|wanted| !holds(wanted, value));
    found.iter().find(broken).map(|value| format!("{} is {value}", rule.query.text()))
}

fn holds(wanted: &Predicate, value: &Value) -> bool {
    let number =
        |limit: f64, fits: fn(f64, f64) -> bool| value.as_f64().is_some_and(|is| fits(is, limit));
    match wanted {
        Predicate::Equals(other) => same(value, other),
        Predicate::Ne(other) => !same(value, other),
        Predicate::Lt(limit) => number(*limit, |is, limit| is < limit),
        Predicate::Lte(limit) => number(*limit, |is, limit| is <= limit),
        Predicate::Gt(limit) => number(*limit, |is, limit| is > limit),
        Predicate::Gte(limit) => number(*limit, |is, limit| is >= limit),
        Predicate::Exists(_) => true,
    }
}

fn same(left: &Value, right: &Value) -> bool {
    match (left.as_f64(), right.as_f64()) {
        (Some(left), Some(right)) => left == right,
        _ => left == right,
    }
}

/// A job is an outage when it says so, or when nobody can say.
fn job_worth(parts: &Parts<'_>) -> Worth {
    let body = parts.body().unwrap_or_default();
    let json = serde_json::from_slice::<Value>(&body).unwrap_or_default();
    match (parts.status, json["status"].as_str()) {
        (404, _) => (Truth::Slow, "the job is not known".to_owned()),
        (200..300, Some("failed")) => bad("the job failed"),
        (200..300, Some(status)) => (Truth::Good, status.to_owned()),
        (status, _) => bad(status.to_string()),
    }
}

/// An answer taken apart.
struct Parts<'a> {
    status: u16,
    head: &'a str,
    rest: &'a [u8],
}

impl<'a> Parts<'a> {
    fn of(bytes: &'a [u8]) -> Option<Self> {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
        let head = std::str::from_utf8(&bytes[..end]).ok()?;
        let status = head.strip_prefix("HTTP/1.")?.split(' ').nth(1)?.parse().ok()?;
        Some(Self { status, head, rest: &bytes[end + 4..] })
    }

    fn header(&self, name: &str) -> Option<&'a str> {
        let mut lines = self.head.lines().skip(1).filter_map(|line| line.split_once(':'));
        lines.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }

    /// The whole body; nothing when a part of it is missing.
    fn body(&self) -> Option<Vec<u8>> {
        if self.header("transfer-encoding").is_some_and(|value| value.contains("chunked")) {
            return chunks(self.rest);
        }
        match self.header("content-length").map(str::parse::<usize>) {
            Some(Ok(length)) => self.rest.get(..length).map(<[u8]>::to_vec),
            Some(Err(_)) => None,
            None => Some(self.rest.to_vec()),
        }
    }
}

fn chunks(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = rest.windows(2).position(|two| two == b"\r\n")?;
        let size = std::str::from_utf8(&rest[..end]).ok()?;
        let size = usize::from_str_radix(size.split(';').next()?.trim(), 16).ok()?;
        rest = rest.get(end + 2..)?;
        if size == 0 {
            return Some(body);
        }
        body.extend_from_slice(rest.get(..size)?);
        rest = rest.get(size + 2..)?;
    }
}
