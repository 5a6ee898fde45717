//! A scripted player in a browser solves every exercise that ships, through the pages alone: sees
//! that something is wrong, says so, names the cause, uses the tool that helps, and goes to the
//! debrief when all is well. On a quiet day it goes home.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Mutex,
};

use rustix::process::Signal;
use serde_json::Value;

use super::desk::Exercise;
use crate::browser::Browser;

/// Players at once: they wait for most of the time.
const PLAYERS: usize = 3;

/// By then everything that goes wrong has gone wrong, in the exercise's own seconds.
const ALL_WRONG: u32 = 330;

fn shelf() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/exercises");
    let entries = fs::read_dir(folder.canonicalize().unwrap()).unwrap();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| !path.ends_with("checks.yaml"));
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "yaml"));
    paths.sort();
    paths
}

/// What a player has to say and to do.
struct Script {
    /// As the form names them: `db/db`.
    causes: Vec<String>,
    tools: Vec<String>,
}

fn script(path: &Path) -> Script {
    let scenario: Value = serde_yaml::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let exercise = &scenario["exercise"];
    let answers: Vec<&Value> = match &exercise["answer"] {
        Value::Array(all) => all.iter().collect(),
        Value::Object(_) => vec![&exercise["answer"]],
        _ => Vec::new(),
    };
    let word = |answer: &Value, key: &str| answer[key].as_str().unwrap().to_owned();
    let cause =
        |answer: &&Value| format!("{}/{}", word(answer, "component"), word(answer, "fault"));
    let causes = answers.iter().map(cause).collect();
    let block = exercise["operator_actions"].as_object();
    let helps = block.into_iter().flatten().find(|(_, effect)| **effect == "helps");
    let mut tools: Vec<String> = helps.map(|(tool, _)| tool.clone()).into_iter().collect();
    if tools.is_empty() {
        tools.extend(steps(&scenario).iter().filter_map(|step| usual_cure(step)));
    }
    Script { causes, tools }
}

fn steps(scenario: &Value) -> Vec<&Value> {
    scenario["timeline"].as_array().unwrap().iter().collect()
}

/// The tool that the mock app's catalogue has against a fault.
fn usual_cure(step: &Value) -> Option<String> {
    let kind = step["fault"].as_str()?;
    let known = mockapp::catalogue().into_iter().find(|info| info.name == kind)?;
    known.cured_by.first().map(|tool| (*tool).to_owned())
}

/// Whether every tile is well and nothing is under way, as the page shows it.
const ALL_WELL: &str = "[...document.querySelectorAll('#checks li b')].length > 0
    && [...document.querySelectorAll('#checks li b')].every((word) => word.textContent === 'OK')
    && document.querySelector('#tools .running') === null";
/// Whether an alert has come, or a tile is red.
const TROUBLE: &str = "document.querySelector('#alerts form button') !== null
    || [...document.querySelectorAll('#checks li b')].some((word) => word.textContent === 'FAIL')";

/// Whether the clock of the page has come so far.
fn later_than(seconds: u32) -> String {
    format!(
        "document.querySelector('#clock').textContent.split(':')
            .reduce((sum, part) => sum * 60 + Number(part), 0) >= {seconds}"
    )
}

fn solve(browser: &mut Browser, exercise: &Exercise, script: &Script) {
    browser.visit(&exercise.address("on duty"));
    // Who has said it in another exercise is not asked again.
    browser.wait_for("#name, #clock");
    if browser.value("document.querySelector('#name') !== null") == true {
        browser.fill("#name", "Robin");
        browser.follow("button.main");
    }
    if script.causes.is_empty() {
        browser.until("two minutes go by", &later_than(120));
        browser.click("#leave-ask");
        return browser.follow("form[action='/duty/leave'] button");
    }
    // What is never quite red is seen by those who look long enough.
    let seen = format!("{TROUBLE} || {}", later_than(ALL_WRONG));
    browser.until("something is wrong", &seen);
    browser.follow("#declare button");
    browser.until("everything that goes wrong has gone wrong", &later_than(ALL_WRONG));
    while browser.value("document.querySelector('#alerts form button') !== null") == true {
        browser.follow("#alerts form button");
    }
    for cause in &script.causes {
        browser.fill("#cause", cause);
        browser.follow("form[action='/duty/diagnose'] button");
    }
    for tool in &script.tools {
        browser.follow(&format!("form:has(input[value='{tool}']) button"));
    }
    browser.until("all is well", ALL_WELL);
    browser.click("#resolve-ask");
    browser.follow("form[action='/duty/resolve'] button");
}

/// Plays an exercise; what went wrong, if anything did.
fn play(browser: &mut Browser, path: &Path) -> Option<String> {
    let name = path.file_stem().unwrap().to_string_lossy().into_owned();
    let script = script(path);
    let exercise = Exercise::shipped(path);
    solve(browser, &exercise, &script);
    exercise.until("The debrief stays at");
    browser.visit(&exercise.address("on duty").replace("/duty", "/debrief"));
    let page = browser.text("#main");
    exercise.signal(Signal::INT);
    let played = exercise.end();
    let (points, record) = (played.points(), played.record());
    let least = if script.causes.is_empty() { 100 } else { 60 };
    let title = record["title"].as_str().unwrap();
    println!("{name}: {points} points");
    let right = script.causes.is_empty() || played.why("diagnosis").0 > 0;
    let fine = points >= least && right && page.contains(title) && played.status.success();
    (!fine).then(|| format!("{name}: {points} points\n{}", played.said))
}

#[test]
fn every_exercise_that_ships_can_be_solved_through_the_pages() {
    let waiting = Mutex::new(shelf());
    let player = || {
        let mut failed = Vec::new();
        let mut browser = Browser::start()?;
        loop {
            let Some(next) = waiting.lock().unwrap().pop() else { return Some(failed) };
            failed.extend(play(&mut browser, &next));
        }
    };
    let failed = std::thread::scope(|scope| {
        let players: Vec<_> = (0..PLAYERS).map(|_| scope.spawn(player)).collect();
        let played = players.into_iter().filter_map(|player| player.join().unwrap());
        played.flatten().collect::<Vec<_>>()
    });
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
}
