//! An exercise that a test plays: its folder, its prompt, what it said, what it left.

use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex},
};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

use crate::stack::{Running, wait};

/// The checks of every exercise here: as few as there can be, and none that a busy machine upsets.
const CHECKS: &str = r#"global: {interval_s: 30, retries: 1, retry_backoff_s: 2, timeout_s: 10}
checks:
  - name: api
    type: http
    url: "{MOCKAPP_BASE}/api/ping"
    severity: P1
  - name: db
    type: http
    url: "{MOCKAPP_BASE}/db/health"
    expect_jsonpath: [{path: "$.ok", equals: true}]
    on_fail:
      actions: [{type: http_post, url: "{MOCKAPP_BASE}/admin/reset"}]
"#;

/// An outage that a rollback ends, and nothing else.
pub(crate) const BAD_RELEASE: &str = "\
scenario: friday
about: The release of Friday has a typo.
timeline:
  - {id: seventh-typo, at: 50s, until: heal, fault: app.deploy_bad}
exercise:
  title: The typo of Friday
  level: 1
  story: It is Friday, and you are on duty.
  hints: [Look at the time., What changed?]
  operator_actions: {rollback-deploy: helps, restart-db: useless, restart-api: harms}
  answer: {component: api, fault: app.deploy_bad}
";

/// Nothing at all.
pub(crate) const QUIET: &str = "\
scenario: sunday
timeline:
  - {id: nothing, at: 30s, for: 30m, fault: noop}
exercise:
  title: A Sunday
  level: 1
  story: It is Sunday, and you are on duty.
  answer: nothing
";

/// An exercise under way.
#[derive(Debug)]
pub(crate) struct Exercise {
    pub(crate) folder: PathBuf,
    pub(crate) root: TempDir,
    running: Running,
    prompt: ChildStdin,
    said: Arc<Mutex<String>>,
}

/// The command that plays a scenario in a folder of its own, twenty times as fast as real time.
pub(crate) fn train(root: &Path, scenario: &str, args: &[&str]) -> Command {
    fs::write(root.join("checks.yaml"), CHECKS).unwrap();
    fs::write(root.join("incident.yaml"), scenario).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_firedrill"));
    command.args(["train", "--scenario=incident.yaml", "--data=played", "--as=Ada", "--name=Red"]);
    command.args(["--port=0", "--mockapp-port=0", "--dashboard-port=0", "--exit"]);
    command.args(["--speed=20"]).args(args).current_dir(root);
    command
}

impl Exercise {
    /// Starts an exercise and waits until people are asked to their desk.
    pub(crate) fn begin(scenario: &str, args: &[&str]) -> Self {
        let root = TempDir::new().unwrap();
        let command = train(root.path(), scenario, args);
        Self::start(root, command)
    }

    fn start(root: TempDir, mut command: Command) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let said = Arc::new(Mutex::new(String::new()));
        let prompt = child.stdin.take().unwrap();
        keep(child.stdout.take().unwrap(), &said);
        keep(child.stderr.take().unwrap(), &said);
        let folder = root.path().join("played");
        let exercise = Self { folder, root, running: Running(child), prompt, said };
        exercise.until("Commands work here");
        exercise
    }

    /// What it has said so far.
    pub(crate) fn said(&self) -> String {
        self.said.lock().unwrap().clone()
    }

    /// Waits until it has said something, or has ended without a word of it.
    pub(crate) fn until(&self, words: &str) {
        let over = || is_gone(Pid::from_child(&self.running.0));
        let told = wait(&format!("`{words}` or the end"), || {
            // What it said last is there a moment after it has ended.
            let gone = over();
            let found = self.said().contains(words);
            (found || gone).then_some(found)
        });
        assert!(told || self.said().contains(words), "`{words}` is missing in\n{}", self.said());
    }

    /// Types a command.
    pub(crate) fn type_in(&mut self, line: &str) {
        writeln!(self.prompt, "{line}").unwrap();
    }

    /// Types a command and waits until it was answered so.
    pub(crate) fn ask(&mut self, line: &str, answer: &str) {
        self.type_in(line);
        self.until(answer);
    }

    /// An address that it told.
    pub(crate) fn address(&self, what: &str) -> String {
        let said = self.said();
        let line = said.lines().find(|line| line.trim_start().starts_with(what)).unwrap();
        line.split_whitespace().find(|word| word.starts_with("http://")).unwrap().to_owned()
    }

    pub(crate) fn process(&self) -> &Child {
        &self.running.0
    }

    /// Its programs by their names, with their process ids.
    pub(crate) fn programs(&self) -> Vec<(String, Pid)> {
        children(self.running.0.id())
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.running.0), signal).unwrap();
    }

    /// Waits until it has ended; what it said is complete then.
    pub(crate) fn end(mut self) -> Played {
        let programs = self.programs();
        let status = wait("the exercise has ended", || self.running.0.try_wait().unwrap());
        wait("its programs have ended", || {
            programs.iter().all(|(_, pid)| is_gone(*pid)).then_some(())
        });
        Played { status, said: self.said(), folder: self.folder.clone(), _root: self.root }
    }
}

fn keep(from: impl std::io::Read + Send + 'static, said: &Arc<Mutex<String>>) {
    let said = Arc::clone(said);
    std::thread::spawn(move || {
        for line in BufReader::new(from).lines().map_while(Result::ok) {
            let mut said = said.lock().unwrap();
            said.push_str(&line);
            said.push('\n');
        }
    });
}

/// The programs that a process has started, by their names.
pub(crate) fn children(parent: u32) -> Vec<(String, Pid)> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        let Ok(pid) = entry.file_name().to_string_lossy().parse::<i32>() else { continue };
        let stat = fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        let behind = stat.rsplit(") ").next().unwrap_or_default();
        if behind.split(' ').nth(1) != Some(&parent.to_string()) {
            continue;
        }
        let line = fs::read_to_string(entry.path().join("cmdline")).unwrap_or_default();
        let name = line.split('\0').nth(2).unwrap_or_default().to_owned();
        found.push((name, Pid::from_raw(pid).unwrap()));
    }
    found
}

/// Whether a process has ended, buried or not.
pub(crate) fn is_gone(pid: Pid) -> bool {
    let stat = fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero()));
    stat.map_or(true, |stat| stat.contains(") Z "))
}

/// An exercise that is over.
#[derive(Debug)]
pub(crate) struct Played {
    pub(crate) status: ExitStatus,
    pub(crate) said: String,
    pub(crate) folder: PathBuf,
    _root: TempDir,
}

impl Played {
    /// The record that it left.
    pub(crate) fn record(&self) -> Value {
        let text = fs::read_to_string(self.folder.join("exercise.json"));
        serde_json::from_str(&text.unwrap_or_else(|_| panic!("no record:\n{}", self.said))).unwrap()
    }

    /// The points, which were told at the terminal, too.
    pub(crate) fn points(&self) -> i64 {
        let points = self.record()["score"]["points"].as_i64().unwrap();
        let told = format!("{points} of 100 points");
        assert!(self.said.contains(&told), "`{told}` is missing in\n{}", self.said);
        points
    }

    /// Why so many points were given for something.
    pub(crate) fn why(&self, name: &str) -> (i64, String) {
        let record = self.record();
        let parts = record["score"]["parts"].as_array().unwrap();
        let part = parts.iter().find(|one| one["name"] == name);
        let part = part.unwrap_or_else(|| panic!("{name} is missing in {record:#}"));
        (part["points"].as_i64().unwrap(), part["why"].as_str().unwrap().to_owned())
    }
}
