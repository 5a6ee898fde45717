//! The agent as a user without rights, as in its container: what it says of a folder that it may not
//! write and of a socket that it may not open.

use std::{
    fs,
    os::unix::{fs::PermissionsExt as _, net::UnixListener},
    path::PathBuf,
    process::{Command, Stdio},
};

use crate::{
    browser::skip,
    stack::{Running, Stack, finish, said, wait},
};

const AGENT: &str = "checks: [{name: host, type: agent, interval_s: 1, docker_sock: docker.sock, \
                     internet_url: \"{MOCKAPP_BASE}/api/ping\"}]\n";

/// A folder that everybody may read, with the program in it; nothing where nobody can become nobody.
fn stack() -> Option<Stack> {
    if !rustix::process::geteuid().is_root() {
        skip::skipped("only root can start a program as another user");
        return None;
    }
    let stack = Stack::with(AGENT);
    allow(stack.path(""), 0o755);
    fs::copy(env!("CARGO_BIN_EXE_firedrill"), stack.path("program")).unwrap();
    allow(stack.path("program"), 0o755);
    allow(stack.path(".env"), 0o644);
    Some(stack)
}

fn allow(path: PathBuf, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// The checker as the user nobody.
fn checker(stack: &Stack, verb: &str) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(stack.path("program"));
    command.args(["program", "checker", "--", verb]).current_dir(stack.path(""));
    command.stdin(Stdio::piped()).env("NO_COLOR", "1");
    command
}

#[test]
fn a_folder_of_another_user_exits_3_with_its_path_its_owner_and_the_line_to_change() {
    let Some(stack) = stack() else { return };
    fs::create_dir(stack.path("data")).unwrap();
    let mut checker = checker(&stack, "run");
    for name in ["STATE_PATH", "RESULTS_PATH"] {
        fs::create_dir_all(stack.path("own")).unwrap();
        allow(stack.path("own"), 0o777);
        checker.env(name, stack.path("own").join(name));
    }
    let output = finish(&mut checker);
    assert_eq!(output.status.code(), Some(3), "{}", said(&output));
    for part in ["data/metrics.db", "by user 65534", "belongs to user 0", "user: \""] {
        assert!(said(&output).contains(part), "{part} is missing in {}", said(&output));
    }
}

#[test]
fn a_socket_that_it_may_not_open_is_named_once_with_the_group_and_the_rows_go_on() {
    let Some(stack) = stack() else { return };
    let _engine = UnixListener::bind(stack.path("docker.sock")).unwrap();
    allow(stack.path("docker.sock"), 0o660);
    allow(stack.path(""), 0o777);
    let log = fs::File::create(stack.path("log.txt")).unwrap();
    let mut checker = checker(&stack, "run");
    let _running = Running(checker.stdout(Stdio::null()).stderr(log).spawn().unwrap());
    let log = || fs::read_to_string(stack.path("log.txt")).unwrap();
    wait("three cycles", || (log().matches("duration_ms=").count() > 2).then_some(()));
    let warning = "containers cannot be counted over docker.sock: Permission denied";
    assert_eq!(log().matches(warning).count(), 1, "{}", log());
    assert!(log().contains("getent group docker"), "{}", log());
    assert!(crate::agent::rows(&stack) >= 2);
    let counted = crate::agent::sqlite(&stack, "SELECT count(container_count) FROM metrics");
    assert_eq!(counted, "0");
}
