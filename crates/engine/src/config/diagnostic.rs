//! What is wrong with a configuration and where, for people.
//! Owns the text form: place, message, the line with a caret, and what would be right.

use std::fmt;

use crate::config::marks::Place;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// The configuration is refused.
    Error,
    /// The configuration is used, but probably not as meant.
    Warning,
}

/// One finding. Lines and columns count from 1, columns in characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub level: Level,
    /// The file as it was named.
    pub file: String,
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
    /// How many characters are meant, at least 1.
    pub width: usize,
    /// What is wrong, on one line.
    pub message: String,
    /// The line as it stands in the file; empty when there is none.
    pub source_line: String,
    /// A few words beside the caret.
    pub label: Option<String>,
    /// What would be right.
    pub help: Vec<String>,
}

impl Diagnostic {
    /// An error at line, column and width of a text.
    pub fn at(file: &str, text: &str, place: Place, message: String) -> Self {
        let source_line = text.lines().nth(place.0.saturating_sub(1)).unwrap_or_default();
        Self::in_line(file, source_line, place, message)
    }

    /// The same when the line has been looked up.
    pub(super) fn in_line(
        file: &str,
        source_line: &str,
        (line, column, width): Place,
        message: String,
    ) -> Self {
        let rest = source_line.chars().count().saturating_sub(column.saturating_sub(1));
        let (width, source_line) = (width.clamp(1, rest.max(1)), source_line.to_owned());
        let (file, level, label, help) = (file.to_owned(), Level::Error, None, Vec::new());
        Self { level, file, line, column, width, message, source_line, label, help }
    }

    pub fn with_note(mut self, note: String) -> Self {
        self.help.push(note);
        self
    }

    /// The headline, with the fix when it is a word to use instead.
    fn in_short(&self) -> String {
        let fix = self.label.as_deref().filter(|label| label.starts_with("did you mean"));
        fix.map_or_else(|| self.headline(), |fix| format!("{}, {fix}", self.headline()))
    }

    /// Place and message on one line. It never quotes the line of the file, so it may be shown
    /// where secrets must not stand.
    #[must_use]
    pub fn headline(&self) -> String {
        let Self { file, line, column, message, .. } = self;
        let level = match self.level {
            Level::Error => "error",
            Level::Warning => "warning",
        };
        printable(&format!("{file}:{line}:{column}: {level}: {message}"))
    }

    fn write(&self, f: &mut fmt::Formatter<'_>, help: &[String]) -> fmt::Result {
        f.write_str(&self.headline())?;
        if !self.source_line.trim().is_empty() {
            self.write_line(f)?;
        } else if let Some(label) = &self.label {
            write!(f, "\n      = {}", printable(label))?;
        }
        help.iter().try_for_each(|note| write!(f, "\n      = {note}"))
    }

    /// The line itself, cut when it is very long, and the caret below it.
    fn write_line(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let before = self.column.saturating_sub(1);
        let skip = if before + self.width > LONGEST { before.saturating_sub(20) } else { 0 };
        let shown: String = printable(&self.source_line).chars().skip(skip).take(LONGEST).collect();
        let pad: String = shown.chars().take(before - skip).map(blank).collect();
        let dots = if skip > 0 { "…" } else { "" };
        let caret = "^".repeat(self.width.min(LONGEST));
        let label =
            self.label.as_deref().map(|label| format!(" {}", printable(label))).unwrap_or_default();
        let space = if dots.is_empty() { "" } else { " " };
        write!(f, "\n{:>5} | {dots}{}", self.line, shown.trim_end())?;
        write!(f, "\n      | {space}{pad}{caret}{label}")
    }
}

/// The most characters of a line that are shown.
const LONGEST: usize = 160;

/// The text without characters that would steer a terminal; as many characters as before.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\t' { '\u{fffd}' } else { c }).collect()
}

/// Keeps tabs, so that the caret stands where the reader sees the text.
fn blank(c: char) -> char {
    if c == '\t' { '\t' } else { ' ' }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, &self.help)
    }
}

/// All errors of a file, by position; never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Errors(pub Vec<Diagnostic>);

impl Errors {
    pub fn one(error: Diagnostic) -> Self {
        Self(vec![error])
    }

    /// The first error on one line and how many more there are; it quotes no line of the file.
    #[must_use]
    pub fn summary(&self) -> String {
        let first = self.0.first().map(Diagnostic::in_short).unwrap_or_default();
        match self.0.len() {
            0 | 1 => first,
            n => format!("{first} (and {} more)", n - 1),
        }
    }
}

impl fmt::Display for Errors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut said: &[String] = &[];
        for (index, error) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            let help = if error.help == said { &[] } else { error.help.as_slice() };
            error.write(f, help)?;
            said = &error.help;
        }
        Ok(())
    }
}

impl std::error::Error for Errors {}
