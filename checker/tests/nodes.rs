//! A node of a cluster as a program: a file of targets and peers as it stands, what is said at the
//! start, and the history of the targets.
#![expect(clippy::unwrap_used, reason = "helpers of tests, too, end on what they did not expect")]

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::{Value, json};

const SEED: &str = include_str!("../../crates/engine/testdata/config/seed001.yaml");

/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

const HISTORY: &str = ".dist/data/status_history.json";

/// A service manager that knows one unit which runs and one which does not.
const SYSTEMCTL: &str = "#!/bin/sh\ncase \"$*\" in *nginx.service*) echo active ;; \
                         *) echo inactive; exit 3 ;; esac\n";

/// A checker that is stopped when it goes out of scope.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Running {
    fn stop(mut self) {
        let pid = self.0.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        assert_eq!(self.0.wait().unwrap().code(), Some(0));
    }
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let unreachable = SEED.replace("target: 1.1.1.1", "target: 127.0.0.1:9");
    fs::write(folder.path().join("config.yaml"), unreachable).unwrap();
    let systemctl = folder.path().join("systemctl");
    fs::write(&systemctl, SYSTEMCTL).unwrap();
    fs::set_permissions(&systemctl, fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

fn checker(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_checker"));
    command.args(["--config", "config.yaml"]).args(args).current_dir(folder).env_clear();
    command.env("SYSTEMCTL_BIN", folder.join("systemctl"));
    command
}

fn start(folder: &Path) -> Running {
    let log = fs::File::create(folder.join("log.txt")).unwrap();
    Running(checker(folder, &[]).stdout(Stdio::null()).stderr(log).spawn().unwrap())
}

#[expect(clippy::disallowed_methods, reason = "real processes take real time")]
fn history(folder: &Path) -> Value {
    let end = Instant::now() + PATIENCE;
    loop {
        if let Ok(bytes) = fs::read(folder.join(HISTORY)) {
            return serde_json::from_slice(&bytes).expect("the file is whole at any instant");
        }
        assert!(Instant::now() < end, "no history within {PATIENCE:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_file_of_targets_and_peers_is_valid_as_it_stands() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("config.yaml"), SEED).unwrap();
    let output = checker(folder.path(), &["validate"]).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains("config.yaml: 3 checks, 0 warnings, 2 targets, 1 peer\n"), "{said}");
    assert!(said.contains("monitor_dns"), "{said}");
}

#[test]
fn the_first_sample_is_written_at_once_and_a_deleted_history_begins_anew() {
    let folder = folder();
    let running = start(folder.path());
    let first = history(folder.path());
    let expected = json!([
        {"id": "tsunamibot", "name": "Tsunami Bot", "ok": false, "state": "inactive",
         "error": "inactive"},
        {"id": "nginx", "name": "Reverse Proxy", "ok": true, "state": "active"},
    ]);
    assert_eq!(first.as_array().unwrap().len(), 1);
    assert_eq!(first[0]["checks"], expected);
    assert!(first[0]["timestamp"].as_str().unwrap().ends_with('Z'));
    running.stop();
    let log = fs::read_to_string(folder.path().join("log.txt")).unwrap();
    assert!(log.contains("Loaded 2 service(s) from config.yaml (node node-a)"), "{log}");
    fs::remove_file(folder.path().join(HISTORY)).unwrap();
    let again = start(folder.path());
    assert_eq!(history(folder.path()).as_array().unwrap().len(), 1);
    again.stop();
}

#[test]
fn a_dry_run_writes_no_history() {
    let folder = folder();
    let output = checker(folder.path(), &["once", "--dry-run"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "a unit is down");
    assert!(!folder.path().join(".dist").exists());
}
