//! Alerts by mail: the real checker, a real mail server, and what a mailbox ends up with.
//! Skipped where postfix cannot run.

use std::fs;

use engine::{Event, EventKind, NoticeKind, Status, event::Delivered};

use crate::stack::{Stack, wait};

#[path = "../../../../checker/tests/common/postfix.rs"]
mod postfix;

use postfix::{PASSWORD, Postfix, USER};

const CHECK: &str = "global: {interval_s: 1, timeout_s: 2}
checks:
  - {name: api, type: http, url: \"{MOCKAPP_BASE}/api/ping\", severity: P1}
";

/// A stack whose checker mails to these addresses through this server.
fn mailing(server: &Postfix, to: &str) -> Stack {
    let stack = Stack::with(CHECK);
    let (port, ca) = (server.port, server.ca_file());
    let more = format!(
        "SMTP_HOST=localhost\nSMTP_PORT={port}\nSMTP_TLS=starttls\nSMTP_USER={USER}\n\
         SMTP_PASS='{PASSWORD}'\nCA_FILE={}\nMAIL_TO='{to}'\n",
        ca.display()
    );
    let file = stack.path(".env");
    let before = fs::read_to_string(&file).unwrap();
    fs::write(file, before + &more).unwrap();
    stack
}

/// The subjects of the mails, each with what identifies it, in the order of the mailbox.
fn told(mails: &[String]) -> Vec<String> {
    let subject = |mail: &String| {
        mail.lines().find_map(|line| line.strip_prefix("Subject: ")).map(str::to_owned)
    };
    let mut subjects: Vec<_> = mails.iter().filter_map(subject).collect();
    subjects.sort();
    subjects
}

/// The Message-IDs of ours that the server took, in the order in which it took them.
fn taken(server: &Postfix) -> Vec<String> {
    let log = server.log();
    let ids = log.split(" message-id=<").skip(1).filter_map(|rest| rest.split_once('>'));
    ids.map(|(id, _)| id.to_owned()).filter(|id| id.ends_with("@firedrill")).collect()
}

fn attempts(stack: &Stack, channel: &str) -> Vec<Delivered> {
    let of = |event: Event| match event.kind {
        EventKind::Delivery(done) if done.channel == channel => Some(done),
        _ => None,
    };
    stack.events().into_iter().filter_map(of).collect()
}

fn is(status: Status) -> impl Fn(&engine::board::Entry) -> bool {
    move |entry| entry.status == status
}

#[tokio::test]
async fn a_recipient_who_is_refused_costs_the_other_nothing() {
    let Some(server) = Postfix::start().await else {
        return;
    };
    let stack = mailing(&server, "gone@example.test, ops@example.test");
    let _checker = stack.watch();
    stack.until("api", "the check is fine", is(Status::Ok));
    stack.post("admin/faults", r#"{"api_down":true}"#);
    stack.until("api", "the check fails", is(Status::Fail));
    server.wait_for_mails_to("ops@example.test", 1).await;
    stack.post("admin/reset", "{}");
    server.wait_for_mails_to("ops@example.test", 2).await;
    let refused =
        wait("the refusal is in the journal", || attempts(&stack, "email:gone@example.test").pop());
    assert!(!refused.ok && refused.error.as_deref().unwrap().contains("550"), "{refused:?}");
    let seen = stack.entry("api").unwrap().last_checked_at;
    stack.until("api", "monitoring goes on", |entry| entry.last_checked_at > seen);
    assert_eq!(
        told(&server.mails_to("ops@example.test")),
        ["[P1][FIRST_FAIL] api", "[P1][RECOVERED] api"]
    );
    let accepted: Vec<_> = attempts(&stack, "email:ops@example.test")
        .into_iter()
        .map(|done| (done.kind, done.ok))
        .collect();
    assert_eq!(accepted, [(NoticeKind::FirstFail, true), (NoticeKind::Recovered, true)]);
    assert!(server.mails_to("gone@example.test").is_empty());
}

#[tokio::test]
async fn alerts_outlive_a_dead_mail_server_and_a_killed_checker_once_each_and_in_order() {
    let Some(server) = Postfix::start().await else {
        return;
    };
    let stack = mailing(&server, "ops@example.test");
    server.down().await;
    let mut checker = stack.watch();
    stack.until("api", "the check is fine", is(Status::Ok));
    stack.post("admin/faults", r#"{"api_down":true}"#);
    let channel = "email:ops@example.test";
    let tried = |times| {
        wait("an attempt failed", || (attempts(&stack, channel).len() >= times).then_some(()))
    };
    tried(1);
    let console = fs::read_to_string(stack.path("console.txt")).unwrap();
    assert!(
        console.contains("=== [P1][FIRST_FAIL] api ===\n(mail failed: no connection to localhost:"),
        "{console}"
    );
    checker.0.kill().unwrap();
    checker.0.wait().unwrap();
    let _again = stack.watch();
    tried(2);
    stack.post("admin/reset", "{}");
    stack.until("api", "the outage is over", is(Status::Ok));
    server.up().await;
    let mails = server.wait_for_mails_to("ops@example.test", 2).await;
    let subjects = ["[P1][FIRST_FAIL] api", "[P1][RECOVERED] api"];
    assert_eq!(told(&mails), subjects);
    stack.until("api", "nothing waits any more", |entry| entry.pending.is_empty());
    let ids = taken(&server);
    let kinds: Vec<_> = ids.iter().map(|id| id.rsplit('.').nth(1).unwrap()).collect();
    assert_eq!(kinds, ["first_fail", "recovered"], "in order and once each: {ids:?}");
    assert_eq!(stack.notices("api"), [NoticeKind::FirstFail, NoticeKind::Recovered]);
}
