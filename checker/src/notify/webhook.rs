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
const PLACEHOLDERS: [&str; 9] =
    ["subject", "body", "check", "event", "severity", "status", "reason", "since", "key"];

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

fn fields(message: &Message<'_>) -> Value {
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
        "late_ms": message.late.map(|late| u64::try_from(late.as_millis()).unwrap_or(u64::MAX)),
    })
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
        "reason" => message.reason.clone(),
        "since" => notice.facts.since.map(|since| since.to_string()).unwrap_or_default(),
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
    let sample = fill(template, |_| Some("\"".to_owned()));
    match serde_json::from_str::<serde::de::IgnoredAny>(&sample) {
        Err(error) if is_json => Err(format!(
            "the template does not make JSON: {error}; placeholders stand inside quotes, and a \
             Content-Type header allows other formats"
        )),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(name: &str) -> Option<String> {
        match name {
            "subject" => Some("a \"b\"\n{body}".to_owned()),
            "body" => Some("text".to_owned()),
            _ => None,
        }
    }

    #[test]
    fn a_template_is_filled_once_and_its_values_are_escaped() {
        let cases = [
            (r#"{"text":"{subject}"}"#, r#"{"text":"a \"b\"\n{body}"}"#),
            (r#"{"a":{"b":"{body}{body}"}}"#, r#"{"a":{"b":"texttext"}}"#),
            ("{}{", "{}{"),
            ("no placeholder", "no placeholder"),
            ("{other} {body", "{other} {body"),
        ];
        for (template, expected) in cases {
            assert_eq!(fill(template, value), expected);
        }
    }

    #[test]
    fn a_bad_template_is_found_when_it_is_loaded() {
        let cases = [
            (r#"{"t":"{subject}"}"#, true, None),
            (r#"{"t":"{subjct}"}"#, true, Some("unknown placeholder {subjct}")),
            (r#"{"t":{subject}}"#, true, Some("does not make JSON")),
            ("t={subject}", false, None),
            ("t={subject}", true, Some("does not make JSON")),
        ];
        for (template, is_json, expected) in cases {
            let said = check(template, is_json).err();
            let fits = match (&said, expected) {
                (Some(said), Some(expected)) => said.contains(expected),
                (said, expected) => said.is_none() && expected.is_none(),
            };
            assert!(fits, "{template} gave {said:?}");
        }
    }
}
