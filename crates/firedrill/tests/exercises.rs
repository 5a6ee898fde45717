//! The exercises that ship: there are enough of every level, each is told as a story that keeps its
//! secret, and the operator's tools do to its faults what it says, on the real mock app.

#![expect(clippy::unwrap_used, reason = "a test stops where it is")]
#![expect(clippy::wildcard_enum_match_arm, reason = "whatever else a value is")]

use std::{collections::BTreeMap, path::Path, time::Duration};

use mockapp::{Clock, MockApp, Options, catalogue};
use serde_json::{Map, Value, json};

/// The faults of the mail server belong to the checker's world: no tool of the application helps.
const ELSEWHERE: &str = "mail.";

fn exercises() -> BTreeMap<String, Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/exercises");
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let value: Value = serde_yaml::from_str(&text).unwrap();
        if value.get("scenario").is_some() {
            found.insert(path.file_stem().unwrap().to_str().unwrap().to_owned(), value);
        }
    }
    found
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

/// What may be answered, as component and fault.
fn answers(exercise: &Value) -> Vec<(String, String)> {
    let pair = |one: &Value| (text(&one["component"]).to_owned(), text(&one["fault"]).to_owned());
    match &exercise["exercise"]["answer"] {
        Value::Array(all) => all.iter().map(pair).collect(),
        one @ Value::Object(_) => vec![pair(one)],
        nothing => {
            assert_eq!(nothing, "nothing");
            Vec::new()
        }
    }
}

/// The faults of the mock app that its timeline begins.
fn faults(exercise: &Value) -> Vec<Map<String, Value>> {
    let steps = exercise["timeline"].as_array().unwrap().iter().filter_map(Value::as_object);
    let faults = steps
        .filter(|step| step.get("fault").is_some_and(|kind| !text(kind).starts_with(ELSEWHERE)));
    faults.cloned().collect()
}

#[test]
fn there_are_enough_exercises_of_every_level_and_a_quiet_one_in_each() {
    let all = exercises();
    for level in 1..=3 {
        let of: Vec<_> =
            all.values().filter(|exercise| exercise["exercise"]["level"] == level).collect();
        let quiet = of.iter().filter(|exercise| answers(exercise).is_empty()).count();
        assert!(of.len() > 4, "level {level} has {} exercises", of.len());
        assert!(quiet >= 1, "level {level} has no quiet one");
    }
}

#[test]
fn every_exercise_is_told_as_a_story_with_three_hints_that_name_no_fault() {
    let kinds: Vec<&str> = catalogue().iter().map(|info| info.name).collect();
    for (name, exercise) in exercises() {
        let block = &exercise["exercise"];
        let hints = block["hints"].as_array().unwrap();
        assert_eq!(hints.len(), 3, "{name}");
        let story = text(&block["story"]);
        assert!(story.len() > 120, "{name}: {story}");
        for said in std::iter::once(story).chain(hints.iter().map(text)) {
            let named = kinds.iter().find(|kind| kind.contains('.') && said.contains(**kind));
            assert_eq!(named, None, "{name}: {said}");
        }
    }
}

#[test]
fn every_answer_is_the_part_that_the_catalogue_blames_for_the_fault() {
    for (name, exercise) in exercises() {
        for (component, fault) in answers(&exercise) {
            let info = catalogue().into_iter().find(|info| info.name == fault).unwrap();
            assert_eq!(info.component, component, "{name}: {fault}");
        }
    }
}

/// What a tool is said to do, by its name; nothing when the catalogue's own rules hold.
fn tools(exercise: &Value) -> BTreeMap<String, String> {
    let written = exercise["exercise"].get("operator_actions").and_then(Value::as_object);
    let known: Vec<&str> = mockapp::ops().iter().map(|tool| tool.name).collect();
    let mut found = BTreeMap::new();
    for (tool, effect) in written.into_iter().flatten() {
        assert!(known.contains(&tool.as_str()), "there is no tool {tool}");
        found.insert(tool.clone(), text(effect).to_owned());
    }
    found
}

/// The mock app with an exercise's faults, as a live exercise begins them.
fn broken(exercise: &Value) -> MockApp {
    let app = MockApp::new(Options::default(), Clock::starting_at(jiff::Timestamp::UNIX_EPOCH));
    let tools = tools(exercise);
    let doing = |effect: &str| -> Vec<String> {
        tools.iter().filter(|(_, does)| *does == effect).map(|(tool, _)| tool.clone()).collect()
    };
    for mut step in faults(exercise) {
        step.remove("at");
        if !tools.is_empty() {
            step.entry("cured_by").or_insert(json!(doing("helps")));
            step.entry("worsened_by").or_insert(json!(doing("harms")));
        }
        app.inject(step).unwrap();
    }
    app
}

/// The kinds of the faults that a tool has ended once it is done.
async fn ended_by(app: &MockApp, tool: &str) -> Vec<String> {
    app.operate(tool, "tester").unwrap();
    tokio::time::sleep(Duration::from_secs(61)).await;
    let operations = app.operations();
    assert_eq!(operations.len(), 1, "{operations:?}");
    let over = app.faults().into_iter().filter(|fault| fault.ended_at.is_some());
    over.map(|fault| fault.fault).collect()
}

#[tokio::test(start_paused = true)]
async fn a_tool_that_helps_ends_the_faults_and_one_that_does_not_ends_none() {
    for (name, exercise) in exercises() {
        for (tool, effect) in tools(&exercise) {
            let ended = ended_by(&broken(&exercise), &tool).await;
            for (_, fault) in answers(&exercise) {
                assert_eq!(ended.contains(&fault), effect == "helps", "{name}: {tool} and {fault}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn every_fault_that_is_an_answer_can_be_ended_by_some_tool() {
    for (name, exercise) in exercises() {
        for (_, fault) in answers(&exercise) {
            let mut helps = false;
            for tool in mockapp::ops() {
                helps = helps || ended_by(&broken(&exercise), tool.name).await.contains(&fault);
            }
            assert!(helps, "{name}: nothing ends {fault}");
        }
    }
}
