//! The text of a configuration file on its way into the parser.
//! Owns the byte-level questions: encoding and byte-order mark. Never opens a file.

use crate::config::diagnostic::{Diagnostic, Errors};

/// A file's name, for messages, and its text.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// The name that messages begin with.
    pub file: &'a str,
    /// The whole text.
    pub text: &'a str,
}

impl<'a> Source<'a> {
    /// Takes the raw bytes of a file.
    ///
    /// # Errors
    /// Names the first byte that is not UTF-8 by line and column.
    pub fn from_bytes(file: &'a str, bytes: &'a [u8]) -> Result<Self, Errors> {
        std::str::from_utf8(bytes).map(|text| Self { file, text }).map_err(|error| {
            let (good, bad) = bytes.split_at(error.valid_up_to());
            not_utf8(file, &String::from_utf8_lossy(good), bad.first().copied().unwrap_or_default())
        })
    }

    /// The text without a byte-order mark.
    pub fn body(&self) -> &'a str {
        self.text.strip_prefix('\u{feff}').unwrap_or(self.text)
    }
}

fn not_utf8(file: &str, good: &str, byte: u8) -> Errors {
    let good = good.strip_prefix('\u{feff}').unwrap_or(good);
    let line = good.matches('\n').count() + 1;
    let column = good.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    let message = format!("the file is not UTF-8: byte 0x{byte:02x}");
    let note = "save the file as UTF-8".to_owned();
    Errors::one(Diagnostic::at(file, good, (line, column, 1), message).with_note(note))
}
