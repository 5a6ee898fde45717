//! Units: how systemctl is asked, and every answer that it can give.

use std::time::Duration;

use checker::{
    actions::Tools,
    command::{Answer, CommandOutcome, Exit, Finished, Processes, Scripted},
    systemctl::{NoAnswer, is_active},
};
use engine::observation::UnitSeen;

const LIMIT: Duration = Duration::from_secs(15);

/// The argv of the one call, and what came of it.
async fn asked(
    use_sudo: bool,
    after: Duration,
    outcome: CommandOutcome,
) -> (String, Result<UnitSeen, NoAnswer>) {
    let words: &[&str] = if use_sudo { &["*"; 5] } else { &["*"; 3] };
    let argv = words.iter().map(|word| (*word).to_owned()).collect();
    let (scripted, mut calls) = Scripted::new(vec![Answer { argv, after, outcome }]);
    let seen = is_active(&scripted, &Tools::default(), "nginx.service", use_sudo, LIMIT).await;
    (calls.recv().await.unwrap().argv.join(" "), seen)
}

fn finished(code: i32, stdout: &str, stderr: &str) -> CommandOutcome {
    let (stdout, stderr) = (stdout.as_bytes().to_vec(), stderr.as_bytes().to_vec());
    CommandOutcome::Finished(Finished { exit: Exit::Code(code), stdout, stderr })
}

async fn answered(code: i32, stdout: &str, stderr: &str) -> Result<UnitSeen, NoAnswer> {
    asked(false, Duration::ZERO, finished(code, stdout, stderr)).await.1
}

#[tokio::test(start_paused = true)]
async fn it_is_asked_by_name_and_with_sudo_it_never_waits_for_a_password() {
    for (use_sudo, argv) in [
        (false, "systemctl is-active nginx.service"),
        (true, "sudo -n systemctl is-active nginx.service"),
    ] {
        let (made, seen) = asked(use_sudo, Duration::ZERO, finished(0, "active\n", "")).await;
        assert_eq!(made, argv);
        assert_eq!(seen, Ok(UnitSeen { state: "active".into(), complaint: None }));
    }
}

#[tokio::test(start_paused = true)]
async fn the_state_is_the_word_that_it_prints_whatever_its_exit_code() {
    let states = [
        ("active", 0),
        ("reloading", 0),
        ("inactive", 3),
        ("failed", 3),
        ("activating", 3),
        ("deactivating", 3),
        ("maintenance", 3),
        ("unknown", 4),
    ];
    for (state, code) in states {
        let seen = answered(code, &format!("{state}\n"), "").await;
        assert_eq!(seen, Ok(UnitSeen { state: state.into(), complaint: None }));
    }
}

#[tokio::test(start_paused = true)]
async fn what_it_says_besides_is_kept_unless_the_unit_is_well() {
    let seen = answered(3, "inactive\n", "Warning: changed on disk.\n").await.unwrap();
    assert_eq!(seen.complaint.as_deref(), Some("Warning: changed on disk."));
    let seen = answered(0, "active\n", "Warning: changed on disk.\n").await.unwrap();
    assert_eq!(seen.complaint, None);
}

#[tokio::test(start_paused = true)]
async fn a_unit_that_does_not_exist_is_unknown_with_the_complaint() {
    let seen = answered(4, "", "Unit not found\n").await;
    let complaint = Some("Unit not found".to_owned());
    assert_eq!(seen, Ok(UnitSeen { state: "unknown".into(), complaint }));
    let seen = answered(4, "Unit not found", "").await.unwrap();
    assert_eq!(seen.complaint.as_deref(), Some("Unit not found"));
}

#[tokio::test(start_paused = true)]
async fn a_machine_without_systemd_is_told_apart_from_one_without_systemctl() {
    let said = "System has not been booted with systemd as init system (PID 1). Can't operate.\n\
                Failed to connect to bus: Host is down\n";
    let why = answered(1, "", said).await.unwrap_err();
    assert!(matches!(&why, NoAnswer::NotBooted { said } if said.contains("PID 1")), "{why}");
    assert!(why.to_string().starts_with("this machine was not booted with systemd: "), "{why}");
    let tools = Tools { systemctl: "/nonexistent".into(), ..Tools::default() };
    let why = is_active(&Processes, &tools, "x", false, LIMIT).await.unwrap_err();
    assert_eq!(why, NoAnswer::NoSystemctl { program: "/nonexistent".into() });
    assert!(why.to_string().starts_with("no systemctl on this machine"), "{why}");
}

#[tokio::test(start_paused = true)]
async fn whatever_keeps_it_from_answering_is_said_and_is_never_a_state() {
    let none = Duration::ZERO;
    let cases = [
        (
            true,
            none,
            finished(1, "", "sudo: a password is required\n"),
            "sudo ended with exit code 1: sudo: a password is required; a sudoers rule lets it: \
             `NOPASSWD: systemctl is-active nginx.service`, with the whole path",
        ),
        (
            false,
            none,
            finished(1, "", "Failed to connect to bus: Permission denied\n"),
            "systemctl ended with exit code 1: Failed to connect to bus: Permission denied",
        ),
        (false, none, finished(0, "", ""), "systemctl ended with exit code 0"),
        (false, none, CommandOutcome::PermissionDenied, "systemctl: permission denied"),
        (
            false,
            none,
            CommandOutcome::Failed("no more processes".into()),
            "systemctl: no more processes",
        ),
        (true, none, CommandOutcome::NotFound, "sudo: no such program"),
        (false, LIMIT * 2, finished(0, "active\n", ""), "systemctl timed out after 15 s"),
        (
            false,
            none,
            CommandOutcome::Finished(Finished { exit: Exit::Signal(9), ..Finished::default() }),
            "systemctl was ended by signal 9",
        ),
    ];
    for (use_sudo, after, outcome, said) in cases {
        let (_, seen) = asked(use_sudo, after, outcome).await;
        assert_eq!(seen.unwrap_err(), NoAnswer::Other(said.to_owned()));
    }
}
