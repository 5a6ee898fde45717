//! Collects what is wrong while the tree is read, and gives it its place afterwards.
//! Reading goes on after every finding, so that all of them are told at once.

use std::{cell::RefCell, fmt};

use crate::config::{
    diagnostic::{Diagnostic, Errors, Level},
    expand::Variables,
    marks::{Marks, Part},
    source::Source,
    yaml::{Path, Yaml},
};

/// What all readers share.
pub struct Context<'a> {
    pub vars: Variables<'a>,
    problems: RefCell<Vec<Problem>>,
}

/// A finding whose place is known as a path only.
#[derive(Clone, Debug)]
pub struct Problem {
    level: Level,
    path: Path,
    part: Part,
    message: String,
    label: Option<String>,
    help: Vec<String>,
    /// Another place that belongs to it: what stands there and where that is.
    related: Option<(&'static str, Path)>,
}

impl Problem {
    pub fn new(path: &[usize], part: Part, message: impl Into<String>) -> Self {
        let (level, path, message) = (Level::Error, path.to_vec(), message.into());
        Self { level, path, part, message, label: None, help: Vec::new(), related: None }
    }

    pub fn warning(mut self) -> Self {
        self.level = Level::Warning;
        self
    }

    /// A few words beside the caret.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// A line of help.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }

    pub fn related(mut self, what: &'static str, path: &[usize]) -> Self {
        self.related = Some((what, path.to_vec()));
        self
    }

    fn locate(self, file: &str, lines: &[&str], marks: &Marks) -> Diagnostic {
        let place = marks.place(&self.path, self.part);
        let line = lines.get(place.0.saturating_sub(1)).copied().unwrap_or_default();
        let mut found = Diagnostic::in_line(file, line, place, self.message);
        if let Some((what, path)) = self.related {
            let (line, ..) = marks.place(&path, Part::Value);
            found.help.push(format!("{what} in line {line}"));
        }
        found.help.extend(self.help);
        Diagnostic { level: self.level, label: self.label, ..found }
    }
}

impl fmt::Debug for Context<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Context({} problems)", self.problems.borrow().len())
    }
}

impl<'a> Context<'a> {
    pub fn new(vars: Variables<'a>) -> Self {
        Self { vars, problems: RefCell::default() }
    }

    pub fn report(&self, problem: Problem) {
        self.problems.borrow_mut().push(problem);
    }

    /// All findings with their places: the warnings, or the errors when there is one.
    pub fn finish(self, source: Source<'_>) -> Result<Vec<Diagnostic>, Errors> {
        let problems = self.problems.into_inner();
        if problems.is_empty() {
            return Ok(Vec::new());
        }
        let marks = Marks::of(source.body());
        let lines: Vec<_> = source.body().lines().collect();
        let locate = |problem: Problem| problem.locate(source.file, &lines, &marks);
        let mut found: Vec<_> = problems.into_iter().map(locate).collect();
        found.sort_by_key(|one| (one.line, one.column));
        found.dedup();
        let (errors, warnings): (Vec<_>, Vec<_>) =
            found.into_iter().partition(|one| one.level == Level::Error);
        if errors.is_empty() { Ok(warnings) } else { Err(Errors(errors)) }
    }
}

/// A value of the tree, with the way to it and the key it belongs to.
#[derive(Clone, Debug)]
pub struct Node<'a> {
    pub context: &'a Context<'a>,
    pub yaml: &'a Yaml,
    pub path: Path,
    pub key: &'a str,
    /// Whether it is an entry of the list behind the key.
    pub is_item: bool,
}

impl<'a> Node<'a> {
    /// An item of the list that this node is.
    pub fn item(&self, index: usize, yaml: &'a Yaml) -> Self {
        Self { yaml, path: self.below(&[index]), is_item: true, ..self.clone() }
    }

    /// The way to a descendant.
    pub fn below(&self, steps: &[usize]) -> Path {
        self.path.iter().chain(steps).copied().collect()
    }

    /// The text as it stands in the file, without the values of variables.
    pub fn written(&self) -> &'a str {
        self.yaml.as_text().unwrap_or_default()
    }

    /// A finding about this value.
    pub fn problem(&self, message: impl Into<String>) -> Problem {
        Problem::new(&self.path, Part::Value, message)
    }

    /// Reports an error about this value; for the end of a reader that yields nothing.
    pub fn refuse<T>(&self, problem: Problem) -> Option<T> {
        self.context.report(problem);
        None
    }

    /// Reports that the value is not of the wanted kind.
    pub fn wrong<T>(&self, expected: &str) -> Option<T> {
        self.refuse(self.mismatch(expected))
    }

    pub fn mismatch(&self, expected: &str) -> Problem {
        let subject = if self.is_item { "every entry of " } else { "" };
        let nothing = if matches!(self.yaml, Yaml::Null) { "has no value; it " } else { "" };
        let message = format!("{subject}`{}` {nothing}must be {expected}", self.key);
        self.problem(message).label(self.yaml.describe())
    }
}

/// The word of `known` that was probably meant.
pub fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let lower = word.to_lowercase();
    let near = |other: &&str| strsim::damerau_levenshtein(&lower, &other.to_lowercase());
    let best = known.into_iter().min_by_key(near)?;
    let limit = (best.chars().count() / 3).min(4);
    (near(&best) <= limit).then_some(best)
}

/// The same as a label: "did you mean `word`?".
pub fn did_you_mean<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<String> {
    nearest(word, known).map(|word| format!("did you mean `{word}`?"))
}
