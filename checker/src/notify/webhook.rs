//! Notices for programs: all fields as JSON, or a template of the user's own.

use std::collections::BTreeMap;

use engine::effect::DeliveryError;
use serde_json::{Value, json};
use url::Url;

use super::{message::Message, post::post};
use crate::http::HttpClient;

/// A webhook.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Webhook {
    url: Url,
    headers: Vec<(String, String)>,
    template: Option<String>,
    is_workflow: bool,
}

/// What may stand in a template, in curly braces.
const PLACEHOLDERS: [&str; 15] = [
    "subject",
    "body",
    "check",
    "event",
    "severity",
    "status",
    "previous",
    "since",
    "failures",
    "reason",
    "latency_ms",
    "lasted_ms",
    "raised_at",
    "late_ms",
    "key",
];

/// Those that make a number or `null`, and may stand without quotes.
const NUMBERS: [&str; 4] = ["failures", "latency_ms", "lasted_ms", "late_ms"];

impl Webhook {
    /// That of a workflow engine: all fields as JSON, under the names that its workflows know too.
    pub(super) const fn workflow(url: Url) -> Self {
        Self { url, headers: Vec::new(), template: None, is_workflow: true }
    }

    /// Checks the template.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub(super) fn new(
        url: Url,
        headers: &BTreeMap<String, String>,
        template: Option<String>,
    ) -> Result<Self, String> {
        let is_json = !headers.keys().any(|name| name.eq_ignore_ascii_case("content-type"));
        if let Some(template) = &template {
            check(template, is_json)?;
        }
        let headers = headers.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        Ok(Self { url, headers, template, is_workflow: false })
    }
}

pub(super) async fn send(
    http: &HttpClient,
    webhook: &Webhook,
    message: &Message<'_>,
) -> Result<(), DeliveryError> {
    let body = match &webhook.template {
        Some(template) => fill(template, |name| value_of(message, name)),
        None if webhook.is_workflow => workflow_fields(message).to_string(),
        None => fields(message).to_string(),
    };
    post(http, &webhook.url, &webhook.headers, body, message).await
}

/// What was before and what is now is a measured value where that is
/// what changed, else the status.
fn workflow_fields(message: &Message<'_>) -> Value {
    let notice = message.notice();
    let turn = notice.facts.turn.as_ref();
    let mut all = json!({
        "title": message.subject,
        "message": message.body,
        "previous": turn.map_or_else(|| json!(notice.facts.from), |turn| turn.previous.clone()),
        "current": turn.map_or_else(|| json!(notice.facts.to), |turn| turn.current.clone()),
        "timestamp": notice.raised_at,
        "heartbeat_url": turn.and_then(|turn| turn.url.as_ref()),
    });
    if let (Some(all), Value::Object(fields)) = (all.as_object_mut(), fields(message)) {
        all.extend(fields);
    }
    all
}

pub(super) fn fields(message: &Message<'_>) -> Value {
    let notice = message.notice();
    json!({
        "id": notice.id,
        "key": message.key(),
        "check": message.check(),
        "event": notice.kind,
        "severity": notice.severity,
        "from": notice.facts.from,
        "to": notice.facts.to,
        "since": notice.facts.since,
        "failures": notice.facts.failures,
        "reason": message.reason,
        "latency_ms": notice.facts.latency_ms,
        "lasted_ms": notice.facts.lasted_ms,
        "subject": message.subject,
        "body": message.body,
        "raised_at": notice.raised_at,
        "late_ms": late_ms(message),
    })
}

fn late_ms(message: &Message<'_>) -> Option<u64> {
    message.late.map(|late| u64::try_from(late.as_millis()).unwrap_or(u64::MAX))
}

/// A number, or `null`, so that it may stand without quotes too.
fn number(value: Option<u64>) -> String {
    value.map_or_else(|| "null".to_owned(), |value| value.to_string())
}

fn value_of(message: &Message<'_>, placeholder: &str) -> Option<String> {
    let notice = message.notice();
    Some(match placeholder {
        "subject" => message.subject.clone(),
        "body" => message.body.clone(),
        "check" => message.check().unwrap_or_default().to_owned(),
        "event" => notice.kind.to_string(),
        "severity" => notice.severity.to_string(),
        "status" => notice.facts.to.to_string(),
        "previous" => notice.facts.from.to_string(),
        "since" => notice.facts.since.map(|since| since.to_string()).unwrap_or_default(),
        "failures" => notice.facts.failures.to_string(),
        "reason" => message.reason.clone(),
        "latency_ms" => number(notice.facts.latency_ms),
        "lasted_ms" => number(notice.facts.lasted_ms),
        "raised_at" => notice.raised_at.to_string(),
        "late_ms" => number(late_ms(message)),
        "key" => message.key(),
        _ => return None,
    })
}

/// Replaces every placeholder once, from left to right, so that a brace in a value stays one.
/// Values are escaped for the inside of a JSON string.
fn fill(template: &str, value: impl Fn(&str) -> Option<String>) -> String {
    let mut filled = String::with_capacity(template.len());
    let mut rest = template;
    while let Some(open) = rest.find('{') {
        filled.push_str(&rest[..open]);
        let word = word_at(&rest[open..]);
        match word.and_then(&value) {
            Some(text) => {
                filled.push_str(&escaped(&text));
                rest = &rest[open + word.map_or(0, str::len) + 2..];
            }
            None => {
                filled.push('{');
                rest = &rest[open + 1..];
            }
        }
    }
    filled + rest
}

/// The word of `{word}` at the beginning of the text.
fn word_at(text: &str) -> Option<&str> {
    let (word, _) = text.strip_prefix('{')?.split_once('}')?;
    let letters = !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    letters.then_some(word)
}

fn escaped(text: &str) -> String {
    let quoted = Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

fn check(template: &str, is_json: bool) -> Result<(), String> {
    let words = template.match_indices('{').filter_map(|(at, _)| word_at(&template[at..]));
    if let Some(unknown) = words.into_iter().find(|word| !PLACEHOLDERS.contains(word)) {
        let allowed = PLACEHOLDERS.map(|name| format!("{{{name}}}")).join(" ");
        return Err(format!(
            "the template has an unknown placeholder {{{unknown}}}; allowed: {allowed}"
        ));
    }
    match ["0", "null"].into_iter().find_map(|number| no_json(template, number)) {
        Some(error) if is_json => Err(format!(
            "the template does not make JSON: {error}; placeholders stand inside quotes, but for \
             those of numbers, and a Content-Type header allows other formats"
        )),
        Some(_) | None => Ok(()),
    }
}

/// What is wrong with the template as JSON once it is filled in. A quote stands for every word, so
/// that nothing but the inside of a string takes one.
fn no_json(template: &str, number: &str) -> Option<serde_json::Error> {
    let sample = |name: &str| if NUMBERS.contains(&name) { number } else { "\"" };
    let filled = fill(template, |name| Some(sample(name).to_owned()));
    serde_json::from_str::<serde::de::IgnoredAny>(&filled).err()
}

#[cfg(test)]
#[path = "webhook_tests.rs"]
mod tests;
