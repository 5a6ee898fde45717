//! Where notices go. Plain data.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    config::senders::{Ntfy, Program, Telegram, Twilio},
    status::Severity,
};

/// A place to which notices go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Channel {
    /// Its name in files and on pages; unique.
    pub name: String,
    /// What it is.
    pub kind: ChannelKind,
    /// The severities that it is told of; empty means all.
    pub severities: BTreeSet<Severity>,
}

/// The kinds of channel. An empty address switches the channel off with one log line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChannelKind {
    /// Standard output.
    Console,
    /// Mail by the SMTP server of the environment.
    Email {
        /// The recipients.
        to: Vec<String>,
    },
    /// An HTTP POST with a JSON body.
    Webhook {
        /// Where to.
        url: String,
        /// Further request headers.
        headers: BTreeMap<String, String>,
        /// The body, with `{subject}` and the like filled in; absent means all fields as JSON.
        template: Option<String>,
    },
    /// A Slack incoming webhook.
    Slack {
        /// Where to.
        url: String,
    },
    /// A Microsoft Teams incoming webhook.
    Teams {
        /// Where to.
        url: String,
    },
    /// A Telegram bot.
    Telegram(Telegram),
    /// Text messages.
    Twilio(Twilio),
    /// A topic of an ntfy server.
    Ntfy(Ntfy),
    /// A program of the user's own.
    Command(Program),
}
