//! Remedies: what is sent or started, and what is said of it.

use std::time::Duration;

use checker::{
    actions::{Tools, run},
    command::{Answer, CommandOutcome, Exit, Finished, Scripted},
};
use engine::{
    config::{ActionKind, CheckName, RestartWhen},
    effect::Run,
};

use crate::server::{OK, answering, client};

fn action(kind: ActionKind) -> Run {
    let (check, timeout) = (CheckName::new("api"), Duration::from_secs(5));
    Run { id: 1, check, label: "x".into(), kind, timeout }
}

async fn carried_out(kind: ActionKind) -> Result<String, String> {
    run(&client(), &Scripted::new(Vec::new()).0, &Tools::default(), &action(kind)).await
}

fn post(url: &str, payload: serde_json::Value) -> ActionKind {
    ActionKind::HttpPost { url: url.parse().unwrap(), payload }
}

#[tokio::test]
async fn a_post_sends_the_payload_as_json_and_reports_the_answer() {
    let (address, mut requests) = answering(OK).await;
    let kind = post(&format!("http://{address}/admin/reset"), serde_json::json!({"why": "é"}));
    assert_eq!(carried_out(kind).await, Ok(format!("200 from http://{address}/admin/reset")));
    let request = requests.recv().await.unwrap();
    assert!(request.starts_with("POST /admin/reset HTTP/1.1\r\n"), "{request}");
    assert!(request.contains("content-type: application/json\r\n"), "{request}");
    assert!(request.ends_with("\r\n\r\n{\"why\":\"é\"}"), "{request}");
}

#[tokio::test]
async fn a_post_that_fails_says_how_and_gives_no_secret_away() {
    let (address, _requests) = answering(b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n").await;
    let url = format!("http://me:secret@{address}/reset?token=secret");
    let said = carried_out(post(&url, serde_json::json!({}))).await.unwrap_err();
    assert_eq!(said, format!("503 from http://{address}/reset?…"));
    let (address, _requests) = answering(b"").await;
    let url = format!("http://me:secret@{address}/reset?token=secret");
    let said = carried_out(post(&url, serde_json::json!({}))).await.unwrap_err();
    assert_eq!(said, format!("{address} closed the connection before it answered"));
}

#[tokio::test(start_paused = true)]
async fn a_restart_calls_systemctl_by_its_name_with_sudo_where_asked_for() {
    let answer = Answer {
        argv: ["/opt/ctl", "restart", "api.service"].map(str::to_owned).to_vec(),
        after: Duration::from_secs(1),
        outcome: CommandOutcome::Finished(Finished::default()),
    };
    let mut denied = answer.clone();
    denied.argv = ["sudo", "-n", "/opt/ctl", "restart", "*"].map(str::to_owned).to_vec();
    denied.outcome = CommandOutcome::Finished(Finished {
        exit: Exit::Code(1),
        stderr: b"sudo: a password is required\n".to_vec(),
        ..Finished::default()
    });
    let (scripted, _calls) = Scripted::new(vec![answer, denied]);
    let tools = Tools { systemctl: "/opt/ctl".into(), ..Tools::default() };
    for (use_sudo, said) in [
        (false, Ok("api.service restarted".to_owned())),
        (
            true,
            Err("sudo ended with exit code 1: sudo: a password is required; a sudoers rule lets \
                 it: `NOPASSWD: /opt/ctl restart api.service`, with the whole path"
                .to_owned()),
        ),
    ] {
        let restart = action(ActionKind::Restart {
            unit: "api.service".into(),
            use_sudo,
            when: RestartWhen::Always,
        });
        assert_eq!(run(&client(), &scripted, &tools, &restart).await, said);
    }
}

#[tokio::test(start_paused = true)]
async fn a_command_succeeds_with_exit_code_0_only() {
    let cases = [
        (CommandOutcome::Finished(Finished::default()), Ok("fix ended with exit code 0")),
        (
            CommandOutcome::Finished(Finished { exit: Exit::Signal(9), ..Finished::default() }),
            Err("fix was ended by signal 9"),
        ),
        (CommandOutcome::NotFound, Err("fix: no such program")),
        (CommandOutcome::PermissionDenied, Err("fix: permission denied")),
        (CommandOutcome::TimedOut, Err("fix did not end within 5 s and was killed")),
        (CommandOutcome::Failed("out of memory".into()), Err("fix: out of memory")),
    ];
    for (outcome, said) in cases {
        let argv = vec!["fix".to_owned(), "--now".to_owned()];
        let answer = Answer { argv: argv.clone(), after: Duration::ZERO, outcome };
        let (scripted, _calls) = Scripted::new(vec![answer]);
        let fix = action(ActionKind::Command { argv });
        let result = run(&client(), &scripted, &Tools::default(), &fix).await;
        assert_eq!(result, said.map(str::to_owned).map_err(str::to_owned));
    }
}
