//! Exercises that are broken off: what was played is kept, and nothing is left running.

use std::{fs, process::Command};

use rustix::process::{Signal, kill_process};
use serde_json::Value;

use super::desk::{BAD_RELEASE, Exercise, children, is_gone};
use crate::stack::{said, wait};

/// An exercise in the middle of its outage, with a note in its book.
fn under_way() -> Exercise {
    let mut exercise = Exercise::begin(BAD_RELEASE, &["--minutes=20"]);
    exercise.until("[FIRST_FAIL]");
    exercise.ask("note the release, I think", "noted");
    exercise
}

/// What the note has become in a record.
fn is_kept(record: &Value) {
    let done = record["done"].as_array().unwrap();
    assert!(done.iter().any(|done| done["text"] == "the release, I think"), "{record:#}");
    assert!(record["score"]["failed"].as_u64().unwrap() > 0, "{record:#}");
    assert_eq!(record["faults"][0]["what"], "app.deploy_bad", "{record:#}");
}

#[test]
fn ctrl_c_heals_and_stops_everything_and_keeps_what_was_played() {
    let exercise = under_way();
    exercise.signal(Signal::INT);
    let played = exercise.end();
    assert_eq!(played.status.code(), Some(2), "{}", played.said);
    assert_eq!(played.record()["ending"]["broken"], "interrupted");
    is_kept(&played.record());
}

#[test]
fn a_program_that_crashes_ends_the_exercise_which_is_kept() {
    for name in ["checker", "mockapp", "dashboard"] {
        let exercise = under_way();
        let programs = exercise.programs();
        let (_, pid) = programs.iter().find(|(of, _)| of == name).unwrap();
        kill_process(*pid, Signal::KILL).unwrap();
        let played = exercise.end();
        assert_eq!(played.status.code(), Some(2), "{}", played.said);
        let ending = played.record()["ending"]["broken"].as_str().unwrap().to_owned();
        assert!(ending.starts_with(&format!("the {name} ended by itself")), "{ending}");
        is_kept(&played.record());
    }
}

#[test]
fn an_exercise_that_was_killed_leaves_nothing_running_and_can_be_debriefed() {
    let exercise = under_way();
    let programs = children(exercise.process().id());
    assert_eq!(programs.len(), 3, "{programs:?}");
    exercise.signal(Signal::KILL);
    wait("its programs are gone", || programs.iter().all(|(_, pid)| is_gone(*pid)).then_some(()));
    assert!(!exercise.folder.join("exercise.json").exists());
    let mut debrief = Command::new(env!("CARGO_BIN_EXE_firedrill"));
    let output = debrief.arg("debrief").arg(&exercise.folder).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let text = fs::read_to_string(exercise.folder.join("exercise.json")).unwrap();
    let record: Value = serde_json::from_str(&text).unwrap();
    let ending = record["ending"]["broken"].as_str().unwrap();
    assert_eq!(ending, "firedrill itself was stopped in the middle");
    is_kept(&record);
    assert!(exercise.folder.join("debrief.html").exists());
}

#[test]
fn the_end_of_standard_input_is_not_the_end_of_the_exercise() {
    let root = tempfile::TempDir::new().unwrap();
    let mut command = super::desk::train(root.path(), BAD_RELEASE, &["--minutes=3"]);
    let output = command.stdin(std::process::Stdio::null()).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert!(said(&output).contains("the time was up"), "{}", said(&output));
}
