//! The grammar of scenario files, held by files: what `firedrill lint` says of each mistake, that it
//! accepts every word of the schema, and that no text whatever brings it down.
//!
//! `BLESS=1` rewrites the texts beside `scenario_files/bad/*.yaml`; read each as a newcomer would.

#![expect(clippy::unwrap_used, reason = "a test stops where it is")]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use serde_json::{Map, Value};

fn files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenario_files").join(folder);
    let paths = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<_> =
        paths.filter(|path| path.extension().is_some_and(|ending| ending == "yaml")).collect();
    found.sort();
    found
}

/// Runs firedrill in a folder, with nothing of this process's environment.
fn firedrill(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_firedrill"));
    command.env_clear().current_dir(folder).args(args).output().unwrap()
}

fn name(path: &Path) -> &str {
    path.file_name().unwrap().to_str().unwrap()
}

fn told(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    format!("{}{}", text(&output.stdout), text(&output.stderr))
}

#[test]
fn every_mistake_is_told_with_its_place_and_what_would_be_right() {
    let bad = files("bad");
    assert!(bad.len() >= 100, "only {} bad files are left", bad.len());
    let wrong: Vec<String> = bad.iter().filter_map(|path| differs(path)).collect();
    assert!(wrong.is_empty(), "{}\n(BLESS=1 rewrites the texts)", wrong.join("\n"));
}

fn differs(path: &Path) -> Option<String> {
    let output = firedrill(path.parent().unwrap(), &["lint", name(path)]);
    let got = told(&output);
    if output.status.code() != Some(3) {
        return Some(format!("{} is refused with {}, not 3:\n{got}", name(path), output.status));
    }
    let golden = path.with_extension("txt");
    if std::env::var_os("BLESS").is_some() {
        fs::write(&golden, &got).unwrap();
    }
    let wanted = fs::read_to_string(&golden).unwrap_or_default();
    (got != wanted).then(|| format!("--- {}, wanted:\n{wanted}--- got:\n{got}", name(path)))
}

#[test]
fn every_error_begins_with_file_line_and_column() {
    for path in files("bad") {
        let said = told(&firedrill(path.parent().unwrap(), &["lint", name(&path)]));
        let first = said.lines().next().unwrap();
        let mut parts = first.strip_prefix(name(&path)).unwrap().splitn(4, ':');
        assert_eq!(parts.next(), Some(""), "{first}");
        let numbers: Vec<usize> = parts.by_ref().take(2).map(|n| n.parse().unwrap()).collect();
        assert!(numbers.iter().all(|n| *n >= 1) && numbers.len() == 2, "{first}");
        assert!(parts.next().is_some_and(|text| text.starts_with(" error: ")), "{first}");
    }
}

#[test]
fn every_good_file_is_fine_without_a_word_besides() {
    for path in files("good") {
        let output = firedrill(path.parent().unwrap(), &["lint", name(&path)]);
        let told = told(&output);
        assert!(output.status.success(), "{}: {told}", name(&path));
        let counted = told.starts_with("1 scenarios, ") && told.trim_end().ends_with(": fine");
        assert!(counted && told.lines().count() == 1, "{}: {told}", name(&path));
    }
}

#[test]
fn a_matrix_and_seeds_multiply_into_cases() {
    for (file, cases) in [("every-top-key", 4), ("seeds-in-a-range", 50), ("seeds-in-a-list", 3)] {
        let folder = files("good")[0].parent().unwrap().to_owned();
        let output = firedrill(&folder, &["lint", &format!("{file}.yaml")]);
        assert_eq!(told(&output), format!("1 scenarios, {cases} cases: fine\n"));
    }
}

/// The schema as editors get it.
fn schema() -> Value {
    let output = firedrill(Path::new("/"), &["schema"]);
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).unwrap()
}

fn properties(schema: &Value) -> &Map<String, Value> {
    schema["properties"].as_object().unwrap()
}

/// All mappings that a schema of one value allows: itself, items, alternatives.
fn tables(schema: &Value) -> Vec<&Value> {
    let mut found: Vec<&Value> = Vec::new();
    if schema.get("properties").is_some() {
        found.push(schema);
    }
    if let Some(items) = schema.get("items") {
        found.extend(tables(items));
    }
    found.extend(schema["anyOf"].as_array().into_iter().flatten().flat_map(tables));
    found
}

/// `where.key` for every key of the schema; keys that all faults of the mock app share belong to
/// `fault`, those of one fault to it.
fn words_of_the_schema() -> BTreeSet<String> {
    let schema = schema();
    let mut words = BTreeSet::new();
    for (key, value) in properties(&schema) {
        words.insert(format!("scenario.{key}"));
        match key.as_str() {
            "timeline" => tables(value).into_iter().for_each(|step| steps(step, &mut words)),
            "expect" => {
                for (list, value) in properties(value) {
                    words.insert(format!("expect.{list}"));
                    let keys = tables(value).into_iter().flat_map(|table| properties(table).keys());
                    words.extend(keys.map(|key| format!("{list}.{key}")));
                }
            }
            _ => {}
        }
    }
    words
}

const SHARED: [&str; 12] =
    ["at", "id", "fault", "on", "for", "until", "p", "times", "skip", "every", "shape", "when"];

fn steps(step: &Value, words: &mut BTreeSet<String>) {
    let keys = properties(step);
    let kind = keys.get("fault").and_then(|fault| fault["const"].as_str());
    let verb = step["required"][1].as_str().unwrap();
    // What the mock app's faults take besides is held by their own examples.
    let is_own = kind.is_none_or(|kind| !app_faults().contains(&kind));
    for key in keys.keys().filter(|key| is_own || is_shared(key)) {
        words.insert(word_of(key, kind.unwrap_or(verb)));
    }
}

fn is_shared(key: &str) -> bool {
    SHARED.contains(&key) || matches!(key, "max_active" | "sticky" | "cured_by" | "worsened_by")
}

/// The faults of the watched machine whose names have no dot.
const OF_THE_MACHINE: [&str; 9] =
    ["unit", "systemctl", "sudo", "journalctl", "log", "process", "program", "host", "docker"];

fn word_of(key: &str, whose: &str) -> String {
    let is_fault =
        whose.contains('.') || app_faults().contains(&whose) || OF_THE_MACHINE.contains(&whose);
    match (is_shared(key), is_fault) {
        (true, true) => format!("fault.{key}"),
        _ => format!("{whose}.{key}"),
    }
}

fn app_faults() -> Vec<&'static str> {
    mockapp::catalogue().iter().map(|info| info.name).collect()
}

/// The same of a scenario that somebody wrote.
fn words_of_a_scenario(scenario: &Value, words: &mut BTreeSet<String>) {
    let entries = |value: &Value| value.as_object().cloned().unwrap_or_default();
    words.extend(entries(scenario).keys().map(|key| format!("scenario.{key}")));
    for step in scenario["timeline"].as_array().into_iter().flatten() {
        let verbs = ["toggle", "heal", "run_job", "kill", "restart", "pause", "edit"];
        let verb = verbs.into_iter().find(|verb| step.get(verb).is_some());
        let whose = step["fault"].as_str().or(verb).unwrap();
        words.extend(entries(step).keys().map(|key| word_of(key, whose)));
    }
    for (list, value) in entries(&scenario["expect"]) {
        words.insert(format!("expect.{list}"));
        let single = std::slice::from_ref(&value);
        for item in value.as_array().map_or(single, Vec::as_slice) {
            words.extend(entries(item).keys().map(|key| format!("{list}.{key}")));
        }
    }
}

#[test]
fn every_key_of_the_schema_stands_in_a_good_file() {
    let mut used = BTreeSet::new();
    for path in files("good") {
        let scenario = serde_yaml::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        words_of_a_scenario(&scenario, &mut used);
    }
    let words = words_of_the_schema();
    assert!(words.len() > 70, "the schema has been lost: {words:?}");
    let missing: Vec<_> = words.difference(&used).collect();
    assert!(missing.is_empty(), "no good file uses {missing:?}");
    let unknown: Vec<_> = used.difference(&words).filter(|word| !is_of_the_app(word)).collect();
    assert!(unknown.is_empty(), "the schema does not know {unknown:?}");
}

fn is_of_the_app(word: &str) -> bool {
    app_faults()
        .iter()
        .any(|fault| word.strip_prefix(fault).is_some_and(|rest| rest.starts_with('.')))
}

#[test]
fn the_example_of_every_fault_of_the_mock_app_is_a_step() {
    let folder = tempfile::tempdir().unwrap();
    copy_checks(folder.path());
    let mut steps = Vec::new();
    for (index, info) in mockapp::catalogue().iter().enumerate() {
        let mut step: Map<String, Value> = serde_json::from_str(info.example).unwrap();
        step.insert("at".to_owned(), format!("{}m", index * 20 + 1).into());
        steps.push(format!("  - {}\n", Value::Object(step)));
    }
    let text = format!("scenario: examples\nchecks: checks.yaml\ntimeline:\n{}", steps.concat());
    fs::write(folder.path().join("examples.yaml"), text).unwrap();
    let output = firedrill(folder.path(), &["lint", "examples.yaml"]);
    assert_eq!(told(&output), "1 scenarios, 1 cases: fine\n");
}

fn copy_checks(folder: &Path) {
    let checks = files("").into_iter().find(|path| name(path) == "checks.yaml").unwrap();
    fs::copy(checks, folder.join("checks.yaml")).unwrap();
}

/// A sequence that is the same in every run.
struct Draws(u64);

impl Draws {
    fn below(&mut self, limit: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit.max(1)
    }

    fn byte(&mut self) -> u8 {
        const MEAN: &[u8] = b"\x00\t\n -:,[]{}\"'#&*!|>%@`$~0\x7f\xc3\xff";
        MEAN[self.below(MEAN.len())]
    }

    fn range(&mut self, length: usize) -> std::ops::Range<usize> {
        let from = self.below(length);
        from..(from + 1 + self.below(6)).min(length)
    }

    /// One text made of another by deleting, doubling or replacing a few bytes or a line.
    fn mutated(&mut self, text: &[u8]) -> Vec<u8> {
        let mut bytes = text.to_vec();
        let mut lines: Vec<Vec<u8>> =
            text.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
        let (at, other) = (self.below(lines.len()), self.below(lines.len()));
        let range = self.range(bytes.len());
        match self.below(6) {
            0 => drop(bytes.drain(range)),
            1 => bytes.extend_from_within(range),
            2 => bytes[range].fill(self.byte()),
            3 => drop(lines.remove(at)),
            4 => lines.insert(at, lines[other].clone()),
            _ => lines.swap(at, other),
        }
        if bytes == text { lines.concat() } else { bytes }
    }
}

#[test]
fn no_mutilated_file_brings_lint_down() {
    const EACH: usize = 60;
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("all")).unwrap();
    copy_checks(folder.path());
    let mut draws = Draws(20_260_105);
    let mut names = Vec::new();
    for path in files("good") {
        let mut text = fs::read(&path).unwrap();
        for n in 0..EACH {
            // Every third grows out of the one before, so that mistakes come together.
            let next = draws.mutated(&text);
            let name = format!("{}-{n}.yaml", path.file_stem().unwrap().to_str().unwrap());
            fs::write(folder.path().join("all").join(&name), &next).unwrap();
            names.push(name);
            text = if n % 3 == 2 { fs::read(&path).unwrap() } else { next };
        }
    }
    assert!(names.len() >= 300, "{} mutations", names.len());
    let refused: usize =
        names.chunks(60).map(|chunk| refused(&folder.path().join("all"), chunk)).sum();
    assert!(refused > names.len() / 3, "only {refused} of {} were wrong", names.len());
    assert!(refused < names.len(), "all {refused} were wrong: nothing was read to its end");
}

/// How many files of a chunk lint refuses.
fn refused(folder: &Path, names: &[String]) -> usize {
    let mut args = vec!["lint"];
    args.extend(names.iter().map(String::as_str));
    let output = firedrill(folder, &args);
    let said = told(&output);
    assert!(matches!(output.status.code(), Some(0 | 3)), "{}: {said}", output.status);
    assert!(!said.contains("panicked"), "{said}");
    names.iter().filter(|name| said.contains(&format!("{name}:")) && said.contains("error")).count()
}
