//! How the programs answer bad input and how they start and stop.

use std::{fs, net::TcpListener};

use engine::EventKind;

use crate::stack::{Stack, command, finish, said, wait};

const ONE: &str = "global: {interval_s: 1}\nchecks:\n  - name: api\n    type: http\n    url: \"{MOCKAPP_BASE}/api/ping\"\n";

#[test]
fn a_second_checker_on_the_same_store_exits_4_and_names_the_first() {
    let stack = Stack::with(ONE);
    let first = stack.watch();
    wait("the first has the store", || stack.entry("api"));
    for second in [stack.ask(&["run"]), stack.ask(&["once"]), stack.ask(&["reset"])] {
        assert_eq!(second.status.code(), Some(4), "{}", said(&second));
        assert!(said(&second).contains(&first.0.id().to_string()), "{}", said(&second));
    }
    let dry = stack.ask(&["once", "--dry-run"]);
    assert_eq!(dry.status.code(), Some(0), "a dry run needs no store: {}", said(&dry));
}

#[test]
fn sigterm_ends_the_checker_with_0_and_is_recorded() {
    let stack = Stack::with(ONE);
    let checker = stack.watch();
    wait("it runs", || stack.entry("api"));
    assert_eq!(checker.terminate().code(), Some(0));
    let last = stack.events().pop().unwrap();
    assert!(matches!(&last.kind, EventKind::Stop(stop) if stop.reason == "SIGTERM"), "{last:?}");
}

#[test]
fn sigterm_ends_mockapp_and_dashboard_with_0() {
    let stack = Stack::with(ONE);
    let (board, _) = stack.dashboard();
    assert_eq!(board.terminate().code(), Some(0));
    let mut app = command("mockapp", stack.path("").as_path());
    app.args(["--addr=127.0.0.1:0", "--job-id-file=other"]);
    let (app, _) = crate::stack::listen(app);
    assert_eq!(app.terminate().code(), Some(0));
}

#[test]
fn once_tells_each_check_and_answers_by_its_exit_code() {
    let stack = Stack::with(ONE);
    let good = stack.ask(&["once"]);
    assert_eq!(good.status.code(), Some(0), "{}", said(&good));
    assert!(said(&good).contains("[OK] api status 200"), "{}", said(&good));
    stack.post("admin/faults", r#"{"api_down":true}"#);
    let bad = stack.ask(&["once", "--only", "api"]);
    assert_eq!(bad.status.code(), Some(2), "{}", said(&bad));
    assert!(said(&bad).contains("[FAIL] api status 503"), "{}", said(&bad));
    let unknown = stack.ask(&["once", "--only", "apy"]);
    assert_eq!(unknown.status.code(), Some(3), "{}", said(&unknown));
}

#[test]
fn a_dry_run_writes_nothing() {
    let stack = Stack::with(ONE);
    let before = files(&stack);
    let run = stack.ask(&["once", "--dry-run"]);
    assert_eq!(run.status.code(), Some(0), "{}", said(&run));
    assert_eq!(files(&stack), before);
}

fn files(stack: &Stack) -> Vec<std::ffi::OsString> {
    let mut names: Vec<_> =
        fs::read_dir(stack.path("")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    names
}

#[test]
fn without_the_variable_the_start_stops_with_3_and_says_what_to_do() {
    let stack = Stack::with(ONE);
    fs::remove_file(stack.path(".env")).unwrap();
    let stopped = stack.ask(&["run"]);
    assert_eq!(stopped.status.code(), Some(3));
    let text = said(&stopped);
    for part in
        ["Invalid URL '{MOCKAPP_BASE}/api/ping'", "MOCKAPP_BASE=http://127.0.0.1:8000", ".env"]
    {
        assert!(text.contains(part), "`{part}` is missing in\n{text}");
    }
}

#[test]
fn bad_usage_and_bad_files_exit_3_and_say_why() {
    let stack = Stack::with(ONE);
    let broken = stack.path("broken.yaml");
    fs::write(&broken, b"checks:\n  - name: caf\xe9\n").unwrap();
    let broken = broken.display().to_string();
    fs::write(stack.path("bad.env"), "SMTP_PASS=abcd efgh\nMOCKAPP_BASE=x\n").unwrap();
    let cases: [(&[&str], &str); 11] = [
        (&["-config", "gone.yaml"], "gone.yaml"),
        (&["once", "-only=x", "-config=gone.yaml"], "gone.yaml"),
        (&["-addr", "8080"], "HOST:PORT"),
        (&["--frobnicate"], "--frobnicate"),
        (&["once", "--only"], "--only"),
        (&["--config", "gone.yaml"], "gone.yaml"),
        (&["validate", "--config", "/dev/zero"], "larger than 16 MiB"),
        (&["validate", "--config", "."], ".: error:"),
        (&["validate", "--config", &broken], "broken.yaml:2:"),
        (&["validate", "--env-file", "bad.env"], "bad.env:1"),
        (&["--interval", "soon"], "expected seconds"),
    ];
    for (args, part) in cases {
        let output = stack.ask(args);
        assert_eq!(output.status.code(), Some(3), "{args:?}: {}", said(&output));
        assert!(said(&output).contains(part), "{args:?}: {}", said(&output));
        assert!(!said(&output).contains("abcd"), "no secret in {}", said(&output));
    }
}

#[test]
fn a_port_in_use_and_a_foreign_address_exit_3_and_say_so() {
    let stack = Stack::with(ONE);
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("--addr={}", taken.local_addr().unwrap());
    for name in ["mockapp", "dashboard"] {
        let folder = stack.path("");
        let busy = finish(command(name, &folder).arg(&address));
        assert_eq!(busy.status.code(), Some(3), "{name}: {}", said(&busy));
        assert!(said(&busy).contains("in use"), "{name}: {}", said(&busy));
        let open = finish(command(name, &folder).arg("--addr=0.0.0.0:0"));
        assert_eq!(open.status.code(), Some(3), "{name}: {}", said(&open));
        assert!(said(&open).contains("allow-remote"), "{name}: {}", said(&open));
    }
}

#[test]
fn a_store_that_cannot_be_written_exits_3_and_names_the_path() {
    let stack = Stack::with(ONE);
    fs::write(stack.path("file"), "").unwrap();
    let output = finish(stack.checker().env("RESULTS_PATH", "file/results.jsonl"));
    assert_eq!(output.status.code(), Some(3), "{}", said(&output));
    assert!(said(&output).contains("file: "), "it names the folder: {}", said(&output));
}

#[test]
fn reset_gives_a_clean_slate() {
    let stack = Stack::with(ONE);
    assert_eq!(stack.ask(&["once"]).status.code(), Some(0));
    assert!(stack.path("state.json").exists());
    assert_eq!(stack.ask(&["reset"]).status.code(), Some(0));
    assert!(!stack.path("state.json").exists() && !stack.path("results.jsonl").exists());
}

#[test]
fn notify_test_says_what_became_of_every_channel() {
    let stack = Stack::with(&format!("{ONE}  \n"));
    let fine = stack.ask(&["notify-test"]);
    assert_eq!(fine.status.code(), Some(0), "{}", said(&fine));
    assert!(said(&fine).contains("[ok]     console"), "{}", said(&fine));
    let dead = finish(
        stack
            .checker()
            .arg("notify-test")
            .env("SLACK_WEBHOOK_URL", "http://127.0.0.1:1/secret-hook"),
    );
    assert_eq!(dead.status.code(), Some(2), "{}", said(&dead));
    assert!(said(&dead).contains("[failed] slack"), "{}", said(&dead));
    assert!(!said(&dead).contains("secret-hook"), "{}", said(&dead));
}

#[test]
fn the_schema_is_json_and_names_the_check_types() {
    let stack = Stack::with(ONE);
    let output = stack.ask(&["schema"]);
    let schema: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(schema.to_string().contains("success_by"));
}
