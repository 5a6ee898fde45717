//! `checker doctor` as a process over real files: what it says, and how it ends.

#![expect(clippy::unwrap_used, reason = "a helper of tests may panic")]

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    path::Path,
    process::Command,
    sync::Arc,
};

use engine::{
    CheckName, Event, EventKind, Mono, Severity, Status, Timestamp, details::Details,
    event::CheckDone,
};
use store::{Paths, RealDisk, Store};

const NOW: Timestamp = Timestamp::from_millis(1_767_580_200_120);

fn doctor(folder: &Path, args: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_checker"));
    command.arg("doctor").args(args).current_dir(folder).env_clear();
    let output = command.output().unwrap();
    let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    (output.status.code(), said)
}

fn open(folder: &Path) -> Store {
    let paths = Paths::in_folder(folder);
    Store::open(&paths, Arc::new(RealDisk), NOW, "checker, pid 41").unwrap().0
}

/// Three cycles of a check, written in peace.
fn written(folder: &Path) {
    let mut store = open(folder);
    for seq in 1..=3 {
        let done = CheckDone {
            name: CheckName::new("api"),
            type_word: "http".to_owned(),
            status: Status::Ok,
            prev: Status::Ok,
            severity: Severity::P1,
            latency_ms: Some(1),
            attempts: 1,
            details: Details::default(),
            job: None,
        };
        store.record(&Event { ts: NOW, seq, kind: EventKind::Check(done) });
    }
    store.sync(Mono(0)).unwrap();
    store.close().unwrap();
}

#[test]
fn a_healthy_store_ends_with_0_a_torn_one_with_1_and_a_repaired_one_with_0_again() {
    let folder = tempfile::tempdir().unwrap();
    let (code, said) = doctor(folder.path(), &[]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("there is no history yet") && said.ends_with("healthy\n"), "{said}");
    written(folder.path());
    let (code, said) = doctor(folder.path(), &[]);
    let counted =
        "state.json: checks 1; results.jsonl and closed days: files 1, lines 3, events 1 to 3";
    assert_eq!((code, said), (Some(0), format!("{counted}\nhealthy\n")));
    let journal = folder.path().join("results.jsonl");
    let good = fs::read(&journal).unwrap();
    fs::write(&journal, [&good[..], b"no event\n{\"ts\""].concat()).unwrap();
    fs::set_permissions(&journal, Permissions::from_mode(0o666)).unwrap();
    let (code, said) = doctor(folder.path(), &[]);
    assert_eq!(code, Some(1), "{said}");
    for part in [
        "[repairable] results.jsonl: every user of this machine may write it",
        "[repairable] results.jsonl:4: it does not parse",
        "[repairable] results.jsonl:5: the file ends in the middle of a line, with 5 bytes of it",
        "3 to repair without loss: checker doctor --repair",
    ] {
        assert!(said.contains(part), "{part} is not in {said}");
    }
    let (code, said) = doctor(folder.path(), &["--repair"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("[repaired] took 1 lines out of results.jsonl"), "{said}");
    assert_eq!(fs::read(&journal).unwrap(), good);
    assert_eq!(fs::metadata(&journal).unwrap().permissions().mode() & 0o002, 0);
    assert_eq!(doctor(folder.path(), &[]).0, Some(0));
}

#[test]
fn lost_lines_end_with_2_and_a_running_checker_is_not_operated_on() {
    let folder = tempfile::tempdir().unwrap();
    written(folder.path());
    let journal = folder.path().join("results.jsonl");
    let text = fs::read_to_string(&journal).unwrap();
    let lines: Vec<_> = text.lines().collect();
    fs::write(&journal, format!("{}\n{}\n", lines[0], lines[2])).unwrap();
    for args in [&[][..], &["--repair"]] {
        let (code, said) = doctor(folder.path(), args);
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains("[beyond repair] results.jsonl:2: event 2 is missing"), "{said}");
    }
    let store = open(folder.path());
    let (code, said) = doctor(folder.path(), &[]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("a checker writes it at present: checker, pid 41"), "{said}");
    let (code, said) = doctor(folder.path(), &["--repair"]);
    assert_eq!(code, Some(4), "{said}");
    assert!(said.contains("checker, pid 41") && said.contains("Stop it first"), "{said}");
    drop(store);
}
