//! A watchdog from cron: `checker once --only datum-gateway` as a process, from its start to its exit
//! code, with a journalctl that answers at once.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use tokio::time::Instant;

use crate::meter::{median, say, tell};

const TURNS: usize = 20;

const CHECKS: &str = "checks:\n  - name: datum-gateway\n    type: log_heartbeat\n    status_file: \
                      status.json\n";

const JOURNALCTL: &str = "#!/bin/sh\necho \"$(date '+%F %T.%3N') [main] INFO: Server stats: 2 clients / \
                          14.36 Th/s\"\n";

/// Time and memory of one run.
pub(crate) fn datum() {
    say("\nA watchdog from cron: once --only datum-gateway, a process each time");
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("checks.yaml"), CHECKS).unwrap();
    let journalctl = folder.path().join("journalctl");
    fs::write(&journalctl, JOURNALCTL).unwrap();
    fs::set_permissions(&journalctl, fs::Permissions::from_mode(0o755)).unwrap();
    let (times, peaks): (Vec<_>, Vec<_>) = (0..TURNS).map(|_| run(folder.path())).unzip();
    let most = times.iter().copied().fold(0.0, f64::max);
    tell("from start to exit", &format!("median {:.0} ms, at most {most:.0}", median(times)));
    tell("resident memory at its peak", &format!("{:.1} MB", median(peaks)));
}

fn run(folder: &Path) -> (f64, f64) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_firedrill"));
    command.args(["program", "checker", "--", "once", "--only", "datum-gateway"]);
    command.current_dir(folder).env("JOURNALCTL_BIN", folder.join("journalctl"));
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let began = Instant::now();
    let mut child = command.spawn().unwrap();
    let peak = peak_until_exit(&mut child);
    (began.elapsed().as_secs_f64() * 1e3, peak)
}

/// Megabytes; looked at every half millisecond, as the kernel forgets it with the process.
#[expect(clippy::disallowed_methods, reason = "a process of its own takes real time")]
fn peak_until_exit(child: &mut Child) -> f64 {
    let mut peak: f64 = 0.0;
    loop {
        let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let found = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
        peak = peak.max(found.unwrap_or(0.0) / 1024.0);
        if let Some(ended) = child.try_wait().unwrap() {
            assert!(ended.success(), "it was not OK: {ended}");
            return peak;
        }
        std::thread::sleep(Duration::from_micros(500));
    }
}
