//! Notices for people who look at a terminal: a block on standard output.
//! [`Console`] is the only way in which notices reach it.

use std::{
    fmt,
    io::{self, Write},
    sync::{Arc, Mutex, PoisonError},
};

use engine::effect::DeliveryError;

use super::message::Message;

/// Takes what is written.
type Teller = dyn Fn(&str) + Send + Sync;

/// Standard output, or a memory of what would have gone there. Clones share the memory.
#[derive(Clone)]
pub enum Console {
    /// The standard output of the process.
    Stdout,
    /// A text in memory.
    Captured(Arc<Mutex<String>>),
    /// A function that is told.
    Told(Arc<Teller>),
}

impl fmt::Debug for Console {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Stdout => "Stdout",
            Self::Captured(_) => "Captured",
            Self::Told(_) => "Told",
        })
    }
}

impl Console {
    /// A console that keeps what is written.
    #[must_use]
    pub fn captured() -> Self {
        Self::Captured(Arc::default())
    }

    /// A console that passes on what is written.
    #[must_use]
    pub fn told(tell: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self::Told(Arc::new(tell))
    }

    /// What was written so far; nothing is kept of what went elsewhere.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Stdout | Self::Told(_) => String::new(),
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
            Self::Told(tell) => {
                tell(text);
                Ok(())
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
        let closed = |error: io::Error| DeliveryError::failed(error.to_string());
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
