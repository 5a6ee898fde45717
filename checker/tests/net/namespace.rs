//! A network of its own for a test, with a packet filter. Gone when dropped.

use std::{
    io::Write,
    process::{Command, Output, Stdio},
    sync::atomic::{AtomicU32, Ordering},
};

use tempfile::TempDir;

use crate::skip::skipped;

static NUMBER: AtomicU32 = AtomicU32::new(0);

/// A network namespace whose loopback is up.
#[derive(Debug)]
pub(crate) struct Namespace {
    name: String,
    dir: TempDir,
}

impl Namespace {
    /// Makes one. Nothing comes back, and the skip is noted, where that cannot be.
    pub(crate) fn new() -> Option<Self> {
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("firedrill-{}-{number}", std::process::id());
        let made = Command::new("ip").args(["netns", "add", &name]).output();
        if !made.is_ok_and(|made| made.status.success()) {
            skipped("network namespaces not found");
            return None;
        }
        let this = Self { name, dir: tempfile::tempdir().unwrap() };
        let up = this.run("ip", &["link", "set", "lo", "up"]);
        assert!(up.status.success(), "{up:?}");
        Some(this)
    }

    /// Runs a program inside.
    pub(crate) fn run(&self, program: &str, args: &[&str]) -> Output {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.name, program]).args(args);
        command.current_dir(self.dir.path()).output().unwrap()
    }

    /// Lets a packet filter do something with what comes in; false, with the skip noted, where
    /// there is none.
    pub(crate) fn filter(&self, rule: &str) -> bool {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.name, "nft", "-f", "-"]);
        command.stdin(Stdio::piped()).stderr(Stdio::piped()).stdout(Stdio::null());
        let table = format!(
            "flush ruleset\ntable inet t {{\nchain in {{\ntype filter hook input priority 0\n{rule}\n}}\n}}\n"
        );
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(table.as_bytes()).unwrap();
        let done = child.wait_with_output().unwrap();
        if !done.status.success() {
            let said = String::from_utf8_lossy(&done.stderr);
            skipped(&format!("nftables not found ({})", said.lines().next().unwrap_or_default()));
        }
        done.status.success()
    }

    /// What `checker once` says inside of a check with these keys.
    pub(crate) fn once(&self, keys: &str) -> String {
        self.once_as(&[], keys)
    }

    /// The same as nobody, who has no privilege at all; nothing, with the skip noted, where nobody
    /// may not run the checker.
    pub(crate) fn once_as_nobody(&self, keys: &str) -> Option<String> {
        let nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
        let program = env!("CARGO_BIN_EXE_checker");
        let may = self.run(nobody[0], &[&nobody[1..], &[program, "--version"]].concat());
        if !may.status.success() {
            skipped("setpriv, or a checker that nobody may run, not found");
            return None;
        }
        Some(self.once_as(&nobody, keys))
    }

    fn once_as(&self, who: &[&str], keys: &str) -> String {
        use std::os::unix::fs::PermissionsExt;
        let text = format!("checks:\n  - {{name: it, {keys}}}\n");
        std::fs::write(self.dir.path().join("checks.yaml"), text).unwrap();
        let open = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(self.dir.path(), open).unwrap();
        let checker = [env!("CARGO_BIN_EXE_checker"), "once", "--dry-run"];
        let words = [who, &checker].concat();
        let output = self.run(words[0], &words[1..]);
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let line = said.lines().find(|line| line.starts_with('['));
        line.map_or_else(|| panic!("{output:?}"), str::to_owned)
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        let _ = Command::new("ip").args(["netns", "delete", &self.name]).status();
    }
}
