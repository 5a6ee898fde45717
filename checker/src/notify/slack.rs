//! Notices for a Slack incoming webhook: the subject as text, the body beside a coloured bar.

use engine::effect::DeliveryError;
use serde_json::{Value, json};
use url::Url;

use super::{
    message::{Message, Tone, clipped},
    post::post,
};
use crate::http::HttpClient;

/// The most characters of a body: Slack folds long texts away.
const MOST: usize = 3_000;

pub(super) async fn send(
    http: &HttpClient,
    url: &Url,
    message: &Message<'_>,
) -> Result<(), DeliveryError> {
    post(http, url, &[], payload(message).to_string(), message).await
}

fn payload(message: &Message<'_>) -> Value {
    json!({
        "text": escaped(&message.subject),
        "attachments": [{
            "color": colour(message.tone()),
            "fallback": escaped(&message.subject),
            "text": escaped(&clipped(&message.body, MOST)),
            "ts": message.raised_at().as_millis() / 1000,
        }],
    })
}

const fn colour(tone: Tone) -> &'static str {
    match tone {
        Tone::Bad => "#c62828",
        Tone::Warning => "#f9a825",
        Tone::Good => "#2e7d32",
        Tone::Plain => "#546e7a",
    }
}

/// The three characters that mean something to Slack.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
