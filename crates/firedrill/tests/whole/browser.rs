//! The pages as a browser shows them: nothing complains, nothing is cut off on a phone, and both
//! colour schemes are drawn. Skipped where there is no Chromium.
//!
//! Chromium is steered by its DevTools protocol over two pipes: JSON messages that end with a NUL.
//! `FIREDRILL_SHOTS=FOLDER` keeps the pictures.

use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    path::PathBuf,
    process::{ChildStdin, Command, Stdio},
    sync::mpsc::{Receiver, channel},
};

use engine::Status;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::stack::{PATIENCE, Running, Stack, wait};

#[path = "../../../../checker/tests/common/skip.rs"]
#[expect(clippy::duplicate_mod, reason = "the harness of the mail server has it, too")]
pub(crate) mod skip;

const FLAGS: [&str; 12] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
    "about:blank",
];

/// A browser with one page.
pub(crate) struct Browser {
    to: ChildStdin,
    from: Receiver<Value>,
    session: Value,
    last: u64,
    /// What the page complained of.
    pub(crate) complaints: Vec<String>,
    _running: Running,
    _profile: TempDir,
}

impl Browser {
    /// Starts one; nothing comes back, and the skip is noted, when there is none.
    pub(crate) fn start() -> Option<Self> {
        let found = std::env::var_os("PATH").and_then(|path| {
            let mut folders = std::env::split_paths(&path);
            folders.find_map(|folder| Some(folder.join("chromium")).filter(|file| file.exists()))
        });
        let Some(program) = found else {
            skip::skipped("chromium not found");
            return None;
        };
        let profile = TempDir::new().unwrap();
        let mut child = Command::new("/bin/sh")
            .args(["-c", r#"exec "$0" "$@" 3<&0 4>&1 </dev/null >/dev/null 2>&1"#])
            .arg(program)
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .args(FLAGS)
            .env("HOME", profile.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (to, answers) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let (tell, from) = channel();
        std::thread::spawn(move || {
            let messages = BufReader::new(answers).split(0).map_while(Result::ok);
            let parsed = messages.filter_map(|message| serde_json::from_slice(&message).ok());
            parsed.for_each(|message: Value| drop(tell.send(message)));
        });
        let (running, session) = (Running(child), Value::Null);
        let (last, complaints) = (0, Vec::new());
        let mut browser =
            Self { to, from, session, last, complaints, _running: running, _profile: profile };
        browser.attach();
        Some(browser)
    }

    fn attach(&mut self) {
        let target = self.ask("Target.createTarget", &json!({"url": "about:blank"}));
        let wanted = json!({"targetId": target["targetId"], "flatten": true});
        self.session = self.ask("Target.attachToTarget", &wanted)["sessionId"].clone();
        for domain in ["Page", "Runtime", "Log", "Network"] {
            self.ask(&format!("{domain}.enable"), &json!({}));
        }
    }

    /// One command and its result.
    fn ask(&mut self, method: &str, params: &Value) -> Value {
        self.last += 1;
        let mut message = json!({"id": self.last, "method": method, "params": params});
        if self.session.is_string() {
            message["sessionId"] = self.session.clone();
        }
        self.to.write_all(format!("{message}\0").as_bytes()).unwrap();
        loop {
            let answer = self.next(method);
            if answer["id"] == self.last {
                assert!(answer["error"].is_null(), "{method}: {answer}");
                return answer["result"].clone();
            }
        }
    }

    /// The next message; complaints among them are kept.
    fn next(&mut self, what: &str) -> Value {
        let message = self.from.recv_timeout(PATIENCE);
        let message = message.unwrap_or_else(|error| panic!("chromium, {what}: {error}"));
        let params = &message["params"];
        let complains = match message["method"].as_str() {
            Some("Runtime.exceptionThrown") => true,
            Some("Runtime.consoleAPICalled") => {
                params["type"] == "error" || params["type"] == "warning"
            }
            Some("Log.entryAdded") => {
                params["entry"]["level"] == "error" || params["entry"]["level"] == "warning"
            }
            Some("Network.loadingFailed") => true,
            _ => false,
        };
        if complains {
            self.complaints.push(params.to_string());
        }
        message
    }

    /// Goes to an address and waits until the page and its scripts have loaded.
    pub(crate) fn visit(&mut self, url: &str) {
        let went = self.ask("Page.navigate", &json!({"url": url}));
        assert!(went["errorText"].is_null(), "{url}: {went}");
        while self.next("the page loads")["method"] != "Page.loadEventFired" {}
    }

    fn look_like(&mut self, view: &View) {
        let (width, height) = (view.width, view.height());
        let screen =
            json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.ask("Emulation.setDeviceMetricsOverride", &screen);
        let scheme = json!([{"name": "prefers-color-scheme", "value": view.scheme}]);
        self.ask("Emulation.setEmulatedMedia", &json!({"features": scheme}));
    }

    /// The value of an expression in the page.
    pub(crate) fn value(&mut self, expression: &str) -> Value {
        let asked = json!({"expression": expression, "returnByValue": true, "awaitPromise": true});
        let answer = self.ask("Runtime.evaluate", &asked);
        assert!(answer["exceptionDetails"].is_null(), "{expression}: {answer}");
        answer["result"]["value"].clone()
    }

    fn picture(&mut self) -> Vec<u8> {
        let shot = self.ask("Page.captureScreenshot", &json!({"format": "png"}));
        base64(shot["data"].as_str().unwrap())
    }
}

/// How a page is looked at.
#[derive(Clone, Copy)]
struct View {
    width: u32,
    scheme: &'static str,
}

impl View {
    const ALL: [Self; 4] = [
        Self { width: 1280, scheme: "light" },
        Self { width: 1280, scheme: "dark" },
        Self { width: 390, scheme: "light" },
        Self { width: 390, scheme: "dark" },
    ];

    const fn height(&self) -> u32 {
        if self.width < 500 { 844 } else { 900 }
    }
}

/// Fewer bytes than this are no page, but an empty one.
const SMALLEST: usize = 5_000;

/// Looks at a page in every way; tells what it says.
pub(crate) fn look(browser: &mut Browser, url: &str, name: &str) -> String {
    let (mut pictures, mut grounds, mut text) = (Vec::new(), Vec::new(), String::new());
    for view in View::ALL {
        browser.look_like(&view);
        browser.visit(url);
        refreshed(browser);
        let of = format!("{name}, {} wide, {}", view.width, view.scheme);
        let width = browser.value("document.documentElement.scrollWidth");
        assert_eq!(width, view.width, "{of}: it scrolls sideways because of {}", widest(browser));
        let clipped = browser.value(CLIPPED);
        assert_eq!(clipped, json!([]), "{of}: it is cut off");
        text = browser.value("document.body.innerText").as_str().unwrap().to_owned();
        grounds.push(browser.value(BRIGHTNESS).as_f64().unwrap());
        let picture = browser.picture();
        assert_eq!(size(&picture), (view.width, view.height()), "{of}");
        assert!(picture.len() > SMALLEST, "{of}: only {} bytes", picture.len());
        keep(&format!("{name}-{}-{}.png", view.width, view.scheme), &picture);
        pictures.push(picture);
    }
    // The page of the cluster hangs on a wall and is dark whatever a browser wants.
    let always_dark = name == "cluster";
    assert!(
        (grounds[0] > 200.0) != always_dark && grounds[1] < 60.0,
        "{name}: light is light, dark is dark: {grounds:?}"
    );
    assert!(
        always_dark || (pictures[0] != pictures[1] && pictures[2] != pictures[3]),
        "{name}: both schemes look alike"
    );
    assert!(browser.complaints.is_empty(), "{name}: {:#?}", browser.complaints);
    text
}

/// What hides a part of its text; `vh` is for screen readers only.
const CLIPPED: &str = "[...document.querySelectorAll('body *')]
  .filter((one) => getComputedStyle(one).overflowX === 'hidden' && !one.matches('.vh'))
  .filter((one) => one.scrollWidth > one.clientWidth + 1)
  .map((one) => one.outerHTML.slice(0, 120))";

/// How bright the ground of the page is, from 0 to 255.
const BRIGHTNESS: &str = "(() => {
  const colour = (of) => getComputedStyle(of).backgroundColor;
  const grounds = [document.body, document.documentElement].map(colour);
  const drawn = grounds.find((one) => one !== 'rgba(0, 0, 0, 0)');
  return Math.max(...drawn.match(/[0-9.]+/g).slice(0, 3).map(Number));
})()";

/// What reaches beyond the right edge of the page.
fn widest(browser: &mut Browser) -> Value {
    browser.value(
        "[...document.querySelectorAll('body *')]
          .filter((one) => one.getBoundingClientRect().right > innerWidth + 1)
          .map((one) => one.outerHTML.slice(0, 120)).slice(0, 5)",
    )
}

/// Waits until the script of the page has fetched it anew.
fn refreshed(browser: &mut Browser) {
    const FETCHED: &str = "performance.getEntriesByType('resource')
        .some((one) => one.initiatorType === 'fetch' && one.responseEnd > 0)";
    browser.value("document.dispatchEvent(new Event('visibilitychange'))");
    wait("the page refreshes itself", || (browser.value(FETCHED) == true).then_some(()));
}

/// Width and height of a PNG.
fn size(png: &[u8]) -> (u32, u32) {
    assert!(png.starts_with(b"\x89PNG\r\n\x1a\n") && &png[12..16] == b"IHDR");
    let number = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
    (number(16), number(20))
}

fn keep(name: &str, picture: &[u8]) {
    if let Some(folder) = std::env::var_os("FIREDRILL_SHOTS") {
        fs::write(PathBuf::from(folder).join(name), picture).unwrap();
    }
}

fn base64(text: &str) -> Vec<u8> {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digits: Vec<u32> = text
        .bytes()
        .filter_map(|byte| DIGITS.iter().position(|digit| *digit == byte))
        .map(|digit| u32::try_from(digit).unwrap())
        .collect();
    let four = |four: &[u32]| {
        let bits = four.iter().chain([&0; 4]).take(4).fold(0, |bits, digit| bits << 6 | digit);
        bits.to_be_bytes()[1..four.len()].to_vec()
    };
    digits.chunks(4).flat_map(four).collect()
}

/// The shipped checks, at a pace that suits a test and without the remedy, one of them failing.
fn troubled() -> (Stack, Running) {
    let checks = include_str!("../../../../checks.yaml")
        .replace("global:\n", "global:\n  interval_s: 1\n  actions: {enabled: false}\n")
        .replace("retry_backoff_s: 5 ", "retry_backoff_s: 0.1 ");
    let stack = Stack::with(&checks);
    let checker = stack.watch();
    for name in ["api-availability", "db-health", "queue-depth", "job"] {
        stack.until(name, "all is well", |entry| entry.status == Status::Ok);
    }
    stack.post("admin/faults", r#"{"api_down":true}"#);
    stack.until("api-availability", "it fails", |entry| {
        entry.status == Status::Fail && entry.last_notification_at.is_some()
    });
    (stack, checker)
}

#[test]
fn every_page_is_fine_in_a_browser_in_both_schemes_and_on_a_phone() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let (stack, _checker) = troubled();
    let (_board, board) = stack.dashboard();
    let board = board.trim_end_matches('/');
    let pages: [(&str, String, &[&str]); 7] = [
        ("board", format!("{board}/"), &["RED", "FAIL", "GREEN", "api-availability", "503"]),
        ("check", format!("{board}/check/api-availability"), &["RED", "FAIL", "first_fail", "503"]),
        ("cluster", format!("{board}/cluster"), &["api-availability", "db-health"]),
        ("datum", format!("{board}/datum"), &["No status data available"]),
        ("agent", format!("{board}/agent"), &["A check of type host makes it"]),
        ("kiosk", format!("{board}/kiosk"), &["RED", "GREEN", "db-health"]),
        ("panel", stack.mockapp.clone(), &["API Down", "on now", "Active faults"]),
    ];
    for (name, url, words) in pages {
        let text = look(&mut browser, &url, name);
        for word in words {
            assert!(
                text.to_lowercase().contains(&word.to_lowercase()),
                "{name}: no `{word}` in\n{text}"
            );
        }
    }
    browser.visit(&format!("{board}/"));
    browser.value("document.body.setAttribute('onclick', 'boom()')");
    assert!(
        browser.complaints.iter().any(|said| said.contains("Content Security Policy")),
        "complaints are heard, and the policy bites: {:?}",
        browser.complaints
    );
}
