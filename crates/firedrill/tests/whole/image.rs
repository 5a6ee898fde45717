//! The image of `deploy/`, built and run by a real container engine as the compose file says. No
//! registry is asked: stand-ins have the names of its two base images, one with a `cargo` that hands
//! out the checker of this test, one with the libraries that this checker needs.

use std::{
    fs,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown},
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

use crate::{
    browser::skip,
    docker::Engine,
    stack::{Stack, finish, said, wait},
};

/// The owner of the data, who is nobody on this machine.
const OWNER: u32 = 12_345;

const DOOR: &str = "127.0.0.1:8502";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// What must be in the stand-ins: a shell and its tools, an init, a package manager that has nothing
/// to do, and the libraries of a program.
const BASE: &str = r#"set -e
mkdir -p base/bin base/usr/bin base/usr/local/bin base/tmp base/etc base/var/lib/apt/lists
cp /bin/busybox base/bin/ && cp /usr/bin/tini base/usr/bin/
for tool in sh cp rm mkdir id cat; do ln -s busybox base/bin/$tool; done
printf '#!/bin/sh\nexit 0\n' >base/usr/bin/apt-get && chmod 755 base/usr/bin/apt-get
for lib in $(ldd "$1" /usr/bin/tini | grep -o '/[^ ]*lib[^ ]*' | grep -v :$ | sort -u); do
  mkdir -p "base$(dirname "$lib")" && cp -L "$lib" "base$lib"
done
cp -r base tool && cp "$1" tool/checker
cat >tool/bin/cargo <<'CARGO'
#!/bin/sh
[ "$*" = "build --release --locked -p checker" ] && [ -f Cargo.lock ] && [ -f checker/Cargo.toml ] || exit 1
mkdir -p target/release && cp /checker target/release/checker
CARGO
chmod 755 tool/bin/cargo
tar -C base -cf base.tar . && tar -C tool -cf tool.tar .
"#;

/// The checker that was built with this test.
fn checker() -> Result<PathBuf, &'static str> {
    let path = Path::new(env!("CARGO_BIN_EXE_firedrill")).with_file_name("checker");
    path.exists().then_some(path).ok_or("the checker was not built with this test")
}

/// Builds the image.
fn image(engine: &Engine, checker: &Path) {
    let mut shell = Command::new("sh");
    shell.args(["-c", BASE, "sh"]).arg(checker).current_dir(&engine.folder);
    let made = finish(&mut shell);
    assert!(made.status.success(), "{}", said(&made));
    for (tar, name) in [("base.tar", "debian:bookworm-slim"), ("tool.tar", "rust:1-bookworm")] {
        let tar = engine.folder.join(tar).display().to_string();
        let (said, well) = engine.docker(&["import", &tar, name]);
        assert!(well, "{said}");
    }
    let root = root().display().to_string();
    let dockerfile = format!("{root}/deploy/Dockerfile");
    let build = ["build", "--network", "none", "-t", "agent", "-f", &dockerfile, &root];
    let (said, well) = engine.docker(&build);
    assert!(well, "{said}");
}

/// The flags of `docker run` that come to what the compose file says, but for where data are.
fn flags(data: &str, group: u32) -> Vec<String> {
    let text = fs::read_to_string(root().join("deploy/docker-compose.yml")).unwrap();
    let compose: Value = serde_yaml::from_str(&text).unwrap();
    let agent = &compose["services"]["monitor-agent"];
    let words = |key: &str| -> Vec<String> {
        let list = agent[key].as_array().unwrap();
        list.iter().map(|word| word.as_str().unwrap().to_owned()).collect()
    };
    let user = agent["user"].as_str().unwrap();
    let user = user.replace("${UID}", &OWNER.to_string());
    let mut flags = vec![
        format!("--user={}", user.replace("${DOCKER_GID}", &group.to_string())),
        format!("--network={}", agent["network_mode"].as_str().unwrap()),
        format!("--workdir={}", agent["working_dir"].as_str().unwrap()),
        format!("--read-only={}", agent["read_only"]),
    ];
    for (name, value) in agent["environment"].as_object().unwrap() {
        flags.push(format!("--env={name}={}", value.as_str().unwrap()));
    }
    let mounts = words("volumes").into_iter().map(|mount| {
        let mount = mount.replace("./data:", &format!("{data}/data:"));
        let mount =
            mount.replace("./agent.yaml:", &format!("{}/deploy/agent.yaml:", root().display()));
        mount.replace("/var/run/docker.sock:", &format!("{data}/engine/docker.sock:"))
    });
    flags.extend(mounts.map(|mount| format!("--volume={mount}")));
    flags.extend(words("cap_drop").iter().map(|one| format!("--cap-drop={one}")));
    flags.extend(words("security_opt").iter().map(|one| format!("--security-opt={one}")));
    flags
}

/// What `/healthz` says in the network of the engine.
fn health(engine: &Engine) -> String {
    let mut enter = Command::new("nsenter");
    let url = format!("http://{DOOR}/healthz");
    enter.args(["-t", &engine.pid(), "-n", "curl", "-s", "-w", " %{http_code}", &url]);
    said(&finish(&mut enter))
}

fn rows(stack: &Stack) -> String {
    let sql = "SELECT count(*), max(container_count), max(internet_ok) FROM metrics";
    let mut sqlite = Command::new("sqlite3");
    let sqlite = sqlite.args(["-readonly", "-cmd", ".timeout 30000", "data/metrics.db", sql]);
    said(&finish(sqlite.current_dir(stack.path("")))).trim().to_owned()
}

#[test]
fn the_image_runs_as_a_user_without_rights_and_writes_to_the_folder_that_is_mounted() {
    let stack = Stack::with("checks: []\n");
    let found = checker().and_then(|checker| Ok((Engine::start(&stack.path("engine"))?, checker)));
    let (engine, checker) = match found {
        Ok(found) => found,
        Err(why) => return skip::skipped(why),
    };
    if !Path::new("/usr/bin/tini").exists() || !engine.docker(&["version"]).1 {
        return skip::skipped("tini or the docker command not found");
    }
    image(&engine, &checker);
    fs::create_dir(stack.path("data")).unwrap();
    let socket = stack.path("engine/docker.sock");
    fs::set_permissions(&socket, fs::Permissions::from_mode(0o660)).unwrap();
    chown(&socket, None, Some(OWNER + 1)).unwrap();
    let flags = flags(&stack.path("").display().to_string(), OWNER + 1);
    let run = |further: &[&str]| {
        let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
        engine.docker(&[&["run"], &flags[..], further].concat())
    };

    // The folder is still root's: it says so and ends.
    let (refused, well) = run(&["--rm", "agent"]);
    assert!(!well && refused.contains("/app/data/metrics.db cannot be written by user 12345"));
    assert!(refused.contains("user: \"UID:DOCKER_GID\""), "{refused}");

    chown(stack.path("data"), Some(OWNER), Some(OWNER)).unwrap();
    let (started, well) = run(&["--detach", "--name=it", "agent", "run", "--listen", DOOR]);
    assert!(well, "{started}");
    wait("it answers", || (health(&engine) == "ok\n 200").then_some(()));
    let logs = || engine.docker(&["logs", "it"]).0;
    wait("a cycle in the log", || logs().contains("duration_ms=").then_some(()));
    wait("a row", || rows(&stack).starts_with('1').then_some(()));
    // One container runs, this one; there is no internet in its network.
    assert_eq!(rows(&stack).split('|').collect::<Vec<_>>()[1..], ["1", "0"], "{}", logs());
    for name in ["metrics.db", "state.json", "results.jsonl"] {
        assert_eq!(fs::metadata(stack.path("data").join(name)).unwrap().uid(), OWNER, "{name}");
    }
    let (id, _) = engine.docker(&["exec", "it", "id", "-u"]);
    assert_eq!(id, OWNER.to_string());
    let (first, _) = engine.docker(&["exec", "it", "cat", "/proc/1/comm"]);
    assert_eq!(first, "tini");
    assert!(!engine.docker(&["exec", "it", "sh", "-c", "echo x >/app/x"]).1, "it is read-only");

    engine.docker(&["stop", "--time=20", "it"]);
    let (code, _) = engine.docker(&["inspect", "--format={{.State.ExitCode}}", "it"]);
    assert_eq!(code, "0", "{}", logs());
    let journal = fs::read_to_string(stack.path("data/results.jsonl")).unwrap();
    assert!(journal.lines().last().unwrap().contains("\"event\":\"stop\""), "{journal}");
}

#[test]
fn the_image_has_a_user_without_rights_when_nobody_names_one() {
    let text = fs::read_to_string(root().join("deploy/Dockerfile")).unwrap();
    let user = text.lines().filter_map(|line| line.strip_prefix("USER ")).next_back().unwrap();
    assert!(user.starts_with(|first: char| first.is_ascii_digit()) && !user.starts_with("0"));
}
