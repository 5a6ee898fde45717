//! The checker as a program, in a folder of its own.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use serde_json::Value;
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

use crate::booted::{Booted, PATIENCE};

/// More than a cycle of one check takes, less than anybody types a password in.
pub(crate) const PATIENCE_OF_A_CYCLE: Duration = Duration::from_secs(15);

/// A folder with a configuration, and the environment that the checker gets.
#[derive(Debug)]
pub(crate) struct Watch {
    folder: TempDir,
    vars: Vec<(String, PathBuf)>,
    /// What comes before the checker, and the checker; nothing when it runs here.
    inside: Vec<String>,
}

impl Watch {
    pub(crate) fn new(checks: &str) -> Self {
        let folder = tempfile::Builder::new().prefix("firedrill-watch").tempdir().unwrap();
        fs::write(folder.path().join("checks.yaml"), checks).unwrap();
        Self { folder, vars: Vec::new(), inside: Vec::new() }
    }

    /// The same for a checker that runs on a booted machine, as one of its users.
    pub(crate) fn inside(machine: &Booted, user: &str, checks: &str) -> Self {
        let folder = tempfile::Builder::new().prefix("watch").tempdir_in(machine.path("")).unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).unwrap();
        fs::write(folder.path().join("checks.yaml"), checks).unwrap();
        if !machine.path("checker").exists() {
            machine.bring(Path::new(env!("CARGO_BIN_EXE_checker")), "checker");
        }
        let name = folder.path().file_name().unwrap().display();
        let there = format!("--chdir=/srv/test/{name}");
        let as_user = ["runuser", "-u", user, "--", "env", &there, "/srv/test/checker"];
        let inside = machine.entrance().into_iter().chain(as_user).map(str::to_owned).collect();
        Self { folder, vars: Vec::new(), inside }
    }

    pub(crate) fn var(mut self, name: &str, value: impl AsRef<Path>) -> Self {
        self.vars.push((name.to_owned(), value.as_ref().to_owned()));
        self
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn checker(&self, arguments: &[&str]) -> Command {
        let here = [env!("CARGO_BIN_EXE_checker").to_owned()];
        let argv = if self.inside.is_empty() { &here[..] } else { &self.inside };
        let mut command = Command::new(&argv[0]);
        command.args(&argv[1..]);
        command.current_dir(&self.folder).args(arguments).env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.envs(self.vars.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null());
        command
    }

    /// Runs the checker to its end: its exit code and what it printed, line by line.
    pub(crate) fn once(&self, arguments: &[&str]) -> (i32, Vec<String>) {
        let output = self.checker(&[&["once"], arguments].concat()).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        (output.status.code().unwrap(), text.lines().map(str::to_owned).collect())
    }

    /// Starts the checker and lets it watch.
    pub(crate) fn start(&self, arguments: &[&str]) -> Running {
        let log = fs::File::create(self.path("log")).unwrap();
        let mut command = self.checker(arguments);
        Running(command.stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap())
    }

    /// The lines of the journal so far.
    pub(crate) fn journal(&self) -> Vec<Value> {
        let text = fs::read_to_string(self.path("results.jsonl")).unwrap_or_default();
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        whole.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The results of actions so far, with their reasons: `OK x restarted`, `helped: true`.
    pub(crate) fn actions(&self) -> Vec<String> {
        let journal = self.journal();
        let actions = journal.iter().filter(|line| line["event"] == "action");
        actions
            .map(|line| match line["helped"].as_bool() {
                Some(helped) => format!("helped: {helped}"),
                None => {
                    let word = |key: &str| line[key].as_str().unwrap_or_default().to_owned();
                    format!("{} {}", word("result"), word("reason")).trim().to_owned()
                }
            })
            .collect()
    }

    /// How many cycles of a check ended with a status.
    pub(crate) fn cycles(&self, name: &str, status: &str) -> usize {
        let journal = self.journal();
        let ended = |line: &&Value| {
            line["event"] == "check" && line["name"] == name && line["status"] == status
        };
        journal.iter().filter(ended).count()
    }

    /// The notices of a check so far, by kind.
    pub(crate) fn kinds(&self, name: &str) -> Vec<String> {
        let journal = self.journal();
        let told = journal.iter().filter(|line| line["event"] == "notify" && line["name"] == name);
        told.map(|line| line["kind"].as_str().unwrap().to_owned()).collect()
    }

    /// Waits until the journal is as wanted.
    pub(crate) async fn until(&self, what: &str, holds: impl Fn(&Self) -> bool) {
        let until = Instant::now() + PATIENCE;
        while !holds(self) {
            let log = fs::read_to_string(self.path("log")).unwrap_or_default();
            assert!(Instant::now() < until, "not {what}: {:?}\n{log}", self.actions());
            sleep(Duration::from_millis(20)).await;
        }
    }
}

/// A checker that watches; killed when dropped.
#[derive(Debug)]
pub(crate) struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
