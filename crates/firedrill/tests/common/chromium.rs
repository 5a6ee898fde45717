//! Chromium, steered by its DevTools protocol over two pipes: JSON messages that end with a NUL.
//! `FIREDRILL_SHOTS=FOLDER` keeps the pictures. Knows no page of ours.

use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    time::Duration,
};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::skip;

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

/// How long the browser may take for anything.
const PATIENCE: Duration = Duration::from_secs(60);

/// The process; it ends with this handle.
#[derive(Debug)]
struct Chromium(Child);

impl Drop for Chromium {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A browser with one page.
pub(crate) struct Browser {
    to: ChildStdin,
    from: Receiver<Value>,
    session: Value,
    last: u64,
    /// What the page complained of.
    pub(crate) complaints: Vec<String>,
    _running: Chromium,
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
        let (running, session) = (Chromium(child), Value::Null);
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
        let answer = self.answer(method, params);
        assert!(answer["error"].is_null(), "{method}: {answer}");
        answer["result"].clone()
    }

    fn answer(&mut self, method: &str, params: &Value) -> Value {
        self.last += 1;
        let mut message = json!({"id": self.last, "method": method, "params": params});
        if self.session.is_string() {
            message["sessionId"] = self.session.clone();
        }
        self.to.write_all(format!("{message}\0").as_bytes()).unwrap();
        loop {
            let answer = self.next(method);
            if answer["id"] == self.last {
                return answer;
            }
        }
    }

    /// One command and its result, or null: while a page makes way for the next there is none.
    fn try_ask(&mut self, method: &str, params: &Value) -> Value {
        self.answer(method, params)["result"].clone()
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

    /// The text of the first element that a selector finds.
    pub(crate) fn text(&mut self, selector: &str) -> String {
        let found = self.value(&format!("{}.innerText", element(selector)));
        found.as_str().unwrap_or_else(|| panic!("no text at {selector}: {found}")).to_owned()
    }

    /// Clicks on the first element that a selector finds, as a mouse would: in its middle, once it
    /// is in sight. Whatever covers it gets the click.
    pub(crate) fn click(&mut self, selector: &str) {
        self.wait_for(selector);
        let place = self.value(&format!(
            "(() => {{ const it = {}; it.scrollIntoView({{block: 'center', behavior: 'instant'}});
              const box = it.getBoundingClientRect();
              return [box.x + box.width / 2, box.y + box.height / 2]; }})()",
            element(selector)
        ));
        for kind in ["mousePressed", "mouseReleased"] {
            let click = json!({"type": kind, "x": place[0], "y": place[1], "button": "left",
                "buttons": 1, "clickCount": 1});
            self.ask("Input.dispatchMouseEvent", &click);
        }
    }

    /// Presses Enter on something that leads to another page, as who uses the keyboard does, and
    /// waits until that page has loaded. Nothing that moves on the page can get in between.
    pub(crate) fn follow(&mut self, selector: &str) {
        self.wait_for(selector);
        self.value(&format!("globalThis.leftBehind = true; {}.focus()", element(selector)));
        for kind in ["keyDown", "keyUp"] {
            let key = json!({"type": kind, "key": "Enter", "code": "Enter", "text": "\r",
                "windowsVirtualKeyCode": 13});
            self.ask("Input.dispatchKeyEvent", &key);
        }
        self.until(
            &format!("the page behind {selector} loads"),
            "!globalThis.leftBehind && document.readyState === 'complete'",
        );
    }

    /// Types into a field, or chooses a value of a select.
    pub(crate) fn fill(&mut self, selector: &str, text: &str) {
        self.wait_for(selector);
        let it = element(selector);
        let is_select = self.value(&format!("{it}.nodeName === 'SELECT'")) == true;
        if is_select {
            let chosen = self.value(&format!(
                "(() => {{ const it = {it}; it.value = {}; it.dispatchEvent(new Event('change',
                  {{bubbles: true}})); return it.value; }})()",
                json!(text)
            ));
            assert_eq!(chosen, text, "{selector} has no such choice");
            return;
        }
        self.value(&format!("(() => {{ const it = {it}; it.focus(); it.select(); }})()"));
        self.ask("Input.insertText", &json!({"text": text}));
    }

    /// Waits until a selector finds something.
    pub(crate) fn wait_for(&mut self, selector: &str) {
        let found = format!("document.querySelector({}) !== null", json!(selector));
        self.until(&format!("{selector} is on the page"), &found);
    }

    /// Waits until an expression is true in the page; between two pages none is.
    #[expect(clippy::disallowed_methods, reason = "a real browser takes real time")]
    pub(crate) fn until(&mut self, what: &str, expression: &str) {
        let end = std::time::Instant::now() + PATIENCE;
        let asked = json!({"expression": expression, "returnByValue": true});
        while self.try_ask("Runtime.evaluate", &asked)["result"]["value"] != true {
            if std::time::Instant::now() > end {
                let text = self.value("document.body.innerText");
                panic!("not seen within {PATIENCE:?}: {what}, in\n{text}");
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// What axe-core finds wrong with the page as it stands: rule, elements, advice.
    pub(crate) fn axe(&mut self, source: &str) -> Vec<String> {
        self.value(&format!("{source};\nnull"));
        let found = self.value(
            "axe.run(document, {resultTypes: ['violations']}).then((all) => all.violations.flatMap(
              (one) => one.nodes.map((node) => `${one.id} (${one.impact}): ${node.html.slice(0, 160)}: ${node.failureSummary}`)))",
        );
        let found = found.as_array().unwrap_or_else(|| panic!("axe said {found}"));
        found.iter().map(|one| one.as_str().unwrap_or_default().to_owned()).collect()
    }

    fn picture(&mut self) -> Vec<u8> {
        let shot = self.ask("Page.captureScreenshot", &json!({"format": "png"}));
        base64(shot["data"].as_str().unwrap())
    }
}

/// The first element that a selector finds, as an expression.
fn element(selector: &str) -> String {
    format!("document.querySelector({})", json!(selector))
}

/// The text of axe-core, which `scripts/test` fetches; the skip is noted when it is not there.
pub(crate) fn axe_core() -> Option<String> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/axe/axe.min.js");
    let text = fs::read_to_string(file).ok();
    if text.is_none() {
        skip::skipped("axe-core not found");
    }
    text
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
        keep(browser, &format!("{name}-{}-{}.png", view.width, view.scheme));
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

/// Waits until the script of the page has fetched it anew; a page without one stays as it is.
fn refreshed(browser: &mut Browser) {
    if browser.value("document.querySelector('script[src]')?.src ?? null").is_null() {
        return;
    }
    const FETCHED: &str = "performance.getEntriesByType('resource')
        .some((one) => one.initiatorType === 'fetch' && one.responseEnd > 0)";
    browser.value("document.dispatchEvent(new Event('visibilitychange'))");
    browser.until("the page refreshes itself", FETCHED);
}

/// Width and height of a PNG.
fn size(png: &[u8]) -> (u32, u32) {
    assert!(png.starts_with(b"\x89PNG\r\n\x1a\n") && &png[12..16] == b"IHDR");
    let number = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
    (number(16), number(20))
}

/// Keeps a picture of the whole page for people to look at.
fn keep(browser: &mut Browser, name: &str) {
    if let Some(folder) = std::env::var_os("FIREDRILL_SHOTS") {
        let size = browser.ask("Page.getLayoutMetrics", &json!({}))["cssContentSize"].clone();
        let clip =
            json!({"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1});
        let wanted = json!({"format": "png", "captureBeyondViewport": true, "clip": clip});
        let shot = browser.ask("Page.captureScreenshot", &wanted);
        let picture = base64(shot["data"].as_str().unwrap());
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
