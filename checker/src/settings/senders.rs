//! The accounts of Telegram and Twilio that the environment names. What a channel of the
//! configuration says itself comes first.

use engine::config::{Telegram, Twilio};

use super::{Reader, Secret};

/// `TELEGRAM_BOT_TOKEN` and `TELEGRAM_CHAT_ID`.
#[derive(Clone, Debug, Default)]
pub struct TelegramVars {
    /// The token of the bot.
    pub token: Option<Secret>,
    /// The chat that it writes to.
    pub chat_id: Option<String>,
}

/// `TWILIO_ACCOUNT_SID`, `TWILIO_AUTH_TOKEN`, `TWILIO_FROM` and `TWILIO_TO`.
#[derive(Clone, Debug, Default)]
pub struct TwilioVars {
    /// The account.
    pub account_sid: Option<String>,
    /// Its secret.
    pub auth_token: Option<Secret>,
    /// The sender.
    pub from: Option<String>,
    /// The recipients.
    pub to: Vec<String>,
}

impl TelegramVars {
    pub(super) fn read(reader: &Reader<'_>) -> Self {
        Self {
            token: reader.text("TELEGRAM_BOT_TOKEN").map(Secret::new),
            chat_id: reader.text("TELEGRAM_CHAT_ID"),
        }
    }

    /// The bot and the chat of a channel.
    #[must_use]
    pub fn of(&self, channel: &Telegram) -> (Option<Secret>, Option<String>) {
        let token = own(&channel.token).map(Secret::new).or_else(|| self.token.clone());
        (token, own(&channel.chat_id).or_else(|| self.chat_id.clone()))
    }
}

impl TwilioVars {
    pub(super) fn read(reader: &Reader<'_>) -> Self {
        let to = reader.text("TWILIO_TO").unwrap_or_default();
        let numbers = to.split(',').map(str::trim).filter(|one| !one.is_empty());
        Self {
            account_sid: reader.text("TWILIO_ACCOUNT_SID"),
            auth_token: reader.text("TWILIO_AUTH_TOKEN").map(Secret::new),
            from: reader.text("TWILIO_FROM"),
            to: numbers.map(str::to_owned).collect(),
        }
    }

    /// The account and its secret, for a channel.
    #[must_use]
    pub fn login(&self, channel: &Twilio) -> (Option<String>, Option<Secret>) {
        let token = own(&channel.auth_token).map(Secret::new).or_else(|| self.auth_token.clone());
        (own(&channel.account_sid).or_else(|| self.account_sid.clone()), token)
    }

    /// The sender, for a channel.
    #[must_use]
    pub fn sender(&self, channel: &Twilio) -> Option<String> {
        own(&channel.from).or_else(|| self.from.clone())
    }

    /// The recipients, for a channel.
    #[must_use]
    pub fn recipients(&self, channel: &Twilio) -> Vec<String> {
        if channel.to.is_empty() { self.to.clone() } else { channel.to.clone() }
    }
}

fn own(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}
