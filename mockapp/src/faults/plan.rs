//! What the faults want done to one request: the sum of their effects, as plain data.
//! Owns no IO; the HTTP shell and the connection's stream carry it out.

use crate::stack::Slot;
use crate::wire::WirePlan;
use bytes::Bytes;
use http::{HeaderValue, StatusCode};
use serde_json::Value;
use std::time::Duration;

/// The effects of all faults on one request.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    /// Waited before the request is handled.
    pub(crate) latency: Duration,
    /// Answered instead of asking the application; the first fault wins.
    pub(crate) answer: Option<Answer>,
    /// Done to the answer's body and type, in order.
    pub(crate) rewrites: Vec<Rewrite>,
    /// Done to the connection.
    pub(crate) wire: WirePlan,
    /// Share of the body that is sent before the connection closes.
    pub(crate) truncate: Option<f64>,
    /// Read the request, then say nothing.
    pub(crate) silent: bool,
    /// Counted injections, for as long as the answer takes.
    pub(crate) slots: Vec<Slot>,
}

/// An answer made by a fault.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    /// Its status.
    pub(crate) status: StatusCode,
    /// Its body; sent as JSON.
    pub(crate) body: Bytes,
}

/// One change of an answer.
#[derive(Debug, Clone)]
pub(crate) enum Rewrite {
    /// No body at all.
    Empty,
    /// JSON merge patch (RFC 7396).
    Patch(Value),
    /// A body that is not quite JSON.
    Malform(Malformed),
    /// Another `Content-Type`, or none.
    ContentType(Option<HeaderValue>),
}

/// The ways in which JSON is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Malformed {
    /// Ends in the middle.
    Cut,
    /// Has text after its end.
    Trailing,
    /// Contains `NaN`.
    Nan,
    /// Has the first key twice.
    DupKey,
    /// Starts with a byte order mark.
    Bom,
    /// Contains a byte that is not UTF-8.
    BadUtf8,
}

/// Applies one rewrite to a body.
pub(crate) fn rewrite_body(body: &Bytes, rewrite: &Rewrite) -> Bytes {
    match rewrite {
        Rewrite::Empty => Bytes::new(),
        Rewrite::Patch(patch) => patched(body, patch),
        Rewrite::Malform(kind) => malformed(body, *kind),
        Rewrite::ContentType(_) => body.clone(),
    }
}

fn patched(body: &Bytes, patch: &Value) -> Bytes {
    let mut target = serde_json::from_slice(body).unwrap_or(Value::Null);
    merge(&mut target, patch);
    Bytes::from(target.to_string())
}

/// RFC 7396, word for word.
fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(changes) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(serde_json::Map::new());
    }
    let Value::Object(members) = target else {
        return;
    };
    for (key, change) in changes {
        if change.is_null() {
            members.shift_remove(key);
        } else {
            merge(members.entry(key.clone()).or_insert(Value::Null), change);
        }
    }
}

fn malformed(body: &Bytes, kind: Malformed) -> Bytes {
    let text = body.as_ref();
    let joined = |parts: &[&[u8]]| Bytes::from(parts.concat());
    match kind {
        Malformed::Cut => body.slice(..text.len() / 2),
        Malformed::Trailing => joined(&[text, b"}]"]),
        Malformed::Bom => joined(&[b"\xef\xbb\xbf", text]),
        Malformed::Nan => match first_member(text) {
            Some((_, value)) => joined(&[&text[..value.start], b"NaN", &text[value.end..]]),
            None => Bytes::from_static(b"NaN"),
        },
        Malformed::DupKey => match first_member(text) {
            Some((key, value)) => {
                joined(&[&text[..value.end], b",", &text[key], b":null", &text[value.end..]])
            }
            None => Bytes::from_static(b"{\"a\":1,\"a\":null}"),
        },
        Malformed::BadUtf8 => match text.iter().position(|byte| *byte == b'"') {
            Some(quote) => joined(&[&text[..=quote], b"\xff", &text[quote + 1..]]),
            None => joined(&[text, b"\xff"]),
        },
    }
}

type Span = std::ops::Range<usize>;

/// Where the first key (with quotes) and its scalar value lie in an object of ours.
fn first_member(text: &[u8]) -> Option<(Span, Span)> {
    let colon = text.iter().position(|byte| *byte == b':')?;
    let open = text.iter().position(|byte| *byte == b'"')?;
    let end = text[colon..].iter().position(|byte| matches!(byte, b',' | b'}'))? + colon;
    (open < colon).then_some((open..colon, colon + 1..end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn merge_patch_follows_the_rfc_s_own_examples() {
        let table = [
            (json!({"a":"b"}), json!({"a":"c"}), json!({"a":"c"})),
            (json!({"a":"b"}), json!({"b":"c"}), json!({"a":"b","b":"c"})),
            (json!({"a":"b","b":"c"}), json!({"a":null}), json!({"b":"c"})),
            (json!({"a":["b"]}), json!({"a":"c"}), json!({"a":"c"})),
            (json!({"a":{"b":"c"}}), json!({"a":{"b":"d","c":null}}), json!({"a":{"b":"d"}})),
            (json!(["a"]), json!({"a":{"bb":{"ccc":null}}}), json!({"a":{"bb":{}}})),
            (json!({"e":null}), json!({"a":1}), json!({"e":null,"a":1})),
            (json!({"a":"foo"}), json!("bar"), json!("bar")),
        ];
        for (mut target, patch, expected) in table {
            merge(&mut target, &patch);
            assert_eq!(target, expected, "{patch}");
        }
    }

    #[test]
    fn each_kind_of_malformed_json_is_what_it_says() {
        let body = Bytes::from_static(br#"{"ok":true,"latency_ms":12}"#);
        let table: [(Malformed, &[u8]); 6] = [
            (Malformed::Cut, br#"{"ok":true,"l"#),
            (Malformed::Trailing, br#"{"ok":true,"latency_ms":12}}]"#),
            (Malformed::Nan, br#"{"ok":NaN,"latency_ms":12}"#),
            (Malformed::DupKey, br#"{"ok":true,"ok":null,"latency_ms":12}"#),
            (Malformed::Bom, b"\xef\xbb\xbf{\"ok\":true,\"latency_ms\":12}"),
            (Malformed::BadUtf8, b"{\"\xffok\":true,\"latency_ms\":12}"),
        ];
        for (kind, expected) in table {
            assert_eq!(malformed(&body, kind).as_ref(), expected, "{kind:?}");
        }
    }
}
