//! The way to the mail server: notes for every mail how much of the journal was safe on disk when it
//! left, so that an alert that goes out before its record can be told.

use std::sync::Arc;

use checker::mailer::{Mail, MailError, Mailer, Memory};
use futures_util::future::BoxFuture;
use tokio::sync::mpsc::UnboundedSender;

use super::disk::Watched;
use crate::receipts::short_key;

/// A mail that left the checker.
#[derive(Debug)]
pub(super) struct Left {
    /// Which notice it was.
    pub(super) key: String,
    /// How many bytes of the journal had been synced by then, since the start of the run.
    pub(super) safe: u64,
}

/// The checker's mailer.
#[derive(Debug)]
pub(super) struct Watchful {
    server: Memory,
    disk: Watched,
    notes: UnboundedSender<Left>,
}

impl Watchful {
    pub(super) fn new(server: Memory, disk: Watched, notes: UnboundedSender<Left>) -> Arc<Self> {
        Arc::new(Self { server, disk, notes })
    }
}

impl Mailer for Watchful {
    fn send<'a>(&'a self, mail: &'a Mail) -> BoxFuture<'a, Result<(), MailError>> {
        if self.disk.is_dead() {
            return Box::pin(std::future::pending());
        }
        let key = short_key(mail.message_id.trim_start_matches('<'));
        // Nobody reads once the run is over.
        let _ = self.notes.send(Left { key, safe: self.disk.safe_bytes() });
        self.server.send(mail)
    }
}
