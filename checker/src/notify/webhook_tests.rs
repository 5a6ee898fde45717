//! Templates: filled once, escaped, refused when they cannot work, and never anything but JSON.

use proptest::prelude::*;

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
        (r#"{"n":{failures},"ms":{latency_ms},"late":"{late_ms}"}"#, true, None),
        (r#"{"n":1{failures}}"#, true, Some("does not make JSON")),
        (r#"{"t":"\{reason}"}"#, true, Some("does not make JSON")),
        (r#"{"t":"\u000{failures}"}"#, true, Some("does not make JSON")),
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

const PIECES: [&str; 9] = [
    r#""{reason}""#,
    r#""a{subject}b{body}""#,
    "{failures}",
    "[{latency_ms},null]",
    r#"{"{check}":"{previous} to {status}"}"#,
    r#""\\{since}""#,
    r#""\{key}""#,
    "{event}",
    "1{late_ms}",
];

/// What services say: quotes, line breaks, controls, braces, beginnings of escapes, any letter.
fn hostile() -> impl Strategy<Value = String> {
    let nasty =
        ["\"", "\\", "\n", "\0", "{reason}", "}", "\u{2028}", "\\u", "null", "]", ",", "😀"];
    let piece =
        prop_oneof![proptest::sample::select(nasty.to_vec()).prop_map(String::from), ".{0,3}"];
    proptest::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn a_template_that_was_accepted_makes_json_whatever_the_values_are(
        parts in proptest::collection::vec(proptest::sample::select(PIECES.to_vec()), 1..4),
        words in proptest::collection::vec(hostile(), PLACEHOLDERS.len()),
        count in proptest::option::of(any::<u64>()),
    ) {
        let template = format!("[{}]", parts.join(","));
        let sound = !parts.iter().any(|part| PIECES[6..].contains(part));
        prop_assert_eq!(check(&template, true).is_ok(), sound, "{}", template);
        if sound {
            let word = |name: &str| {
                PLACEHOLDERS.iter().position(|known| *known == name).map(|at| words[at].clone())
            };
            let value = |name: &str| {
                if NUMBERS.contains(&name) { Some(number(count)) } else { word(name) }
            };
            let filled = fill(&template, value);
            let json = serde_json::from_str::<Value>(&filled);
            prop_assert!(json.is_ok(), "{} became {}", template, filled);
            if parts[0] == PIECES[0] {
                let reason = word("reason");
                let json = json.unwrap();
                prop_assert_eq!(json[0].as_str(), reason.as_deref());
            }
        }
    }
}
