//! Variables in strings.

use engine::config::expand;
use proptest::prelude::*;

fn vars(name: &str) -> Option<String> {
    match name {
        "A" => Some("1".into()),
        "LONG_NAME_2" => Some("two".into()),
        "NESTED" => Some("{A}".into()),
        "BRACES" => Some("{{A}}".into()),
        "EMPTY" => Some(String::new()),
        _ => None,
    }
}

#[test]
fn names_in_capitals_are_filled_in_and_everything_else_is_left_alone() {
    let table = [
        ("{A}", "1"),
        ("x{A}y{LONG_NAME_2}z", "x1ytwoz"),
        ("{A}{A}", "11"),
        ("{MISSING:-default}", "default"),
        ("{MISSING:-}", ""),
        ("{EMPTY:-default}", "default"),
        ("{A:-default}", "1"),
        ("{MISSING:-http://h:1/p?q=1}", "http://h:1/p?q=1"),
        ("{NESTED}", "{A}"),
        ("{BRACES}", "{{A}}"),
        ("{{A}}", "{A}"),
        ("{{A:-x}}", "{A:-x}"),
        ("{{{A}}}", "{{A}}"),
        ("{{job_id}}", "{job_id}"),
        ("{job_id}", "{job_id}"),
        ("{subject} {A}", "{subject} 1"),
        ("{1A} {_A} {a-b} {} { A } {A", "{1A} {_A} {a-b} {} { A } {A"),
        ("{\"a\":{\"b\":\"{A}\"}}", "{\"a\":{\"b\":\"1\"}}"),
        ("{\"a\":{A}}", "{\"a\":1}"),
        ("{{ .Values }}", "{{ .Values }}"),
        ("${A}", "$1"),
        ("}}{{", "}}{{"),
    ];
    for (text, expected) in table {
        let found = expand(text, &vars).map(|expanded| expanded.text);
        assert_eq!(found, Ok(expected.to_owned()), "{text}");
    }
}

#[test]
fn all_names_without_a_value_are_reported() {
    let missing = expand("{NOPE} {A} {EMPTY} {ALSO}", &vars).expect_err("are missing");
    assert_eq!(missing, ["NOPE", "EMPTY", "ALSO"]);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..<_>::default() })]

    #[test]
    fn any_text_can_be_expanded(text in "[{}A-Za-z0-9_:\\-\"ä ]{0,40}") {
        let _ = expand(&text, &vars);
    }

    #[test]
    fn text_without_an_opening_brace_stays_as_it_is(text in "[^{]{0,60}") {
        prop_assert_eq!(expand(&text, &|_| None).map(|one| one.text), Ok(text));
    }

    #[test]
    fn what_a_variable_holds_is_taken_as_it_is(value in ".{1,40}", before in "[a-z/]{0,8}") {
        let text = format!("{before}{{NAME}}{before}");
        let found = expand(&text, &|_| Some(value.clone())).map(|one| one.text);
        prop_assert_eq!(found, Ok(format!("{before}{value}{before}")));
    }

    #[test]
    fn a_doubled_name_asks_for_nothing(name in "[A-Z][A-Z0-9_]{0,9}") {
        let found = expand(&format!("{{{{{name}}}}}"), &|_| None);
        let found = found.map(|one| (one.text, one.names));
        prop_assert_eq!(found, Ok((format!("{{{name}}}"), Vec::new())));
    }
}
