//! The status monitor as it is deployed: its installer and its hardened unit under a real systemd,
//! which watches a real unit. A restart that is refused is told and monitoring goes on; one that is
//! allowed heals. Skipped where there is no root, no systemd or no room for namespaces.

#![expect(clippy::unwrap_used, reason = "a test stops where it is")]

use std::{
    fs,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::Value;

#[path = "common/skip.rs"]
mod skip;

const PATIENCE: Duration = Duration::from_secs(60);

/// Looks until something is found.
#[expect(clippy::disallowed_methods, reason = "real processes take real time")]
fn wait<T>(what: &str, mut find: impl FnMut() -> Option<T>) -> Option<T> {
    let end = Instant::now() + PATIENCE;
    while Instant::now() < end {
        if let Some(found) = find() {
            return Some(found);
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    eprint(what);
    None
}

#[expect(clippy::print_stderr, reason = "a failing test says what it waited for")]
fn eprint(what: &str) {
    eprintln!("not seen within {PATIENCE:?}: {what}");
}

/// A machine of its own: systemd as process 1 of namespaces over an overlay of this machine.
struct Machine {
    folder: tempfile::TempDir,
    boot: Child,
    first: String,
}

impl Machine {
    /// Boots it; nothing comes back, and the skip is noted, when that is not possible here.
    fn boot() -> Option<Self> {
        let why = |why: &str| {
            skip::skipped(why);
            None
        };
        if !rustix::process::geteuid().is_root() {
            return why("a real systemd needs root");
        }
        if !Path::new("/lib/systemd/systemd").exists() {
            return why("systemd not found");
        }
        let folder = tempfile::tempdir().unwrap();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/common/boot-systemd.sh");
        let mut bash = Command::new("bash");
        bash.arg(script).arg(folder.path()).stdin(Stdio::null());
        let mut boot = bash.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let first = wait("process 1 of the machine", || {
            if boot.try_wait().unwrap().is_some() {
                return Some(None);
            }
            first_child(boot.id()).map(Some)
        });
        let Some(first) = first.flatten() else {
            return why("systemd cannot be booted here (no namespaces, overlay or cgroup2)");
        };
        let machine = Self { folder, boot, first };
        let up =
            || (machine.run("systemctl is-active firedrill.target").0 == "active").then_some(());
        wait("the machine is up", up).expect("it boots");
        Some(machine)
    }

    /// Runs a line of shell in it; its output and whether it went well.
    fn run(&self, line: &str) -> (String, bool) {
        let mut enter = Command::new("nsenter");
        enter.args(["-t", &self.first, "-a", "--", "bash", "-c", line]);
        let output = enter.output().unwrap();
        let text = [output.stdout, output.stderr].concat();
        (String::from_utf8_lossy(&text).trim().to_owned(), output.status.success())
    }

    fn must(&self, line: &str) -> String {
        let (said, well) = self.run(line);
        assert!(well, "{line}: {said}");
        said
    }

    /// What the status file says of the service, once it is as wanted.
    fn until(&self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let chat = || {
            let (text, _) = self.run("cat /var/lib/chatstack/status.json");
            let status: Value = serde_json::from_str(&text).ok()?;
            Some(status["services"]["chat"].clone()).filter(|chat| wanted(chat))
        };
        wait(what, chat).unwrap_or_else(|| {
            let log = "journalctl -u status_monitor --no-pager | tail -30; cat /var/lib/chatstack/status.json";
            panic!("{what}: {}", self.run(log).0)
        })
    }

    fn put(&self, name: &str, text: &str) {
        fs::write(self.folder.path().join(name), text).unwrap();
    }

    /// Brings a file or folder of this machine in: the other one has a `/tmp` of its own.
    fn bring(&self, from: &Path, name: &str) {
        let to = self.folder.path().join(name);
        assert!(Command::new("cp").arg("-r").args([from, &to]).status().unwrap().success());
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        let _ = Command::new("kill").args(["-RTMIN+4", &self.first]).status();
        let _ = wait("the machine is off", || self.boot.try_wait().unwrap());
        let _ = self.boot.kill();
        let _ = self.boot.wait();
        let name = format!("firedrill-{}", self.folder.path().file_name().unwrap().display());
        for top in ["/sys/fs/cgroup/unified", "/sys/fs/cgroup"] {
            remove_groups(&Path::new(top).join(&name));
        }
    }
}

/// Control groups go away one by one, the inner ones first.
fn remove_groups(group: &Path) {
    let inner = fs::read_dir(group).into_iter().flatten().flatten();
    inner
        .filter(|e| e.file_type().is_ok_and(|t| t.is_dir()))
        .for_each(|e| remove_groups(&e.path()));
    let _ = fs::remove_dir(group);
}

fn first_child(parent: u32) -> Option<String> {
    let children = fs::read_to_string(format!("/proc/{parent}/task/{parent}/children")).ok()?;
    let child = children.split_whitespace().next()?.to_owned();
    // Until then it is the shell that prepares the machine.
    let name = fs::read_to_string(format!("/proc/{child}/comm")).ok()?;
    (name.trim() == "systemd").then_some(child)
}

const CONFIG: &str = "\
global: {interval_s: 0.5, timeout_s: 0.5, actions: {cooldown_s: 0}}
services:
- {key: chat, name: ChatStack, systemd: chat, process_match: ['sleep 98765'], require_process: true}
";

#[test]
fn the_installed_monitor_watches_a_real_unit_and_restarts_it_where_it_may() {
    let Some(machine) = Machine::boot() else {
        return;
    };
    machine.put("monitor.yml", CONFIG);
    machine.put("chat.service", "[Service]\nExecStart=/bin/sleep 98765\n");
    machine.bring(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy"), "deploy");
    machine.bring(Path::new(env!("CARGO_BIN_EXE_checker")), "checker");
    machine.must("cp /srv/test/chat.service /etc/systemd/system/ && systemctl daemon-reload && systemctl start chat");
    machine.must("install -m 0755 /srv/test/checker /usr/local/bin/checker");
    machine.must("install -D -m 0644 /srv/test/monitor.yml /opt/ChatStack/config/monitor.yml");
    for _ in 0..2 {
        machine.must("bash /srv/test/deploy/install_status_monitor.sh /opt/ChatStack");
    }
    let chat = machine.until("all is well", |chat| chat["ok"] == true);
    assert_eq!(
        (&chat["systemd"]["state"], &chat["processes"]["count"]),
        (&"active".into(), &1.into())
    );
    assert_eq!(
        machine.must("ps -o user= -p $(systemctl show -P MainPID status_monitor)"),
        "status-monitor"
    );
    assert_eq!(machine.must("stat -c '%a %U' /var/lib/chatstack"), "750 status-monitor");
    assert_eq!(machine.must("stat -c %a /var/lib/chatstack/status.json"), "640");

    machine.must("systemctl kill -s KILL chat");
    let refused = machine.until("the restart is refused", |chat| {
        let result = chat["auto_restart_result"].as_str();
        result.is_some_and(|result| result.starts_with("FAILED: "))
    });
    assert_eq!((&refused["ok"], &refused["systemd"]["state"]), (&false.into(), &"failed".into()));
    assert_eq!(machine.must("systemctl is-active status_monitor"), "active");

    // With leave, which this machine has no polkit to give: as root.
    machine.must("systemctl start chat");
    machine.until("it is well again", |chat| chat["ok"] == true);
    machine.must(
        "mkdir /etc/systemd/system/status_monitor.service.d && \
         printf '[Service]\nUser=root\nGroup=root\nCapabilityBoundingSet=CAP_DAC_OVERRIDE\n' \
         >/etc/systemd/system/status_monitor.service.d/root.conf && \
         systemctl daemon-reload && systemctl restart status_monitor && systemctl kill -s KILL chat",
    );
    machine.until("it is restarted", |chat| {
        chat["ok"] == true && chat["auto_restart_result"] == "OK: chat restarted"
    });
    machine.must("systemctl is-active chat");
    assert_eq!(
        machine.must("systemctl stop status_monitor && systemctl show -P Result status_monitor"),
        "success"
    );
    let helped = "grep -c '\"result\":\"OK\",\"helped\":true' /var/lib/chatstack/results.jsonl";
    assert_eq!(machine.must(helped), "1");
}
