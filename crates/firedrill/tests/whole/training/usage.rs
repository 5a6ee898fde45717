//! What is said of an exercise that cannot be begun: exit 3, and words that help.

use std::{fs, net::TcpListener, process::Command};

use tempfile::TempDir;

use super::desk::{QUIET, train};
use crate::stack::said;

fn refused(mut command: Command, words: &[&str]) {
    let output = command.output().unwrap();
    let text = said(&output);
    assert_eq!(output.status.code(), Some(3), "{text}");
    for words in words {
        assert!(text.contains(words), "`{words}` is missing in\n{text}");
    }
}

fn firedrill(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_firedrill"));
    command.args(args);
    command
}

#[test]
fn bad_usage_is_refused_before_anything_is_started() {
    refused(firedrill(&["train", "--level=4"]), &["invalid value '4' for '--level", "1..=3"]);
    refused(firedrill(&["train", "--speed=0"]), &["from 1 (real time) to 100"]);
    refused(firedrill(&["train", "--minutes=1"]), &["3..=720"]);
    refused(firedrill(&["train", "--name", " "]), &["a name of 1 to 60 characters"]);
    refused(firedrill(&["train", "--scenario=a.yaml", "--seed=1"]), &["cannot be used with"]);
    refused(
        firedrill(&["train", "--scenario=not-there.yaml"]),
        &["not-there.yaml", "No such file"],
    );
    refused(firedrill(&["train", "--json=/not/there/ranking.jsonl"]), &["the ranking /not/there"]);
    refused(firedrill(&["debrief", "/not/there"]), &["is this the folder of an exercise?"]);
}

#[test]
fn a_port_in_use_is_named_with_what_helps() {
    let root = TempDir::new().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let mut command = train(root.path(), QUIET, &[]);
    command.arg(format!("--port={port}"));
    refused(command, &["the argument '--port <PORT>' cannot be used multiple times"]);
    let mut command = Command::new(env!("CARGO_BIN_EXE_firedrill"));
    command.current_dir(root.path()).args(["train", "--scenario=incident.yaml"]);
    command.arg(format!("--port={port}"));
    refused(command, &[&format!("port {port} for the pages"), "say --port N, or --port 0"]);
    assert!(!root.path().join("firedrill-exercises").exists(), "nothing was begun");
}

#[test]
fn what_cannot_be_played_live_says_why_and_a_broken_file_says_where() {
    let root = TempDir::new().unwrap();
    let clock = "scenario: a\ntimeline: [{at: 10s, fault: clock.step, by: 1h}]\n";
    refused(train(root.path(), clock, &[]), &["incident.yaml: this cannot be played live"]);
    let far = "scenario: a\ntimeline: [{at: 10s, fault: http.statu, for: 1m, code: 500}]\n";
    refused(train(root.path(), far, &[]), &["incident.yaml:2:", "http.statu", "http.status"]);
    assert!(!root.path().join("played").exists(), "nothing was begun");
}

#[test]
fn a_folder_that_holds_an_exercise_is_not_written_over() {
    let root = TempDir::new().unwrap();
    fs::create_dir(root.path().join("played")).unwrap();
    fs::write(root.path().join("played/duty.jsonl"), "{}\n").unwrap();
    refused(train(root.path(), QUIET, &[]), &["played holds duty.jsonl already"]);
    refused(
        firedrill(&["debrief", &root.path().join("played").display().to_string()]),
        &["duty.jsonl:1: error: this is no first line of an exercise"],
    );
}
