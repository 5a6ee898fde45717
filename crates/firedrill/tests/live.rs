//! Short scenarios on real programs, through the command line: what happens in virtual time happens
//! on processes, sockets, files and mail as well, and nothing of it is left behind.

#![expect(clippy::unwrap_used, reason = "a test stops where it is")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

#[expect(dead_code, clippy::wildcard_enum_match_arm, reason = "other tests need the rest")]
#[path = "whole/stack.rs"]
mod stack;

use stack::{Running, Stack, http, wait};

/// Two checks with times that fit a test: 20 s are one second.
const CHECKS: &str = r#"
global: {interval_s: 20, timeout_s: 10, retries: 1, retry_backoff_s: 5}
checks:
  - {name: api, type: http, url: "{MOCKAPP_BASE}/api/ping", severity: P1}
  - name: db
    type: http
    url: "{MOCKAPP_BASE}/db/health"
    severity: P2
    expect_jsonpath: [{path: $.ok, equals: true}]
"#;

const HEAD: &str = "scenario: drill\nchecks: checks.yaml\n";
const OUTAGE: &str =
    r#"{id: outage, at: 30s, for: 80s, fault: http.status, on: "GET /api/ping", code: 503}"#;
const BOTH_ALERTS: &str = "
    - {check: api, event: first_fail, after: outage.start, within: bound, subject: '^\\[P1\\]\\[FIRST_FAIL\\] api$', body: api is failing}
    - {check: api, event: recovered, after: outage.end, within: bound}";

/// A folder with a scenario, its configuration, and a place for temporary files.
struct Drill {
    folder: TempDir,
}

/// How a drill ended.
#[derive(Debug)]
struct Ended {
    code: i32,
    said: String,
}

impl Drill {
    fn new(checks: &str, scenario: &str) -> Self {
        let folder = TempDir::new().unwrap();
        fs::create_dir(folder.path().join("tmp")).unwrap();
        fs::write(folder.path().join("checks.yaml"), checks).unwrap();
        let text = format!("{HEAD}settle: 60s\n{scenario}");
        fs::write(folder.path().join("drill.yaml"), text).unwrap();
        Self { folder }
    }

    /// The usual outage with some more steps and expectations.
    fn outage(run: &str, steps: &str, more: &str) -> Self {
        let timeline = format!("run: {run}\ntimeline:\n  - {OUTAGE}\n{steps}");
        let expect = format!("expect:\n  alerts:{BOTH_ALERTS}\n{more}");
        Self::new(CHECKS, &format!("{timeline}{expect}sometimes: [outage.injected]\n"))
    }

    fn tmp(&self) -> PathBuf {
        self.folder.path().join("tmp")
    }

    fn start(&self, args: &[&str]) -> Running {
        let said = fs::File::create(self.folder.path().join("said.txt")).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_firedrill"));
        command.args(["run", "--live", "drill.yaml"]).args(args).current_dir(self.folder.path());
        command.env("TMPDIR", self.tmp()).stdin(Stdio::null());
        command.stdout(said.try_clone().unwrap()).stderr(said);
        Running(command.spawn().unwrap())
    }

    /// Plays it; whatever came of it, nothing may be left.
    fn play(&self, args: &[&str]) -> Ended {
        self.end(self.start(args))
    }

    fn end(&self, mut drill: Running) -> Ended {
        let code = drill.0.wait().unwrap().code().unwrap();
        assert_eq!(processes_in(&self.tmp()), Vec::<PathBuf>::new(), "processes are left");
        let left = fs::read_dir(self.tmp()).unwrap().map(|file| file.unwrap().path());
        assert_eq!(left.collect::<Vec<_>>(), Vec::<PathBuf>::new(), "files are left");
        Ended { code, said: fs::read_to_string(self.folder.path().join("said.txt")).unwrap() }
    }

    #[track_caller]
    fn passes(&self) {
        let ended = self.play(&[]);
        assert_eq!(ended.code, 0, "{}", ended.said);
        assert!(ended.said.ends_with("1 passed, 0 failed, 0 inconclusive\n"), "{}", ended.said);
    }

    #[track_caller]
    fn proves_nothing(&self, args: &[&str], why: &str) {
        let ended = self.play(args);
        assert_eq!(ended.code, 2, "{}", ended.said);
        assert!(plain(&ended.said).contains(why), "{}", ended.said);
    }
}

/// A text on one line, so that where it is broken makes no difference.
fn plain(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The working folders of processes that are in a folder.
fn processes_in(folder: &Path) -> Vec<PathBuf> {
    let processes = fs::read_dir("/proc").unwrap().filter_map(Result::ok);
    let folders = processes.filter_map(|process| fs::read_link(process.path().join("cwd")).ok());
    folders.filter(|cwd| cwd.starts_with(folder)).collect()
}

#[test]
fn an_outage_is_told_and_its_end_as_in_virtual_time() {
    Drill::outage("3m", "", "  state:\n    - {at: 29s, check: '*', is: OK}\n").passes();
}

#[test]
fn an_expectation_that_is_not_met_fails() {
    let drill = Drill::new(CHECKS, &format!("timeline:\n  - {OUTAGE}\nexpect: {{alerts: none}}\n"));
    let ended = drill.play(&[]);
    assert_eq!(ended.code, 1, "{}", ended.said);
    assert!(ended.said.contains("first_fail for api"), "{}", ended.said);
}

#[test]
fn the_remedy_ends_an_outage_that_has_no_end_of_its_own() {
    let checks = format!(
        "{CHECKS}    on_fail:\n      actions: [{{type: http_post, url: \"{{MOCKAPP_BASE}}/admin/reset\"}}]\n"
    );
    let scenario = "run: 3m
timeline:
  - {id: outage, at: 30s, until: heal, fault: db, kind: down}
  - {id: later, at: outage.end+10s, for: 5s, fault: noop}
expect:
  alerts:
    - {check: db, event: first_fail, after: outage.start, within: bound}
    - {check: db, event: recovered, after: outage.end, within: bound}
  actions:
    - {check: db, action: http_post, result: OK, after: outage.start, within: bound}
sometimes: [outage.injected, outage.ended, later.ended]
";
    Drill::new(&checks, scenario).passes();
}

#[test]
fn a_checker_that_is_killed_in_an_outage_tells_of_it_once() {
    let kill = "  - {at: outage.start+60s, kill: checker, down: 10s}\n";
    Drill::outage("3m", kill, "").passes();
}

#[test]
fn a_pause_a_restart_and_an_edit_are_carried_out() {
    let steps = "  - {id: frozen, at: outage.end+40s, pause: checker, for: 20s}
  - {id: again, at: frozen.end+20s, restart: checker, down: 5s}
  - {at: again.end+20s, edit: {file: checks.yaml, with: {'name: db': 'name: database'}}}
";
    Drill::outage("6m", steps, "  state:\n    - {at: again.end+90s, check: api, is: OK}\n")
        .passes();
}

#[test]
fn mail_that_nobody_takes_comes_late_and_once() {
    let scenario = format!(
        "run: 5m
timeline:
  - {{id: refused, at: 20s, for: 60s, fault: mail.refuse}}
  - {}
expect:
  alerts:
    - {{check: api, event: first_fail, after: refused.end, within: 65s}}
    - {{check: api, event: recovered, after: outage.end, within: 65s}}
sometimes: [refused.injected, outage.injected]
",
        OUTAGE.replace("80s", "160s")
    );
    Drill::new(CHECKS, &scenario).passes();
}

#[test]
fn a_shut_listener_is_opened_again_by_a_heal() {
    let scenario = "run: 150s
timeline:
  - {id: shut, at: 30s, until: heal, fault: net.refuse}
  - {at: 90s, heal: all}
expect:
  alerts:
    - {check: '*', event: first_fail, after: shut.start, within: bound, count: 2}
    - {check: '*', event: recovered, after: shut.end, within: bound, count: 2}
sometimes: [shut.injected, shut.ended]
";
    Drill::new(CHECKS, scenario).passes();
}

#[test]
fn toggles_jobs_pages_and_webhooks_take_part() {
    let checks = CHECKS.replace(
        "retry_backoff_s: 5}",
        "retry_backoff_s: 5, notify: {channels: [{type: webhook, name: ops, url: \
         \"{MOCKAPP_BASE}/webhook/ops\"}]}}",
    ) + "  - {name: job, type: job, status_url: \"{MOCKAPP_BASE}/jobs/{job_id}/status\"}\n";
    let scenario = "run: 3m
timeline:
  - {at: 10s, run_job: nightly}
  - {id: slow, at: 60s, toggle: {db_slow: true}}
  - {at: 120s, toggle: {db_slow: false}}
expect:
  alerts:
    - {check: db, event: first_fail, channel: email, after: slow.start, within: bound}
    - {check: db, event: first_fail, channel: ops, after: slow.start, within: bound}
    - {check: db, event: recovered, channel: email, after: slow.end, within: bound}
    - {check: db, event: recovered, channel: ops, after: slow.end, within: bound}
  page:
    - {at: 40s, path: /, contains: [All good]}
    - {at: 110s, path: /, contains: [RED], lacks: [All good]}
sometimes: [slow.injected, slow.ended]
";
    Drill::new(&checks, scenario).passes();
}

#[test]
fn what_is_not_green_at_first_proves_nothing() {
    let checks = CHECKS.replace("/api/ping", "/nothing-here");
    let scenario =
        "timeline:\n  - {at: 60s, for: 30s, fault: http.status, on: 'GET /db/health', code: 503}\n";
    let why = "not everything was OK before the first fault: api is FAIL (";
    Drill::new(&checks, scenario).proves_nothing(&[], why);
}

#[test]
fn ctrl_c_in_the_middle_leaves_nothing_behind() {
    for signal in [Signal::INT, Signal::TERM] {
        let drill = Drill::outage("3m", "", "");
        let child = drill.start(&[]);
        let folder = wait("the checker writes", || {
            let mut inside = fs::read_dir(drill.tmp()).unwrap().filter_map(Result::ok);
            inside.find(|folder| folder.path().join("results.jsonl").exists())
        });
        assert!(processes_in(&folder.path()).len() >= 2, "mock app and checker run there");
        kill_process(Pid::from_child(&child.0), signal).unwrap();
        let ended = drill.end(child);
        assert!(plain(&ended.said).contains("interrupted"), "{ended:?}");
        assert_ne!(ended.code, 0);
    }
}

/// Checks that look every second, for a stack that runs in real time.
fn quick() -> String {
    CHECKS
        .replace("interval_s: 20, timeout_s: 10", "interval_s: 1, timeout_s: 1")
        .replace("backoff_s: 5", "backoff_s: 0.2")
}

/// The faults that are active on a stack's mock app.
fn active(stack: &Stack) -> Vec<String> {
    let answer = http(&format!("{}admin/faults", stack.mockapp), "GET", "");
    let body = answer.split_once("\r\n\r\n").unwrap().1;
    let all: Value = serde_json::from_str(body.trim()).unwrap();
    let faults = all["faults"].as_array().unwrap().iter();
    let active = faults.filter(|fault| fault["active"] == Value::Bool(true));
    active.map(|fault| fault["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_stack_of_somebody_else_is_drilled_and_only_what_was_begun_is_ended() {
    let stack = Stack::with(&quick());
    let _checker = stack.watch();
    for name in ["api", "db"] {
        stack.until(name, "all is well", |entry| entry.last_ok_at.is_some());
    }
    stack.post("admin/faults/inject", r#"{"fault": "noop", "id": "theirs"}"#);
    let data = stack.path("");
    let running = ["--against", &stack.mockapp, "--data", data.to_str().unwrap()];
    let scenario = format!(
        "run: 8s\nsettle: 3s\ntimeline:\n  - {}\nexpect:\n  alerts:{}\n",
        OUTAGE.replace("30s", "1500ms").replace("80s", "3s"),
        BOTH_ALERTS.replace("event:", "channel: console, event:")
    );
    let drill = Drill::new(&quick(), "");
    fs::write(drill.folder.path().join("drill.yaml"), format!("{HEAD}{scenario}")).unwrap();
    let ended = drill.play(&running);
    assert_eq!(ended.code, 0, "{}", ended.said);
    assert_eq!(active(&stack), ["theirs"]);

    let endless = scenario.replace("for: 3s", "until: heal").replace("run: 8s", "run: 5m");
    let endless = endless.split("expect:").next().unwrap();
    let heal = format!("{HEAD}{endless}  - {{at: 4m, heal: outage}}\n");
    fs::write(drill.folder.path().join("drill.yaml"), heal).unwrap();
    let child = drill.start(&running);
    wait("the outage begins", || active(&stack).contains(&"outage".to_owned()).then_some(()));
    kill_process(Pid::from_child(&child.0), Signal::INT).unwrap();
    let ended = drill.end(child);
    assert!(plain(&ended.said).contains("interrupted"), "{ended:?}");
    assert_eq!(active(&stack), ["theirs"]);
}

#[test]
fn a_far_mock_app_is_drilled_only_when_that_is_meant() {
    let drill = Drill::outage("3m", "", "");
    let far = ["--against", "http://192.0.2.1:8000", "--data", "."];
    drill.proves_nothing(&far, "is not on this machine; say --allow-remote if that is meant");
}
