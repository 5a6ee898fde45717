//! The one command that shows it all.

use std::{
    io::{BufRead as _, BufReader},
    net::TcpStream,
    process::{Child, Command, Stdio},
};

use crate::stack::{Running, http, said, wait};

fn demo() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_firedrill"));
    command.args(["demo", "--mockapp-port=0", "--dashboard-port=0"]);
    command
}

#[test]
fn the_demo_sees_every_step_of_its_story() {
    let output = demo().arg("--exit").output().unwrap();
    let text = said(&output);
    assert_eq!(output.status.code(), Some(0), "{text}");
    for step in [
        "all four tiles are GREEN",
        "api-availability is RED",
        "the alert FIRST_FAIL for api-availability went out",
        "the remedy ran",
        "the alert RECOVERED for api-availability went out",
        "the board says that the job has succeeded",
    ] {
        assert!(text.contains(&format!("seen: {step}")), "`{step}` is missing in\n{text}");
    }
}

/// Starts a demo and waits until it tells the address of its board.
fn started() -> (Child, String) {
    let mut child = demo().stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let address = |line: String| {
        line.split_whitespace().find(|word| word.starts_with("http")).map(str::to_owned)
    };
    let board = lines.find_map(|line| address(line.ok()?)).unwrap();
    std::thread::spawn(move || lines.for_each(drop));
    (child, board)
}

fn is_gone(board: &str) {
    let host = board.trim_start_matches("http://").trim_end_matches('/');
    wait("the board is gone", || TcpStream::connect(host).is_err().then_some(()));
}

#[test]
fn ctrl_c_stops_everything_that_the_demo_started() {
    let (child, board) = started();
    assert!(http(&board, "GET", "").contains("Morning Checks"));
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    let mut running = Running(child);
    assert_eq!(running.0.wait().unwrap().code(), Some(0));
    is_gone(&board);
}

#[test]
fn a_demo_that_is_killed_leaves_no_program_behind() {
    let (mut child, board) = started();
    child.kill().unwrap();
    child.wait().unwrap();
    is_gone(&board);
}
