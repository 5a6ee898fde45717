//! The rules of the house, as tests: sizes, headers, and what the engine must not depend on.

#![expect(clippy::unwrap_used, reason = "a test stops where it is")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

const FUNCTION_CAP: usize = 70;
const FILE_CAP: usize = 600;
const MAIN_CAP: usize = 40;
const MEDIAN_CAP: usize = 9;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// All Rust files of the workspace with their text.
fn sources() -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for folder in ["mockapp", "checker", "dashboard", "crates"] {
        collect(&root().join(folder), &mut found);
    }
    found.sort();
    assert!(found.len() > 50, "the search has lost its way: {} files", found.len());
    found
}

fn collect(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && path.file_name().is_some_and(|name| name != "target") {
            collect(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            found.push((path.strip_prefix(root()).unwrap().to_owned(), text));
        }
    }
}

/// Name, first line and length of every function, by the indentation that rustfmt gives it.
fn functions(text: &str) -> Vec<(String, usize, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let code = line.trim_start();
        let words = ["pub ", "pub(crate) ", "pub(super) ", "const ", "async ", "default "];
        let mut rest = code;
        while let Some(after) = words.iter().find_map(|word| rest.strip_prefix(word)) {
            rest = after;
        }
        let Some(name) = rest.strip_prefix("fn ") else {
            continue;
        };
        let name = name.split(['(', '<']).next().unwrap_or_default().to_owned();
        if line.ends_with('}') {
            found.push((name, at + 1, 1));
            continue;
        }
        let close = format!("{}}}", " ".repeat(line.len() - code.len()));
        let end = lines[at..].iter().position(|line| *line == close);
        let ends_early = lines[at..].iter().position(|line| line.ends_with(';'));
        let declared = ends_early < lines[at..].iter().position(|line| line.ends_with('{'));
        if let (Some(end), false) = (end, declared) {
            found.push((name, at + 1, end + 1));
        }
    }
    found
}

#[test]
fn no_function_is_longer_than_seventy_lines() {
    let long: Vec<_> = sources()
        .iter()
        .flat_map(|(path, text)| {
            functions(text)
                .into_iter()
                .filter(|(_, _, length)| *length > FUNCTION_CAP)
                .map(|(name, line, length)| format!("{}:{line} {name}: {length}", path.display()))
                .collect::<Vec<_>>()
        })
        .collect();
    assert!(long.is_empty(), "these need to be split:\n{}", long.join("\n"));
}

#[test]
fn half_of_all_functions_fit_in_nine_lines() {
    let outside_tests = |path: &Path| !path.components().any(|part| part.as_os_str() == "tests");
    let mut lengths: Vec<usize> = sources()
        .iter()
        .filter(|(path, _)| outside_tests(path))
        .flat_map(|(_, text)| functions(text).into_iter().map(|(_, _, length)| length))
        .collect();
    lengths.sort_unstable();
    let median = lengths[lengths.len() / 2];
    assert!(median <= MEDIAN_CAP, "the median of {} functions is {median}", lengths.len());
}

#[test]
fn no_file_is_longer_than_its_cap() {
    let cap = |path: &Path| {
        if path.ends_with("main.rs") { MAIN_CAP } else { FILE_CAP }
    };
    let long: Vec<_> = sources()
        .iter()
        .filter(|(path, text)| text.lines().count() > cap(path))
        .map(|(path, text)| format!("{}: {}", path.display(), text.lines().count()))
        .collect();
    assert!(long.is_empty(), "these have become two rooms:\n{}", long.join("\n"));
}

#[test]
fn every_module_says_what_it_owns() {
    let silent: Vec<_> = sources()
        .iter()
        .filter(|(_, text)| !text.starts_with("//!"))
        .map(|(path, _)| path.display().to_string())
        .collect();
    assert!(silent.is_empty(), "these begin without `//!`:\n{}", silent.join("\n"));
}

#[test]
fn the_engine_depends_on_no_runtime_network_clock_or_randomness() {
    let tree = Command::new(env!("CARGO"))
        .args(["tree", "-p", "engine", "--edges", "normal", "--prefix", "none", "--offline"])
        .current_dir(root())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&tree.stdout);
    assert!(text.contains("jiff"), "{}", String::from_utf8_lossy(&tree.stderr));
    let forbidden = ["tokio", "hyper", "rand", "getrandom", "mio", "socket2", "chrono", "tempfile"];
    let found: Vec<_> = text
        .lines()
        .filter(|line| forbidden.iter().any(|name| line.split(' ').next() == Some(name)))
        .collect();
    assert!(found.is_empty(), "the engine must not depend on {found:?}");
}

#[test]
fn the_engine_touches_no_files_clock_environment_or_threads() {
    let words = ["std::fs", "std::net", "std::env", "std::thread", "SystemTime", "Instant::now"];
    let guilty: Vec<_> = sources()
        .iter()
        .filter(|(path, _)| path.starts_with("crates/engine/src"))
        .flat_map(|(path, text)| {
            let found = words.iter().filter(|word| text.contains(**word));
            found.map(|word| format!("{} uses {word}", path.display())).collect::<Vec<_>>()
        })
        .collect();
    assert!(guilty.is_empty(), "{}", guilty.join("\n"));
}

#[test]
fn clocks_are_read_in_clock_files_only_and_no_select_is_random() {
    for (path, text) in sources() {
        let test = path.components().any(|part| part.as_os_str() == "tests");
        if !test && !path.ends_with("clock.rs") {
            for word in ["SystemTime::now", "jiff::Timestamp::now", "std::time::Instant::now"] {
                assert!(!text.contains(word), "{} uses {word}", path.display());
            }
        }
        let mut rest = text.as_str();
        while let Some(at) = rest.find("tokio::select! {").filter(|_| !path.ends_with("tidy.rs")) {
            rest = &rest[at + "tokio::select! {".len()..];
            let first = rest.trim_start();
            assert!(first.starts_with("biased;"), "{}: a select without biased", path.display());
        }
    }
}

#[test]
fn dependencies_point_down_only() {
    let allowed: [(&str, &[&str]); 6] = [
        ("crates/engine", &[]),
        ("mockapp", &[]),
        ("crates/store", &["engine"]),
        ("checker", &["engine", "store"]),
        ("dashboard", &["engine", "store"]),
        ("crates/firedrill", &["checker", "dashboard", "engine", "mockapp", "store"]),
    ];
    let ours = ["checker", "dashboard", "engine", "firedrill", "mockapp", "store"];
    for (folder, down) in allowed {
        let manifest = fs::read_to_string(root().join(folder).join("Cargo.toml")).unwrap();
        for name in ours.iter().filter(|name| !down.contains(name)) {
            let line = format!("{name}.workspace");
            assert!(!manifest.contains(&line), "{folder} must not depend on {name}");
        }
    }
}

fn readme() -> String {
    fs::read_to_string(root().join("README.md")).unwrap()
}

/// The names of all properties in a JSON Schema.
fn properties(schema: &serde_json::Value, found: &mut Vec<String>) {
    if let Some(own) = schema.get("properties").and_then(|own| own.as_object()) {
        found.extend(own.keys().cloned());
    }
    let inner = schema.as_object().into_iter().flat_map(|map| map.values());
    let listed = schema.as_array().into_iter().flatten();
    inner.chain(listed).for_each(|value| properties(value, found));
}

#[test]
fn the_readme_names_every_key_of_the_configuration() {
    let mut keys = Vec::new();
    properties(&engine::config::json_schema(), &mut keys);
    keys.sort();
    keys.dedup();
    assert!(keys.len() > 40, "the schema has lost its keys: {keys:?}");
    let readme = readme();
    let missing: Vec<_> = keys.iter().filter(|key| !readme.contains(key.as_str())).collect();
    assert!(missing.is_empty(), "README.md says nothing of {missing:?}");
}

#[test]
fn the_readme_names_every_fault_of_the_mock_app() {
    let catalogue = mockapp::catalogue();
    assert!(catalogue.len() > 40, "the catalogue has lost its faults: {}", catalogue.len());
    let names = catalogue.iter().map(|info| info.name);
    let readme = readme();
    let missing: Vec<_> = names.filter(|name| !readme.contains(&format!("`{name}`"))).collect();
    assert!(missing.is_empty(), "README.md says nothing of {missing:?}");
}
