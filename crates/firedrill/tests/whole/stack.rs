//! Real programs in a folder of their own, on free ports, watched by their files.

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Output, Stdio},
    sync::Arc,
    time::Duration,
};

use engine::{Event, EventKind, NoticeKind, Timestamp, board::Entry};
use store::{
    RealDisk,
    read::{Paths, Query, View},
};
use tempfile::TempDir;

/// How long anything may take on a busy machine before a test gives up.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A program that is stopped when it goes out of scope.
#[derive(Debug)]
pub(crate) struct Running(pub(crate) Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Running {
    /// Asks it to stop, as a service manager would.
    pub(crate) fn terminate(mut self) -> ExitStatus {
        let pid = rustix::process::Pid::from_child(&self.0);
        let open = self.0.stdin.take();
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        let status = self.0.wait().unwrap();
        drop(open);
        status
    }
}

/// A folder with a configuration, and a mock app.
#[derive(Debug)]
pub(crate) struct Stack {
    folder: TempDir,
    pub(crate) mockapp: String,
    _mockapp: Running,
}

/// The command of one of the programs; its standard input is left open, because it stops with it.
pub(crate) fn command(name: &str, folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_firedrill"));
    command.args(["program", name, "--"]).current_dir(folder).env_clear().stdin(Stdio::piped());
    command
}

/// Runs a program to its end with its standard input open.
pub(crate) fn finish(command: &mut Command) -> Output {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let open = child.stdin.take();
    let output = child.wait_with_output().unwrap();
    drop(open);
    output
}

/// Starts a program and waits until it says where it listens.
pub(crate) fn listen(mut command: Command) -> (Running, String) {
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let address = lines.find_map(|line| {
        line.ok()?.split_once(" listening on ").map(|(_, address)| address.trim().to_owned())
    });
    // Whoever prints more must find an open pipe.
    std::thread::spawn(move || lines.for_each(drop));
    let running = Running(child);
    (running, address.expect("the program ended before it listened"))
}

impl Stack {
    /// A mock app and a folder with these checks, whose base address is filled in.
    pub(crate) fn with(checks: &str) -> Self {
        Self::with_mockapp(checks, |_| {})
    }

    /// The same with a mock app that is started in a way of the test's own.
    pub(crate) fn with_mockapp(checks: &str, change: impl FnOnce(&mut Command)) -> Self {
        let folder = TempDir::new().unwrap();
        let mut app = command("mockapp", folder.path());
        app.args(["--addr=127.0.0.1:0", "--job-seconds=2"]);
        change(&mut app);
        let (running, mockapp) = listen(app);
        fs::write(folder.path().join("checks.yaml"), checks).unwrap();
        let dotenv = format!("MOCKAPP_BASE={}\n", mockapp.trim_end_matches('/'));
        fs::write(folder.path().join(".env"), dotenv).unwrap();
        Self { folder, mockapp, _mockapp: running }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn checker(&self) -> Command {
        command("checker", self.folder.path())
    }

    /// Starts the checker; its console goes to `console.txt`.
    pub(crate) fn watch(&self) -> Running {
        let console = |name| {
            let mut options = fs::OpenOptions::new();
            options.create(true).append(true).open(self.path(name)).unwrap()
        };
        let mut checker = self.checker();
        let checker = checker.stdout(console("console.txt")).stderr(console("log.txt"));
        Running(checker.spawn().unwrap())
    }

    pub(crate) fn dashboard(&self) -> (Running, String) {
        let mut board = command("dashboard", self.folder.path());
        board.arg("--addr=127.0.0.1:0");
        listen(board)
    }

    /// Runs a command of the checker to its end.
    pub(crate) fn ask(&self, args: &[&str]) -> Output {
        finish(self.checker().args(args))
    }

    pub(crate) fn post(&self, path: &str, json: &str) {
        let answer = http(&format!("{}{path}", self.mockapp), "POST", json);
        assert!(answer.starts_with("HTTP/1.1 2"), "POST {path}: {answer}");
    }

    fn view(&self) -> View {
        let mut view = View::open(Paths::in_folder(self.folder.path()), Arc::new(RealDisk));
        view.refresh(now());
        view
    }

    /// The state of a check, once there is one.
    pub(crate) fn entry(&self, name: &str) -> Option<Entry> {
        self.view().board().entries.get(name).cloned()
    }

    /// All events, oldest first.
    pub(crate) fn events(&self) -> Vec<Event> {
        let query = Query {
            from: Timestamp::from_millis(0),
            until: now(),
            name: None,
            statuses: Vec::new(),
            events: Vec::new(),
            page: 1,
            per_page: 100_000,
        };
        let mut rows = self.view().page(&query).rows;
        rows.reverse();
        rows
    }

    /// The kinds of the notices that were raised for a check, in order.
    pub(crate) fn notices(&self, name: &str) -> Vec<NoticeKind> {
        let kind = |event: &Event| match &event.kind {
            EventKind::Notify(notice) => {
                notice.name.as_ref().filter(|of| of.as_str() == name).map(|_| notice.kind)
            }
            _ => None,
        };
        self.events().iter().filter_map(kind).collect()
    }

    /// Looks until the state of a check is as wanted.
    pub(crate) fn until(&self, name: &str, what: &str, wanted: impl Fn(&Entry) -> bool) -> Entry {
        wait(what, || self.entry(name).filter(|entry| wanted(entry)))
    }
}

/// Looks until something is found.
#[expect(clippy::disallowed_methods, reason = "real processes take real time")]
pub(crate) fn wait<T>(what: &str, mut find: impl FnMut() -> Option<T>) -> T {
    let end = std::time::Instant::now() + PATIENCE;
    loop {
        if let Some(found) = find() {
            return found;
        }
        assert!(std::time::Instant::now() < end, "not seen within {PATIENCE:?}: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[expect(clippy::disallowed_methods, reason = "real processes take real time")]
pub(crate) fn now() -> Timestamp {
    jiff::Timestamp::now().into()
}

/// One request over a fresh connection; the whole answer as text.
pub(crate) fn http(url: &str, method: &str, json: &str) -> String {
    let rest = url.strip_prefix("http://").unwrap();
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let mut stream = TcpStream::connect(host).unwrap();
    let length = json.len();
    write!(
        stream,
        "{method} /{path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\
         content-type: application/json\r\ncontent-length: {length}\r\n\r\n{json}"
    )
    .unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

/// What a finished command said on both outputs.
pub(crate) fn said(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    text(&output.stdout) + &text(&output.stderr)
}
