//! The one command that shows it all.

use std::{
    io::{BufRead as _, BufReader},
    process::{Command, Stdio},
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
        assert!(
            text.contains(&format!("seen: {step}")),
            "`{step}` is missing in\n{text}"
        );
    }
}

#[test]
fn ctrl_c_stops_everything_that_the_demo_started() {
    let mut child = demo().stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let board = lines
        .find_map(|line| {
            line.ok()?
                .split_whitespace()
                .find(|w| w.starts_with("http"))
                .map(str::to_owned)
        })
        .unwrap();
    std::thread::spawn(move || lines.for_each(drop));
    assert!(http(&board, "GET", "").contains("Morning Checks"));
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    let mut running = Running(child);
    assert_eq!(running.0.wait().unwrap().code(), Some(0));
    let host = board
        .trim_start_matches("http://")
        .trim_end_matches('/')
        .to_owned();
    wait("the board is gone", || {
        std::net::TcpStream::connect(&host).is_err().then_some(())
    });
}

#[test]
fn a_demo_that_is_killed_leaves_no_program_behind() {
    let mut child = demo().stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let board = lines
        .find_map(|line| {
            line.ok()?
                .split_whitespace()
                .find(|w| w.starts_with("http"))
                .map(str::to_owned)
        })
        .unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    let host = board
        .trim_start_matches("http://")
        .trim_end_matches('/')
        .to_owned();
    wait("the board is gone", || {
        std::net::TcpStream::connect(&host).is_err().then_some(())
    });
}
