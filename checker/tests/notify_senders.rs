//! What a Telegram bot, Twilio, ntfy and a program are told, against receivers on loopback and real
//! processes; what is made of their answers; and that their secrets stay inside.

use std::{fs, os::unix::fs::PermissionsExt, time::Duration};

use engine::status::{NoticeKind, Severity};
use serde_json::json;

#[path = "common/moody.rs"]
mod moody;
#[path = "common/notices.rs"]
mod notices;
#[path = "common/notifiers.rs"]
mod notifiers;
#[path = "common/recorder.rs"]
mod recorder;

use moody::Moody;
use notices::{KEY, delivery, notice, of};
use notifiers::notifiers;
use recorder::Recorder;

const TOKEN: &str = "123456:canary-telegram_A1";
const MASKED_BODY: &str = "Check: api-availability\nFound: <503> & \"***\"";

fn telegram(base: &str) -> String {
    format!("{{channels: [{{type: telegram, api: '{base}', token: '{TOKEN}', chat_id: '-100'}}]}}")
}

fn twilio(base: &str) -> String {
    format!(
        "{{channels: [{{type: twilio, api: '{base}', account_sid: AC7, auth_token: canary-twilio, \
         from: '+1555', to: '+4911, +4922'}}]}}"
    )
}

#[tokio::test]
async fn a_bot_sends_plain_text_with_the_subject_first() {
    let recorder = Recorder::start().await;
    let (notifiers, _) = notifiers(&[], &telegram(&recorder.base), None).unwrap();
    assert_eq!(notifiers.deliver(&delivery("telegram")).await, Ok(()));
    let seen = recorder.only();
    assert_eq!(seen.path, format!("/bot{TOKEN}/sendMessage"));
    assert_eq!(seen.header("idempotency-key"), KEY);
    let expected = json!({
        "chat_id": "-100",
        "text": format!("[P1][FIRST_FAIL] api-availability\n\n{MASKED_BODY}"),
        "link_preview_options": {"is_disabled": true},
    });
    assert_eq!(seen.json(), expected);
}

#[tokio::test]
async fn long_texts_are_cut_to_what_each_receiver_takes() {
    let recorder = Recorder::start().await;
    let config = format!(
        "{{channels: [{{type: telegram, api: '{0}', token: '{TOKEN}', chat_id: '1'}}, {{type: twilio, \
         api: '{0}', account_sid: AC7, auth_token: canary-twilio, from: MG5, to: ['+4911']}}, \
         {{type: ntfy, url: '{0}', topic: t}}]}}",
        recorder.base
    );
    let (notifiers, _) = notifiers(&[], &config, None).unwrap();
    for letter in ["x", "é", "😀"] {
        let mut long = notice();
        long.body = letter.repeat(9_000);
        for channel in ["telegram", "twilio:+4911", "ntfy"] {
            assert_eq!(notifiers.deliver(&of(long.clone(), channel)).await, Ok(()));
        }
        let seen = recorder.seen().split_off(recorder.seen().len() - 3);
        let units = |text: &str| text.encode_utf16().count();
        let text = seen[0].json()["text"].as_str().unwrap().to_owned();
        assert!((4095..=4096).contains(&units(&text)) && text.ends_with('…'), "{}", units(&text));
        let form = url::form_urlencoded::parse(seen[1].body.as_bytes()).into_owned();
        let form: Vec<(String, String)> = form.collect();
        assert_eq!(form[1], ("MessagingServiceSid".to_owned(), "MG5".to_owned()));
        assert!((1599..=1600).contains(&units(&form[2].1)), "{}", units(&form[2].1));
        let text = seen[2].json()["message"].as_str().unwrap().to_owned();
        assert!(text.len() <= 4_096 && text.len() > 3_990, "{}", text.len());
    }
}

#[tokio::test]
async fn a_text_message_is_a_form_to_each_number_with_the_account_as_the_user() {
    let recorder = Recorder::start().await;
    let (notifiers, _) = notifiers(&[], &twilio(&recorder.base), None).unwrap();
    let routes: Vec<_> = notifiers.routes().into_iter().map(|route| route.channel).collect();
    assert_eq!(routes, ["twilio:+4911", "twilio:+4922", "console"]);
    assert_eq!(notifiers.resolve(&["twilio".to_owned()]), ["twilio:+4911", "twilio:+4922"]);
    assert_eq!(notifiers.deliver(&delivery("twilio:+4922")).await, Ok(()));
    let seen = recorder.only();
    assert_eq!(seen.path, "/2010-04-01/Accounts/AC7/Messages.json");
    assert_eq!(seen.header("content-type"), "application/x-www-form-urlencoded");
    assert_eq!(seen.header("authorization"), "Basic QUM3OmNhbmFyeS10d2lsaW8=");
    assert_eq!(seen.header("idempotency-key"), KEY);
    let form: Vec<_> = url::form_urlencoded::parse(seen.body.as_bytes()).into_owned().collect();
    let text = format!("[P1][FIRST_FAIL] api-availability\n\n{MASKED_BODY}");
    let expected = [("To", "+4922"), ("From", "+1555"), ("Body", &text)];
    assert_eq!(form, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
}

#[tokio::test]
async fn a_topic_gets_title_tags_and_a_priority_that_follows_the_severity() {
    let recorder = Recorder::start().await;
    let config = format!(
        "{{channels: [{{type: ntfy, url: '{}/', topic: alerts, tags: [shop], token: canary-ntfy-tk}}]}}",
        recorder.base
    );
    let (notifiers, _) = notifiers(&[], &config, None).unwrap();
    assert_eq!(notifiers.deliver(&delivery("ntfy")).await, Ok(()));
    let seen = recorder.only();
    assert_eq!((seen.path.as_str(), seen.header("authorization")), ("/", "Bearer canary-ntfy-tk"));
    let expected = json!({
        "topic": "alerts",
        "title": "[P1][FIRST_FAIL] api-availability",
        "message": format!("{MASKED_BODY}\n"),
        "priority": 5,
        "tags": ["rotating_light", "shop"],
    });
    assert_eq!(seen.json(), expected);
    let cases = [
        (NoticeKind::FirstFail, Severity::P2, 4, "rotating_light"),
        (NoticeKind::Warn, Severity::P4, 2, "warning"),
        (NoticeKind::Recovered, Severity::P1, 3, "white_check_mark"),
        (NoticeKind::Test, Severity::P4, 2, "information_source"),
    ];
    for (kind, severity, priority, tag) in cases {
        let told = engine::event::Notice { kind, severity, ..notice() };
        assert_eq!(notifiers.deliver(&of(told, "ntfy")).await, Ok(()));
        let json = recorder.seen().pop().unwrap().json();
        assert_eq!((&json["priority"], &json["tags"][0]), (&json!(priority), &json!(tag)));
    }
}

#[tokio::test]
async fn a_program_reads_the_notice_and_what_it_says_becomes_the_error() {
    let folder = tempfile::tempdir().unwrap();
    let (script, took) = (folder.path().join("tell"), folder.path().join("took"));
    let text = format!(
        "#!/bin/sh\ncat > '{}'\necho \"no $1, canary-pass\" >&2\nexit $1\n",
        took.display()
    );
    fs::write(&script, text).unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    let script = script.display();
    let config = format!(
        "{{channels: [{{type: command, argv: ['{script}', '0']}}, {{type: command, name: sad, argv: \
         ['{script}', '7']}}, {{type: command, name: none, argv: [/no/such/program]}}, \
         {{type: command, name: slow, argv: [/bin/sleep, '60'], timeout_s: 0.1}}]}}"
    );
    let (notifiers, _) = notifiers(&[], &config, None).unwrap();
    assert_eq!(notifiers.deliver(&delivery("command")).await, Ok(()));
    let read: serde_json::Value = serde_json::from_slice(&fs::read(&took).unwrap()).unwrap();
    assert_eq!((&read["key"], &read["event"]), (&json!(KEY), &json!("first_fail")));
    assert_eq!(read["reason"], "expected status 200, got 503 (***)");
    let cases = [
        ("sad", format!("{script} ended with exit code 7: no 7, ***")),
        ("none", "/no/such/program: no such program".to_owned()),
        ("slow", "/bin/sleep did not end within 100 ms and was killed".to_owned()),
    ];
    for (channel, expected) in cases {
        let error = notifiers.deliver(&delivery(channel)).await.unwrap_err();
        assert_eq!((error.message, error.refused), (expected, false));
    }
}

#[tokio::test]
async fn a_receiver_that_asks_to_be_left_alone_says_for_how_long_and_secrets_stay_inside() {
    let cases = [
        (429, telegram as fn(&str) -> String, "telegram", false),
        (429, twilio, "twilio:+4911", false),
        (401, telegram, "telegram", true),
    ];
    for (status, config, channel, refused) in cases {
        let moody = Moody::answering(status).await;
        let config = config(&moody.base);
        let (notifiers, _) = notifiers(&[], &config, None).unwrap();
        let error = notifiers.deliver(&delivery(channel)).await.unwrap_err();
        assert_eq!(error.refused, refused, "{error:?}");
        let wait = (!refused).then_some(Duration::from_secs(17));
        assert_eq!(error.retry_after, wait, "{error:?}");
        assert!(error.message.contains("***"), "the echo is shown: {error:?}");
        let shown = format!("{error:?} {notifiers:?}");
        for trace in ["canary-t", "QUM3OmNhbmFy"] {
            assert!(!shown.contains(trace), "{trace} in {shown}");
        }
    }
}

#[tokio::test]
async fn the_environment_names_a_bot_and_an_account_as_it_does_a_slack_hook() {
    let env = [
        ("TELEGRAM_BOT_TOKEN", TOKEN),
        ("TELEGRAM_CHAT_ID", "5"),
        ("TWILIO_ACCOUNT_SID", "AC7"),
        ("TWILIO_AUTH_TOKEN", "canary-twilio"),
        ("TWILIO_FROM", "+1555"),
        ("TWILIO_TO", "+4911, +4922"),
    ];
    let routes = |env: &[(&str, &str)], notify: &str| {
        let (notifiers, _) = notifiers(env, notify, None).unwrap();
        let routes = notifiers.routes().into_iter();
        let routes: Vec<_> = routes.map(|one| (one.channel, one.severities.len())).collect();
        (routes, notifiers.off().to_vec())
    };
    let name = |name: &str, severities| (name.to_owned(), severities);
    let all = [name("telegram", 0), name("twilio:+4911", 0), name("twilio:+4922", 0)];
    assert_eq!(routes(&env, "{}").0[..3], all);
    let narrow = "{channels: [{type: telegram, severities: [P1]}]}";
    assert_eq!(routes(&env[..2], narrow).0[0], name("telegram", 1), "told once, as configured");
    let other = "{channels: [{type: telegram, chat_id: '6'}]}";
    let both = [name("telegram", 0), name("telegram:environment", 0)];
    assert_eq!(routes(&env[..2], other).0[..2], both);
    let lacking = "channel `telegram` is off: it has no chat_id and TELEGRAM_CHAT_ID is not set";
    assert!(routes(&env[..1], "{}").1.contains(&lacking.to_owned()));
    let off = "{channels: [{type: ntfy, topic: ''}, {type: twilio}]}";
    let said = routes(&[], off).1.join("\n");
    assert!(said.contains("channel `ntfy` is off: its topic is empty"), "{said}");
    assert!(said.contains("channel `twilio` is off: it has no account_sid"), "{said}");
    let odd = "{channels: [{type: telegram, token: 'canary/../x', chat_id: '6'}]}";
    let error = notifiers(&[], odd, None).map(|_| ()).unwrap_err().to_string();
    assert!(error.contains("not shown") && !error.contains("canary"), "{error}");
}

/// Every channel that goes over HTTP, with the receiver at an address.
const OVER_HTTP: [(&str, &str); 6] = [
    ("webhook", "type: webhook, url: '{AT}'"),
    ("slack", "type: slack, url: '{AT}'"),
    ("teams", "type: teams, url: '{AT}'"),
    ("telegram", "type: telegram, api: '{AT}', token: '1:a', chat_id: '1'"),
    (
        "twilio:+4911",
        "type: twilio, api: '{AT}', account_sid: AC7, auth_token: tttt, from: '1', to: '+4911'",
    ),
    ("ntfy", "type: ntfy, url: '{AT}', topic: t"),
];

mod delivered {
    //! The engine's own outbox before the real channels: what fails is tried again, in order.

    use engine::{
        outbox::{FIRST_WAIT, Outbox},
        time::{Mono, Now},
    };

    use super::*;

    /// Sends what is due until nothing is, and tells what was recorded of it.
    async fn send(
        outbox: &mut Outbox,
        notifiers: &checker::notify::Notifiers,
        now: Mono,
    ) -> Vec<engine::event::Delivered> {
        let mut done = Vec::new();
        loop {
            let due = outbox.start(now);
            if due.is_empty() {
                return done;
            }
            for delivery in due {
                let result = notifiers.deliver(&delivery).await;
                done.extend(outbox.finish(delivery.id, result, now));
            }
        }
    }

    fn told(id: u64, kind: NoticeKind, check: &str) -> std::sync::Arc<engine::event::Notice> {
        let subject = format!("[P1][{}] {check}", kind.word().to_uppercase());
        let name = Some(engine::CheckName::new(check));
        std::sync::Arc::new(engine::event::Notice { id, kind, name, subject, ..notice() })
    }

    #[tokio::test]
    async fn every_channel_over_http_delivers_once_and_in_order_when_its_receiver_is_back() {
        for (channel, keys) in OVER_HTTP {
            let moody = Moody::answering(503).await;
            let keys = keys.replace("{AT}", &moody.base);
            let (notifiers, _) =
                notifiers(&[], &format!("{{channels: [{{{keys}}}]}}"), None).unwrap();
            let mut outbox = Outbox::default();
            let start = Now { wall: notices::RAISED, mono: Mono::default() };
            outbox.push(channel, &told(1, NoticeKind::FirstFail, "a"), 0, start);
            outbox.push(channel, &told(2, NoticeKind::Recovered, "a"), 0, start);
            let failed = send(&mut outbox, &notifiers, start.mono).await;
            assert_eq!(failed.len(), 1, "{channel}: the recovery waits for the alert: {failed:?}");
            assert!(!failed[0].ok && failed[0].error.as_ref().unwrap().contains("503"));
            moody.answer(200);
            let early = start.mono + FIRST_WAIT / 2;
            assert!(send(&mut outbox, &notifiers, early).await.is_empty(), "{channel} waits");
            let later = start.mono + Duration::from_secs(120);
            let done = send(&mut outbox, &notifiers, later).await;
            assert!(done.iter().all(|done| done.ok) && outbox.is_empty(), "{channel}: {done:?}");
            let seen = moody.seen();
            let order: Vec<_> = seen.iter().map(|seen| seen.header("idempotency-key")).collect();
            assert_eq!(order.len(), 3, "{channel}");
            assert_eq!(order[0], order[1], "{channel}: the same key for every attempt");
            assert!(order[2].contains("recovered"), "{channel}: {order:?}");
            for seen in &seen[1..] {
                let body = seen.body.replace("%28", "(").replace("%29", ")");
                assert!(body.contains("(late)"), "{channel} says that it is late: {body}");
            }
        }
    }

    #[tokio::test]
    async fn what_a_receiver_refuses_is_told_and_does_not_block_the_next() {
        for (channel, keys) in OVER_HTTP {
            let moody = Moody::answering(400).await;
            let keys = keys.replace("{AT}", &moody.base);
            let (notifiers, _) =
                notifiers(&[], &format!("{{channels: [{{{keys}}}]}}"), None).unwrap();
            let mut outbox = Outbox::default();
            let start = Now { wall: notices::RAISED, mono: Mono::default() };
            outbox.push(channel, &told(1, NoticeKind::FirstFail, "a"), 0, start);
            let done = send(&mut outbox, &notifiers, start.mono).await;
            assert_eq!(done.len(), 1, "{channel}");
            assert!(!done[0].ok && done[0].error.as_ref().unwrap().contains("400"), "{done:?}");
            moody.answer(200);
            outbox.push(channel, &told(2, NoticeKind::FirstFail, "b"), 0, start);
            let done = send(&mut outbox, &notifiers, start.mono).await;
            assert_eq!(done.len(), 1, "{channel}: at once, though the first still waits");
            assert!(done[0].ok && done[0].id == 2, "{channel}: {done:?}");
        }
    }

    #[tokio::test]
    async fn a_channel_waits_for_as_long_as_its_receiver_asked() {
        let moody = Moody::answering(429).await;
        let config = telegram(&moody.base);
        let (notifiers, _) = notifiers(&[], &config, None).unwrap();
        let mut outbox = Outbox::default();
        let start = Now { wall: notices::RAISED, mono: Mono::default() };
        outbox.push("telegram", &told(1, NoticeKind::FirstFail, "a"), 0, start);
        assert_eq!(send(&mut outbox, &notifiers, start.mono).await.len(), 1);
        let asked = start.mono + Duration::from_secs(17);
        assert_eq!(outbox.next(start.mono), Some(asked), "17 s, not the usual 5 s");
    }
}
