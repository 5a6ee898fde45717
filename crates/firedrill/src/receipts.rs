//! Receipts from what receivers got: which notice a mail or a webhook was, told by what stands in
//! it, never by the checker's own books.

use engine::NoticeKind;
use serde_json::Value;

use crate::{played::Receipt, scenario::Ms};

/// A mail that was accepted.
pub(crate) fn of_mail(
    at: Ms,
    channel: String,
    message_id: &str,
    subject: String,
    body: String,
) -> Receipt {
    let (event, check) = parse_subject(&subject).unzip();
    let key = short_key(message_id.trim_start_matches('<'));
    Receipt { at, channel, key, check, event, subject, body }
}

/// A webhook that was accepted, under the name at the end of its address.
pub(crate) fn of_webhook(at: Ms, name: &str, key: Option<&str>, body: &Value) -> Receipt {
    let text = |field: &str| body.get(field).and_then(Value::as_str).map(str::to_owned);
    let key = key.map(str::to_owned).or_else(|| text("key")).unwrap_or_default();
    let told = key_parts(&key);
    let subject = text("subject").or_else(|| first_line(body)).unwrap_or_default();
    let (event, check) = match parse_subject(&subject) {
        Some((event, check)) => (Some(event), Some(check)),
        None => told.unzip(),
    };
    let channel = format!("webhook:{name}");
    Receipt { at, channel, key: short_key(&key), check, event, subject, body: body.to_string() }
}

/// A notice that went to a program on its standard input.
pub(crate) fn of_program(at: Ms, program: &str, stdin: &[u8]) -> Receipt {
    let name = program.rsplit('/').next().unwrap_or(program);
    let body = serde_json::from_slice(stdin).unwrap_or(Value::Null);
    let receipt = of_webhook(at, name, None, &body);
    Receipt { channel: format!("command:{name}"), ..receipt }
}

/// The subject of a notice, for receivers that have no field of that name: the title of ntfy, the
/// first line of a Telegram or Slack message, or of the text in a Twilio form.
fn first_line(body: &Value) -> Option<String> {
    let field = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
    let form = || {
        let mut pairs = url::form_urlencoded::parse(body.as_str()?.as_bytes());
        pairs.find(|(name, _)| name == "Body").map(|(_, text)| text.into_owned())
    };
    let text = field("title").or_else(|| field("text")).or_else(form)?;
    text.lines().next().map(str::to_owned)
}

/// `[P1][FIRST_FAIL] api-availability (late)`: the event and the check.
pub(crate) fn parse_subject(subject: &str) -> Option<(NoticeKind, String)> {
    let rest = subject.strip_prefix('[')?.split_once("][")?.1;
    let (word, name) = rest.split_once("] ")?;
    let name = name.strip_suffix(" (late)").unwrap_or(name);
    Some((NoticeKind::parse(&word.to_lowercase())?, name.to_owned()))
}

/// `41.1767225600000.first_fail.api-availability`: the event and the check.
fn key_parts(key: &str) -> Option<(NoticeKind, String)> {
    let mut parts = key.splitn(4, '.').skip(2);
    Some((NoticeKind::parse(parts.next()?)?, parts.next()?.to_owned()))
}

/// What is the same for every copy of a notice, whatever a channel makes of the rest.
pub(crate) fn short_key(key: &str) -> String {
    let mut parts = key.splitn(3, '.');
    match (parts.next(), parts.next()) {
        (Some(id), Some(at)) => format!("{id}.{at}"),
        _ => key.to_owned(),
    }
}
