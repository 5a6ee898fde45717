//! The scenarios that ship: all of them hold in virtual time, twice and in another process too, and
//! some of them are played live on every run of the tests.

#![expect(clippy::unwrap_used, reason = "a test stops where it is")]

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// Short stories of every kind: an outage with its remedy, a kill, mail that is down, a job, a
/// connection that is reset.
const LIVE: &str = "^(demo|api-outage-with-a-crash.*code=503.*|connection-refused|wrong-body-with-200.*|\
                    two-checks-one-cause|restart-in-mid-outage)$";

fn scenarios() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios")
}

fn firedrill(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_firedrill"));
    command.arg("run").arg(scenarios()).args(args).output().unwrap()
}

fn said(output: &Output) -> String {
    let text = [output.stdout.as_slice(), &output.stderr].concat();
    String::from_utf8_lossy(&text).into_owned()
}

#[test]
fn every_shipped_scenario_holds_in_virtual_time() {
    let output = firedrill(&[]);
    let text = said(&output);
    assert_eq!(output.status.code(), Some(0), "{text}");
    let last = text.trim_end().lines().last().unwrap();
    let passed: u32 = last.split(' ').next().unwrap().parse().unwrap();
    assert!(passed >= 30, "only {last}");
    assert!(last.ends_with(" passed, 0 failed, 0 inconclusive"), "{last}");
}

#[test]
fn every_shipped_scenario_is_the_same_in_another_run_and_in_another_process() {
    let output = firedrill(&["--check-determinism"]);
    let text = said(&output);
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.contains("three runs each, the same traces"), "{text}");
}

#[test]
fn shipped_scenarios_bring_the_same_alerts_live() {
    let output = firedrill(&["--live", "--filter", LIVE]);
    let text = said(&output);
    assert_eq!(output.status.code(), Some(0), "{text}");
    let last = text.trim_end().lines().last().unwrap();
    let passed: u32 = last.split(' ').next().unwrap().parse().unwrap();
    assert!(passed >= 5, "only {last}");
}

#[test]
fn every_shipped_scenario_tells_its_story_in_a_sentence() {
    for entry in std::fs::read_dir(scenarios()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "yaml") {
            let text = std::fs::read_to_string(&path).unwrap();
            assert!(text.contains("\nabout:"), "{} has no `about`", path.display());
        }
    }
}
