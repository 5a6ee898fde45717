//! Files that do not load, and exactly what is said about them.
//! `UPDATE_GOLDEN=1 cargo test -p engine --test config` writes the expected messages anew.

use engine::config::{Diagnostic, Level, Source, parse};

use crate::support::{DATA, data, load};

#[test]
fn every_bad_file_is_refused_with_its_exact_message() {
    let folder = format!("{DATA}/bad");
    let entries = std::fs::read_dir(&folder).expect("the folder is there");
    let mut names: Vec<_> = entries
        .map(|entry| entry.expect("readable").file_name().into_string().expect("UTF-8"))
        .filter_map(|name| name.strip_suffix(".yaml").map(str::to_owned))
        .collect();
    names.sort();
    assert!(names.len() >= 25, "only {} bad files", names.len());
    let wrong: Vec<_> = names.iter().filter(|name| !matches(name)).collect();
    assert!(wrong.is_empty(), "differs from its .err: {wrong:?}");
}

fn matches(name: &str) -> bool {
    let text = data(&format!("bad/{name}.yaml"));
    let said = match load(&text) {
        Ok(_) => format!("{name}.yaml was accepted"),
        Err(errors) => errors.to_string(),
    };
    let golden = format!("{DATA}/bad/{name}.err");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&golden, format!("{said}\n")).expect("writable");
    }
    let expected = std::fs::read_to_string(&golden).unwrap_or_default();
    expected.trim_end() == said
}

#[test]
fn ten_mistakes_in_one_file_are_ten_errors_each_at_its_place() {
    let errors = load(&data("bad/ten_mistakes.yaml")).expect_err("is refused");
    let places: Vec<_> = errors.0.iter().map(|error| (error.line, error.column)).collect();
    let expected = [
        (2, 12),
        (3, 13),
        (4, 27),
        (9, 5),
        (10, 15),
        (14, 10),
        (17, 13),
        (18, 11),
        (23, 17),
        (24, 17),
    ];
    assert_eq!(places, expected);
    assert!(errors.0.iter().all(|error| error.level == Level::Error));
}

#[test]
fn an_unset_variable_in_an_address_names_the_address_the_variable_and_the_fix() {
    let text = data("seed.yaml");
    let source = Source { file: "checks.yaml", text: &text };
    let errors = parse(source, &|_| None).expect_err("is refused");
    let said = errors.to_string();
    assert_eq!(errors.0.len(), 5);
    for part in [
        "checks.yaml:11:10: error: Invalid URL '{MOCKAPP_BASE}/api/ping': MOCKAPP_BASE is not set",
        "MOCKAPP_BASE=http://127.0.0.1:8000",
        "`.env`",
        ".env.example",
    ] {
        assert!(said.contains(part), "{part} is not in\n{said}");
    }
}

#[test]
fn a_variable_that_is_set_but_empty_counts_as_unset() {
    let text = "checks: [{name: a, type: http, url: 'http://x/{EMPTY}'}]";
    let errors = load(text).expect_err("is refused");
    assert!(errors.to_string().contains("EMPTY is not set"), "{errors}");
}

#[test]
fn the_value_of_a_variable_is_never_quoted() {
    let texts = [
        "checks: [{name: a, type: http, url: '{TOKEN}'}]",
        "checks: [{name: a, type: http, url: 'http://x/', method: '{TOKEN}'}]",
        "checks: [{name: a, type: http, url: 'http://x/', timezone: '{TOKEN}'}]",
        "checks: [{name: a, type: http, url: 'http://x/', expect_jsonpath: [{path: '{TOKEN}', lt: 1}]}]",
        "checks: [{name: a, type: job, status_url: 'http://{TOKEN}/'}]",
        "global: {keep: '{TOKEN}'}\nchecks: []",
    ];
    for text in texts {
        let said = load(text).expect_err("is refused").to_string();
        assert!(!said.contains("t0k3n"), "{said}");
    }
}

#[test]
fn the_summary_is_one_line_that_quotes_no_line_of_the_file() {
    let errors = load(&data("bad/bad_channels.yaml")).expect_err("is refused");
    let summary = errors.summary();
    assert!(summary.starts_with("checks.yaml:5:10: error: there are two channels `slack`"));
    assert!(summary.ends_with("more)") && !summary.contains('\n'), "{summary}");
    assert!(!summary.contains("hooks.slack.com"));
}

#[test]
fn bytes_that_are_not_utf_8_are_refused_at_their_place() {
    let errors = Source::from_bytes("checks.yaml", b"a: 1\nb: \xff\n").expect_err("is refused");
    let Diagnostic { line, column, message, .. } = &errors.0[0];
    assert_eq!((*line, *column), (2, 4));
    assert_eq!(message, "the file is not UTF-8: byte 0xff");
}

#[test]
fn aliases_that_blow_up_are_refused_quickly() {
    let list = vec!["x"; 3000].join(", ");
    let aliases = vec!["*l"; 500].join(", ");
    let text = format!("list: &l [{list}]\nmany: [{aliases}]\n");
    let errors = load(&text).expect_err("is refused");
    assert!(errors.to_string().contains("the aliases of the file repeat too much"), "{errors}");
}

#[test]
fn a_message_holds_no_character_that_steers_a_terminal() {
    let text = "checks: [{name: \"a\\e[31mb\", type: \"\\e[2J\", \"\\e]0;x\\a\": 1}]";
    let said = load(text).expect_err("is refused").to_string();
    assert!(said.chars().all(|c| c == '\n' || !c.is_control()), "{said:?}");
}
