//! What `deploy/` installs: the unit of the status monitor and its installer.

#![expect(clippy::unwrap_used, reason = "a test stops where it is")]

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Command, Output},
};

#[path = "common/skip.rs"]
mod skip;

fn deploy() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy")
}

/// A `systemctl` that notes how it is called.
struct Machine(tempfile::TempDir);

impl Machine {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("bin")).unwrap();
        let tool = folder.path().join("bin/systemctl");
        let calls = folder.path().join("calls.txt");
        fs::write(&tool, format!("#!/bin/sh\necho \"$*\" >>'{}'\n", calls.display())).unwrap();
        fs::set_permissions(&tool, fs::Permissions::from_mode(0o755)).unwrap();
        Self(folder)
    }

    fn root(&self) -> PathBuf {
        self.0.path().join("root")
    }

    fn install(&self, script: &Path, args: &[&str]) -> Output {
        let path = std::env::var("PATH").unwrap();
        let path = format!("{}:{path}", self.0.path().join("bin").display());
        let mut bash = Command::new("bash");
        bash.arg(script).args(args).env("DESTDIR", self.root()).env("PATH", path);
        bash.output().unwrap()
    }

    fn calls(&self) -> String {
        fs::read_to_string(self.0.path().join("calls.txt")).unwrap_or_default()
    }

    /// Every file below the root with its mode and content.
    fn files(&self) -> Vec<(PathBuf, u32, String)> {
        let (mut found, mut folders) = (Vec::new(), vec![self.root()]);
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
                let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
                let text = fs::read_to_string(entry.path()).unwrap_or_default();
                if entry.file_type().unwrap().is_dir() {
                    folders.push(entry.path());
                }
                found.push((entry.path().strip_prefix(self.root()).unwrap().into(), mode, text));
            }
        }
        found.sort();
        found
    }
}

fn text(output: &Output) -> String {
    let both = [&output.stdout[..], &output.stderr[..]].concat();
    String::from_utf8(both).unwrap()
}

#[test]
fn the_installer_installs_and_a_second_run_changes_nothing() {
    let machine = Machine::new();
    let script = deploy().join("install_status_monitor.sh");
    let first = machine.install(&script, &["/srv/chat"]);
    assert!(first.status.success(), "{}", text(&first));
    assert_eq!(machine.calls(), "daemon-reload\nenable status_monitor\nrestart status_monitor\n");
    let files = machine.files();
    let mode = |name: &str| files.iter().find(|(path, ..)| path == Path::new(name)).unwrap().1;
    assert_eq!(mode("var/lib/chatstack"), 0o750);
    assert_eq!(mode("etc/systemd/system/status_monitor.service"), 0o644);
    let unit = machine.root().join("etc/systemd/system/status_monitor.service");
    let unit = fs::read_to_string(unit).unwrap();
    assert!(unit.contains("--config /srv/chat/config/monitor.yml ") && !unit.contains("/opt/"));

    let config = machine.root().join("srv/chat/config/monitor.yml");
    fs::write(&config, "services: [] # mine\n").unwrap();
    let before = machine.files();
    let second = machine.install(&script, &["/srv/chat/"]);
    assert!(second.status.success(), "{}", text(&second));
    assert_eq!(machine.files(), before);
}

#[test]
fn without_the_unit_or_with_a_bad_folder_the_installer_ends_with_one() {
    let machine = Machine::new();
    let alone = machine.0.path().join("install_status_monitor.sh");
    fs::copy(deploy().join("install_status_monitor.sh"), &alone).unwrap();
    let missing = machine.install(&alone, &["/srv/chat"]);
    assert_eq!(missing.status.code(), Some(1));
    assert!(text(&missing).contains("status_monitor.service is neither in"), "{}", text(&missing));
    let script = deploy().join("install_status_monitor.sh");
    for args in [&[][..], &[""], &["relative"], &["/"], &["/a|b"], &["/a", "/b"]] {
        assert_eq!(machine.install(&script, args).status.code(), Some(1), "{args:?}");
    }
    assert_eq!(machine.calls(), "", "nothing was touched");
    assert!(!machine.root().exists());
}

/// The last value of each key of a section, `Key=value` lines only.
fn setting<'u>(unit: &'u str, section: &str, key: &str) -> Option<&'u str> {
    let body = unit.split_once(&format!("[{section}]\n"))?.1;
    let body = body.split("\n[").next()?;
    let lines = body.lines().filter(|line| !line.starts_with('#'));
    lines
        .filter_map(|line| line.split_once('='))
        .rfind(|(name, _)| *name == key)
        .map(|(_, value)| value)
}

#[test]
fn the_unit_runs_the_checker_as_a_user_without_rights() {
    let unit = fs::read_to_string(deploy().join("systemd/status_monitor.service")).unwrap();
    let service = |key: &str| setting(&unit, "Service", key).unwrap_or_else(|| panic!("no {key}"));
    assert_eq!(
        service("ExecStart"),
        "/usr/local/bin/checker run --config /opt/ChatStack/config/monitor.yml \
         --status-file /var/lib/chatstack/status.json"
    );
    assert!(!matches!(service("User"), "" | "root" | "0"));
    for (key, value) in [
        ("NoNewPrivileges", "yes"),
        ("CapabilityBoundingSet", ""),
        ("ProtectSystem", "strict"),
        ("StateDirectory", "chatstack"),
        ("StateDirectoryMode", "0750"),
        ("Restart", "always"),
    ] {
        assert_eq!(service(key), value, "{key}");
    }
    assert_eq!(setting(&unit, "Install", "WantedBy"), Some("multi-user.target"));
    let is_fine =
        |line: &str| line.is_empty() || line.starts_with(['#', '[']) || line.contains('=');
    assert!(unit.lines().all(is_fine));
}

#[test]
fn systemd_itself_has_nothing_against_the_unit() {
    let folder = tempfile::tempdir().unwrap();
    let unit = fs::read_to_string(deploy().join("systemd/status_monitor.service")).unwrap();
    // The program need not be installed here.
    let unit = unit.replace("/usr/local/bin/checker", "/bin/true");
    let file = folder.path().join("status_monitor.service");
    fs::write(&file, unit).unwrap();
    match Command::new("systemd-analyze").args(["verify", "--man=no"]).arg(&file).output() {
        Err(_) => skip::skipped("systemd-analyze not found"),
        Ok(output) => {
            let said = text(&output);
            let ours: Vec<_> = said.lines().filter(|l| l.contains("status_monitor")).collect();
            assert!(ours.is_empty() && output.status.success(), "{said}");
        }
    }
}

#[test]
fn the_shipped_configuration_is_good() {
    let text = fs::read_to_string(deploy().join("config/monitor.yml")).unwrap();
    let source = engine::config::Source { file: "monitor.yml", text: &text };
    let parsed = engine::config::parse(source, &|_| None).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!((parsed.config.checks.len(), parsed.warnings.len()), (4, 0));
}
