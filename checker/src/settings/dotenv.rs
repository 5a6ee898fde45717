//! Reads the text of a `.env` file into a map. Never touches the process environment.
//! Every error names the file and the line, and never quotes a value: it may be a password.

use std::{
    cell::Cell,
    collections::BTreeMap,
    io::{self, Read},
    rc::Rc,
};

use super::SettingsError;

/// The variables of the file; the last of two lines for one name wins.
///
/// # Errors
/// Names the first line that does not parse, or that would lose a part of its value.
pub(super) fn parse(file: &str, text: &str) -> Result<BTreeMap<String, String>, SettingsError> {
    let text = text.trim_start_matches('\u{feff}');
    let fed = Rc::new(Cell::new(0));
    let feeder = LineFeeder { rest: text.as_bytes(), fed: Rc::clone(&fed), ended: false };
    let mut vars = BTreeMap::new();
    for item in dotenvy::from_read_iter(feeder) {
        let (name, value) = item.map_err(|error| unreadable(file, text, fed.get(), &error))?;
        vars.insert(name, value);
    }
    lost_dollars(file, text)?;
    Ok(vars)
}

/// Hands out a text line by line, one line a call, so that the parser's place in it is known.
/// The last line gets its line feed when it has none: dotenvy wants one after trailing blanks.
struct LineFeeder<'a> {
    rest: &'a [u8],
    fed: Rc<Cell<usize>>,
    ended: bool,
}

impl Read for LineFeeder<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.rest.is_empty() && !self.ended {
            self.rest = b"\n";
        }
        let line =
            self.rest.iter().position(|byte| *byte == b'\n').map_or(self.rest.len(), |at| at + 1);
        let taken = line.min(buffer.len());
        buffer[..taken].copy_from_slice(&self.rest[..taken]);
        let whole = self.rest[..taken].ends_with(b"\n");
        self.rest = &self.rest[taken..];
        self.ended = whole && self.rest.is_empty();
        self.fed.set(self.fed.get() + usize::from(whole));
        Ok(taken)
    }
}

fn unreadable(file: &str, text: &str, fed: usize, error: &dotenvy::Error) -> SettingsError {
    let dotenvy::Error::LineParse(unparsed, _) = error else {
        return SettingsError::one(format!("{file}: {error}"));
    };
    let inner = unparsed.trim_end_matches('\n').matches('\n').count();
    let number = fed.saturating_sub(inner).clamp(1, text.lines().count().max(1));
    let line = text.lines().nth(number - 1).unwrap_or_default();
    SettingsError::one(format!("{file}:{number}: {}", cause(line)))
}

fn cause(line: &str) -> String {
    match assignment(line) {
        Some((name, value)) if value.starts_with(['"', '\'']) => {
            format!(
                "the value of {name} does not end where its quotes end, or they are never closed"
            )
        }
        Some((name, _)) => format!(
            "the value of {name} does not parse; put a value with spaces, `#`, `$`, quotes or \
             backslashes (a Gmail app password, say) in single quotes: {name}='…'"
        ),
        None => "this line is not of the form NAME=value; comments begin with `#`".to_owned(),
    }
}

fn assignment(line: &str) -> Option<(&str, &str)> {
    let line = line.trim_start();
    let (name, value) = line.strip_prefix("export ").unwrap_or(line).split_once('=')?;
    let name = name.trim();
    let letter = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
    (!name.is_empty() && name.chars().all(letter)).then_some((name, value.trim_start()))
}

/// dotenvy replaces `$name` by the variable of that name, and by nothing when there is none: a
/// password with a dollar would lose its end without a word.
fn lost_dollars(file: &str, text: &str) -> Result<(), SettingsError> {
    let mut known: Vec<&str> = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let Some((name, value)) = assignment(line) else {
            continue;
        };
        let exists = |wanted: &str| known.contains(&wanted) || std::env::var_os(wanted).is_some();
        if substitutions(value).iter().any(|wanted| wanted.is_empty() || !exists(wanted)) {
            return Err(SettingsError::one(format!(
                "{file}:{number}: a `$` in the value of {name} names no variable and would be lost; \
                 put the value in single quotes: {name}='…'"
            )));
        }
        known.push(name);
    }
    Ok(())
}

/// The names behind the dollars of a value that dotenvy would replace.
fn substitutions(value: &str) -> Vec<&str> {
    let (mut names, mut strong, mut weak, mut escaped) = (Vec::new(), false, false, false);
    for (at, c) in value.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\'' if !weak => strong = !strong,
            _ if strong => {}
            '\\' => escaped = true,
            '"' => weak = !weak,
            ' ' | '\t' if !weak => break,
            '$' => names.push(name_after_dollar(&value[at + 1..])),
            _ => {}
        }
    }
    names
}

fn name_after_dollar(rest: &str) -> &str {
    match rest.strip_prefix('{') {
        Some(block) => block.split('}').next().unwrap_or_default(),
        None => rest.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default(),
    }
}
