//! Programs, real and scripted.

use std::time::Duration;

use checker::command::{
    Answer, Call, Command, CommandOutcome, Exit, Finished, OUTPUT_CAP, Processes, Scripted,
};
use tokio::time::Instant;

fn call(argv: &[&str], timeout: Duration) -> Call {
    Call { argv: argv.iter().map(|word| (*word).to_owned()).collect(), stdin: None, timeout }
}

async fn run(argv: &[&str]) -> CommandOutcome {
    Processes.run(&call(argv, Duration::from_secs(10))).await
}

fn finished(outcome: CommandOutcome) -> Finished {
    match outcome {
        CommandOutcome::Finished(finished) => finished,
        other @ (CommandOutcome::NotFound
        | CommandOutcome::PermissionDenied
        | CommandOutcome::TimedOut
        | CommandOutcome::Failed(_)) => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_program_gives_its_code_and_its_two_outputs() {
    let seen = finished(run(&["sh", "-c", "echo out; echo err >&2; exit 3"]).await);
    assert_eq!(seen.exit, Exit::Code(3));
    assert_eq!((&seen.stdout[..], &seen.stderr[..]), (&b"out\n"[..], &b"err\n"[..]));
    let seen = finished(run(&["sh", "-c", "kill -9 $$"]).await);
    assert_eq!(seen.exit, Exit::Signal(9));
}

#[tokio::test]
async fn arguments_are_passed_as_they_are_and_never_seen_by_a_shell() {
    let seen = finished(run(&["printf", "%s", "$HOME; `id` *"]).await);
    assert_eq!(&seen.stdout[..], b"$HOME; `id` *");
}

#[tokio::test]
async fn a_program_reads_what_it_is_given_or_nothing() {
    let mut cat = call(&["cat"], Duration::from_secs(10));
    assert_eq!(finished(Processes.run(&cat).await).stdout, b"");
    cat.stdin = Some(vec![b'x'; 40_000]);
    assert_eq!(finished(Processes.run(&cat).await).stdout.len(), 40_000);
    let mut deaf = call(&["true"], Duration::from_secs(10));
    deaf.stdin = Some(vec![b'x'; 1 << 20]);
    assert_eq!(finished(Processes.run(&deaf).await).exit, Exit::Code(0));
}

#[tokio::test]
async fn a_flood_of_output_is_cut_and_does_not_stop_the_program() {
    let seen = finished(run(&["sh", "-c", "head -c 1000000 /dev/zero; echo done >&2"]).await);
    assert_eq!((seen.stdout.len(), &seen.stderr[..]), (OUTPUT_CAP, &b"done\n"[..]));
}

#[tokio::test]
async fn programs_that_cannot_start_are_told_apart() {
    assert_eq!(run(&["/no/such/program"]).await, CommandOutcome::NotFound);
    assert_eq!(run(&["/etc/passwd"]).await, CommandOutcome::PermissionDenied);
    assert!(matches!(run(&[]).await, CommandOutcome::Failed(_)));
}

#[tokio::test]
async fn a_program_that_leaves_something_running_is_over_when_it_is() {
    let start = Instant::now();
    let seen = finished(run(&["sh", "-c", "sleep 5 & echo started"]).await);
    assert_eq!((seen.exit, &seen.stdout[..]), (Exit::Code(0), &b"started\n"[..]));
    assert!(start.elapsed() < Duration::from_secs(4), "{:?}", start.elapsed());
}

/// Whether a process is there and is not merely waiting to be reaped.
fn is_alive(pid: &str) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    !matches!(status.rsplit(") ").next().and_then(|rest| rest.chars().next()), None | Some('Z'))
}

async fn dies(pid: &str) -> bool {
    let deadline = Instant::now() + Duration::from_secs(5);
    while is_alive(pid) && Instant::now() < deadline {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    !is_alive(pid)
}

const FAMILY: &str = "sleep 60 & echo $! > \"$1\"; sleep 60 & echo $! >> \"$1\"; wait";

#[tokio::test]
async fn a_time_out_kills_the_program_with_its_children() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let path = file.path().to_str().unwrap();
    let start = Instant::now();
    let slow = call(&["sh", "-c", FAMILY, "sh", path], Duration::from_millis(500));
    assert_eq!(Processes.run(&slow).await, CommandOutcome::TimedOut);
    assert!(start.elapsed() < Duration::from_secs(4), "{:?}", start.elapsed());
    let children = std::fs::read_to_string(path).unwrap();
    assert_eq!(children.lines().count(), 2);
    for pid in children.lines() {
        assert!(dies(pid).await, "{pid} survives");
    }
}

#[tokio::test]
async fn a_run_that_nobody_waits_for_any_more_is_killed_with_its_children() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let path = file.path().to_str().unwrap().to_owned();
    let slow = call(&["sh", "-c", FAMILY, "sh", &path], Duration::from_secs(60));
    let running = tokio::spawn(async move { Processes.run(&slow).await });
    let read = || std::fs::read_to_string(&path).unwrap();
    while read().lines().count() < 2 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    running.abort();
    assert!(running.await.unwrap_err().is_cancelled());
    for pid in read().lines() {
        assert!(dies(pid).await, "{pid} survives");
    }
}

#[tokio::test(start_paused = true)]
async fn scripted_programs_answer_by_their_arguments_and_take_their_time() {
    let answer = |argv: &[&str], seconds, code| Answer {
        argv: argv.iter().map(|word| (*word).to_owned()).collect(),
        after: Duration::from_secs(seconds),
        outcome: CommandOutcome::Finished(Finished {
            exit: Exit::Code(code),
            ..Finished::default()
        }),
    };
    let answers = vec![
        answer(&["systemctl", "restart", "bad"], 1, 5),
        answer(&["systemctl", "restart", "*"], 2, 0),
    ];
    let (scripted, mut calls) = Scripted::new(answers);
    let limit = Duration::from_secs(3);
    for (unit, code, seconds) in [("bad", 5, 1), ("good", 0, 2)] {
        let start = Instant::now();
        let seen = finished(scripted.run(&call(&["systemctl", "restart", unit], limit)).await);
        assert_eq!((seen.exit, start.elapsed().as_secs()), (Exit::Code(code), seconds));
    }
    let hasty = call(&["systemctl", "restart", "good"], Duration::from_secs(1));
    assert_eq!(scripted.run(&hasty).await, CommandOutcome::TimedOut);
    assert_eq!(scripted.run(&call(&["reboot"], limit)).await, CommandOutcome::NotFound);
    drop(scripted);
    let mut made = Vec::new();
    while let Some(call) = calls.recv().await {
        made.push(call.argv.join(" "));
    }
    assert_eq!(
        made,
        ["systemctl restart bad", "systemctl restart good", "systemctl restart good", "reboot"]
    );
}
