//! Whether firedrill bites: for every kind of expectation a scenario that must fail with its own
//! words (`must_fail/*`), every shipped scenario with one expectation turned round, exit codes,
//! the last line, and the reports.
//!
//! `BLESS=1` rewrites the texts beside `must_fail/*.yaml`; read each as a newcomer would.

#![expect(clippy::unwrap_used, reason = "a test stops where it is")]

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    sync::mpsc,
    time::Duration,
};

use regex::Regex;
use serde_json::Value;
use tempfile::TempDir;

/// One file takes no longer than this, however busy the machine; one that does has lost its end.
const PATIENCE: Duration = Duration::from_secs(60);
/// The same for all shipped scenarios and their false copies.
const GREAT_PATIENCE: Duration = Duration::from_secs(600);

/// Runs firedrill on one file or a few.
fn firedrill(folder: &Path, args: &[&str]) -> Output {
    within(PATIENCE, folder, args).unwrap_or_else(|| panic!("{args:?} does not come to an end"))
}

/// Runs firedrill; answers nothing when it does not come to its end and had to be killed.
fn within(patience: Duration, folder: &Path, args: &[&str]) -> Option<Output> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_firedrill"));
    command.env_clear().current_dir(folder).args(args);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let pid = rustix::process::Pid::from_child(&child);
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || tell.send(child.wait_with_output()));
    let Ok(output) = told.recv_timeout(patience) else {
        rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
        return None;
    };
    Some(output.unwrap())
}

fn tests() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// The YAML files of a folder with their names.
fn files(folder: &Path) -> BTreeMap<String, String> {
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let yaml = paths.filter(|path| path.extension().is_some_and(|ending| ending == "yaml"));
    let name = |path: &Path| path.file_stem().unwrap().to_str().unwrap().to_owned();
    yaml.map(|path| (name(&path), fs::read_to_string(&path).unwrap())).collect()
}

/// All objects of a report that have a key.
fn having<'a>(value: &'a Value, key: &str) -> Vec<&'a Value> {
    match value {
        Value::Array(list) => list.iter().flat_map(|item| having(item, key)).collect(),
        Value::Object(fields) => {
            let own = fields.contains_key(key).then_some(value);
            let below = fields.values().flat_map(|field| having(field, key));
            own.into_iter().chain(below).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    }
}

/// Runs a path and answers the JSON report with the exit code; nothing when there is no end to it.
fn reported(patience: Duration, folder: &Path, path: &str) -> Option<(Value, i32)> {
    let report = tempfile::NamedTempFile::new().unwrap();
    let file = report.path().to_str().unwrap();
    let output = within(patience, folder, &["run", path, "--json", file])?;
    let json = serde_json::from_slice(&fs::read(file).unwrap());
    let json = json.unwrap_or_else(|error| panic!("no report: {error}\n{}", text(&output.stderr)));
    Some((json, output.status.code().unwrap()))
}

/// A run in words: its exit code, and every finding line by line.
fn findings(name: &str) -> String {
    let folder = tests().join("must_fail");
    let Some((report, code)) = reported(PATIENCE, &folder, &format!("{name}.yaml")) else {
        return "it does not come to an end".to_owned();
    };
    let mut words = format!("exit {code}\n");
    for finding in having(&report, "rule") {
        let (line, column) = (&finding["line"], &finding["column"]);
        let place =
            if line.is_u64() { format!("{name}.yaml:{line}:{column}: ") } else { String::new() };
        let _ =
            writeln!(words, "\n{place}{}: {}", said(&finding["rule"]), said(&finding["message"]));
        for key in ["expected", "actual", "help"] {
            let lines =
                finding[key].as_array().cloned().unwrap_or_else(|| vec![finding[key].clone()]);
            for line in lines.iter().filter(|line| line.is_string()) {
                let _ = writeln!(words, "  {key}: {}", said(line).replace('\n', "\n    "));
            }
        }
    }
    words
}

fn said(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

#[test]
fn every_kind_of_expectation_fails_with_its_own_words() {
    let names: Vec<String> = files(&tests().join("must_fail")).into_keys().collect();
    assert!(names.len() >= 35, "only {} scenarios are left", names.len());
    let wrong: Vec<String> = names.iter().filter_map(|name| differs(name)).collect();
    assert!(wrong.is_empty(), "{}\n(BLESS=1 rewrites the texts)", wrong.join("\n"));
}

fn differs(name: &str) -> Option<String> {
    let got = findings(name);
    if !(got.starts_with("exit 1\n\n") || got.starts_with("exit 2\n\n")) {
        return Some(format!("{name} must fail and does not: {got}"));
    }
    let golden = tests().join("must_fail").join(name).with_extension("txt");
    if std::env::var_os("BLESS").is_some() {
        fs::write(&golden, &got).unwrap();
    }
    let wanted = fs::read_to_string(&golden).unwrap_or_default();
    (got != wanted).then(|| format!("--- {name}, wanted:\n{wanted}--- got:\n{got}"))
}

#[test]
fn what_failed_is_told_on_the_terminal_with_the_place_in_the_file() {
    let output = firedrill(&tests().join("must_fail"), &["run", "alert-too-late.yaml"]);
    let told = text(&output.stdout);
    assert!(told.contains("alert-too-late.yaml:9:8"), "{told}");
    for line in
        ["first_fail for api-availability did not come", "5s too late", "between 2m and 2m5s"]
    {
        assert!(told.contains(line), "{told}");
    }
}

/// One change of a scenario's text, if there is something to change.
type Turn = fn(&str) -> Option<String>;

/// Each makes a true scenario a false one.
const TURNS: [(&str, Turn); 5] = [
    ("first-event", |text| replaced(text, r"event: first_fail\b", "event: reminder")),
    ("alerts-none", |text| {
        replaced(text, r"alerts: none", "alerts: [{check: '*', event: reminder}]")
    }),
    ("actions-none", |text| {
        replaced(text, r"actions: none", "actions: [{check: '*', result: FAILED}]")
    }),
    ("first-state", |text| {
        replaced(text, r"\bis: (OK|WARN|FAIL|UNKNOWN|RETRYING)\b", "is: PENDING")
    }),
    ("no-first-alert", |text| {
        replaced(text, FIRST_ALERT, "- {check: '*', event: reminder, count: 0}")
    }),
];

/// The first line that expects an alert for certain.
const FIRST_ALERT: &str = r"(?m)- \{[^{}\n]*event: (first_fail|recovered|deadline_miss)[^{}\n]*\}$";

/// Replaces the first match that stands in a line which must come true.
fn replaced(text: &str, pattern: &str, new: &str) -> Option<String> {
    let pattern = Regex::new(pattern).unwrap();
    let found = pattern.find_iter(text).find(|found| is_certain(text, found.start()))?;
    Some(format!("{}{new}{}", &text[..found.start()], &text[found.end()..]))
}

fn is_certain(text: &str, at: usize) -> bool {
    let line = text.lines().nth(text[..at].matches('\n').count()).unwrap();
    !line.contains("optional") && !line.contains("count: 0")
}

/// Scenarios whose false copies do not fail, each with the reason.
const EXCEPTIONS: [(&str, &str); 0] = [];

/// A folder with every shipped scenario, once as it is and once for every turn that it allows; it
/// lies beside its configuration as the shipped one does.
fn turned() -> (TempDir, BTreeMap<String, bool>) {
    let top = tempfile::tempdir().unwrap();
    let (root, folder) = (tests().join("../../.."), top.path().join("scenarios"));
    fs::copy(root.join("checks.yaml"), top.path().join("checks.yaml")).unwrap();
    copy_all(&root.join("scenarios"), &folder);
    let mut wanted = BTreeMap::new();
    let named = Regex::new(r"(?m)^scenario:.*$").unwrap();
    for (name, text) in files(&folder).iter().filter(|(_, text)| text.contains("scenario:")) {
        fs::remove_file(folder.join(format!("{name}.yaml"))).unwrap();
        let text = with_one_seed(text);
        let copies = TURNS.iter().filter_map(|(turn, change)| Some((*turn, change(&text)?)));
        let copies = copies.take(if LONG.contains(&name.as_str()) { 1 } else { TURNS.len() });
        for (turn, text) in copies.chain([("as-it-is", text.clone())]) {
            let title = format!("{name}--{turn}");
            let text = named.replace(&text, format!("scenario: {title}"));
            fs::write(folder.join(format!("{title}.yaml")), text.as_ref()).unwrap();
            wanted.insert(title, turn == "as-it-is");
        }
    }
    (top, wanted)
}

/// Scenarios of a day, or of many cases: one turn each is enough.
const LONG: [&str; 4] = [
    "noop-control-day",
    "crash-at-every-storage-operation",
    "deadline-kept",
    "power-failure-tears-a-line",
];

fn with_one_seed(text: &str) -> String {
    let seeds = Regex::new(r"(?m)^seeds: *(\d+)\.\..*$").unwrap();
    seeds.replace(text, "seeds: [$1]").into_owned()
}

fn copy_all(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy_all(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}

#[test]
fn a_shipped_scenario_with_one_expectation_turned_round_fails() {
    let (folder, wanted) = turned();
    let (report, _) = reported(GREAT_PATIENCE, &folder.path().join("scenarios"), ".").unwrap();
    let verdicts = verdicts(&report);
    let mut wrong = Vec::new();
    for (title, passes) in &wanted {
        let cases: Vec<_> = verdicts.iter().filter(|(case, _)| case == title).collect();
        let right = if *passes { "PASS" } else { "FAIL" };
        let excused = EXCEPTIONS.iter().any(|(known, _)| known == title);
        if cases.is_empty() || (!excused && cases.iter().any(|(_, verdict)| verdict != right)) {
            wrong.push(format!("{title}: {cases:?}, wanted {right}"));
        }
    }
    assert!(
        wanted.values().filter(|passes| !**passes).count() >= 5,
        "nothing was turned: {wanted:?}"
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Name and verdict of every case of a report.
fn verdicts(report: &Value) -> Vec<(String, String)> {
    let cases = having(report, "verdict").into_iter();
    let name = |case: &Value| {
        ["scenario", "name", "title"].iter().find_map(|key| case[*key].as_str().map(str::to_owned))
    };
    cases.filter_map(|case| Some((name(case)?, said(&case["verdict"]).to_uppercase()))).collect()
}

const PASSES: &str = "scenario: passes\nchecks: checks.yaml\nrun: 1m\n";
const FAILS: &str = "scenario: fails\nchecks: checks.yaml\nrun: 1m\n\
                     expect: {state: [{at: 30s, check: api-availability, is: FAIL}]}\n";
const PROVES_NOTHING: &str = "scenario: proves-nothing\nchecks: checks.yaml\nrun: 6m\n\
    timeline: [{id: idle, at: 1m, for: 2m, fault: http.empty, on: POST /api/heartbeat}]\n";
const BAD: &str = "scenario: bad\nchecks: checks.yaml\nrnu: 1m\n";

/// A folder with these scenarios.
fn folder(scenarios: &[&str]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::copy(tests().join("scenario_files/checks.yaml"), folder.path().join("checks.yaml"))
        .unwrap();
    for (index, scenario) in scenarios.iter().enumerate() {
        fs::write(folder.path().join(format!("s{index}.yaml")), scenario).unwrap();
    }
    folder
}

/// Exit code and last line of standard output.
fn ended(scenarios: &[&str], args: &[&str]) -> (i32, String) {
    let folder = folder(scenarios);
    let output = firedrill(folder.path(), &[&["run", "."], args].concat());
    let last = text(&output.stdout).lines().last().unwrap_or_default().to_owned();
    (output.status.code().unwrap(), last)
}

#[test]
fn the_exit_code_says_the_worst_that_happened_and_the_last_line_counts() {
    let table: [(&[&str], i32, &str); 6] = [
        (&[PASSES], 0, "1 passed, 0 failed, 0 inconclusive"),
        (&[FAILS], 1, "0 passed, 1 failed, 0 inconclusive"),
        (&[PROVES_NOTHING], 2, "0 passed, 0 failed, 1 inconclusive"),
        (&[PASSES, PROVES_NOTHING], 2, "1 passed, 0 failed, 1 inconclusive"),
        (&[PROVES_NOTHING, FAILS, PASSES, PASSES], 1, "2 passed, 1 failed, 1 inconclusive"),
        (&[PASSES, BAD, FAILS], 3, ""),
    ];
    for (scenarios, code, last) in table {
        assert_eq!(ended(scenarios, &[]), (code, last.to_owned()), "{scenarios:?}");
    }
}

#[test]
fn a_filter_chooses_by_name_and_parameters() {
    let matrix = "scenario: matrix\nchecks: checks.yaml\nrun: 1m\nabout: \"x${n}\"\nparams: {n: [1, 2, 30]}\n";
    let count = |filter: &str| ended(&[PASSES, FAILS, matrix], &["--filter", filter]);
    let passed = |n: usize| (0, format!("{n} passed, 0 failed, 0 inconclusive"));
    assert_eq!(count("^passes$"), passed(1));
    assert_eq!(count("n=(1|30)"), passed(2));
    assert_eq!(count("passes|matrix"), passed(4));
    assert_eq!(count("no such thing").0, 3);
    assert_eq!(count("(").0, 3, "a bad pattern is bad usage");
}

#[test]
fn seeds_of_the_command_line_take_the_place_of_the_scenario_s() {
    let fifty = format!("{PASSES}seeds: 1..50\n");
    let count = |seeds: &str| ended(&[PASSES, &fifty], &["--seed", seeds]);
    assert_eq!(count("1..3"), (0, "6 passed, 0 failed, 0 inconclusive".to_owned()));
    assert_eq!(count("7"), (0, "2 passed, 0 failed, 0 inconclusive".to_owned()));
    for bad in ["3..1", "one", "-1", "1..100000"] {
        assert_eq!(count(bad).0, 3, "{bad}");
    }
}

#[test]
fn what_is_not_there_is_named() {
    let empty = tempfile::tempdir().unwrap();
    for (verb, path) in
        [("run", "nowhere"), ("lint", "nowhere"), ("explain", "nowhere/x.yaml"), ("run", ".")]
    {
        let output = firedrill(empty.path(), &[verb, path]);
        let told = text(&output.stderr);
        assert_eq!(output.status.code(), Some(3), "{verb} {path}: {told}");
        assert!(told.contains(path) && output.stdout.is_empty(), "{verb} {path}: {told}");
    }
}

#[test]
fn a_bad_file_is_told_by_run_in_the_words_of_lint() {
    let folder = folder(&[BAD]);
    let run = firedrill(folder.path(), &["run", "s0.yaml"]);
    let lint = firedrill(folder.path(), &["lint", "s0.yaml"]);
    assert!(text(&run.stderr).starts_with("s0.yaml:3:1: error: unknown key `rnu`"));
    assert!(text(&lint.stderr).starts_with(text(&run.stderr).trim_end()));
}

#[test]
fn every_report_is_written_and_whole() {
    let folder = folder(&[PASSES, FAILS, PROVES_NOTHING]);
    let output = firedrill(
        folder.path(),
        &["run", ".", "--junit", "junit.xml", "--json", "report.json", "--html", "report.html"],
    );
    assert_eq!(output.status.code(), Some(1));
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    let verdicts = verdicts(&serde_json::from_str(&read("report.json")).unwrap());
    let pair = |name: &str, verdict: &str| (name.to_owned(), verdict.to_owned());
    let wanted =
        [pair("passes", "PASS"), pair("fails", "FAIL"), pair("proves-nothing", "INCONCLUSIVE")];
    assert_eq!(verdicts, wanted);
    let junit = read("junit.xml");
    assert!(junit.starts_with("<?xml") && junit.trim_end().ends_with("</testsuites>"), "{junit}");
    assert_eq!((junit.matches("<testcase").count(), junit.matches("<failure").count()), (3, 1));
    let html = read("report.html").to_lowercase();
    assert!(html.starts_with("<!doctype html>") && html.trim_end().ends_with("</html>"));
    assert!(["passes", "fails", "proves-nothing"].iter().all(|name| html.contains(name)));
}

#[test]
fn a_report_that_cannot_be_written_is_told() {
    let (code, last) = ended(&[PASSES], &["--json", "no/such/folder/report.json"]);
    assert_eq!((code, last.as_str()), (3, "1 passed, 0 failed, 0 inconclusive"));
}
