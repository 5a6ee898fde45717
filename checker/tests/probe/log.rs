//! Logs: how the journal is asked, what it may answer, and the end of a file.

use std::{path::Path, sync::Arc, time::Duration};

use checker::{
    actions::Tools,
    command::{Answer, CommandOutcome, Exit, Finished, Scripted},
    probe::fetch,
    world::Hands,
};
use engine::{
    Check,
    config::{Source, parse},
    observation::{LogSeen, Observation},
};
use store::{MemoryDisk, disk::Failure};

use crate::server::hands;

const ARGV: &str = "journalctl -u datum_gateway --since 60 minutes ago --no-pager --reverse";

fn check(keys: &str) -> Arc<Check> {
    let text = format!("checks: [{{name: a, type: log_heartbeat{keys}}}]");
    let parsed = parse(Source { file: "checks.yaml", text: &text }, &|_| None).unwrap();
    Arc::clone(&parsed.config.checks[0])
}

fn finished(code: i32, stdout: &str, stderr: &str) -> CommandOutcome {
    let (stdout, stderr) = (stdout.as_bytes().to_vec(), stderr.as_bytes().to_vec());
    CommandOutcome::Finished(Finished { exit: Exit::Code(code), stdout, stderr })
}

/// What is seen when journalctl answers like this, and how it was called.
async fn journal(outcome: CommandOutcome, after: Duration) -> (Observation, String) {
    let argv = vec!["*".to_owned(); 7];
    let (scripted, mut calls) = Scripted::new(vec![Answer { argv, after, outcome }]);
    let zone = jiff::tz::TimeZone::get("America/Lima").ok();
    let hands = Hands {
        command: Arc::new(scripted),
        tools: Tools { zone, ..Tools::default() },
        ..hands(MemoryDisk::default())
    };
    let seen = fetch(&hands, &check("")).await;
    (seen, calls.recv().await.unwrap().argv.join(" "))
}

fn log(seen: Observation) -> LogSeen {
    let Observation::Log(log) = seen else { panic!("no log: {seen:?}") };
    log
}

#[tokio::test(start_paused = true)]
async fn the_journal_of_the_unit_is_asked_for_as_far_back_as_it_matters() {
    let (seen, argv) = journal(finished(0, "one\ntwo\n", ""), Duration::ZERO).await;
    let seen = log(seen);
    assert_eq!(argv, ARGV);
    assert_eq!((seen.text.as_str(), seen.cut, seen.absent), ("one\ntwo\n", false, None));
    assert_eq!(seen.zone.unwrap().iana_name(), Some("America/Lima"));
}

#[tokio::test(start_paused = true)]
async fn a_unit_that_wrote_nothing_is_no_trouble_of_the_checker() {
    for (code, stdout) in [(0, "-- No entries --\n"), (0, ""), (1, "")] {
        let (seen, _) = journal(finished(code, stdout, ""), Duration::ZERO).await;
        assert!(!log(seen).cut);
    }
}

#[tokio::test(start_paused = true)]
async fn a_journal_that_cannot_be_read_is_unmeasured_with_the_reason() {
    let hint = "Hint: You are currently not seeing messages from other users and the system.\n";
    let cases = [
        (finished(0, "-- No entries --\n", hint), "the checker may not read the journal: Hint: "),
        (
            finished(1, "", "No journal files were opened due to insufficient permissions.\n"),
            "the checker may not read the journal: No journal files were opened",
        ),
        (
            finished(0, "-- No entries --\n", "No journal files were found.\n"),
            "this machine keeps no journal: ",
        ),
        (
            finished(1, "", "Failed to parse timestamp\n"),
            "journalctl ended with exit code 1: Failed",
        ),
        (finished(2, "", ""), "journalctl ended with exit code 2"),
        (CommandOutcome::NotFound, "no journalctl on this machine (`journalctl` was not found)"),
        (CommandOutcome::PermissionDenied, "journalctl: permission denied"),
    ];
    for (outcome, begins) in cases {
        let (seen, _) = journal(outcome, Duration::ZERO).await;
        let Observation::Unmeasured { reason } = seen else { panic!("{seen:?}") };
        assert!(reason.starts_with(begins), "{reason}");
    }
    let (seen, _) = journal(finished(0, "", ""), Duration::from_secs(60)).await;
    let Observation::Unmeasured { reason } = seen else { panic!("{seen:?}") };
    assert_eq!(reason, "journalctl timed out after 5 s");
}

#[tokio::test(start_paused = true)]
async fn what_is_visible_counts_even_where_more_may_be_hidden() {
    let hint = "Hint: You are currently not seeing messages from other users and the system.\n";
    let (seen, _) = journal(finished(0, "a line\n", hint), Duration::ZERO).await;
    assert_eq!(log(seen).text, "a line\n");
}

async fn file(disk: MemoryDisk) -> Observation {
    fetch(&hands(disk), &check(", file: log/gateway.log")).await
}

#[tokio::test]
async fn a_file_is_read_together_with_the_one_that_was_rotated_away() {
    let disk = MemoryDisk::default();
    disk.put(Path::new("log/gateway.log.1"), b"old\n");
    disk.put(Path::new("log/gateway.log"), b"new \xff\n");
    let seen = log(file(disk).await);
    assert_eq!((seen.text.as_str(), seen.cut), ("old\nnew \u{fffd}\n", false));
}

#[tokio::test]
async fn of_a_long_file_the_end_is_read() {
    let disk = MemoryDisk::default();
    let long = "x".repeat(2 << 20) + "\nthe last line\n";
    disk.put(Path::new("log/gateway.log"), long.as_bytes());
    disk.put(Path::new("log/gateway.log.1"), b"old\n");
    let seen = log(file(disk).await);
    assert!(seen.cut && seen.text.ends_with("\nthe last line\n") && seen.text.len() == 1 << 20);
}

#[tokio::test]
async fn a_file_that_is_not_there_is_told_apart_from_one_that_cannot_be_read() {
    let seen = log(file(MemoryDisk::default()).await);
    assert_eq!(seen.absent.as_deref(), Some("there is no such file"));
    let broken = MemoryDisk::default();
    broken.put(Path::new("log/gateway.log"), b"x");
    broken.set_failure(Some(Failure::Io));
    let Observation::Unmeasured { reason } = file(broken).await else { panic!("it was read") };
    assert!(reason.starts_with("log/gateway.log: "), "{reason}");
}
