//! The channels that take more than an address: a Telegram bot, Twilio, ntfy and a program of the
//! user's own. Owns their keys and what they mean. What a channel leaves out comes from the
//! environment, which is not known here.

use std::time::Duration;

use crate::config::{
    section::Section,
    table::{
        Key, Kind,
        Need::{Default, Optional, Required},
        Table,
    },
    tables::{LIMIT, key},
};

/// A chat that a Telegram bot writes to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Telegram {
    /// The token of the bot; empty means `TELEGRAM_BOT_TOKEN`.
    pub token: String,
    /// The chat; empty means `TELEGRAM_CHAT_ID`.
    pub chat_id: String,
    /// Where the Bot API is, when not at its usual place.
    pub api: Option<String>,
}

/// Text messages by Twilio.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Twilio {
    /// The account; empty means `TWILIO_ACCOUNT_SID`.
    pub account_sid: String,
    /// Its secret; empty means `TWILIO_AUTH_TOKEN`.
    pub auth_token: String,
    /// The number of the sender; empty means `TWILIO_FROM`.
    pub from: String,
    /// The numbers of the recipients; empty means `TWILIO_TO`.
    pub to: Vec<String>,
    /// Where the API is, when not at its usual place.
    pub api: Option<String>,
}

/// A topic of an ntfy server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ntfy {
    /// The server; empty switches the channel off.
    pub url: String,
    /// The topic; empty switches the channel off.
    pub topic: String,
    /// What stands over every message; absent means the subject of the notice.
    pub title: Option<String>,
    /// Tags and emoji by their short names, besides those that the notice brings.
    pub tags: Vec<String>,
    /// An access token; empty for none.
    pub token: String,
}

/// A program that is given every notice as JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// Program and arguments; never a shell.
    pub argv: Vec<String>,
    /// The limit of one run.
    pub timeout: Duration,
}

const API: Key = key("api", Kind::Url, Optional, "Where the API is, when not at its usual place.");

pub(super) static TELEGRAM: Table = Table {
    name: "telegram_channel",
    about: "A Telegram bot. What is empty comes from the environment; without it the channel is \
            off.",
    keys: &[
        key("token", Kind::Text, Default("\"\""), "The bot's token; empty: TELEGRAM_BOT_TOKEN."),
        key(
            "chat_id",
            Kind::Text,
            Default("\"\""),
            "The chat, in quotes; empty: TELEGRAM_CHAT_ID.",
        ),
        API,
    ],
};

pub(super) static TWILIO: Table = Table {
    name: "twilio_channel",
    about: "Text messages by Twilio. What is empty comes from the environment; without it the \
            channel is off.",
    keys: &[
        key("account_sid", Kind::Text, Default("\"\""), "The account; empty: TWILIO_ACCOUNT_SID."),
        key("auth_token", Kind::Text, Default("\"\""), "Its secret; empty: TWILIO_AUTH_TOKEN."),
        key("from", Kind::Text, Default("\"\""), "The sender's number; empty: TWILIO_FROM."),
        key("to", Kind::TextOrTexts, Default("[]"), "The recipients' numbers; empty: TWILIO_TO."),
        API,
    ],
};

pub(super) static NTFY: Table = Table {
    name: "ntfy_channel",
    about: "A topic of an ntfy server, to which the notice goes as JSON.",
    keys: &[
        key("topic", Kind::Text, Required, "The topic; empty switches the channel off."),
        key(
            "url",
            Kind::UrlOrNothing,
            Default("\"https://ntfy.sh/\""),
            "The server; an empty address, as from `{NAME:-}`, switches the channel off.",
        ),
        key("title", Kind::Text, Optional, "What stands over every message; absent: its subject."),
        key("tags", Kind::Texts, Default("[]"), "Further tags, such as warning or skull."),
        key("token", Kind::Text, Default("\"\""), "An access token of the server."),
    ],
};

pub(super) static PROGRAM: Table = Table {
    name: "command_channel",
    about: "A program that reads the notice as JSON; it has accepted it when it ends with 0.",
    keys: &[
        key("argv", Kind::Texts, Required, "Program and arguments; no shell."),
        key("timeout_s", LIMIT, Default("10"), "The limit of one run, in seconds."),
    ],
};

/// Where an ntfy server is that nobody named.
const NTFY_SH: &str = "https://ntfy.sh/";

/// How long a program may take, when nobody says.
const USUAL_LIMIT: Duration = Duration::from_secs(10);

pub(super) fn telegram(section: &Section<'_>) -> Telegram {
    Telegram {
        token: trimmed(section, "token"),
        chat_id: trimmed(section, "chat_id"),
        api: section.url("api").map(String::from),
    }
}

pub(super) fn twilio(section: &Section<'_>) -> Twilio {
    let to = section.texts("to").unwrap_or_default();
    let numbers = to.iter().flat_map(|text| text.split(',')).map(str::trim);
    Twilio {
        account_sid: trimmed(section, "account_sid"),
        auth_token: trimmed(section, "auth_token"),
        from: trimmed(section, "from"),
        to: numbers.filter(|one| !one.is_empty()).map(str::to_owned).collect(),
        api: section.url("api").map(String::from),
    }
}

pub(super) fn ntfy(section: &Section<'_>) -> Option<Ntfy> {
    let url = match section.has("url") {
        true => section.url_or_nothing("url")?,
        false => NTFY_SH.to_owned(),
    };
    Some(Ntfy {
        url,
        topic: trimmed(section, "topic"),
        title: section.text("title"),
        tags: section.texts("tags").unwrap_or_default(),
        token: trimmed(section, "token"),
    })
}

pub(super) fn program(section: &Section<'_>) -> Option<Program> {
    let timeout = section.seconds("timeout_s").unwrap_or(USUAL_LIMIT);
    super::actions::argv(section).map(|argv| Program { argv, timeout })
}

fn trimmed(section: &Section<'_>, key: &str) -> String {
    section.free_text(key).map(|text| text.trim().to_owned()).unwrap_or_default()
}
