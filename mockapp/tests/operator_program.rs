//! Operator mode as a program: two listeners, a key in the environment, and a log that tells nobody.

#![expect(clippy::unwrap_used, reason = "a test stops where it is")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tokio::time::{Instant, sleep};

const KEY: &str = "a-secret-of-the-teacher";

/// A running program, its two addresses, and what it has logged.
struct Program {
    child: Child,
    addr: String,
    admin: String,
    _folder: tempfile::TempDir,
}

impl Program {
    fn start(more: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_mockapp"));
        command.args(["--addr", ":0", "--admin-addr", ":0", "--operator"]).args(more);
        command.current_dir(folder.path()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.env_remove("MOCKAPP_ADDR").env_remove("API_KEY").env_remove("SECRET_KEY");
        let mut child =
            command.env("ADMIN_KEY", KEY).env("RUST_LOG", "mockapp=trace").spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.as_mut().unwrap()).lines();
        let mut addr = || {
            let line = lines.next().unwrap().unwrap();
            line.split("http://").nth(1).unwrap().trim_end_matches('/').to_owned()
        };
        let (addr, admin) = (addr(), addr());
        Self { child, addr, admin, _folder: folder }
    }

    /// What is answered; empty when nothing is.
    fn ask(addr: &str, request: &str, body: &str, key: Option<&str>) -> String {
        let Ok(mut stream) = TcpStream::connect(addr) else {
            return String::new();
        };
        stream.set_read_timeout(Some(Duration::from_secs(2))).unwrap();
        let key = key.map(|key| format!("Authorization: Bearer {key}\r\n")).unwrap_or_default();
        let text = format!(
            "{request} HTTP/1.1\r\nHost: {addr}\r\nConnection: close\r\n{key}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let mut seen = Vec::new();
        // A broken connection is an answer too.
        let _ = stream.write_all(text.as_bytes()).and_then(|()| stream.read_to_end(&mut seen));
        String::from_utf8_lossy(&seen).into_owned()
    }

    async fn until(what: &str, mut holds: impl FnMut() -> bool) {
        let deadline = Instant::now() + Duration::from_secs(20);
        while !holds() {
            assert!(Instant::now() < deadline, "not within 20 s: {what}");
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// Stops it and answers everything that it has logged.
    fn stop(mut self) -> String {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        let mut log = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
        assert_eq!(self.child.wait().unwrap().code(), Some(0), "{log}");
        log
    }
}

#[tokio::test]
async fn the_log_says_nothing_of_faults_and_both_listeners_keep_what_is_behind_the_key() {
    let program = Program::start(&["--remedies", "--speed", "20"]);
    let steps = [
        r#"{"id":"zebra-1","fault":"net.refuse","for":"150ms"}"#,
        r#"{"id":"zebra-2","fault":"net.connect_hang","for":"150ms"}"#,
        r#"{"id":"zebra-3","fault":"app.crash","down":"100ms","times":2,"up":"50ms"}"#,
        r#"{"id":"zebra-4","fault":"net.reset","for":"200ms"}"#,
        r#"{"id":"zebra-5","fault":"mem","mb_per_s":100,"cap_mb":5,"for":"400ms"}"#,
        r#"{"id":"zebra-6","fault":"job","kind":"never_starts","for":"200ms"}"#,
        r#"{"id":"zebra-7","fault":"http.status","on":"*","code":500,"for":"200ms"}"#,
    ];
    for step in steps {
        let inject = "POST /admin/faults/inject";
        for addr in [&program.addr, &program.admin] {
            let refused = Program::ask(addr, inject, step, None);
            assert!(refused.starts_with("HTTP/1.1 404"), "{addr}: {refused}");
        }
        let started = Program::ask(&program.admin, inject, step, Some(KEY));
        assert!(started.starts_with("HTTP/1.1 201"), "{started}");
        for request in ["GET /api/ping", "POST /jobs/run", "GET /"] {
            Program::ask(&program.addr, request, "", None);
        }
        Program::until(step, || {
            let state = Program::ask(&program.admin, "GET /admin/state", "", Some(KEY));
            state.contains(r#""faults":[]"#)
                && Program::ask(&program.addr, "GET /api/ping", "", None).contains("200 OK")
        })
        .await;
    }
    let log = program.stop();
    for word in ["zebra", "fault", "net.", "app.", "mem", "http.", "never", "inject"] {
        assert!(!log.to_lowercase().contains(word), "{word} in {log}");
    }
}

#[tokio::test]
async fn a_restart_closes_the_application_s_listener_and_leaves_the_other_open() {
    let program = Program::start(&["--speed", "5"]);
    let step = r#"{"id":"zebra","fault":"app.pause","for":"1h"}"#;
    Program::ask(&program.admin, "POST /admin/faults/inject", step, Some(KEY));
    let begun = Program::ask(&program.addr, "POST /ops/restart-api", r#"{"by":"Ada"}"#, None);
    assert!(begun.starts_with("HTTP/1.1 202"), "{begun}");
    assert!(begun.ends_with(r#"{"id":1,"tool":"restart-api","state":"running","done_in_s":2}"#));
    Program::until("connections are refused", || TcpStream::connect(&program.addr).is_err()).await;
    let ops = Program::ask(&program.admin, "GET /ops", "", None);
    assert!(ops.contains(r#""state":"running""#), "{ops}");
    Program::until("it is up and well", || {
        Program::ask(&program.addr, "GET /api/ping", "", None).ends_with(r#"{"status":"ok"}"#)
    })
    .await;
    let told = Program::ask(&program.admin, "GET /admin/operations", "", Some(KEY));
    assert!(told.contains(r#""cured":["zebra"]"#), "{told}");
    program.stop();
}

#[tokio::test]
async fn stopped_in_the_middle_of_an_operation_it_ends_in_time() {
    let program = Program::start(&[]);
    Program::ask(&program.addr, "POST /ops/restart-api", r#"{"by":"Ada"}"#, None);
    Program::until("connections are refused", || TcpStream::connect(&program.addr).is_err()).await;
    let asked = Instant::now();
    program.stop();
    assert!(asked.elapsed() < Duration::from_secs(5), "{:?}", asked.elapsed());
}
