//! How mail leaves the checker: one message to one recipient at a time, because one refused
//! address must not stop the others. Every part of a message that could differ from attempt to
//! attempt (id, date, MIME boundary) is set by the caller or is fixed.
//! Decides nothing about retries; the engine does.

mod memory;
mod smtp;

use std::{fmt, sync::Arc};

use engine::time::Timestamp;
use futures_util::future::BoxFuture;

pub use lettre::message::Mailbox;
pub use memory::{MailFault, Memory, Received};
pub use smtp::{SEND_LIMIT, SmtpMailer, SmtpSetupError};

use crate::settings::Settings;

/// Something that takes mail: an SMTP server, or the memory of a virtual world.
pub trait Mailer: fmt::Debug + Send + Sync {
    /// Hands one mail over. `Ok` means that the receiver has accepted it.
    fn send<'a>(&'a self, mail: &'a Mail) -> BoxFuture<'a, Result<(), MailError>>;
}

/// One message to one recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// The sender.
    pub from: Mailbox,
    /// The recipient.
    pub to: Mailbox,
    /// The subject: one line.
    pub subject: String,
    /// The text.
    pub body: String,
    /// The same as a page, when there is one.
    pub html: Option<String>,
    /// The same for every attempt, in angle brackets, so that a duplicate can be recognised.
    pub message_id: String,
    /// When it was written: the same for every attempt.
    pub date: Timestamp,
}

impl Mail {
    /// The recipient's address without a name.
    #[must_use]
    pub fn recipient(&self) -> &str {
        self.to.email.as_ref()
    }
}

/// Why a mail was not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct MailError {
    /// For people.
    pub message: String,
    /// Whether this very message was refused for good. Everything else may pass: no connection,
    /// no TLS, no login, a server that is busy.
    pub refused: bool,
}

impl MailError {
    /// Another attempt may succeed.
    pub(crate) fn transient(message: String) -> Self {
        Self { message, refused: false }
    }
}

/// The mail server of the settings, when they name one.
///
/// # Errors
/// Says what is wrong with its certificates.
pub fn from_settings(settings: &Settings) -> Result<Option<Arc<dyn Mailer>>, SmtpSetupError> {
    let Some(smtp) = &settings.smtp else {
        return Ok(None);
    };
    let mailer = SmtpMailer::new(smtp, settings.ca_file.as_deref())?;
    Ok(Some(Arc::new(mailer)))
}
