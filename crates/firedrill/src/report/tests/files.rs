//! Reports for programs, read as programs read them.

use std::{fs, io::Write as _, process::Command};

use serde_json::Value;

use super::{HOSTILE, all, hostile};
use crate::report::{json::json, junit::junit};

/// Walks a document: every tag closed in turn, every `&` an entity, nothing that XML 1.0 forbids.
/// Answers the names of all elements.
fn walk(xml: &str) -> Vec<String> {
    let forbidden = |c: char| {
        c < ' ' && !matches!(c, '\t' | '\n' | '\r') || ('\u{fffe}'..='\u{ffff}').contains(&c)
    };
    assert!(!xml.contains(forbidden), "a forbidden character");
    let entity = regex::Regex::new("^(amp|lt|gt|quot|apos);").unwrap();
    for (_, after) in xml.match_indices('&').map(|(at, _)| xml.split_at(at + 1)) {
        assert!(entity.is_match(after), "a bare ampersand before {:.20}", after);
    }
    let tag = regex::Regex::new(r#"^(/?)([a-z]+)((?: [a-z]+="[^"<>]*")*)(/?)$"#).unwrap();
    let (mut open, mut seen) = (Vec::new(), Vec::new());
    for piece in xml.split('<').skip(2) {
        let (inside, text) = piece.split_once('>').unwrap();
        assert!(!text.contains('>'), "a bare bracket in {text}");
        let parts = tag.captures(inside).unwrap_or_else(|| panic!("not a tag: {inside}"));
        let name = parts[2].to_owned();
        if &parts[1] == "/" {
            assert_eq!(open.pop(), Some(name));
        } else {
            seen.push(name.clone());
            if parts[4].is_empty() {
                open.push(name);
            }
        }
    }
    assert!(open.is_empty(), "left open: {open:?}");
    seen
}

#[test]
fn junit_is_well_formed_whatever_stands_in_a_scenario() {
    let seen = walk(&junit(&all()));
    let count = |name: &str| seen.iter().filter(|seen| *seen == name).count();
    assert_eq!((count("testsuites"), count("testsuite"), count("testcase")), (1, 6, 6));
    assert_eq!((count("failure"), count("skipped")), (4, 1));
    walk(&junit(&[]));
}

#[test]
fn junit_says_what_failed_and_why() {
    let text = junit(&all());
    for part in [
        r#"<testsuites name="firedrill" tests="6" failures="4" errors="0" skipped="1" time="0.024">"#,
        r#"<testcase name="outage [code=503 seed=7]" classname="outage" file="scenarios/outage.yaml" time="0.004"/>"#,
        r#"<failure message="first_fail for api did not come" type="alert">FAIL  missing"#,
        r#"<skipped message="`outage.injected` did not happen">INCONCLUSIVE  nothing"#,
        r#"message="api was FAIL at 5m (and 1 more)""#,
    ] {
        assert!(text.contains(part), "{part} is not in:\n{text}");
    }
}

#[test]
fn cases_of_one_file_are_one_suite() {
    let mut two = all();
    for told in &mut two {
        told.scenario.source = all()[0].scenario.source.clone();
    }
    assert_eq!(junit(&two).matches("<testsuite ").count(), 1);
}

#[test]
fn a_stock_reader_reads_junit() {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), junit(&all())).unwrap();
    let script = "import sys, xml.etree.ElementTree as e\n\
                  cases = list(e.parse(sys.argv[1]).getroot().iter('testcase'))\n\
                  print(len(cases), len(cases[1].find('failure').text.splitlines()) > 9)";
    let Ok(out) = Command::new("python3").args(["-c", script]).arg(file.path()).output() else {
        skipped("python3 not found");
        return;
    };
    let told = String::from_utf8_lossy(&out.stdout).into_owned();
    assert_eq!(told.trim(), "6 True", "{}", String::from_utf8_lossy(&out.stderr));
}

/// Says that a test did not run, also in the file that `FIREDRILL_SKIPPED` names.
fn skipped(why: &str) {
    crate::out::say(&format!("skipped: {why}"));
    if let Some(path) = std::env::var_os("FIREDRILL_SKIPPED") {
        let mut list = fs::OpenOptions::new().create(true).append(true).open(path).unwrap();
        writeln!(list, "skipped: {why}").unwrap();
    }
}

#[test]
fn json_holds_what_happened() {
    let document: Value = serde_json::from_str(&json(&all())).unwrap();
    assert_eq!(document["version"], 1);
    let counts = ["passed", "failed", "inconclusive"].map(|name| document[name].as_u64());
    assert_eq!(counts, [Some(1), Some(4), Some(1)]);
    let case = &document["cases"][1];
    let expected = [
        ("/title", "\"missing [code=503 seed=7]\""),
        ("/params/code", "\"503\""),
        ("/seed", "7"),
        ("/verdict", "\"FAIL\""),
        ("/took_ms", "4"),
        ("/run_ms", "480000"),
        ("/findings/0/rule", "\"alert\""),
        ("/findings/0/line", "7"),
        ("/findings/0/at_ms", "161000"),
        ("/faults/0/end_ms", "360000"),
        ("/alerts/0/event", "\"first_fail\""),
        ("/alerts/0/channels", r#"["email:ops@example.test","webhook:chat"]"#),
        ("/alerts/1/at_ms", "375000"),
        ("/actions/0/result", "\"OK\""),
        ("/actions/0/helped", "true"),
    ];
    for (pointer, value) in expected {
        let found = case.pointer(pointer).unwrap_or(&Value::Null).to_string();
        assert_eq!(found, value, "{pointer}");
    }
    assert_eq!(case["alerts"].as_array().map(Vec::len), Some(2));
    assert_eq!(case["actions"].as_array().map(Vec::len), Some(1));
}

#[test]
fn json_keeps_hostile_names_as_they_are() {
    let document: Value = serde_json::from_str(&json(&[hostile()])).unwrap();
    assert_eq!(document["cases"][0]["scenario"], HOSTILE);
}
