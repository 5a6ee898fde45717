//! A real container engine in a network of its own: its running containers are counted, and when it
//! is gone the row has none, the log one warning, and the cycles go on.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde_json::{Value, json};

use crate::{
    browser::skip,
    stack::{Running, Stack, finish, said, wait},
};

/// A container engine, and the folder of its own. Its socket is `docker.sock` in there.
pub(crate) struct Engine {
    daemon: Option<Running>,
    pub(crate) folder: PathBuf,
}

impl Engine {
    /// Starts one; says why there is none where one cannot run.
    pub(crate) fn start(folder: &Path) -> Result<Self, &'static str> {
        for (program, what) in
            [("dockerd", "dockerd not found"), ("/bin/busybox", "busybox-static not found")]
        {
            let found = Command::new(program).arg("--help").stdout(Stdio::null()).status();
            found.map_err(|_| what)?;
        }
        if !rustix::process::geteuid().is_root() {
            return Err("dockerd wants root");
        }
        fs::create_dir_all(folder).unwrap();
        let at = folder.display();
        let script = format!(
            "ip link set lo up 2>/dev/null; exec dockerd -H unix://{at}/docker.sock \
             --data-root {at}/root --exec-root {at}/exec --pidfile {at}/pid --iptables=false \
             --ip6tables=false --ip-forward=false --bridge=none --oom-score-adjust=0"
        );
        let log = fs::File::create(folder.join("dockerd.txt")).unwrap();
        let mut daemon = Command::new("unshare");
        let daemon = daemon.args(["-n", "sh", "-c", &script]).stderr(log).stdout(Stdio::null());
        let daemon = Running(daemon.stdin(Stdio::null()).spawn().unwrap());
        let engine = Self { daemon: Some(daemon), folder: folder.to_owned() };
        wait("the engine answers", || engine.ask("GET", "_ping", &[]).contains("OK").then_some(()));
        Ok(engine)
    }

    pub(crate) fn ask(&self, method: &str, path: &str, args: &[&str]) -> String {
        let mut curl = Command::new("curl");
        curl.args(["-s", "-X", method, "--unix-socket"]).arg(self.folder.join("docker.sock"));
        said(&finish(curl.args(args).arg(format!("http://d/v1.41/{path}"))))
    }

    /// What its own command-line tool says to this, and whether that went well.
    pub(crate) fn docker(&self, args: &[&str]) -> (String, bool) {
        let socket = format!("unix://{}/docker.sock", self.folder.display());
        let mut docker = Command::new("docker");
        docker.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
        // The builder that needs no plugin, and asks no registry for what is here.
        docker.envs([("DOCKER_BUILDKIT", "0"), ("HOME", "/nonexistent")]);
        let output = finish(docker.args(["-H", &socket]).args(args));
        (said(&output).trim().to_owned(), output.status.success())
    }

    /// The number of its process, whose network is its own.
    pub(crate) fn pid(&self) -> String {
        self.daemon.as_ref().unwrap().0.id().to_string()
    }

    /// An image without a registry: one static program.
    fn import(&self) {
        let tar = "mkdir -p img/bin && cp /bin/busybox img/bin/ && ln -sf busybox img/bin/sh && \
                   ln -sf busybox img/bin/sleep && tar -C img -cf img.tar .";
        let made = Command::new("sh").args(["-c", tar]).current_dir(&self.folder).status();
        assert!(made.unwrap().success());
        let body = format!("@{}", self.folder.join("img.tar").display());
        let args = ["-H", "Content-Type: application/x-tar", "--data-binary", &body];
        let said = self.ask("POST", "images/create?fromSrc=-&repo=agent/test&tag=1", &args);
        assert!(said.contains("sha256"), "{said}");
    }

    fn run(&self, name: &str) {
        self.run_as(name, "trap 'exit 0' TERM; while :; do sleep 1; done", &json!({}));
    }

    /// Starts a container with this command and these keys besides the usual ones.
    fn run_as(&self, name: &str, command: &str, besides: &Value) {
        let mut body = json!({
            "Image": "agent/test:1", "Cmd": ["/bin/sh", "-c", command],
            "HostConfig": {"NetworkMode": "none"},
        });
        for (key, value) in besides.as_object().unwrap() {
            body[key] = value.clone();
        }
        let body = body.to_string();
        let args = ["-H", "Content-Type: application/json", "-d", &body];
        self.ask("POST", &format!("containers/create?name={name}"), &args);
        let said = self.ask("POST", &format!("containers/{name}/start"), &[]);
        assert!(said.is_empty(), "{name} does not start: {said}");
    }

    /// The state and the status of a container as the list that the agent reads has them.
    fn listed(&self, name: &str) -> Option<(String, String)> {
        let list: Value = serde_json::from_str(&self.ask("GET", "containers/json", &[])).unwrap();
        let own = list.as_array().unwrap().iter().find(|one| one["Names"][0] == format!("/{name}"));
        let word = |key: &str| own.unwrap()[key].as_str().unwrap().to_owned();
        own.is_some().then(|| (word("State"), word("Status")))
    }

    /// Asks it to stop, so that its containers and their mounts go with it.
    pub(crate) fn stop(&mut self) {
        if let Some(daemon) = self.daemon.take() {
            daemon.terminate();
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.stop();
        // A network that containers shared stays mounted.
        for network in fs::read_dir(self.folder.join("exec/netns")).into_iter().flatten().flatten()
        {
            let _ = Command::new("umount").arg(network.path()).status();
        }
        // The control groups of an engine that is gone stay behind.
        for group in fs::read_dir("/sys/fs/cgroup").into_iter().flatten().flatten() {
            let _ = fs::remove_dir(group.path().join("docker"));
        }
    }
}

fn newest(stack: &Stack) -> String {
    let sql =
        "SELECT ifnull(container_count, 'NULL') FROM metrics ORDER BY timestamp_lima DESC LIMIT 1";
    let mut sqlite = Command::new("sqlite3");
    let args = ["-cmd", ".timeout 30000", "data/metrics.db", sql];
    said(&finish(sqlite.current_dir(stack.path("")).args(args))).trim().to_owned()
}

#[test]
fn running_containers_of_a_real_engine_are_counted_until_it_is_gone() {
    let stack = Stack::with(
        "checks:\n  - name: host\n    type: host\n    interval_s: 1\n    timeout_s: 2\n    \
         docker_sock: engine/docker.sock\n    internet_url: \"{MOCKAPP_BASE}/api/ping\"\n",
    );
    let mut engine = match Engine::start(&stack.path("engine")) {
        Ok(engine) => engine,
        Err(why) => return skip::skipped(why),
    };
    engine.import();
    engine.run("web");
    engine.run("db");
    let _checker = stack.watch();
    wait("both are counted", || (newest(&stack) == "2").then_some(()));
    engine.ask("POST", "containers/web/stop?t=2", &[]);
    wait("one is left", || (newest(&stack) == "1").then_some(()));
    engine.ask("POST", "containers/db/stop?t=2", &[]);
    wait("none is left", || (newest(&stack) == "0").then_some(()));
    engine.stop();
    wait("the engine is gone", || (newest(&stack) == "NULL").then_some(()));
    let log = || fs::read_to_string(stack.path("log.txt")).unwrap();
    let cycles = log().matches("duration_ms=").count();
    wait("cycles go on", || (log().matches("duration_ms=").count() > cycles + 2).then_some(()));
    assert_eq!(log().matches("containers cannot be counted").count(), 1, "{}", log());
}

#[test]
fn of_a_real_engine_s_list_the_unhealthy_run_and_the_restarting_and_paused_do_not() {
    let stack = Stack::with(
        "checks:\n  - name: host\n    type: host\n    interval_s: 1\n    timeout_s: 2\n    \
         docker_sock: engine/docker.sock\n    min_containers: 3\n    \
         internet_url: \"{MOCKAPP_BASE}/api/ping\"\n",
    );
    let mut engine = match Engine::start(&stack.path("engine")) {
        Ok(engine) => engine,
        Err(why) => return skip::skipped(why),
    };
    engine.import();
    engine.run("web");
    let sick = json!({"Healthcheck": {
        "Test": ["CMD-SHELL", "exit 1"], "Interval": 1_000_000_000, "Timeout": 1_000_000_000, "Retries": 1,
    }});
    engine.run_as("sick", "while :; do sleep 1; done", &sick);
    wait("it is unhealthy", || engine.listed("sick")?.1.contains("(unhealthy)").then_some(()));
    let again = json!({"HostConfig": {"NetworkMode": "none", "RestartPolicy": {"Name": "always"}}});
    engine.run_as("again", "exit 1", &again);
    engine.run("asleep");
    engine.ask("POST", "containers/asleep/pause", &[]);
    wait("it waits for its next start, and is listed", || {
        (engine.listed("again")?.0 == "restarting").then_some(())
    });
    wait("it is paused, and is listed", || (engine.listed("asleep")?.0 == "paused").then_some(()));
    let _checker = stack.watch();
    wait("only what runs is counted", || (newest(&stack) == "2").then_some(()));
    let told = || fs::read_to_string(stack.path("state.json")).unwrap_or_default();
    wait("it is a failure and never pending for ever", || {
        told().contains("2 containers run, expected 3").then_some(())
    });
    engine.ask("POST", "containers/asleep/unpause", &[]);
    wait("the third one runs", || (newest(&stack) == "3").then_some(()));
    engine.stop();
}
