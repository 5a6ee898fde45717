//! Verdicts on programs of the user's own.

use engine::{
    Status, Timestamp,
    board::Entry,
    config::{Source, parse},
    judge::judge,
    observation::{Observation, ProgramEnd, ProgramSeen},
    outcome::Outcome,
};

fn judged(keys: &str, end: ProgramEnd, stdout: &str, stderr: &str) -> Outcome {
    let text = format!("checks: [{{name: a, type: command, argv: [probe, x]{keys}}}]");
    let config = parse(Source { file: "checks.yaml", text: &text }, &|_| None).unwrap().config;
    let (stdout, stderr) = (stdout.to_owned(), stderr.to_owned());
    let seen = Observation::Program(ProgramSeen { end, stdout, stderr });
    judge(&config.checks[0], &Entry::default(), &seen, Timestamp::from_millis(0))
}

fn says(keys: &str, end: ProgramEnd, stdout: &str, stderr: &str) -> (Status, String) {
    let outcome = judged(keys, end, stdout, stderr);
    assert_eq!(outcome.retry, outcome.status == Status::Fail);
    (outcome.status, outcome.details.reason)
}

const NAGIOS: &str = ", nagios: true";

#[test]
fn a_program_is_well_when_it_ends_with_the_wanted_code() {
    let table = [
        ("", 0, "fine\nmore\n", "", Status::Ok, "fine"),
        ("", 0, "", "noise", Status::Ok, "probe ended with exit code 0"),
        ("", 1, "", "", Status::Fail, "exit code 1, expected 0"),
        ("", 1, "", "no disk\n", Status::Fail, "exit code 1, expected 0: no disk"),
        ("", 2, "out", "err", Status::Fail, "exit code 2, expected 0: out"),
        (", expect_exit: 7", 7, "", "", Status::Ok, "probe ended with exit code 7"),
        (", expect_exit: 7", 0, "", "", Status::Fail, "exit code 0, expected 7"),
    ];
    for (keys, code, stdout, stderr, status, reason) in table {
        let said = says(keys, ProgramEnd::Code(code), stdout, stderr);
        assert_eq!(said, (status, reason.to_owned()));
    }
}

#[test]
fn a_nagios_plugin_has_four_codes_and_its_figures_are_not_for_people() {
    let table = [
        (0, Status::Ok, "OK - load 0.1"),
        (1, Status::Warn, "WARNING - load 4"),
        (2, Status::Fail, "CRITICAL - load 9"),
        (3, Status::Unknown, "UNKNOWN - no load"),
        (4, Status::Unknown, "what?"),
        (255, Status::Unknown, "what?"),
    ];
    for (code, status, words) in table {
        let stdout = format!("{words} | load=0.1;4;9 up=1\nlong text | x=2\n");
        let outcome = judged(NAGIOS, ProgramEnd::Code(code), &stdout, "");
        assert_eq!((outcome.status, outcome.details.reason.as_str()), (status, words));
        assert_eq!(outcome.details.facts["perfdata"], "load=0.1;4;9 up=1");
        assert_eq!(outcome.details.facts["exit_code"], code);
    }
    let silent = says(NAGIOS, ProgramEnd::Code(2), "", "segfault\n");
    assert_eq!(silent, (Status::Fail, "segfault".to_owned()));
    let silent = says(NAGIOS, ProgramEnd::Code(2), "|x=1", "");
    assert_eq!(silent, (Status::Fail, "probe ended with exit code 2".to_owned()));
}

#[test]
fn output_must_match_somewhere_and_is_shown_when_it_does_not() {
    let keys = ", expect_output: 'ready: \\d+'";
    let fine = says(keys, ProgramEnd::Code(0), "one\nready: 12\n", "");
    assert_eq!(fine, (Status::Ok, "one".to_owned()));
    let line = says(", expect_output: '^two$'", ProgramEnd::Code(0), "one\ntwo\n", "");
    assert_eq!(line.0, Status::Ok);
    let outcome = judged(keys, ProgramEnd::Code(0), "not ready\n", "");
    assert_eq!(outcome.status, Status::Fail);
    assert_eq!(outcome.details.reason, "the output does not match ready: \\d+");
    assert_eq!(outcome.details.expectations[0].actual, "not ready");
    // What is wrong already keeps its own words.
    let (status, reason) = says(keys, ProgramEnd::Code(1), "not ready", "");
    assert_eq!((status, reason.as_str()), (Status::Fail, "exit code 1, expected 0: not ready"));
    let plugin = says(", nagios: true, expect_output: x", ProgramEnd::Code(3), "no", "");
    assert_eq!(plugin, (Status::Unknown, "no".to_owned()));
}

#[test]
fn a_program_that_is_killed_has_failed() {
    for keys in ["", NAGIOS] {
        let (status, reason) = says(keys, ProgramEnd::Signal(11), "", "");
        assert_eq!((status, reason.as_str()), (Status::Fail, "probe was ended by signal 11"));
        let (status, reason) = says(keys, ProgramEnd::TimedOut, "", "");
        let killed = "probe did not end within 5 s and was killed";
        assert_eq!((status, reason.as_str()), (Status::Fail, killed));
    }
}

#[test]
fn long_output_is_shown_in_part_only() {
    let reason = says("", ProgramEnd::Code(0), &"x".repeat(100_000), "").1;
    assert!(reason.chars().count() <= 201, "{}", reason.len());
}
