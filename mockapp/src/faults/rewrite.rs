//! How answers are falsified: each change of a head or a body.
//! Pure: an answer in, another one out.

use bytes::Bytes;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Map, Value};

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
    /// Members under other names; a dot nests.
    Rename(Vec<(String, String)>),
    /// So many bytes more, still JSON.
    Grow(usize),
    /// One bit is wrong; which one is drawn, 0 to 1.
    Flip(f64),
    /// Says that it is compressed.
    ClaimGzip,
    /// Headers that are left out, and such that are set.
    Headers { drop: Vec<HeaderName>, set: HeaderMap },
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

/// Applies one rewrite to the headers of an answer, and answers its new body.
pub(crate) fn rewritten(headers: &mut HeaderMap, body: Bytes, rewrite: &Rewrite) -> Bytes {
    match rewrite {
        Rewrite::Empty => return Bytes::new(),
        Rewrite::Patch(patch) => return patched(&body, patch),
        Rewrite::Malform(kind) => return malformed(&body, *kind),
        Rewrite::Rename(names) => return renamed(&body, names),
        Rewrite::Grow(by) => return grown(&body, *by),
        Rewrite::Flip(place) => return flipped(&body, *place),
        Rewrite::ClaimGzip => {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        Rewrite::ContentType(value) => {
            headers.remove(CONTENT_TYPE);
            headers.extend(value.clone().map(|value| (CONTENT_TYPE, value)));
        }
        Rewrite::Headers { drop, set } => {
            for name in drop.iter().chain(set.keys()) {
                headers.remove(name);
            }
            headers.extend(set.clone());
        }
    }
    body
}

fn renamed(body: &Bytes, names: &[(String, String)]) -> Bytes {
    let Ok(mut value) = serde_json::from_slice(body) else {
        return body.clone();
    };
    rename(&mut value, names);
    Bytes::from(value.to_string())
}

/// Renames at every depth, in the order in which the members stand.
fn rename(value: &mut Value, names: &[(String, String)]) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| rename(item, names)),
        Value::Object(members) => {
            let mut drifted = Map::new();
            for (key, mut member) in std::mem::take(members) {
                rename(&mut member, names);
                let name = names.iter().find(|(old, _)| *old == key).map_or(&key, |(_, new)| new);
                put(&mut drifted, name, member);
            }
            *members = drifted;
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Puts a member under `a.b.c`.
fn put(members: &mut Map<String, Value>, path: &str, member: Value) {
    let Some((first, rest)) = path.split_once('.') else {
        members.insert(path.to_owned(), member);
        return;
    };
    let inner = members.entry(first.to_owned()).or_insert_with(|| Value::Object(Map::new()));
    if !inner.is_object() {
        *inner = Value::Object(Map::new());
    }
    if let Value::Object(inner) = inner {
        put(inner, rest, member);
    }
}

/// A member `padding` where there is an object, otherwise blanks.
fn grown(body: &Bytes, by: usize) -> Bytes {
    let text = body.as_ref();
    match text.strip_suffix(b"}").filter(|text| text.starts_with(b"{") && text.len() > 1) {
        Some(open) => {
            let padding = vec![b'x'; by];
            Bytes::from([open, b",\"padding\":\"", &padding, b"\"}"].concat())
        }
        None => Bytes::from([text, &vec![b' '; by]].concat()),
    }
}

fn flipped(body: &Bytes, place: f64) -> Bytes {
    let mut bytes = body.to_vec();
    let bits = bytes.len() * 8;
    let bit = ((place * bits as f64) as usize).min(bits.saturating_sub(1));
    if let Some(byte) = bytes.get_mut(bit / 8) {
        *byte ^= 1 << (bit % 8);
    }
    Bytes::from(bytes)
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
    fn members_are_renamed_and_nested_at_every_depth() {
        let body = Bytes::from_static(br#"{"ok":true,"a":{"ok":1},"list":[{"depth":3}]}"#);
        let table: [(&[(&str, &str)], &str); 3] = [
            (&[("ok", "healthy")], r#"{"healthy":true,"a":{"healthy":1},"list":[{"depth":3}]}"#),
            (
                &[("depth", "queue.depth")],
                r#"{"ok":true,"a":{"ok":1},"list":[{"queue":{"depth":3}}]}"#,
            ),
            (&[("none", "x")], r#"{"ok":true,"a":{"ok":1},"list":[{"depth":3}]}"#),
        ];
        for (names, expected) in table {
            let names: Vec<(String, String)> =
                names.iter().map(|(old, new)| ((*old).to_owned(), (*new).to_owned())).collect();
            assert_eq!(renamed(&body, &names).as_ref(), expected.as_bytes(), "{names:?}");
        }
        let both = [("a".to_owned(), "b".to_owned()), ("b".to_owned(), "a".to_owned())];
        assert_eq!(
            renamed(&Bytes::from_static(br#"{"a":1,"b":2}"#), &both).as_ref(),
            br#"{"b":1,"a":2}"#
        );
    }

    #[test]
    fn a_grown_body_is_still_json_and_a_flipped_one_differs_in_one_bit() {
        for text in ["{\"ok\":true}", "[1]", "{}", ""] {
            let body = Bytes::from_static(text.as_bytes());
            let big = grown(&body, 1_000);
            assert!(big.len() >= body.len() + 1_000, "{text}");
            assert_eq!(serde_json::from_slice::<Value>(&big).is_ok(), !text.is_empty(), "{text}");
            for place in [0.0, 0.37, 0.999_999] {
                let bad = flipped(&body, place);
                let bits: u32 =
                    bad.iter().zip(body.iter()).map(|(a, b)| (a ^ b).count_ones()).sum();
                assert_eq!(bits, u32::from(!text.is_empty()), "{text} at {place}");
            }
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
