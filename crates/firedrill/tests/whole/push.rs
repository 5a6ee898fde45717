//! `checker run --listen`: things that call in, and what others may ask of the checker.

use std::{fs, process::Command};

use engine::{EventKind, NoticeKind, Status};

use crate::stack::{Running, Stack, command, finish, http, listen, said, wait};

const TOKEN: &str = "canary-token-of-backup";

const BACKUP: &str = "global: {interval_s: 0.2, timeout_s: 0.2}\nchecks:\n  - name: backup\n    \
                      type: push\n    token: \"{BACKUP_TOKEN}\"\n    every: 2s\n    grace: 1s\n";

fn stack() -> Stack {
    let stack = Stack::with(BACKUP);
    fs::write(stack.path(".env"), format!("BACKUP_TOKEN={TOKEN}\n")).unwrap();
    stack
}

/// A checker that listens, and its address with a slash at its end.
pub(crate) fn listening(stack: &Stack, args: &[&str]) -> (Running, String) {
    let mut checker = stack.checker();
    let log = fs::OpenOptions::new().create(true).append(true).open(stack.path("log.txt"));
    checker.args(["run", "--listen", "127.0.0.1:0"]).args(args).stderr(log.unwrap());
    listen(checker)
}

pub(crate) fn code(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or_default()
}

#[test]
fn a_missed_call_is_a_failure_and_the_next_call_its_end_over_a_restart() {
    let stack = stack();
    let (checker, door) = listening(&stack, &[]);
    for method in ["POST", "GET", "HEAD"] {
        assert_eq!(code(&http(&format!("{door}push/{TOKEN}"), method, "")), "200", "{method}");
    }
    stack.until("backup", "the call is kept", |entry| {
        entry.details.facts.contains_key("last_beat_at")
    });
    let before = stack.entry("backup").unwrap().details.facts["last_beat_at"].clone();
    assert_eq!(checker.terminate().code(), Some(0));
    let (checker, door) = listening(&stack, &[]);
    let later = stack.until("backup", "it is looked at again", |entry| entry.seq > 0);
    assert_eq!(later.details.facts["last_beat_at"], before, "a restart forgets no call");
    let failed = stack.until("backup", "a call is missed", |entry| entry.status == Status::Fail);
    assert!(failed.details.reason.contains("expected every 2 s"), "{}", failed.details.reason);
    assert_eq!(code(&http(&format!("{door}push/{TOKEN}"), "POST", "")), "200");
    stack.until("backup", "the call ends it", |entry| entry.status == Status::Ok);
    let told = [NoticeKind::FirstFail, NoticeKind::Recovered];
    wait("both are told", || (stack.notices("backup") == told).then_some(()));
    assert_eq!(checker.terminate().code(), Some(0));
}

#[test]
fn a_token_that_is_not_known_calls_nobody_and_no_token_is_written_anywhere() {
    let stack = stack();
    let (checker, door) = listening(&stack, &[]);
    stack.until("backup", "it is looked at", |entry| entry.status == Status::Ok);
    for wrong in ["nobody", "canary-token-of-backu", "canary-token-of-backup2", "%00"] {
        let answer = http(&format!("{door}push/{wrong}"), "POST", "");
        assert_eq!(code(&answer), "404", "{wrong}: {answer}");
    }
    assert_eq!(code(&http(&format!("{door}push/{TOKEN}"), "POST", "")), "200");
    stack.until("backup", "the call is kept", |entry| {
        entry.details.facts.contains_key("last_beat_at")
    });
    let metrics = http(&format!("{door}metrics"), "GET", "");
    assert!(metrics.contains("checker_check_up{name=\"backup\",type=\"push\""), "{metrics}");
    assert_eq!(checker.terminate().code(), Some(0));
    let beats = stack.events().into_iter().filter(|event| {
        matches!(&event.kind, EventKind::Check(done) if done.details.reason.contains("just come"))
    });
    assert_eq!(beats.count(), 1);
    for name in ["log.txt", "state.json", "results.jsonl"] {
        let text = fs::read_to_string(stack.path(name)).unwrap();
        assert!(!text.contains(TOKEN), "{name}: {text}");
    }
    assert!(!metrics.contains(TOKEN));
}

#[test]
fn health_is_told_without_a_key_and_metrics_only_with_it() {
    let stack = stack();
    fs::write(stack.path(".env"), format!("BACKUP_TOKEN={TOKEN}\nAPI_KEY=k3y-of-ops\n")).unwrap();
    let (_checker, door) = listening(&stack, &[]);
    let health = http(&format!("{door}healthz"), "GET", "");
    assert_eq!(code(&health), "200", "{health}");
    assert!(http(&format!("{door}metrics"), "GET", "").starts_with("HTTP/1.1 401"));
    let ask = |key: &str| {
        let header = format!("Authorization: Bearer {key}");
        let mut curl = Command::new("curl");
        said(&finish(curl.args(["-s", "-H", &header, &format!("{door}metrics")])))
    };
    assert!(ask("k3y-of-ops").contains("checker_build_info"));
    assert!(!ask("k3y-of-opz").contains("checker_build_info"));
    let other = http(&format!("{door}nothing"), "GET", "");
    assert_eq!(code(&other), "404", "{other}");
}

#[test]
fn an_address_that_others_reach_or_have_exits_3_and_says_so() {
    let stack = stack();
    let open = stack.ask(&["run", "--listen", "0.0.0.0:0"]);
    assert_eq!(open.status.code(), Some(3), "{}", said(&open));
    assert!(said(&open).contains("allow-remote"), "{}", said(&open));
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let busy = finish(command("checker", &stack.path("")).args(["run", "--listen", &address]));
    assert_eq!(busy.status.code(), Some(3), "{}", said(&busy));
    assert!(said(&busy).contains("in use"), "{}", said(&busy));
}
