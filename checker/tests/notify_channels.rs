//! What each channel sends, against receivers on loopback, and what it makes of their answers.

use std::{sync::Arc, time::Duration};

use checker::mailer::{MailFault, Mailer, Memory};
use engine::{
    details::Turn,
    effect::Delivery,
    status::{NoticeKind, Status},
};
use serde_json::json;

#[path = "common/notices.rs"]
mod notices;
#[path = "common/notifiers.rs"]
mod notifiers;
#[path = "common/recorder.rs"]
mod recorder;

use notices::{KEY, RAISED, delivery, notice, of};
use notifiers::notifiers;
use recorder::Recorder;

const MASKED_REASON: &str = "expected status 200, got 503 (***)";
const MASKED_BODY: &str = "Check: api-availability\nFound: <503> & \"***\"\n";

#[tokio::test]
async fn a_webhook_gets_all_fields_with_the_key_and_without_secrets() {
    let recorder = Recorder::start().await;
    let config = format!("{{channels: [{{type: webhook, url: '{}/hook?a=b'}}]}}", recorder.base);
    let (notifiers, _) = notifiers(&[], &config, None).unwrap();
    let late = Delivery { late: Some(Duration::from_secs(60)), ..delivery("webhook") };
    assert_eq!(notifiers.deliver(&late).await, Ok(()));
    let seen = recorder.only();
    assert_eq!(seen.path, "/hook");
    assert_eq!(seen.header("idempotency-key"), KEY);
    assert_eq!(seen.header("content-type"), "application/json; charset=utf-8");
    let expected = json!({
        "id": 41,
        "key": KEY,
        "check": "api-availability",
        "event": "first_fail",
        "severity": "P1",
        "from": "OK",
        "to": "FAIL",
        "since": "2026-01-05T02:30:00.120Z",
        "failures": 1,
        "reason": MASKED_REASON,
        "latency_ms": 14,
        "lasted_ms": null,
        "subject": "[P1][FIRST_FAIL] api-availability (late)",
        "body": format!(
            "LATE by 1 min: this was raised at 2026-01-05 08:00:00 IST and could not be delivered \
             before.\n\n{MASKED_BODY}"
        ),
        "raised_at": "2026-01-05T02:30:00.120Z",
        "late_ms": 60_000,
    });
    assert_eq!(seen.json(), expected);
}

#[tokio::test]
async fn a_workflow_is_told_what_was_and_what_is_under_the_names_it_knows() {
    let recorder = Recorder::start().await;
    let hook = format!("{}/webhook/n8n", recorder.base);
    let (notifiers, _) = notifiers(&[("N8N_WEBHOOK_URL", &hook)], "{}", None).unwrap();
    let turn = Turn {
        what: "worker_status".to_owned(),
        previous: json!(200),
        current: json!(null),
        url: Some("http://worker/beat".to_owned()),
    };
    let mut notice = notice();
    notice.facts.turn = Some(turn);
    assert_eq!(notifiers.deliver(&of(notice, "n8n")).await, Ok(()));
    let seen = recorder.only();
    assert_eq!(seen.path, "/webhook/n8n");
    let told = seen.json();
    assert_eq!((&told["previous"], &told["current"]), (&json!(200), &json!(null)));
    assert_eq!(told["title"], "[P1][FIRST_FAIL] api-availability");
    assert_eq!(told["message"], MASKED_BODY);
    assert_eq!(told["timestamp"], "2026-01-05T02:30:00.120Z");
    assert_eq!(told["heartbeat_url"], "http://worker/beat");
    assert_eq!(told["key"], KEY, "and all that every webhook is told");
}

#[tokio::test]
async fn a_template_and_headers_of_the_users_own_are_honoured() {
    let recorder = Recorder::start().await;
    let config = format!(
        r#"{{channels: [{{name: chat, type: webhook, url: '{}/x', headers: {{X-Token: t0k3n, content-type: application/vnd.chat+json}},
          template: '{{"m": "{{severity}} {{check}} {{event}} {{status}}: {{reason}}", "b": "{{body}}", "s": "{{since}}", "k": "{{key}}", "t": "{{subject}}"}}'}}]}}"#,
        recorder.base
    );
    let (notifiers, _) = notifiers(&[], &config, None).unwrap();
    assert_eq!(notifiers.deliver(&delivery("chat")).await, Ok(()));
    let seen = recorder.only();
    assert_eq!(seen.header("x-token"), "t0k3n");
    assert_eq!(seen.header("content-type"), "application/vnd.chat+json");
    let expected = json!({
        "m": format!("P1 api-availability first_fail FAIL: {MASKED_REASON}"),
        "b": MASKED_BODY,
        "s": "2026-01-05T02:30:00.120Z",
        "k": KEY,
        "t": "[P1][FIRST_FAIL] api-availability",
    });
    assert_eq!(seen.json(), expected);
}

#[tokio::test]
async fn slack_gets_a_text_and_a_coloured_body_with_its_special_characters_escaped() {
    let recorder = Recorder::start().await;
    let hook = format!("{}/services/T0/B0/canary-hook", recorder.base);
    let (notifiers, _) = notifiers(&[("SLACK_WEBHOOK_URL", &hook)], "{}", None).unwrap();
    assert_eq!(notifiers.deliver(&delivery("slack")).await, Ok(()));
    let seen = recorder.only();
    assert_eq!(seen.path, "/services/T0/B0/canary-hook");
    let expected = json!({
        "text": "[P1][FIRST_FAIL] api-availability",
        "attachments": [{
            "color": "#c62828",
            "fallback": "[P1][FIRST_FAIL] api-availability",
            "text": "Check: api-availability\nFound: &lt;503&gt; &amp; \"***\"\n",
            "ts": 1_767_580_200,
        }],
    });
    assert_eq!(seen.json(), expected);
}

#[tokio::test]
async fn teams_gets_an_adaptive_card() {
    let recorder = Recorder::start().await;
    let (notifiers, _) = notifiers(&[("TEAMS_WEBHOOK_URL", &recorder.base)], "{}", None).unwrap();
    assert_eq!(notifiers.deliver(&delivery("teams")).await, Ok(()));
    let json = recorder.only().json();
    assert_eq!(json["type"], "message");
    let card = &json["attachments"][0];
    assert_eq!(card["contentType"], "application/vnd.microsoft.card.adaptive");
    assert_eq!(card["content"]["type"], "AdaptiveCard");
    let blocks = card["content"]["body"].as_array().unwrap();
    assert_eq!(blocks[0]["text"], "[P1][FIRST_FAIL] api-availability");
    assert_eq!(blocks[0]["color"], "Attention");
    assert_eq!(blocks[1]["text"], "Check: api-availability\n\nFound: <503> & \"***\"");
}

#[tokio::test]
async fn the_colour_follows_the_kind_of_notice() {
    let recorder = Recorder::start().await;
    let (notifiers, _) = notifiers(&[("SLACK_WEBHOOK_URL", &recorder.base)], "{}", None).unwrap();
    let cases = [
        (NoticeKind::DeadlineMiss, Status::Fail, "#c62828"),
        (NoticeKind::Recovered, Status::Ok, "#2e7d32"),
        (NoticeKind::Warn, Status::Warn, "#f9a825"),
        (NoticeKind::Change, Status::Fail, "#c62828"),
        (NoticeKind::Change, Status::Ok, "#2e7d32"),
        (NoticeKind::Report, Status::Pending, "#546e7a"),
    ];
    for (kind, to, colour) in cases {
        let mut notice = notice();
        (notice.kind, notice.facts.to) = (kind, to);
        assert_eq!(notifiers.deliver(&of(notice, "slack")).await, Ok(()));
        let json = recorder.seen().pop().unwrap().json();
        assert_eq!(json["attachments"][0]["color"], colour, "{kind} {to}");
    }
}

#[tokio::test]
async fn the_answer_of_a_receiver_decides_whether_another_attempt_makes_sense() {
    let recorder = Recorder::start().await;
    let cases = [
        (200, None),
        (204, None),
        (302, Some(false)),
        (400, Some(true)),
        (404, Some(true)),
        (408, Some(false)),
        (425, Some(false)),
        (429, Some(false)),
        (500, Some(false)),
        (503, Some(false)),
    ];
    for (status, refused) in cases {
        let base = &recorder.base;
        let config = format!("{{channels: [{{type: webhook, url: '{base}/status/{status}'}}]}}");
        let (notifiers, _) = notifiers(&[], &config, None).unwrap();
        let error = notifiers.deliver(&delivery("webhook")).await.err();
        assert_eq!(error.as_ref().map(|error| error.refused), refused, "{status}: {error:?}");
        let names =
            |error: engine::effect::DeliveryError| error.message.contains(&status.to_string());
        assert!(error.is_none_or(names), "{status}");
    }
}

#[tokio::test]
async fn a_receiver_that_nobody_runs_may_be_there_later() {
    let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = free.local_addr().unwrap();
    drop(free);
    let config = format!("{{channels: [{{type: webhook, url: 'http://me:canary@{address}/x'}}]}}");
    let (notifiers, _) = notifiers(&[], &config, None).unwrap();
    let error = notifiers.deliver(&delivery("webhook")).await.unwrap_err();
    assert!(!error.refused && error.message.contains("refused"), "{error:?}");
    assert!(!error.message.contains("canary"), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn a_receiver_that_never_answers_is_given_up_after_ten_seconds() {
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = silent.local_addr().unwrap();
    let config = format!("{{channels: [{{type: webhook, url: 'http://{address}/'}}]}}");
    let (notifiers, _) = notifiers(&[], &config, None).unwrap();
    let start = tokio::time::Instant::now();
    let error = notifiers.deliver(&delivery("webhook")).await.unwrap_err();
    assert!(!error.refused, "{error:?}");
    assert_eq!(start.elapsed().as_secs(), 10, "{error:?}");
}

#[tokio::test]
async fn the_console_shows_a_block_in_which_no_control_character_survives() {
    let (notifiers, console) = notifiers(&[], "{}", None).unwrap();
    let mut notice = notice();
    notice.subject = "[P1][FIRST_FAIL]\r\napi-availability".to_owned();
    notice.body = "red \u{1b}[31m canary-pass\n".to_owned();
    assert_eq!(notifiers.deliver(&of(notice, "console")).await, Ok(()));
    let expected =
        "\n=== [P1][FIRST_FAIL]  api-availability ===\nred \u{fffd}[31m ***\n=== end ===\n";
    assert_eq!(console.text(), expected);
}

#[tokio::test]
async fn mail_goes_out_with_a_stable_id_and_date_and_one_line_of_subject() {
    let memory = Memory::new();
    let mailer: Arc<dyn Mailer> = Arc::new(memory.clone());
    let env = [("SMTP_HOST", "mx"), ("MAIL_TO", "ops@example.org")];
    let (notifiers, console) = notifiers(&env, "{}", Some(mailer)).unwrap();
    let mut told = notice();
    told.subject = "[P1][FIRST_FAIL] api\r\nBcc: all@example.org".to_owned();
    assert_eq!(notifiers.deliver(&of(told, "email:ops@example.org")).await, Ok(()));
    let mail = memory.take().remove(0).mail;
    assert_eq!(mail.message_id, format!("<{KEY}@firedrill>"));
    assert_eq!(mail.date, RAISED);
    assert_eq!(mail.subject, "[P1][FIRST_FAIL] api  Bcc: all@example.org");
    assert_eq!((mail.recipient(), mail.body.as_str()), ("ops@example.org", MASKED_BODY));
    assert_eq!(mail.from.to_string(), "monitor@demo.local");
    assert_eq!(console.text(), "");
}

#[tokio::test(start_paused = true)]
async fn a_first_mail_that_fails_is_copied_to_the_console_and_later_ones_are_not() {
    for fault in [MailFault::Down, MailFault::Reject, MailFault::Stall] {
        let memory = Memory::new();
        memory.set_fault(Some(fault));
        let mailer: Arc<dyn Mailer> = Arc::new(memory);
        let env = [("SMTP_HOST", "mx"), ("MAIL_TO", "ops@example.org")];
        let (notifiers, console) = notifiers(&env, "{}", Some(mailer)).unwrap();
        let first = delivery("email:ops@example.org");
        let error = notifiers.deliver(&first).await.unwrap_err();
        assert_eq!(error.refused, fault == MailFault::Reject, "{error:?}");
        let again = Delivery { attempt: 2, ..first };
        assert!(notifiers.deliver(&again).await.is_err());
        let head = format!(
            "\n=== [P1][FIRST_FAIL] api-availability ===\n(mail failed: {})\n",
            error.message
        );
        let shown = console.text();
        assert!(shown.starts_with(&head), "{shown}");
        assert_eq!(shown.matches("=== end ===").count(), 1, "{fault:?}: {shown}");
    }
}

#[tokio::test]
async fn a_channel_that_is_no_longer_configured_refuses_what_still_waits_for_it() {
    let (notifiers, _) = notifiers(&[], "{}", None).unwrap();
    let error = notifiers.deliver(&delivery("email:ops@example.org")).await.unwrap_err();
    assert!(error.refused && error.message.contains("email:ops@example.org"), "{error:?}");
}
