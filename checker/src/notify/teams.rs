//! Notices for a Microsoft Teams incoming webhook, as an adaptive card: both the older connectors
//! and the workflows take it.

use engine::effect::DeliveryError;
use serde_json::{Value, json};
use url::Url;

use super::{
    message::{Message, Tone, clipped},
    post::post,
};
use crate::http::HttpClient;

/// The most characters of a body: a card may have 28 KB in all.
const MOST: usize = 5_000;

pub(super) async fn send(
    http: &HttpClient,
    url: &Url,
    message: &Message<'_>,
) -> Result<(), DeliveryError> {
    post(http, url, &[], payload(message).to_string(), message).await
}

fn payload(message: &Message<'_>) -> Value {
    let title = json!({
        "type": "TextBlock",
        "size": "Medium",
        "weight": "Bolder",
        "wrap": true,
        "color": colour(message.tone()),
        "text": message.subject,
    });
    let text = json!({
        "type": "TextBlock",
        "wrap": true,
        "text": paragraphs(&clipped(&message.body, MOST)),
    });
    json!({
        "type": "message",
        "summary": message.subject,
        "attachments": [{
            "contentType": "application/vnd.microsoft.card.adaptive",
            "contentUrl": null,
            "content": {
                "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                "type": "AdaptiveCard",
                "version": "1.4",
                "msteams": {"width": "Full"},
                "body": [title, text],
            },
        }],
    })
}

const fn colour(tone: Tone) -> &'static str {
    match tone {
        Tone::Bad => "Attention",
        Tone::Warning => "Warning",
        Tone::Good => "Good",
        Tone::Plain => "Default",
    }
}

/// A card shows a single line break as a blank; an empty line makes a new one.
fn paragraphs(body: &str) -> String {
    let lines = body.lines().map(str::trim_end).filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join("\n\n")
}
