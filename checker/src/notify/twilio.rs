//! Notices as text messages by Twilio: a form for one recipient, with the account as the user.

use engine::effect::DeliveryError;
use url::{Url, form_urlencoded::Serializer};

use super::{
    message::{Message, clipped_units},
    post::post,
};
use crate::{
    http::{HttpClient, base64},
    settings::Secret,
};

/// Where the API usually is.
pub(super) const API: &str = "https://api.twilio.com";

/// The most that a message holds, in UTF-16 units.
const MOST: usize = 1600;

/// An account and whom it writes to.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Account {
    messages: Url,
    user: String,
    token: Secret,
    from: String,
    to: String,
}

impl Account {
    /// # Errors
    /// When the account cannot be one.
    pub(super) fn new(
        api: &Url,
        (user, token): (String, Secret),
        from: String,
        to: String,
    ) -> Result<Self, String> {
        if !user.chars().all(|c| c.is_ascii_alphanumeric()) {
            return Err(format!("`{user}` is no account SID, such as AC0123456789abcdef"));
        }
        let mut messages = api.clone();
        let path = api.path().trim_end_matches('/');
        messages.set_path(&format!("{path}/2010-04-01/Accounts/{user}/Messages.json"));
        Ok(Self { messages, user, token, from, to })
    }

    fn headers(&self) -> Vec<(String, String)> {
        let login = base64(format!("{}:{}", self.user, self.token.expose()).as_bytes());
        let form = "application/x-www-form-urlencoded";
        let headers =
            [("Content-Type", form.to_owned()), ("Authorization", format!("Basic {login}"))];
        headers.map(|(name, value)| (name.to_owned(), value)).into()
    }

    fn form(&self, text: &str) -> String {
        // A messaging service stands where a number would.
        let sender = if self.from.starts_with("MG") { "MessagingServiceSid" } else { "From" };
        let fields = [("To", self.to.as_str()), (sender, self.from.as_str()), ("Body", text)];
        Serializer::new(String::new()).extend_pairs(fields).finish()
    }
}

pub(super) async fn send(
    http: &HttpClient,
    account: &Account,
    message: &Message<'_>,
) -> Result<(), DeliveryError> {
    let form = account.form(&clipped_units(&message.whole(), MOST));
    post(http, &account.messages, &account.headers(), form, message).await
}
