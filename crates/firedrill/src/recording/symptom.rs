//! What was wrong with an answer, as far as the journal tells: the shape in which it can be played
//! again. Pure. Keeps no text of the real world but numbers, and words that were expected.

use engine::{Status, event::CheckDone, observation::TransportErrorKind};
use serde_json::Value;

/// What was wrong with a check.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Symptom {
    /// Another status than wanted.
    Code(u16),
    /// No answer in time.
    Silence,
    /// Nobody was listening, or nobody could be reached.
    Refused,
    /// The connection broke in another way; the word of it.
    Broken(&'static str),
    /// Redirected without an end.
    Redirected,
    /// Rules that did not hold: the path, and the value in its place; null for a missing one.
    Values(Vec<(String, Value)>),
    /// A body that is no JSON.
    NotJson,
    /// No body at all.
    Empty,
    /// Too slow, in milliseconds: worth a FAIL, or a WARN.
    Slow(u64),
    /// A job said itself that it has failed.
    JobFailed,
    /// A job has missed its deadline.
    Late,
    /// The server does not know the job.
    JobUnknown,
    /// Something that a type other than http and job has found.
    Other,
    /// Nothing that can be played again; what it was.
    Strange(&'static str),
}

impl Symptom {
    /// Whether two cycles tell of the same trouble. Figures may differ.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Values(one), Self::Values(two)) => {
                one.iter().map(|(path, _)| path).eq(two.iter().map(|(path, _)| path))
            }
            (Self::Slow(_), Self::Slow(_)) => true,
            _ => self == other,
        }
    }

    /// What a cycle that was not OK has found.
    pub(super) fn of(done: &CheckDone) -> Self {
        match done.type_word.as_str() {
            "http" => http(done),
            "job" => job(done),
            _ => Self::Other,
        }
    }

    /// For comments.
    pub(super) fn words(&self) -> String {
        match self {
            Self::Code(code) => format!("status {code}"),
            Self::Silence => "no answer in time".to_owned(),
            Self::Refused => "nobody to be reached".to_owned(),
            Self::Broken(how) | Self::Strange(how) => (*how).to_owned(),
            Self::Redirected => "redirects without an end".to_owned(),
            Self::Values(values) => format!("{} rules broken", values.len()),
            Self::NotJson => "no JSON".to_owned(),
            Self::Empty => "an empty body".to_owned(),
            Self::Slow(ms) => format!("{ms} ms"),
            Self::JobFailed => "the job failed".to_owned(),
            Self::Late => "the deadline was missed".to_owned(),
            Self::JobUnknown => "the server did not know the job".to_owned(),
            Self::Other => "failed".to_owned(),
        }
    }
}

fn http(done: &CheckDone) -> Symptom {
    let details = &done.details;
    if let Some(error) = details.error {
        return transport(error);
    }
    let broken = || details.expectations.iter().filter(|seen| !seen.ok);
    if let (Some(code), true) = (details.code, broken().any(|seen| seen.what == "status")) {
        return Symptom::Code(code);
    }
    if details.reason.contains("the body is empty") {
        return Symptom::Empty;
    }
    if details.reason.contains("the body is not JSON") || details.reason.contains("longer than") {
        return Symptom::NotJson;
    }
    let rules = broken().filter(|seen| seen.what.starts_with('$'));
    let values: Vec<_> = rules.map(|seen| (seen.what.clone(), seen_value(&seen.actual))).collect();
    if !values.is_empty() {
        return Symptom::Values(values);
    }
    match (broken().any(|seen| seen.what == "latency"), done.latency_ms) {
        (true, Some(ms)) => Symptom::Slow(ms),
        _ if done.status == Status::Warn => Symptom::Strange("a warning about the certificate"),
        _ => Symptom::Strange("a failure that says nothing of itself"),
    }
}

fn job(done: &CheckDone) -> Symptom {
    let details = &done.details;
    if let Some(error) = details.error {
        return transport(error);
    }
    match details.code {
        Some(404) => return Symptom::JobUnknown,
        Some(code) if !(200..300).contains(&code) => return Symptom::Code(code),
        Some(_) | None => {}
    }
    let job = done.job.as_ref();
    if job.is_some_and(|job| job.missed.is_some()) {
        return Symptom::Late;
    }
    match details.reason.contains("not JSON") || details.reason.contains("state") {
        true => Symptom::NotJson,
        false if done.status == Status::Warn => Symptom::JobUnknown,
        false => Symptom::JobFailed,
    }
}

fn transport(error: TransportErrorKind) -> Symptom {
    use TransportErrorKind as Kind;
    match error {
        Kind::Timeout => Symptom::Silence,
        Kind::Refused | Kind::Unreachable => Symptom::Refused,
        Kind::Reset => Symptom::Broken("the connection was reset"),
        Kind::Closed => Symptom::Broken("the connection was closed"),
        Kind::Redirect => Symptom::Redirected,
        Kind::DnsNotFound | Kind::DnsFailed => Symptom::Broken("the name did not resolve"),
        Kind::Protocol => Symptom::Broken("the answer was no HTTP"),
        Kind::BadUrl => Symptom::Broken("the address could not be asked"),
        Kind::CertificateExpired
        | Kind::CertificateNotYetValid
        | Kind::CertificateUntrusted
        | Kind::CertificateWrongHost
        | Kind::Tls => Symptom::Broken("TLS failed"),
    }
}

/// A value as the journal shows it. Words of the real world stay there.
fn seen_value(actual: &str) -> Value {
    match serde_json::from_str(actual) {
        Ok(Value::String(_)) => Value::String("other".to_owned()),
        Ok(Value::Array(_)) => Value::Array(Vec::new()),
        Ok(Value::Object(_)) => Value::Object(serde_json::Map::new()),
        Ok(plain) => plain,
        // `missing`, or cut short.
        Err(_) => Value::Null,
    }
}
