//! Mail against a real mail server.

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic")]

use std::{sync::Arc, time::Duration};

use checker::mailer::{Mail, MailError, Mailer, SmtpMailer};
use checker::settings::{Login, Secret, Smtp, SmtpTls};

#[path = "common/notices.rs"]
mod notices;
#[path = "common/notifiers.rs"]
mod notifiers;
#[path = "common/postfix.rs"]
mod postfix;

use postfix::{PASSWORD, Postfix, USER};

fn smtp(port: u16, tls: SmtpTls) -> Smtp {
    let login = Login { user: USER.to_owned(), pass: Secret::new(PASSWORD.to_owned()) };
    Smtp {
        host: "localhost".to_owned(),
        port,
        login: Some(login),
        tls,
        from: "monitor@demo.local".parse().unwrap(),
        to: Vec::new(),
    }
}

fn mail(to: &str) -> Mail {
    Mail {
        from: "Firedrill <monitor@demo.local>".parse().unwrap(),
        to: to.parse().unwrap(),
        subject: "[P1][FIRST_FAIL] größer".to_owned(),
        body: "first line\n.\nlast line\n".to_owned(),
        html: None,
        message_id: format!("<41.{}@firedrill>", to.replace('@', "-")),
        date: notices::RAISED,
    }
}

async fn send(server: &Postfix, smtp: &Smtp, to: &str) -> Result<(), MailError> {
    SmtpMailer::new(smtp, Some(&server.ca_file())).unwrap().send(&mail(to)).await
}

/// Who is written to and how, and what is expected to come of it: nothing, or words and whether
/// they are final.
struct Case {
    smtp: Smtp,
    to: &'static str,
    error: Option<(&'static str, bool)>,
}

const OPS: &str = "ops@example.test";

fn delivered(server: &Postfix) -> Vec<Case> {
    let start_tls = smtp(server.port, SmtpTls::StartTls);
    let at_once = smtp(server.tls_port, SmtpTls::Tls);
    let case = |smtp: &Smtp, to| Case { smtp: smtp.clone(), to, error: None };
    vec![
        case(&start_tls, OPS),
        case(&at_once, "smtps@example.test"),
        case(&start_tls, "next@example.test"),
    ]
}

/// Refused and greylisted recipients, then a wrong password, no login, a certificate for another
/// name, and TLS where none is spoken.
fn failing(server: &Postfix) -> Vec<Case> {
    let good = smtp(server.port, SmtpTls::StartTls);
    let (mut wrong, mut anonymous, mut other_name) = (good.clone(), good.clone(), good.clone());
    let pass = Secret::new("wrong canary".to_owned());
    wrong.login = wrong.login.map(|login| Login { pass, ..login });
    anonymous.login = None;
    "127.0.0.1".clone_into(&mut other_name.host);
    let no_tls_there = smtp(server.port, SmtpTls::Tls);
    let case = |smtp: &Smtp, to, words, refused| {
        let error = Some((words, refused));
        Case { smtp: smtp.clone(), to, error }
    };
    vec![
        case(&good, "gone@example.test", "550 5.1.1", true),
        case(&good, "grey@example.test", "450 4.2.0", false),
        case(&wrong, OPS, "535 5.7.8", false),
        case(&anonymous, OPS, "554 5.7.1", true),
        case(&other_name, OPS, "no TLS with", false),
        case(&no_tls_there, OPS, "no connection to", false),
    ]
}

async fn play(server: &Postfix, case: &Case) {
    let Case { smtp, to, error } = case;
    match (send(server, smtp, to).await, error) {
        (result, None) => assert_eq!(result, Ok(()), "{to}"),
        (Ok(()), Some(expected)) => panic!("{to} was delivered instead of {expected:?}"),
        (Err(got), Some((words, refused))) => {
            assert!(got.message.contains(words), "{words} expected: {got}");
            assert_eq!(got.refused, *refused, "{got}");
            assert!(!got.message.contains("canary"), "{got}");
        }
    }
}

#[tokio::test]
async fn a_real_server_delivers_refuses_and_puts_off_and_each_is_told_apart() {
    let Some(server) = Postfix::start().await else {
        return;
    };
    for case in failing(&server).iter().chain(&delivered(&server)) {
        play(&server, case).await;
    }
    for to in ["ops@example.test", "smtps@example.test", "next@example.test"] {
        assert_eq!(server.wait_for_mails_to(to, 1).await.len(), 1, "{to}");
    }
    let text = server.mails_to("ops@example.test").remove(0);
    let headers = [
        "Message-ID: <41.ops-example.test@firedrill>",
        "Date: Mon, 05 Jan 2026 02:30:00 +0000",
        "From: Firedrill <monitor@demo.local>",
        "To: ops@example.test",
        "Auto-Submitted: auto-generated",
    ];
    for header in headers {
        assert!(text.lines().any(|line| line == header), "no {header} in {text}");
    }
    assert!(text.trim_end().ends_with("\n\nfirst line\n.\nlast line"), "{text}");
}

#[tokio::test]
async fn a_server_whose_certificate_nobody_vouches_for_gets_no_password() {
    let Some(server) = Postfix::start().await else {
        return;
    };
    let mailer = SmtpMailer::new(&smtp(server.port, SmtpTls::StartTls), None).unwrap();
    let error = mailer.send(&mail("ops@example.test")).await.unwrap_err();
    assert!(error.message.starts_with("no TLS with localhost:") && !error.refused, "{error}");
    assert!(!server.log().contains("sasl_username"), "{}", server.log());
}

#[tokio::test]
async fn a_notice_that_waits_for_a_dead_server_arrives_once_with_the_id_of_its_first_attempt() {
    let Some(server) = Postfix::start().await else {
        return;
    };
    let smtp = smtp(server.port, SmtpTls::StartTls);
    let mailer = SmtpMailer::new(&smtp, Some(&server.ca_file())).unwrap();
    let mailer: Arc<dyn Mailer> = Arc::new(mailer);
    let env = [("SMTP_HOST", "localhost"), ("MAIL_TO", "late@example.test, gone@example.test")];
    let (notifiers, console) = notifiers::notifiers(&env, "{}", Some(mailer)).unwrap();
    server.down().await;
    let first = notices::delivery("email:late@example.test");
    let error = notifiers.deliver(&first).await.unwrap_err();
    assert!(error.message.contains("onnection refused") && !error.refused, "{error:?}");
    assert!(
        console.text().contains("(mail failed: no connection to localhost:"),
        "{}",
        console.text()
    );
    server.up().await;
    let late = Some(Duration::from_secs(185));
    let again = engine::effect::Delivery { attempt: 2, late, ..first };
    assert_eq!(notifiers.deliver(&again).await, Ok(()));
    let refused = notifiers.deliver(&notices::delivery("email:gone@example.test")).await;
    assert!(refused.unwrap_err().refused);
    let mails = server.wait_for_mails_to("late@example.test", 1).await;
    assert_eq!(mails.len(), 1);
    let id = format!("Message-ID: <{}@firedrill>", notices::KEY);
    assert!(mails[0].lines().any(|line| line == id), "{}", mails[0]);
    assert!(mails[0].contains("Subject: [P1][FIRST_FAIL] api-availability (late)"), "{}", mails[0]);
    assert!(mails[0].contains("LATE by 3 min 5 s"), "{}", mails[0]);
}
