//! From the text of `checks.yaml` to a [`Config`], or to all its errors.
//! Owns the order of the steps and the words for broken YAML.

use crate::config::{
    check,
    context::{Context, Node},
    diagnostic::{Diagnostic, Errors},
    expand::Variables,
    global,
    marks::{Marks, Part, Place},
    nodes,
    section::Section,
    source::Source,
    tables::ROOT,
    types::Config,
    yaml::{self, Yaml},
};

/// A configuration and what is odd about it.
#[derive(Clone, Debug)]
pub struct Parsed {
    /// The configuration.
    pub config: Config,
    /// What is probably not meant; by position.
    pub warnings: Vec<Diagnostic>,
}

/// Reads a whole `checks.yaml`. `vars` gives the values of `{NAME}`; set but empty is unset.
///
/// # Errors
/// All errors of the file, by position.
pub fn parse(source: Source<'_>, vars: Variables<'_>) -> Result<Parsed, Errors> {
    let tree = tree(source)?;
    if matches!(tree, Yaml::Null) {
        return Err(empty(source));
    }
    if !matches!(tree, Yaml::Map(_)) {
        return Err(no_mapping(source, &tree));
    }
    let context = Context::new(vars);
    let root = Node {
        context: &context,
        yaml: &tree,
        path: Vec::new(),
        key: "checks.yaml",
        is_item: false,
    };
    let config = Section::open(&root, &ROOT).map(|root| {
        let (global, inherited) = global::read(&root.section("global"));
        let checks = check::read(&root, &inherited);
        Config { global, checks, nodes: nodes::read(&root), services: root.has("services") }
    });
    let warnings = context.finish(source)?;
    config.map(|config| Parsed { config, warnings }).ok_or_else(|| empty(source))
}

/// The one document of a file as a tree of plain values, for readers of other grammars.
///
/// # Errors
/// What is wrong with the YAML itself, with its place.
pub fn tree(source: Source<'_>) -> Result<Yaml, Errors> {
    yaml::load(source.body()).map_err(|error| broken(source, &error))
}

fn empty(source: Source<'_>) -> Errors {
    let error = Diagnostic::at(source.file, "", (1, 1, 1), "the file is empty".to_owned());
    Errors::one(error.with_note("it needs at least the key `checks`".to_owned()))
}

fn no_mapping(source: Source<'_>, tree: &Yaml) -> Errors {
    let body = source.body();
    let place = Marks::of(body).place(&[], Part::Value);
    let message = "the file must be a mapping with the keys `global` and `checks`".to_owned();
    let error = Diagnostic::at(source.file, body, place, message);
    Errors::one(Diagnostic { label: Some(tree.describe().to_owned()), ..error })
}

/// The words of the YAML parser, with the place where it has one.
fn broken(source: Source<'_>, error: &serde_yaml::Error) -> Errors {
    let body = source.body();
    let said = error.to_string();
    let at = |place, message: &str| Diagnostic::at(source.file, body, place, message.to_owned());
    let error = if said.contains("EOF while parsing") {
        return empty(source);
    } else if said.contains("more than one document") {
        at(Marks::of(body).second_document(), "the file holds more than one YAML document")
            .with_note("remove this `---` and what follows".to_owned())
    } else if said.contains("repetition limit") || said.contains(yaml::TOO_LARGE) {
        at((1, 1, 1), yaml::TOO_LARGE)
    } else if said.contains("recursion limit") {
        at(place(error), "the YAML nests too deeply, or an alias holds itself")
    } else if said.contains("control characters") {
        at(control_character(body), "the YAML is broken: control characters are not allowed")
    } else {
        syntax(source, error, &said)
    };
    Errors::one(error)
}

fn place(error: &serde_yaml::Error) -> Place {
    error.location().map_or((1, 1, 1), |at| (at.line(), at.column(), 1))
}

fn control_character(body: &str) -> Place {
    let bad = |c: char| c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{85}');
    let before = body.split(bad).next().unwrap_or_default();
    let line = before.rsplit('\n').next().unwrap_or_default();
    (before.matches('\n').count() + 1, line.chars().count() + 1, 1)
}

fn syntax(source: Source<'_>, error: &serde_yaml::Error, said: &str) -> Diagnostic {
    let body = source.body();
    let line = |place: Place| body.lines().nth(place.0.saturating_sub(1)).unwrap_or_default();
    let (said, own) = cut_place(said);
    let mut place = place(error);
    let mut message = format!("the YAML is broken: {said}");
    // What is never closed is missed at the end only; where it was opened says more.
    if line(place).trim().is_empty()
        && own.is_some()
        && let (shorter, Some(opened)) = cut_place(&message)
    {
        (message, place) = (shorter, opened);
    }
    let rest: String = line(place).chars().skip(place.1.saturating_sub(1)).collect();
    let error = Diagnostic::at(source.file, body, place, message);
    if rest.trim_start_matches(' ').starts_with('\t') {
        return error.with_note("indent with blanks: YAML does not allow tabs there".to_owned());
    }
    error
}

/// The text without its first "at line 1 column 2", and that place.
fn cut_place(said: &str) -> (String, Option<Place>) {
    let none = || (said.to_owned(), None);
    let Some((before, rest)) = said.split_once(" at line ") else {
        return none();
    };
    let Some((line, rest)) = rest.split_once(" column ") else {
        return none();
    };
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    match (line.parse(), rest[..end].parse()) {
        (Ok(line), Ok(column)) => (format!("{before}{}", &rest[end..]), Some((line, column, 1))),
        _ => none(),
    }
}
