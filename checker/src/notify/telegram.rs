//! Notices by a Telegram bot, as plain text: nothing that a service says can become markup.

use engine::effect::DeliveryError;
use serde_json::json;
use url::Url;

use super::{
    message::{Message, clipped_units},
    post::post,
};
use crate::{http::HttpClient, settings::Secret};

/// Where the Bot API usually is.
pub(super) const API: &str = "https://api.telegram.org";

/// The most that a message holds, in UTF-16 units.
const MOST: usize = 4096;

/// A bot and the chat that it writes to.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Bot {
    api: Url,
    token: Secret,
    chat_id: String,
}

impl Bot {
    /// # Errors
    /// When the token cannot be one. It is not repeated.
    pub(super) fn new(api: Url, token: Secret, chat_id: String) -> Result<Self, String> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, ':' | '_' | '-');
        if !token.expose().chars().all(allowed) {
            return Err("its token (not shown) is none of a bot, such as 123456:ABC-def_1".into());
        }
        Ok(Self { api, token, chat_id })
    }

    /// The address has the secret in it, so that it is made only where it is used.
    fn method(&self) -> Url {
        let mut url = self.api.clone();
        let path = url.path().trim_end_matches('/').to_owned();
        url.set_path(&format!("{path}/bot{}/sendMessage", self.token.expose()));
        url
    }
}

pub(super) async fn send(
    http: &HttpClient,
    bot: &Bot,
    message: &Message<'_>,
) -> Result<(), DeliveryError> {
    let body = json!({
        "chat_id": bot.chat_id,
        "text": clipped_units(&message.whole(), MOST),
        "link_preview_options": {"is_disabled": true},
    });
    post(http, &bot.method(), &[], body.to_string(), message).await
}
