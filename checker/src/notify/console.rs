//! Notices for people who look at a terminal: a block on standard output.
//! [`Console`] is the only way in which notices reach it.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex, PoisonError},
};

use engine::effect::DeliveryError;

use super::message::Message;

/// Standard output, or a memory of what would have gone there. Clones share the memory.
#[derive(Clone, Debug)]
pub enum Console {
    /// The standard output of the process.
    Stdout,
    /// A text in memory.
    Captured(Arc<Mutex<String>>),
}

impl Console {
    /// A console that keeps what is written.
    #[must_use]
    pub fn captured() -> Self {
        Self::Captured(Arc::default())
    }

    /// What was written so far; nothing is kept of what went to standard output.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Stdout => String::new(),
            Self::Captured(text) => text.lock().unwrap_or_else(PoisonError::into_inner).clone(),
        }
    }

    /// Writes a text and flushes it.
    ///
    /// # Errors
    /// Fails when standard output is closed.
    pub fn write(&self, text: &str) -> io::Result<()> {
        match self {
            Self::Stdout => {
                let mut out = io::stdout().lock();
                out.write_all(text.as_bytes()).and_then(|()| out.flush())
            }
            Self::Captured(kept) => {
                kept.lock().unwrap_or_else(PoisonError::into_inner).push_str(text);
                Ok(())
            }
        }
    }

    /// Writes a notice as one block; `remark` goes under its subject.
    pub(super) fn notice(
        &self,
        message: &Message<'_>,
        remark: Option<&str>,
    ) -> Result<(), DeliveryError> {
        let closed =
            |error: io::Error| DeliveryError { message: error.to_string(), refused: false };
        self.write(&block(message, remark)).map_err(closed)
    }
}

fn block(message: &Message<'_>, remark: Option<&str>) -> String {
    let remark = remark.map(|remark| format!("({remark})\n")).unwrap_or_default();
    let body = message.body.trim_end();
    let text = format!("\n=== {} ===\n{remark}{body}\n=== end ===\n", message.subject);
    text.chars().map(harmless).collect()
}

/// A text may come from a watched service; no escape sequence of it reaches the terminal.
fn harmless(c: char) -> char {
    if c.is_control() && !matches!(c, '\n' | '\t') { '\u{fffd}' } else { c }
}
