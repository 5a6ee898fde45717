//! A scripted player solves every shipped exercise through the pages, in a browser, as a person
//! would who knows the answer: sees, says, acts, and waits until it is really over.

use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Mutex,
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};
use serde_yaml::Value;
use tempfile::TempDir;

use crate::{
    browser::{Browser, chromium::axe_core},
    stack::{Running, wait},
};

/// How many exercises are played at once, and how fast: each is four programs and a browser.
const AT_ONCE: usize = 3;
const SPEED: &str = "10";
/// How long everything must have been good, in the exercise's own seconds, before it counts as over.
const SETTLED: u64 = 100;

/// An exercise and its solution.
struct Lesson {
    file: PathBuf,
    /// `component/fault`, as the form sends it.
    answers: Vec<String>,
    /// One tool for each cause.
    cures: Vec<String>,
}

impl Lesson {
    fn read(file: &Path) -> Option<Self> {
        let text = fs::read_to_string(file).unwrap();
        let yaml: Value = serde_yaml::from_str(&text).unwrap();
        let exercise = yaml.get("exercise")?;
        let answer = exercise.get("answer").unwrap();
        let answers: Vec<&Value> = match answer {
            Value::Sequence(all) => all.iter().collect(),
            Value::Mapping(_) => vec![answer],
            _ => Vec::new(),
        };
        let word = |of: &Value, key: &str| of.get(key).unwrap().as_str().unwrap().to_owned();
        let faults: Vec<String> = answers.iter().map(|one| word(one, "fault")).collect();
        let pairs =
            answers.iter().map(|one| format!("{}/{}", word(one, "component"), word(one, "fault")));
        let cures = match helping(exercise) {
            Some(tool) => vec![tool],
            None => faults.iter().map(|fault| usual(fault)).collect(),
        };
        Some(Self { file: file.to_owned(), answers: pairs.collect(), cures })
    }

    fn name(&self) -> String {
        self.file.file_stem().unwrap().to_string_lossy().into_owned()
    }
}

/// The first tool that the exercise says helps.
fn helping(exercise: &Value) -> Option<String> {
    let tools = exercise.get("operator_actions")?.as_mapping()?;
    let helps = tools.iter().find(|(_, effect)| effect.as_str() == Some("helps"))?;
    helps.0.as_str().map(str::to_owned)
}

/// The tool that cures a fault by the catalogue.
fn usual(fault: &str) -> String {
    let known = mockapp::catalogue().into_iter().find(|known| known.name == fault).unwrap();
    known.cured_by.first().unwrap_or_else(|| panic!("nothing cures {fault}")).to_string()
}

fn lessons() -> Vec<Lesson> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/exercises");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|one| one.unwrap().path()).collect();
    files.sort();
    files.iter().filter_map(|file| Lesson::read(file)).collect()
}

/// An exercise under way.
struct Exercise {
    running: Running,
    duty: String,
    _folder: TempDir,
}

impl Exercise {
    /// A busy machine can be too slow to be all green at the beginning; then it is tried again.
    fn start(lesson: &Lesson) -> Self {
        let begun = (0..5).find_map(|_| Self::try_start(lesson));
        begun.unwrap_or_else(|| panic!("{} has begun", lesson.name()))
    }

    fn try_start(lesson: &Lesson) -> Option<Self> {
        let folder = TempDir::new().unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_firedrill"))
            .args([
                "train",
                "--speed",
                SPEED,
                "--minutes",
                "25",
                "--as",
                "prompt",
                "--name",
                "Blue",
            ])
            .args(["--port=0", "--mockapp-port=0", "--dashboard-port=0"])
            .arg("--scenario")
            .arg(&lesson.file)
            .arg("--data")
            .arg(folder.path().join("exercise"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let address = |line: String| {
            let line = line.trim_start().strip_prefix("on duty")?.to_owned();
            line.split_whitespace().find(|word| word.starts_with("http")).map(str::to_owned)
        };
        let running = Running(child);
        let duty = lines.find_map(address)?;
        std::thread::spawn(move || lines.for_each(drop));
        Some(Self { running, duty, _folder: folder })
    }

    /// Ctrl-C after the debrief: everything stops, and that is no failure.
    fn end(mut self) {
        kill_process(Pid::from_child(&self.running.0), Signal::INT).unwrap();
        let ended = wait("it ends", || self.running.0.try_wait().unwrap());
        assert_eq!(ended.code(), Some(0));
    }
}

/// The exercise's clock in seconds, as the page shows it.
fn clock(browser: &mut Browser) -> u64 {
    let text = browser.text("#clock");
    text.split(':').fold(0, |all, part| all * 60 + part.parse::<u64>().unwrap())
}

fn holds(browser: &mut Browser, expression: &str) -> bool {
    browser.value(expression) == true
}

const TROUBLE: &str = "document.querySelector('#alerts form button, #checks .s-fail') !== null";
const WELL: &str = "document.querySelector('#checks li:not(.s-ok):not(.s-warn)') === null";

/// Acknowledges whatever has arrived.
fn acknowledge(browser: &mut Browser) {
    while holds(browser, "document.querySelector('#alerts form button') !== null") {
        browser.follow("#alerts form button");
    }
}

/// Uses a tool and waits until it is done.
fn operate(browser: &mut Browser, tool: &str) {
    let button = format!("#tools input[value='{tool}'] + button:not([disabled])");
    browser.follow(&button);
    browser.wait_for(&button);
}

/// Waits until all checks have been good for a while; false when one turned bad again.
fn stays_well(browser: &mut Browser) -> bool {
    browser.until("all checks are OK", WELL);
    let since = clock(browser);
    while clock(browser) < since + SETTLED {
        if !holds(browser, WELL) {
            return false;
        }
        #[expect(clippy::disallowed_methods, reason = "a real exercise takes real time")]
        std::thread::sleep(Duration::from_millis(100));
    }
    true
}

/// Plays a real incident to its end.
fn solve(browser: &mut Browser, lesson: &Lesson, axe: Option<&str>) {
    browser.until("something is wrong", TROUBLE);
    look_for_barriers(browser, &lesson.name(), axe);
    acknowledge(browser);
    browser.follow("#declare button");
    for answer in &lesson.answers {
        browser.fill("#cause", answer);
        browser.follow("form[action='/duty/diagnose'] button");
    }
    for _ in 0..4 {
        lesson.cures.iter().for_each(|tool| operate(browser, tool));
        if stays_well(browser) {
            break;
        }
    }
    acknowledge(browser);
    browser.click("#resolve-ask");
    browser.follow("form[action='/duty/resolve'] button");
}

/// Sits through a day on which nothing is wrong.
fn keep_calm(browser: &mut Browser) {
    browser.until(
        "five minutes have passed",
        "/^([5-9]|[0-9][0-9]):/.test(document.querySelector('#clock').innerText)",
    );
    browser.click("#leave-ask");
    browser.follow("form[action='/duty/leave'] button");
}

fn look_for_barriers(browser: &mut Browser, name: &str, axe: Option<&str>) {
    let found = axe.map(|axe| browser.axe(axe)).unwrap_or_default();
    assert!(found.is_empty(), "{name}: axe found\n{}", found.join("\n\n"));
}

/// Plays one exercise; tells its points.
fn play(lesson: &Lesson, browser: &mut Browser, axe: Option<&str>) -> u32 {
    let exercise = Exercise::start(lesson);
    browser.visit(&exercise.duty);
    browser.fill("#name", "Ann");
    browser.follow("form.who button");
    if lesson.answers.is_empty() {
        keep_calm(browser);
    } else {
        solve(browser, lesson, axe);
    }
    browser.follow("#over a");
    browser.until("the debrief", "document.querySelector('#score') !== null");
    look_for_barriers(browser, &lesson.name(), axe);
    let named = browser.value(
        "[...document.querySelectorAll('#chronicle tr')].map((row) => row.cells[4].innerText).filter((one) => one === 'right').length",
    );
    assert_eq!(named, lesson.answers.len(), "{}: what was named is right", lesson.name());
    let points = browser.text(".hero .points b").parse().unwrap();
    exercise.end();
    points
}

#[test]
fn every_shipped_exercise_is_solved_through_the_pages() {
    let only = std::env::var("FIREDRILL_ONLY").ok();
    let wanted = |lesson: &Lesson| only.as_ref().is_none_or(|only| lesson.name().contains(only));
    let mut all: Vec<Lesson> = lessons().into_iter().filter(wanted).collect();
    assert!(only.is_some() || all.len() >= 12, "only {} exercises are shipped", all.len());
    let axe = axe_core();
    all.reverse();
    let (waiting, results) = (Mutex::new(all), Mutex::new(Vec::new()));
    let next = || waiting.lock().unwrap().pop();
    let player = || {
        while let Some(lesson) = next() {
            let Some(mut browser) = Browser::start() else { return };
            let played = || play(&lesson, &mut browser, axe.as_deref());
            // One that fails does not keep the others from being played.
            let points = std::panic::catch_unwind(std::panic::AssertUnwindSafe(played)).ok();
            let _ = writeln!(std::io::stderr(), "{}: {points:?} points", lesson.name());
            results.lock().unwrap().push((lesson.name(), points));
        }
    };
    std::thread::scope(|scope| {
        (0..AT_ONCE).for_each(|_| drop(scope.spawn(player)));
    });
    let results = results.into_inner().unwrap();
    let poor: Vec<_> = results.iter().filter(|(_, points)| *points < Some(75)).collect();
    assert!(poor.is_empty(), "who knows the answer does well: {poor:?} of {results:?}");
}
