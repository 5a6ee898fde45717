//! Secrets stay inside: every secret here contains the word `canary`, every service that is asked
//! echoes what it was sent, and afterwards the word is nowhere to be found.

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    path::Path,
    process::Stdio,
    sync::{Arc, Mutex},
};

use engine::{Event, EventKind, Status, event::ActionResult};

use crate::stack::{Running, Stack, command, finish, listen, said, wait};

/// The beginning of `canary` as it is, and as base64 puts it: a secret that was cut off is one too.
const TRACES: [&str; 2] = ["canar", "y2fuyx"];

/// What services were sent, and echoed.
const SENT: [&str; 20] = [
    "canary-hook-path",
    "canary-hook-query",
    "canary-hook-bearer",
    "Y2FuYXJ5LWhvb2stdXNlcjpjYW5hcnktaG9vay1wYXNz",
    "canary-bearer",
    "Y2FuYXJ5LWE6Y2FuYXJ5LWI=",
    "canary-act",
    "canary-action",
    "canary-service-key",
    "canary-service-pass",
    "canary%20token/1",
    "canary-literal",
    "Y2FuYXJ5LXVzZXI6Y2FuYXJ5LXBhc3M=",
    "canary-json",
    "canary-job",
    "canary-slack",
    "/bot1:canary-telegram/sendMessage",
    "QUM6Y2FuYXJ5LXR3aWxpbw==",
    "canary-topic-1",
    "canary-ntfy-token",
];

const CHECKS: [&str; 7] = ["bearer", "key", "query", "literal", "user", "json", "nightly"];

/// `{AT}` is the address of the echo, without a scheme.
const CONFIG: &str = r#"
global:
  interval_s: 0.2
  timeout_s: 2
  reminder_every_s: 1
  notify_on: [first_fail, reminder]
  actions: {max_per_hour: 1000, cooldown_s: 0}
  notify:
    channels:
      - {type: console}
      - type: webhook
        url: "http://{AT}/hook/canary-hook-path?token=canary-hook-query"
        headers: {Authorization: "Bearer canary-hook-bearer"}
      - {type: webhook, name: by-user, url: "http://canary-hook-user:canary-hook-pass@{AT}/hook"}
      - {type: telegram, api: "http://{AT}", token: "1:canary-telegram", chat_id: "7"}
      - {type: twilio, api: "http://{AT}", account_sid: AC, auth_token: canary-twilio, from: "1", to: "2"}
      - {type: ntfy, url: "http://{AT}/ntfy", topic: canary-topic-1, token: canary-ntfy-token}
      - {type: command, argv: [/bin/sh, -c, "echo no {ACTION_TOKEN} >&2; exit 3"]}
checks:
  - name: bearer
    type: http
    url: "http://{AT}/bearer"
    headers: {Authorization: "Bearer canary-bearer"}
    on_fail:
      actions:
        - {type: http_post, url: "http://canary-a:canary-b@{AT}/act?token=canary-act", payload: {why: "{ACTION_TOKEN}"}, every: 1}
        - {type: command, argv: [/bin/sh, -c, "echo no {ACTION_TOKEN} >&2; exit 3"], every: 1}
  - {name: key, type: http, url: "http://{AT}/key", method: POST, headers: {X-Api-Key: "{SERVICE_KEY}"}, body: {of: "{SERVICE_PASSWORD}"}}
  - {name: query, type: http, url: "http://{AT}/query?t={TOKEN}"}
  - {name: literal, type: http, url: "http://{AT}/literal?all=1&key=canary-literal&x=2"}
  - {name: user, type: http, url: "http://canary-user:canary-pass@{AT}/user"}
  - name: json
    type: http
    url: "http://{AT}/json"
    headers: {Authorization: "Bearer canary-json"}
    expect_jsonpath: [{path: $.echo, equals: "no"}]
  - name: nightly
    type: job
    status_url: "http://{AT}/json?job={job_id}&token={TOKEN}"
    status_path: $.echo
    headers: {Authorization: "Bearer canary-job"}
"#;

/// A service that answers every request with all of it, and keeps them.
struct Echo {
    at: String,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Echo {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (at, seen) = (listener.local_addr().unwrap().to_string(), Arc::default());
        let kept = Arc::clone(&seen);
        std::thread::spawn(move || {
            for (number, stream) in listener.incoming().flatten().enumerate() {
                // Whoever hangs up early has seen enough.
                let _ = echo(&stream, number, &kept);
            }
        });
        Self { at, seen }
    }

    fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }
}

fn echo(stream: &TcpStream, number: usize, kept: &Mutex<Vec<String>>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let request = request(&mut reader)?;
    kept.lock().unwrap().push(request.clone());
    let (status, body) = if request.contains(" /json") {
        (200, serde_json::json!({"echo": request}).to_string())
    } else {
        // Only the beginning of a body is shown: it ends at another place every time.
        (500, format!("{}{request}", "x".repeat(number * 7 % 190)))
    };
    let length = body.len();
    let head =
        format!("HTTP/1.1 {status} No\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n");
    { stream }.write_all((head + &body).as_bytes())
}

fn request(reader: &mut impl std::io::BufRead) -> std::io::Result<String> {
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        if let Some(number) = line.to_lowercase().strip_prefix("content-length:") {
            length = number.trim().parse().unwrap();
        }
        if line.trim().is_empty() {
            break;
        }
        head += &line;
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok(head + &String::from_utf8_lossy(&body))
}

/// A mail server that wants a login, and repeats every command that it does not like.
fn mail_server() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        listener.incoming().flatten().for_each(|stream| drop(refuse(&stream)))
    });
    port
}

fn refuse(mut stream: &TcpStream) -> std::io::Result<()> {
    stream.write_all(b"220 hello\r\n")?;
    for line in BufReader::new(stream).lines() {
        let line = line?;
        let answer = match line.get(..4) {
            Some("EHLO") => "250-mx.test\r\n250 AUTH PLAIN LOGIN\r\n".to_owned(),
            _ => format!("535 5.7.8 not understood: {line}\r\n"),
        };
        stream.write_all(answer.as_bytes())?;
    }
    Ok(())
}

fn environment(echo: &Echo) -> String {
    let (at, port) = (&echo.at, mail_server());
    format!(
        "SMTP_HOST=127.0.0.1\nSMTP_PORT={port}\nSMTP_TLS=none\nSMTP_USER=m\nSMTP_PASS=canary-smtp\n\
         MAIL_TO=ops@example.test\nSLACK_WEBHOOK_URL=http://{at}/services/canary-slack\n\
         TEAMS_WEBHOOK_URL=http://{at}/teams?sig=canary-teams\nAPI_KEY=canary-api-key\n\
         TOKEN='canary token/1'\nSERVICE_KEY=canary-service-key\nSERVICE_PASSWORD=canary-service-pass\n\
         ACTION_TOKEN=canary-action\nRUST_LOG=trace\n"
    )
}

/// Every trace of a secret in a text, with what stands around it.
fn traces(name: &str, text: &str) -> Vec<String> {
    let lower = text.to_ascii_lowercase();
    let places = TRACES.iter().flat_map(|trace| lower.match_indices(trace));
    let around = |(at, _): (usize, &str)| {
        let before: Vec<char> = text[..at].chars().rev().take(30).collect();
        let before: String = before.into_iter().rev().collect();
        let after: String = text[at..].chars().take(30).collect();
        format!("{name}: {:?}", before + &after)
    };
    places.map(around).collect()
}

fn in_files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            found.extend(in_files(&path));
        } else if name != ".env" && name != "checks.yaml" {
            let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
            found.extend(traces(&name, &text));
        }
    }
    found
}

fn in_pages(stack: &Stack) -> Vec<String> {
    let mut board = command("dashboard", &stack.path(""));
    let log = fs::File::create(stack.path("dashboard.txt")).unwrap();
    board.arg("--addr=127.0.0.1:0").stderr(log);
    let (_board, address) = listen(board);
    let mut found = Vec::new();
    let pages =
        ["", "kiosk", "api/state", "api/status", "api/results?show=all", "metrics", "?show=all"];
    let checks = CHECKS.map(|name| format!("check/{name}"));
    for path in pages.into_iter().chain(checks.iter().map(String::as_str)) {
        let page = get(&address, path);
        assert!(page.starts_with("HTTP/1.1 200"), "{path}: {page}");
        found.extend(traces(&format!("/{path}"), &page));
    }
    found
}

fn get(address: &str, path: &str) -> String {
    let host = address.strip_prefix("http://").unwrap().trim_end_matches('/');
    let mut stream = TcpStream::connect(host).unwrap();
    let head = format!("GET /{path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n");
    stream
        .write_all(format!("{head}authorization: Bearer canary-api-key\r\n\r\n").as_bytes())
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn in_commands(stack: &Stack) -> Vec<String> {
    let explain = CHECKS.map(|name| vec!["explain", name]);
    let others = [vec!["validate"], vec!["notify-test"], vec!["once", "--dry-run"], vec!["schema"]];
    let ask =
        |args: Vec<&str>| traces(&args.join(" "), &said(&finish(stack.checker().args(&args))));
    explain.into_iter().chain(others).flat_map(ask).collect()
}

/// Mistakes on lines with secrets; they must be told without them. Only `validate` may quote a
/// literal outside of an address, to whoever has the file before him anyway.
fn in_broken_configurations(stack: &Stack, good: &str) -> Vec<String> {
    let edits = [
        (
            "headers: {Authorization: \"Bearer canary-bearer\"}",
            "headers: {Authorization: [\"Bearer canary-bearer\"]}",
        ),
        ("url: \"http://canary-user:canary-pass@", "ulr: \"http://canary-user:canary-pass@"),
        ("name: literal, type: http", "name: literal, type: htpp"),
        ("url: \"http://canary-hook-user", "url: \"htp://canary-hook-user"),
        ("canary-hook-bearer\"}", "canary-hook-bearer\""),
    ];
    let mut found = Vec::new();
    for (from, to) in edits {
        let before = refusals(stack);
        fs::write(stack.path("checks.yaml"), good.replacen(from, to, 1)).unwrap();
        wait("the edit is refused", || (refusals(stack) > before).then_some(()));
        let validated = stack.ask(&["validate"]);
        assert_eq!(validated.status.code(), Some(3), "{to}: {}", said(&validated));
        let quoted = traces("validate", &said(&validated)).into_iter();
        found.extend(quoted.filter(|trace| !trace.contains("Authorization: [")));
    }
    fs::write(stack.path("checks.yaml"), good).unwrap();
    found
}

fn count(stack: &Stack, wanted: impl Fn(&EventKind) -> bool) -> usize {
    stack.events().iter().filter(|Event { kind, .. }| wanted(kind)).count()
}

fn refusals(stack: &Stack) -> usize {
    count(stack, |kind| matches!(kind, EventKind::Config(loaded) if !loaded.ok))
}

fn failed_deliveries(stack: &Stack, channel: &str) -> usize {
    count(
        stack,
        |kind| matches!(kind, EventKind::Delivery(done) if !done.ok && done.channel == channel),
    )
}

/// Starts the checker and waits until every secret has been used and echoed.
fn run(stack: &Stack) -> Running {
    let file = |name| Stdio::from(fs::File::create(stack.path(name)).unwrap());
    let mut checker = stack.checker();
    let checker =
        Running(checker.stdout(file("console.txt")).stderr(file("log.txt")).spawn().unwrap());
    for name in CHECKS {
        stack.until(name, "many failures", |entry| {
            entry.status == Status::Fail && entry.consecutive_failures > 12
        });
    }
    let new = ["telegram", "twilio:2", "ntfy", "command"];
    let old = ["webhook", "by-user", "slack", "teams", "email:ops@example.test"];
    for channel in old.into_iter().chain(new) {
        wait("every channel has failed", || (failed_deliveries(stack, channel) > 0).then_some(()));
    }
    wait("both actions have failed several times", || {
        let failed = |kind: &EventKind| matches!(kind, EventKind::Action(done) if done.result == ActionResult::Failed);
        (count(stack, failed) > 8).then_some(())
    });
    checker
}

#[test]
fn no_secret_gets_into_a_file_a_page_a_log_or_an_alert() {
    let echo = Echo::start();
    let config = CONFIG.replace("{AT}", &echo.at);
    let stack = Stack::with(&config);
    fs::write(stack.path(".env"), environment(&echo)).unwrap();
    fs::write(stack.path(".last_job_id"), "7\n").unwrap();
    let checker = run(&stack);
    let mut found = in_broken_configurations(&stack, &config);
    found.extend(in_commands(&stack));
    found.extend(in_pages(&stack));
    assert_eq!(checker.terminate().code(), Some(0));
    found.extend(in_files(&stack.path("")));
    for request in echo.seen() {
        let (line, body) = (request.lines().next().unwrap(), request.lines().last().unwrap());
        if line.starts_with("POST /hook")
            || line.starts_with("POST /services")
            || line.starts_with("POST /teams")
            || line.starts_with("POST /bot")
            || line.starts_with("POST /2010")
        {
            found.extend(traces("the body of an alert", body));
        }
    }
    let everything = echo.seen().concat();
    let unused: Vec<_> = SENT.iter().filter(|secret| !everything.contains(**secret)).collect();
    assert!(unused.is_empty(), "these never left, so nothing was proven of them: {unused:?}");
    found.sort();
    found.dedup();
    assert!(found.is_empty(), "{} traces of secrets:\n{}", found.len(), found.join("\n"));
}
