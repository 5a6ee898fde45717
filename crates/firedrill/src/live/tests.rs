//! The mail server under the checker's own client, and what is not begun at all.

use std::{sync::atomic::AtomicUsize, sync::atomic::Ordering};

use checker::{
    mailer::{Mail, Mailer as _, SmtpMailer},
    settings::{Smtp, SmtpTls},
};
use engine::Timestamp;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use super::{mailfault::Fault, smtp::Sink, *};
use crate::scenario::{
    CheckerFlags, Doing, EditWith, EditedFile, Expect, FaultStep, Live, Moment, Place, Realm, Step,
    Target, Text,
};

const PATIENCE: Duration = Duration::from_secs(10);

fn client(sink: &Sink) -> SmtpMailer {
    let smtp = Smtp {
        host: sink.addr.ip().to_string(),
        port: sink.addr.port(),
        login: None,
        tls: SmtpTls::None,
        from: "monitor@demo.local".parse().unwrap(),
        to: Vec::new(),
    };
    SmtpMailer::new(&smtp, None).unwrap().with_limit(Duration::from_millis(700))
}

fn mail(subject: &str, body: &str) -> Mail {
    Mail {
        from: "monitor@demo.local".parse().unwrap(),
        to: "Ops <ops@example.test>".parse().unwrap(),
        subject: subject.to_owned(),
        body: body.to_owned(),
        html: None,
        message_id: "<41.1767580200120.first_fail.api@firedrill>".to_owned(),
        date: Timestamp::from_millis(1_767_580_200_120),
    }
}

fn broken(id: &str, kind: &str, step: Value) -> Arc<Fault> {
    let Value::Object(step) = step else { panic!("{step}") };
    Arc::new(Fault::of(id, kind, &step, 1).unwrap())
}

#[tokio::test]
async fn what_the_checkers_client_sends_is_read_as_it_was_written() {
    let mut sink = Sink::start().await.unwrap();
    let long = "größer als üblich ".repeat(20);
    let cases = [
        ("[P1][FIRST_FAIL] api", "api is failing.\n\n.\n..two dots\nlast\n"),
        ("[P2][RECOVERED] Größe der Warteschlange", long.as_str()),
        (
            "[P3][WARN] a rather long name of a check that does not fit on one line of a mail",
            "= =3D\n",
        ),
    ];
    for (subject, body) in cases {
        client(&sink).send(&mail(subject, body)).await.unwrap();
        let taken = sink.take();
        let [(_, bytes)] = taken.as_slice() else { panic!("{taken:?}") };
        let read = mail::read(bytes);
        assert_eq!((read.subject.as_str(), read.body.trim_end()), (subject, body.trim_end()));
        assert_eq!(read.to, ["ops@example.test"]);
        assert_eq!(read.id, "41.1767580200120.first_fail.api@firedrill");
    }
}

#[tokio::test]
async fn every_fault_is_seen_by_the_client_as_a_real_server_would_show_it() {
    let mut sink = Sink::start().await.unwrap();
    // The kind, its step, whether the mail is taken for good, refused for good, and how many arrive.
    let cases = [
        ("mail.refuse", json!({}), Some(false), 0),
        ("mail.refuse", json!({"times": 5}), Some(false), 0),
        ("mail.greylist", json!({}), Some(false), 0),
        ("mail.reject", json!({}), Some(true), 0),
        ("mail.stall", json!({}), Some(false), 0),
        ("mail.lost_ack", json!({}), Some(false), 1),
        ("mail.slow", json!({"ms": 50}), None, 1),
        ("mail.dup", json!({}), None, 2),
    ];
    for (kind, step, refused, arrive) in cases {
        let closes = kind == "mail.refuse" && step == json!({});
        let fault = broken("mail", kind, step);
        sink.begin(Arc::clone(&fault));
        if closes {
            until_shut(&sink, true).await;
        }
        let result = client(&sink).send(&mail("s", "b")).await;
        assert_eq!(result.err().map(|error| error.refused), refused, "{kind}");
        assert_eq!(sink.take().len(), arrive, "{kind}");
        assert_eq!(fault.counts(), if closes { (0, 0) } else { (1, 1) }, "{kind}");
        sink.end("mail");
        if closes {
            until_shut(&sink, false).await;
        }
        client(&sink).send(&mail("s", "b")).await.unwrap();
        assert_eq!(sink.take().len(), 1, "{kind} heals");
    }
}

/// Waits until the door is shut, or open.
async fn until_shut(sink: &Sink, shut: bool) {
    let wait = async {
        while TcpStream::connect(sink.addr).await.is_err() != shut {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, wait).await.unwrap();
}

#[tokio::test]
async fn a_fault_that_picks_its_mails_picks_the_same_ones_as_in_virtual_time() {
    let fault = broken("flaky", "mail.greylist", json!({"skip": 1, "every": 2}));
    let struck: Vec<bool> = (0..6).map(|_| fault.meets()).collect();
    assert_eq!(struck, [false, false, true, false, true, false]);
    let gate = mockapp::Gate { p: Some(0.33), ..mockapp::Gate::default() };
    let fault = broken("flaky", "mail.refuse", json!({"p": 0.33}));
    let injected = AtomicUsize::new(0);
    for nth in 1..=100 {
        let expected = gate.injects(1, "flaky", nth, injected.load(Ordering::Relaxed) as u64);
        assert_eq!(fault.meets(), expected, "the {nth}th");
        injected.fetch_add(usize::from(expected), Ordering::Relaxed);
    }
}

#[tokio::test]
async fn commands_may_come_in_one_piece_and_in_any_order() {
    let mut sink = Sink::start().await.unwrap();
    let mut stream = TcpStream::connect(sink.addr).await.unwrap();
    let all = "EHLO x\r\nDATA\r\nRCPT TO:<a@b.c>\r\nMAIL FROM:<a@b.c>\r\nRSET\r\nRCPT TO:<a@b.c>\r\n\
               MAIL FROM:<a@b.c>\r\nRCPT TO:<a@b.c>\r\nDATA\r\nSubject: x\r\n\r\n..\r\n.\r\nNOOP\r\n\
               HELP\r\nQUIT\r\n";
    stream.write_all(all.as_bytes()).await.unwrap();
    let mut answers = String::new();
    timeout(PATIENCE, stream.read_to_string(&mut answers)).await.unwrap().unwrap();
    let codes: Vec<&str> =
        answers.lines().filter(|line| line.as_bytes()[3] == b' ').map(|line| &line[..3]).collect();
    let expected = [
        "220", "250", "503", "503", "250", "250", "503", "250", "250", "354", "250", "250", "502",
        "221",
    ];
    assert_eq!(codes, expected, "{answers}");
    assert_eq!(sink.take()[0].1, b"Subject: x\r\n\r\n.\r\n");
}

#[tokio::test]
async fn a_mail_without_an_end_is_cut_off() {
    let mut sink = Sink::start().await.unwrap();
    let mut stream = TcpStream::connect(sink.addr).await.unwrap();
    stream.write_all(b"HELO x\r\nMAIL FROM:<a>\r\nRCPT TO:<a>\r\nDATA\r\n").await.unwrap();
    let flood = [b'x'; 998].iter().chain(b"\r\n").copied().collect::<Vec<u8>>();
    let (mut read, mut write) = stream.split();
    let mut answers = Vec::new();
    let write_all = async { while write.write_all(&flood).await.is_ok() {} };
    let both = async { tokio::join!(read.read_to_end(&mut answers), write_all) };
    let _ = timeout(PATIENCE, both).await.unwrap();
    assert!(String::from_utf8_lossy(&answers).contains("\r\n552 5.3.4 "), "{answers:?}");
    assert!(sink.take().is_empty());
}

/// A scenario on a configuration of its own with one step.
fn scenario(folder: &TempDir, checks: &str, doing: Doing) -> Scenario {
    let file = folder.path().join("checks.yaml");
    std::fs::write(&file, checks).unwrap();
    let (id, at) = ("step".to_owned(), Moment::At(30_000));
    Scenario {
        name: "live".to_owned(),
        about: String::new(),
        source: Arc::new(Text { file: "live.yaml".to_owned(), text: String::new() }),
        checks: file,
        start: Timestamp::default(),
        run: None,
        settle: Duration::from_secs(60),
        seed: 1,
        params: Vec::new(),
        flags: CheckerFlags::default(),
        timeline: vec![Step { id, at, doing, place: Place { line: 7, ..Place::default() } }],
        expect: Expect::default(),
        sometimes: Vec::new(),
        always: Vec::new(),
        live: Live::Yes { scale: 20.0, slack: Duration::from_secs(2) },
        exercise: None,
    }
}

fn fault(realm: Realm, step: Value) -> Doing {
    let Value::Object(step) = step else { panic!("{step}") };
    let kind = step["fault"].as_str().unwrap().to_owned();
    Doing::Fault(FaultStep { kind, step, lasts: Some(Duration::from_secs(240)), realm })
}

const PLAIN: &str = r#"checks: [{name: a, type: http, url: "{MOCKAPP_BASE}/"}]"#;

#[tokio::test]
async fn what_cannot_or_must_not_be_played_live_is_not_begun() {
    let folder = TempDir::new().unwrap();
    let own = |realm| fault(realm, json!({"fault": "some.fault"}));
    let outage = || fault(Realm::App, json!({"fault": "http.status", "code": 503}));
    let (target, down) = (Target::Machine, Duration::from_secs(1));
    let outside = EditedFile::Other("../x".to_owned());
    let edit = Doing::Edit { file: outside, with: EditWith::Text(String::new()) };
    let cron = json!({"fault": "noop", "shape": {"cron": "* * * * *", "for": "1m"}});
    let with = |rest: &str| format!(r#"checks: [{{name: a, type: http, {rest}}}]"#);
    let base = r#"url: "{MOCKAPP_BASE}/""#;
    let cases = [
        (PLAIN.to_owned(), own(Realm::Clock), "line 7: some.fault is played in virtual time only"),
        (PLAIN.to_owned(), own(Realm::Disk), "the disk of this machine cannot be broken"),
        (PLAIN.to_owned(), own(Realm::Checker), "a storage operation of a real checker"),
        (PLAIN.to_owned(), fault(Realm::App, cron), "a cron expression follows the clock"),
        (PLAIN.to_owned(), Doing::Kill { target, down }, "a machine cannot be killed live"),
        (PLAIN.to_owned(), edit, "`../x` is not inside the checker's folder"),
        (
            with(r#"url: "http://192.0.2.1/""#),
            outage(),
            "a is at http://192.0.2.1/, which is not on this machine",
        ),
        (
            with(r#"url: "http://127.0.0.1:8000/api/ping""#),
            outage(),
            "a is at http://127.0.0.1:8000/api/ping; write {MOCKAPP_BASE}",
        ),
        (
            with(&format!("{base}, on_fail: {{actions: [{{type: restart, unit: nginx}}]}}")),
            outage(),
            "a would restart nginx on this machine for real",
        ),
        (
            format!(
                r#"global: {{notify: {{channels: [{{type: slack, url: "https://hooks.slack.com/x"}}]}}}}
{PLAIN}"#
            ),
            outage(),
            "channel slack is at https://hooks.slack.com/x, which is not on this machine",
        ),
    ];
    for (checks, doing, expected) in cases {
        refuses(&scenario(&folder, &checks, doing), expected).await;
    }
}

#[tokio::test]
async fn a_channel_that_reaches_beyond_this_machine_or_runs_a_program_is_not_played_live() {
    let folder = TempDir::new().unwrap();
    let cases = [
        (
            r#"type: telegram, token: "1:a", chat_id: "1""#,
            "channel telegram is at https://api.telegram.org/, which is not on this machine",
        ),
        (
            "type: twilio, auth_token: aaaa",
            "channel twilio is at https://api.twilio.com/, which is not on this machine",
        ),
        (
            "type: ntfy, topic: t",
            "channel ntfy is at https://ntfy.sh/, which is not on this machine",
        ),
        (
            "type: command, argv: [/bin/tell, all]",
            "channel command would run /bin/tell all on this machine for real",
        ),
    ];
    for (channel, expected) in cases {
        let checks = format!("global: {{notify: {{channels: [{{{channel}}}]}}}}\n{PLAIN}");
        let outage = fault(Realm::App, json!({"fault": "http.status", "code": 503}));
        refuses(&scenario(&folder, &checks, outage), expected).await;
    }
}

#[tokio::test]
async fn ports_name_servers_and_hosts_of_others_are_left_alone() {
    let folder = TempDir::new().unwrap();
    for (keys, expected) in [
        ("type: tcp, target: 127.0.0.1:8000", "tcp://127.0.0.1:8000; write {MOCKAPP_BASE}"),
        ("type: tcp, target: 192.0.2.1", "tcp://192.0.2.1:53, which is not on this machine"),
        ("type: dns, server: 192.0.2.1", "dns://192.0.2.1:53, which is not on this machine"),
        ("type: ping, host: '2001:db8::1'", "icmp://[2001:db8::1], which is not on this machine"),
    ] {
        let outage = fault(Realm::App, json!({"fault": "http.status", "code": 503}));
        let checks = format!("checks: [{{name: a, {keys}}}]");
        refuses(&scenario(&folder, &checks, outage), &format!("a is at {expected}")).await;
    }
}

/// Nothing is started: there is no such executable.
async fn refuses(scenario: &Scenario, expected: &str) {
    let launcher = Launcher { executable: "/nowhere/firedrill".into(), log_to_folder: true };
    let live = (20.0, Duration::from_secs(2));
    let played = play_with(&launcher, scenario, live, std::future::pending()).await;
    let why = played.unwrap().inconclusive.unwrap();
    assert!(why.contains(expected), "{why}");
}

#[tokio::test]
async fn somebody_elses_checker_is_not_touched_and_a_far_mock_app_is_not_asked() {
    let folder = TempDir::new().unwrap();
    let kill = Doing::Kill { target: Target::Checker, down: Duration::from_secs(1) };
    let mail = fault(Realm::Mail, json!({"fault": "mail.refuse"}));
    let noop = || fault(Realm::App, json!({"fault": "noop"}));
    let near = "http://127.0.0.1:1";
    let cases = [
        (near, kill, "a checker that somebody else started is neither stopped nor edited"),
        (near, mail, "the mail server of a checker that somebody else started"),
        (near, noop(), "no checker runs on these files: start it first"),
        ("http://192.0.2.1:8000", noop(), "is not on this machine; say --allow-remote"),
    ];
    for (url, doing, expected) in cases {
        let scenario = scenario(&folder, PLAIN, doing);
        let never = std::future::pending();
        let played = against(url, folder.path(), false, &scenario, never).await.unwrap();
        let why = played.inconclusive.unwrap();
        assert!(why.contains(expected), "{why}");
    }
}

#[test]
fn notices_that_cannot_go_out_get_the_time_that_the_checker_waits() {
    let folder = TempDir::new().unwrap();
    let slack = |checks: &str, doing: Doing, scale: f64| {
        let scenario = scenario(&folder, checks, doing);
        let (_, config) = read_checks(&scenario, ELSEWHERE).unwrap();
        safety::delivery_slack(&scenario, &config, Scale(scale)).as_secs()
    };
    let mail = |kind: &str| fault(Realm::Mail, json!({"fault": kind}));
    let hook = format!(
        r#"global: {{notify: {{channels: [{{type: webhook, name: w, url: "{{MOCKAPP_BASE}}/webhook/w"}}]}}}}
{PLAIN}"#
    );
    let down = |on: &str| fault(Realm::App, json!({"fault": "http.status", "on": on}));
    assert_eq!(slack(PLAIN, mail("mail.refuse"), 20.0), 12 + 5);
    assert_eq!(slack(PLAIN, mail("mail.stall"), 20.0), 12 + 5 + 20);
    assert_eq!(slack(PLAIN, mail("mail.refuse"), 2.0), 60, "the longest wait");
    assert_eq!(slack(PLAIN, mail("mail.refuse"), 1.0), 0, "nothing is scaled");
    assert_eq!(slack(&hook, down("POST /webhook/w"), 20.0), 12 + 5);
    assert_eq!(slack(&hook, down("GET /api/ping"), 20.0), 0);
    assert_eq!(slack(PLAIN, down("POST /webhook/w"), 20.0), 0, "nobody is told that way");
}
