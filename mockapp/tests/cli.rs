//! The program: its exit codes, what it prints, and how it stops.

#![expect(clippy::unwrap_used, reason = "a test may fail where it stands")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

fn program(folder: &Path, args: &[&str], env: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mockapp"));
    command.args(args).current_dir(folder).stdout(Stdio::piped()).stderr(Stdio::piped());
    for name in
        ["MOCKAPP_ADDR", "LAST_JOB_ID_FILE", "API_KEY", "SECRET_KEY", "ADMIN_KEY", "RUST_LOG"]
    {
        command.env_remove(name);
    }
    command.envs(env.iter().copied());
    command
}

fn fails(args: &[&str], env: &[(&str, &str)], dot_env: &str) -> Output {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(".env"), dot_env).unwrap();
    program(folder.path(), args, env).output().unwrap()
}

/// A running program and the address that it printed.
struct Running(Child, String);

impl Running {
    fn start(folder: &Path, args: &[&str], env: &[(&str, &str)]) -> Self {
        let mut child = program(folder, args, env).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let url = line.trim().strip_prefix("mockapp listening on http://").unwrap_or_default();
        let addr = url.strip_suffix('/').unwrap_or_default().to_owned();
        assert!(!addr.is_empty(), "{line}");
        Self(child, addr)
    }

    fn ask(&self, request: &str) -> String {
        let mut stream = TcpStream::connect(&self.1).unwrap();
        let text = format!("{request} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", self.1);
        stream.write_all(text.as_bytes()).unwrap();
        let mut seen = String::new();
        stream.read_to_string(&mut seen).unwrap();
        seen
    }

    fn stop(mut self, signal: &str) -> Option<i32> {
        let id = self.0.id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
        self.0.wait().unwrap().code()
    }
}

/// Arguments, environment, `.env`, and what the message contains.
type Refusal =
    (&'static [&'static str], &'static [(&'static str, &'static str)], &'static str, &'static str);

#[test]
fn bad_usage_and_bad_settings_exit_3_and_say_why() {
    let table: [Refusal; 14] = [
        (&["--adr", ":0"], &[], "", "--addr"),
        (&["--addr", "nowhere"], &[], "", "`nowhere` is not an address"),
        (&[], &[("MOCKAPP_ADDR", "1:2:3")], "", "MOCKAPP_ADDR: `1:2:3`"),
        (&[], &[], "MOCKAPP_ADDR=x", "MOCKAPP_ADDR: `x`"),
        (&["--addr", ":0"], &[], "this is no line", "this is no line"),
        (&["--addr", "0.0.0.0:0"], &[], "", "--allow-remote"),
        (&["--addr", ":0", "--admin-addr", "0.0.0.0:0"], &[("API_KEY", "")], "", "API_KEY"),
        (&["--job-seconds", "0"], &[], "", "more than 0"),
        (&["--operator"], &[], "", "ADMIN_KEY: --operator needs a secret of at least 16"),
        (&["--operator"], &[("ADMIN_KEY", "")], "", "none is set"),
        (&["--operator"], &[("ADMIN_KEY", "fifteen letters")], "", "this one is shorter"),
        (&["--remedies"], &[], "", "--operator"),
        (&["--speed", "0"], &[], "", "0.1 to 1000"),
        (&["--speed", "fast"], &[], "", "such as 10"),
    ];
    for (args, env, dot_env, hint) in table {
        let output = fails(args, env, dot_env);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(3), "{args:?}: {said}");
        assert!(said.contains(hint), "{args:?}: {said}");
    }
}

#[test]
fn help_and_version_exit_0() {
    for flag in ["--help", "--version"] {
        let output = fails(&[flag], &[], "");
        assert_eq!(output.status.code(), Some(0), "{flag}");
        assert!(String::from_utf8_lossy(&output.stdout).contains("mockapp"), "{flag}");
    }
}

#[test]
fn a_port_in_use_is_named_and_exits_3() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = taken.local_addr().unwrap().to_string();
    let output = fails(&["--addr", &addr], &[], "");
    assert_eq!(output.status.code(), Some(3));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains(&addr) && said.contains("in use"), "{said}");
}

#[test]
fn it_serves_on_the_printed_address_and_stops_with_0_on_either_signal() {
    for signal in ["-TERM", "-INT"] {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(".last_job_id"), "old").unwrap();
        let running = Running::start(folder.path(), &["--addr", ":0"], &[]);
        assert!(!folder.path().join(".last_job_id").exists());
        assert!(running.ask("GET /api/ping").ends_with(r#"{"status":"ok"}"#));
        let ran = running.ask("POST /jobs/run");
        let id = std::fs::read_to_string(folder.path().join(".last_job_id")).unwrap();
        assert!(!id.is_empty() && ran.contains(&id), "{ran}");
        assert_eq!(running.stop(signal), Some(0), "{signal}");
    }
}

#[test]
fn flags_beat_the_environment_which_beats_the_file() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(".env"), "MOCKAPP_ADDR=x\nLAST_JOB_ID_FILE=from-file\n")
        .unwrap();
    let env = [("MOCKAPP_ADDR", "127.0.0.1:0"), ("LAST_JOB_ID_FILE", "")];
    let running = Running::start(folder.path(), &[], &env);
    running.ask("POST /jobs/run");
    assert!(folder.path().join("from-file").exists(), "set but empty counts as unset");
    running.stop("-TERM");
    let args = ["--job-id-file", "from-flag"];
    let running = Running::start(folder.path(), &args, &[env[0], ("LAST_JOB_ID_FILE", "from-env")]);
    running.ask("POST /jobs/run");
    assert!(folder.path().join("from-flag").exists() && !folder.path().join("from-env").exists());
    running.stop("-TERM");
}

#[test]
fn every_loopback_address_needs_no_leave() {
    let folder = tempfile::tempdir().unwrap();
    let running = Running::start(folder.path(), &["--addr", "127.0.0.2:0"], &[]);
    assert!(running.ask("GET /admin/state").starts_with("HTTP/1.1 200"));
    running.stop("-TERM");
}
