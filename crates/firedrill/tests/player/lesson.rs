//! What a teacher knows of an exercise: what is wrong, and what helps. Read from its file.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

/// What is wrong, and the tool that ends it.
#[derive(Clone, Debug)]
pub(crate) struct Treatment {
    /// `component/fault`, as the form names a cause; several where one tool ends them all.
    pub(crate) causes: Vec<String>,
    pub(crate) tool: String,
}

/// An exercise and its solution.
#[derive(Clone, Debug)]
pub(crate) struct Lesson {
    pub(crate) path: PathBuf,
    pub(crate) title: String,
    /// How many times faster than real time it is written for.
    pub(crate) scale: u64,
    /// Whether a job in it may be late.
    pub(crate) has_a_deadline: bool,
    /// Nothing on a quiet day.
    pub(crate) treatments: Vec<Treatment>,
}

/// All exercises that ship.
pub(crate) fn shelf() -> Vec<Lesson> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/exercises");
    let files = fs::read_dir(folder.canonicalize().unwrap()).unwrap();
    let mut paths: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    paths.sort();
    paths.iter().filter_map(|path| Lesson::read(path)).collect()
}

impl Lesson {
    /// Nothing when the file is no exercise.
    fn read(path: &Path) -> Option<Self> {
        let yaml: Value = serde_yaml::from_str(&fs::read_to_string(path).unwrap()).unwrap();
        let exercise = yaml.get("exercise")?;
        let mut treatments: Vec<Treatment> = Vec::new();
        for (component, fault) in answers(&exercise["answer"]) {
            let (tool, cause) = (cure(exercise, &fault), format!("{component}/{fault}"));
            match treatments.iter_mut().find(|known| known.tool == tool) {
                Some(known) => known.causes.push(cause),
                None => treatments.push(Treatment { causes: vec![cause], tool }),
            }
        }
        let title = exercise["title"].as_str().unwrap().to_owned();
        let scale = yaml["live"]["scale"].as_u64().unwrap();
        let steps = yaml["timeline"].as_array().unwrap();
        let has_a_deadline = steps.iter().any(|step| step["fault"] == "job");
        Some(Self { path: path.to_owned(), title, scale, has_a_deadline, treatments })
    }

    pub(crate) fn name(&self) -> String {
        self.path.file_stem().unwrap().to_string_lossy().into_owned()
    }

    pub(crate) fn is_quiet(&self) -> bool {
        self.treatments.is_empty()
    }

    pub(crate) fn causes(&self) -> impl Iterator<Item = &String> {
        self.treatments.iter().flat_map(|treatment| &treatment.causes)
    }

    /// Whether it takes longer than others: it is sat through, or a deadline in it has to slip.
    pub(crate) fn is_long(&self) -> bool {
        self.is_quiet() || self.has_a_deadline
    }
}

/// Components and faults.
fn answers(answer: &Value) -> Vec<(String, String)> {
    let word = |of: &Value, key: &str| of[key].as_str().unwrap().to_owned();
    let pair = |of: &Value| (word(of, "component"), word(of, "fault"));
    match answer {
        Value::Array(all) => all.iter().map(pair).collect(),
        Value::Object(_) => vec![pair(answer)],
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    }
}

/// The tool that ends a fault: the first on the page of those that the exercise names, else the
/// usual one of the mock app's catalogue.
fn cure(exercise: &Value, fault: &str) -> String {
    let tool = match exercise["operator_actions"].as_object() {
        Some(named) => {
            let helps = |tool: &&str| named.get(*tool).is_some_and(|effect| effect == "helps");
            mockapp::ops().into_iter().map(|tool| tool.name).find(helps)
        }
        None => {
            let known = mockapp::catalogue().into_iter().find(|info| info.name == fault);
            known.and_then(|info| info.cured_by.first().copied())
        }
    };
    tool.unwrap_or_else(|| panic!("nothing ends {fault}")).to_owned()
}
