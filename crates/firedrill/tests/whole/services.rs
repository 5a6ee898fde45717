//! Services as real processes see them: a unit that is restarted after two failures, the status
//! file, and the widget on a page of somebody else's in a browser.

use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    net::{TcpListener, TcpStream},
    os::unix::fs::PermissionsExt as _,
    path::Path,
};

use engine::{EventKind, Status};
use serde_json::{Value, json};

use crate::{
    browser::Browser,
    stack::{Running, Stack, command, http, listen, said, wait},
};

/// A `systemctl` of our own: units are files with their state, calls are noted.
const SYSTEMCTL: &str = r#"#!/bin/sh
cd "$(dirname "$0")" || exit 1
echo "$*" >>calls.txt
case $1 in
  is-active) state=$(cat "unit-$2" 2>/dev/null || echo inactive); echo "$state"; [ "$state" = active ];;
  restart) echo active >"unit-$2";;
esac
"#;

/// A name that would run if it were taken for markup.
const HOSTILE: &str = "<img src=x onerror=document.title=666>";

struct Services {
    stack: Stack,
    /// A port that is open.
    _open: TcpListener,
}

impl Services {
    fn new() -> Self {
        let open = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = open.local_addr().unwrap().port();
        let config = format!(
            "global: {{interval_s: 0.5, timeout_s: 5, actions: {{cooldown_s: 0}}}}\n\
             services:\n\
             - {{key: chat, name: ChatStack, url: '{{MOCKAPP_BASE}}/api/ping', expected_http: 200,\n    \
                host: 127.0.0.1, port: {port}, systemd: chat, process_match: [no-such-worker.py]}}\n\
             - {{key: hostile, name: '{HOSTILE}', url: '{{MOCKAPP_BASE}}/api/ping'}}\n\
             - {{key: lead, name: LeadFlowTracker, url: '{{MOCKAPP_BASE}}/none', port: null, systemd: null}}\n"
        );
        let stack = Stack::with(&config);
        fs::write(stack.path("systemctl"), SYSTEMCTL).unwrap();
        fs::set_permissions(stack.path("systemctl"), fs::Permissions::from_mode(0o755)).unwrap();
        fs::write(stack.path("unit-chat"), "active\n").unwrap();
        Self { stack, _open: open }
    }

    fn watch(&self, flags: &[&str]) -> Running {
        let log = fs::File::create(self.stack.path("log.txt")).unwrap();
        let mut checker = self.stack.checker();
        checker.args(flags).args(["run", "--status-file", "out/status.json"]);
        let tool = self.stack.path("systemctl");
        checker.env("SYSTEMCTL_BIN", tool).env("PATH", std::env::var_os("PATH").unwrap());
        Running(checker.stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap())
    }

    fn status(&self) -> Option<Value> {
        let bytes = fs::read(self.stack.path("out/status.json")).ok()?;
        // It is replaced as a whole, so that it always parses.
        Some(serde_json::from_slice(&bytes).unwrap())
    }

    fn until(&self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        wait(what, || self.status().filter(|status| wanted(status)))
    }

    fn restarts(&self) -> usize {
        let calls = fs::read_to_string(self.stack.path("calls.txt")).unwrap_or_default();
        calls.lines().filter(|line| *line == "restart chat").count()
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn two_failed_cycles_restart_the_unit_once_and_the_status_file_tells_of_it() {
    let services = Services::new();
    let said = said(&services.stack.ask(&["validate"]));
    for part in ["3 checks", "unit chat, restarted after 2 failures", "counted only"] {
        assert!(said.contains(part), "no `{part}` in {said}");
    }
    let checker = services.watch(&[]);
    let well = services.until("all is measured", |s| s["services"]["chat"]["ok"] == true);
    assert_eq!(well["services"]["chat"]["port"]["ok"], true);
    assert_eq!(well["services"]["chat"]["processes"]["count"], 0);
    assert_eq!(well["services"]["hostile"]["systemd"], Value::Null);
    assert_eq!((mode(&services.stack.path("out/status.json")) | 0o640), 0o640);
    assert_eq!((mode(&services.stack.path("out")) | 0o750), 0o750);

    fs::write(services.stack.path("unit-chat"), "failed\n").unwrap();
    services.until("the restart is told", |s| {
        let result = &s["services"]["chat"]["auto_restart_result"];
        result.as_str().is_some_and(|result| result.starts_with("OK"))
    });
    services.until("it is well again", |s| s["services"]["chat"]["ok"] == true);
    assert_eq!(services.restarts(), 1);
    let failed = |event: &&engine::Event| {
        matches!(&event.kind, EventKind::Check(done)
            if done.name.as_str() == "chat" && done.status == Status::Fail)
    };
    let events = services.stack.events();
    let restarted = events.iter().position(|event| matches!(event.kind, EventKind::Action(_)));
    let before = events[..restarted.unwrap()].iter().filter(failed).count();
    assert_eq!(before, 2, "nothing after the first failure, a restart after the second");
    // What has no unit fails on and on, and is never restarted.
    services.stack.until("lead", "it failed five times", |entry| entry.consecutive_failures >= 5);
    assert!(services.stack.entry("lead").unwrap().actions.is_empty());
    assert!(checker.terminate().success());
}

#[test]
fn without_restarts_the_journal_says_that_the_flag_forbade_it() {
    let services = Services::new();
    fs::write(services.stack.path("unit-chat"), "failed\n").unwrap();
    let checker = services.watch(&["--no-restart"]);
    let status = services.until("the restart is skipped", |s| {
        s["services"]["chat"]["auto_restart_result"] == "SKIPPED: disabled_by_flag"
    });
    assert_eq!(status["services"]["chat"]["auto_restart_attempted"], false);
    assert!(checker.terminate().success());
    assert_eq!(services.restarts(), 0);
}

/// A page of somebody else's that holds the widget; all else comes from the board behind it, as
/// with a reverse proxy.
fn foreign_page(board: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let board = board.clone();
            std::thread::spawn(move || answer(stream, &board));
        }
    });
    address
}

fn answer(mut stream: TcpStream, board: &str) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
    let request = lines.next().unwrap_or_default();
    lines.take_while(|line| !line.is_empty()).for_each(drop);
    let path = request.split(' ').nth(1).unwrap_or("/").to_owned();
    let answer = match path.as_str() {
        "/" => {
            let page = "<!doctype html><title>Somebody's</title><h1>Admin</h1>\
                <div id=system-status></div><script src=/ops/static/js/status.js></script>\
                <script>const shown = SystemStatus.mount('#system-status', {intervalMs: 300})</script>";
            format!("HTTP/1.1 200 OK\r\ncontent-type: text/html\r\nconnection: close\r\n\r\n{page}")
        }
        "/favicon.ico" => "HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n".to_owned(),
        path => http(&format!("{board}{}", path.strip_prefix("/ops").unwrap_or(path)), "GET", ""),
    };
    // A browser that has gone away is no matter.
    let _ = stream.write_all(answer.as_bytes());
}

fn dashboard(services: &Services) -> (Running, String) {
    let mut board = command("dashboard", services.stack.path("").as_path());
    board.args(["--addr=127.0.0.1:0", "--status-file=out/status.json"]);
    board.env("CHATSTACK_STATUS_STALE", "3");
    let (running, address) = listen(board);
    (running, address.trim_end_matches('/').to_owned())
}

fn text_of(browser: &mut Browser, selector: &str) -> Value {
    browser
        .value(&format!("[...document.querySelectorAll('{selector}')].map((one) => one.innerText)"))
}

#[test]
fn the_widget_shows_a_card_a_service_on_a_foreign_page_and_names_are_text() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let services = Services::new();
    let checker = services.watch(&[]);
    services.until("all is measured", |s| {
        s["ok_count"] == 2 && s["fail_count"] == 1 && s["services"]["chat"]["ok"] == true
    });
    let (_board, board) = dashboard(&services);
    for page in [foreign_page(board.clone()), format!("{board}/static/admin_status.html")] {
        browser.visit(&page);
        wait("three cards", || {
            (browser.value("document.querySelectorAll('article').length") == 3).then_some(())
        });
        let names = text_of(&mut browser, "article h3");
        assert_eq!(names, json!(["ChatStack", HOSTILE, "LeadFlowTracker"]), "{page}");
        assert_eq!(browser.value("document.querySelectorAll('#system-status img').length"), 0);
        assert_ne!(browser.value("document.title"), "666");
        let card = text_of(&mut browser, "article[data-key=chat] dd");
        let card = card.as_array().unwrap();
        assert!(card[0].as_str().unwrap().starts_with("200 in "), "{card:?}");
        assert!(card[1].as_str().unwrap().ends_with(" open"), "{card:?}");
        assert_eq!(json!(card[2..]), json!(["chat: active", "0"]));
        let lead = text_of(&mut browser, "article[data-key=lead] dd");
        assert!(lead[0].as_str().unwrap().starts_with("404 in "), "{lead}");
        assert_eq!(json!(lead.as_array().unwrap()[1..]), json!(["n/a", "n/a", "n/a"]));
        let colours = "new Set([...document.querySelectorAll('article')]
            .map((one) => getComputedStyle(one).borderTopColor)).size";
        assert_eq!(browser.value(colours), 2, "well and failing look different");
        assert!(browser.complaints.is_empty(), "{page}: {:#?}", browser.complaints);
    }
    browser.visit(&foreign_page(board));
    assert!(checker.terminate().success());
    // It refreshes by itself, and says when the file gets old.
    wait("the widget says that it is old", || {
        let banner = text_of(&mut browser, ".sys-status-banner");
        banner[0].as_str().is_some_and(|text| text.starts_with("Stale: ")).then_some(())
    });
    browser.value("shown.stop()");
}
