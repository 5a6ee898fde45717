//! A real systemd with a real journal, as PID 1 of namespaces of its own; gone when dropped. Skips,
//! and says so, where there is none to boot.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    time::Duration,
};

use tempfile::TempDir;
use tokio::time::{Instant, sleep};

use crate::skip::skipped;

/// How long anything may take on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A running systemd.
#[derive(Debug)]
pub(crate) struct Booted {
    folder: TempDir,
    cgroup: PathBuf,
    outer: Child,
    init: String,
}

impl Booted {
    /// Boots one that knows these units, by name and text.
    pub(crate) async fn with(units: &[(&str, &str)]) -> Option<Self> {
        let tree = match usable() {
            Ok(tree) => tree,
            Err(why) => {
                skipped(&why);
                return None;
            }
        };
        let folder = tempfile::Builder::new().prefix("firedrill-boot").tempdir().unwrap();
        let own = |name: &str| folder.path().join(name);
        fs::create_dir(own("units")).unwrap();
        for (name, text) in units {
            fs::write(own("units").join(name), text).unwrap();
        }
        // Seen from inside as /srv/test, by every user there.
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let cgroup = tree.join(folder.path().file_name().unwrap());
        fs::write(own("boot.sh"), include_str!("../common/boot-systemd.sh")).unwrap();
        let mut boot = Command::new("bash");
        boot.arg(own("boot.sh")).arg(folder.path()).arg(&cgroup);
        let log = fs::File::create(own("log")).unwrap();
        boot.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        let outer = boot.spawn().unwrap();
        let mut booted = Self { folder, cgroup, outer, init: String::new() };
        booted.wait_for_target().await;
        Some(booted)
    }

    async fn wait_for_target(&mut self) {
        let until = Instant::now() + PATIENCE;
        loop {
            self.init = child_of(self.outer.id());
            if !self.init.is_empty() && self.state("firedrill.target") == "active" {
                return;
            }
            let log = fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
            assert!(Instant::now() < until, "systemd does not come up: {log}");
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// Runs a program inside.
    pub(crate) fn inside(&self, argv: &[&str]) -> Output {
        let [nsenter, enter @ ..] = self.entrance();
        Command::new(nsenter).args(enter).args(argv).output().unwrap()
    }

    /// Runs a line of shell inside: all that it said, and whether it went well.
    pub(crate) fn shell(&self, line: &str) -> (String, bool) {
        let output = self.inside(&["bash", "-c", line]);
        let text = [output.stdout, output.stderr].concat();
        (String::from_utf8_lossy(&text).trim().to_owned(), output.status.success())
    }

    /// Runs a line of shell inside that must go well.
    pub(crate) fn must(&self, line: &str) -> String {
        let (said, well) = self.shell(line);
        assert!(well, "{line}: {said}");
        said
    }

    /// What is known inside as `/srv/test/NAME`.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Brings a file or folder of this machine in as `/srv/test/NAME`: `/tmp` is another one inside,
    /// and a clone may lie there.
    pub(crate) fn bring(&self, from: &Path, name: &str) {
        let copy = Command::new("cp").arg("-r").arg(from).arg(self.path(name)).status();
        assert!(copy.unwrap().success(), "{}", from.display());
    }

    /// The program and the arguments that lead inside.
    pub(crate) fn entrance(&self) -> [&str; 6] {
        ["nsenter", "-t", &self.init, "-m", "-p", "--"]
    }

    /// The word of `systemctl is-active`.
    pub(crate) fn state(&self, unit: &str) -> String {
        let output = self.inside(&["systemctl", "is-active", unit]);
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// Tells systemctl something that must succeed.
    pub(crate) fn systemctl(&self, arguments: &[&str]) {
        let output = self.inside(&[&["systemctl"], arguments].concat());
        assert!(output.status.success(), "{output:?}");
    }

    /// Waits until a unit is in a state.
    pub(crate) async fn until(&self, unit: &str, state: &str) {
        let until = Instant::now() + PATIENCE;
        while self.state(unit) != state {
            assert!(Instant::now() < until, "{unit} is {}, not {state}", self.state(unit));
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// A program that runs the one of that name inside, as root or as a stranger.
    pub(crate) fn program(&self, name: &str, stranger: bool) -> PathBuf {
        let nobody =
            if stranger { "setpriv --reuid=65534 --regid=65534 --clear-groups " } else { "" };
        let text =
            format!("#!/bin/sh\nexec nsenter -t {} -m -p -- {nobody}{name} \"$@\"\n", self.init);
        script(&self.folder.path().join(format!("{name}-{stranger}")), &text)
    }
}

impl Drop for Booted {
    fn drop(&mut self) {
        // Kills PID 1 too, and with it everything inside.
        let _ = self.outer.kill();
        let _ = self.outer.wait();
        // What was killed takes a moment to die, and holds its cgroup until then.
        let gone = || {
            remove_cgroup(&self.cgroup);
            !self.cgroup.exists()
        };
        for _ in 0..250 {
            if gone() {
                return;
            }
            let _ = Command::new("sleep").arg("0.02").status();
        }
    }
}

/// Makes a file that can be run.
pub(crate) fn script(path: &Path, text: &str) -> PathBuf {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    path.to_owned()
}

/// Where cgroups of version 2 are, if a systemd can be booted here.
fn usable() -> Result<PathBuf, String> {
    let root = fs::metadata("/proc/self").is_ok_and(|it| {
        use std::os::unix::fs::MetadataExt;
        it.uid() == 0
    });
    if !root {
        return Err("systemd: only root may boot one in namespaces of its own".to_owned());
    }
    if !Path::new("/lib/systemd/systemd").exists() {
        return Err("systemd not found".to_owned());
    }
    for program in ["unshare", "nsenter", "setpriv", "pgrep", "bash"] {
        if Command::new(program).arg("--version").output().is_err() {
            return Err(format!("{program} not found"));
        }
    }
    let trees = ["/sys/fs/cgroup/unified", "/sys/fs/cgroup"].map(PathBuf::from);
    let tree = trees.into_iter().find(|tree| tree.join("cgroup.procs").exists());
    tree.ok_or_else(|| "cgroups of version 2 not found".to_owned())
}

fn child_of(parent: u32) -> String {
    let found = Command::new("pgrep").args(["-P", &parent.to_string()]).output().unwrap();
    String::from_utf8(found.stdout).unwrap().trim().to_owned()
}

/// Removes a cgroup with all below it, once nothing runs there any more.
fn remove_cgroup(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            remove_cgroup(&entry.path());
        }
    }
    let _ = fs::remove_dir(folder);
}
