//! From the text of `checks.yaml` to a [`Config`], or to all its errors.
//! Owns the order of the steps and the words for broken YAML.

use crate::config::{
    check,
    context::{Context, Node},
    diagnostic::{Diagnostic, Errors},
    expand::Variables,
    global,
    marks::Marks,
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
    let tree = yaml::load(source.body()).map_err(|error| broken(source, &error))?;
    if matches!(tree, Yaml::Null) {
        return Err(empty(source));
    }
    let context = Context::new(vars);
    let root = Node {
        context: &context,
        yaml: &tree,
        path: Vec::new(),
        key: "checks.yaml",
    };
    let config = Section::open(&root, &ROOT).map(|root| {
        let (global, inherited) = global::read(&root.section("global"));
        let checks = check::read(&root, &inherited);
        Config { global, checks }
    });
    let warnings = context.finish(source)?;
    config
        .map(|config| Parsed { config, warnings })
        .ok_or_else(|| empty(source))
}

fn empty(source: Source<'_>) -> Errors {
    let error = Diagnostic::at(source.file, "", (1, 1, 1), "the file is empty".to_owned());
    Errors::one(error.with_note("it needs at least the key `checks`".to_owned()))
}

/// The words of the YAML parser, with the place where it has one.
fn broken(source: Source<'_>, error: &serde_yaml::Error) -> Errors {
    let body = source.body();
    let said = error.to_string();
    if said.contains("EOF while parsing") {
        return empty(source);
    }
    let at = |place, message: &str| Diagnostic::at(source.file, body, place, message.to_owned());
    if said.contains("more than one document") {
        let place = Marks::of(body).second_document();
        let error = at(place, "the file holds more than one YAML document");
        return Errors::one(error.with_note("remove this `---` and what follows".to_owned()));
    }
    let place = error
        .location()
        .map_or((1, 1, 1), |at| (at.line(), at.column(), 1));
    if said.contains("repetition limit") || said.contains(yaml::TOO_LARGE) {
        return Errors::one(at((1, 1, 1), yaml::TOO_LARGE));
    }
    let line = body
        .lines()
        .nth(place.0.saturating_sub(1))
        .unwrap_or_default();
    let rest = line
        .chars()
        .skip(place.1.saturating_sub(1))
        .collect::<String>();
    let error = at(
        place,
        &format!("the YAML is broken: {}", without_place(&said)),
    );
    Errors::one(match rest.trim_start_matches(' ').starts_with('\t') {
        true => error.with_note("indent with blanks: YAML does not allow tabs there".to_owned()),
        false => error,
    })
}

/// The message without the first "at line 1 column 2", which stands in front of it already.
fn without_place(said: &str) -> String {
    let Some((before, rest)) = said.split_once(" at line ") else {
        return said.to_owned();
    };
    let digits = |c: char| c.is_ascii_digit();
    let rest = rest.trim_start_matches(digits);
    let rest = rest
        .strip_prefix(" column ")
        .unwrap_or(rest)
        .trim_start_matches(digits);
    format!("{before}{rest}")
}
