//! Notices for a topic of an ntfy server, as JSON to the server's own address, so that titles may
//! hold any letter.

use engine::{effect::DeliveryError, status::Severity};
use serde_json::{Value, json};
use url::Url;

use super::{
    message::{Message, Tone},
    post::post,
};
use crate::{http::HttpClient, settings::Secret};

/// The most bytes of a text: a server makes a file of anything longer than 4,096.
const MOST: usize = 4_000;

/// A topic of a server.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Topic {
    pub(super) url: Url,
    pub(super) topic: String,
    /// Instead of the subject, which then begins the text.
    pub(super) title: Option<String>,
    pub(super) tags: Vec<String>,
    pub(super) token: Option<Secret>,
}

pub(super) async fn send(
    http: &HttpClient,
    topic: &Topic,
    message: &Message<'_>,
) -> Result<(), DeliveryError> {
    let bearer = topic.token.as_ref().map(|token| format!("Bearer {}", token.expose()));
    let headers: Vec<_> =
        bearer.map(|value| ("Authorization".to_owned(), value)).into_iter().collect();
    post(http, &topic.url, &headers, payload(topic, message).to_string(), message).await
}

fn payload(topic: &Topic, message: &Message<'_>) -> Value {
    let (title, text) = match &topic.title {
        Some(title) => (title.clone(), message.whole()),
        None => (message.subject.clone(), message.body.clone()),
    };
    let own = [tag(message.tone()).to_owned()];
    json!({
        "topic": topic.topic,
        "title": title,
        "message": beginning(&text),
        "priority": priority(message),
        "tags": own.iter().chain(&topic.tags).collect::<Vec<_>>(),
    })
}

/// 5 makes a telephone ring until somebody looks; good news never does.
fn priority(message: &Message<'_>) -> u8 {
    let urgent = match message.notice().severity {
        Severity::P1 => 5,
        Severity::P2 => 4,
        Severity::P3 => 3,
        Severity::P4 => 2,
    };
    match message.tone() {
        Tone::Bad | Tone::Warning => urgent,
        Tone::Good | Tone::Plain => urgent.min(3),
    }
}

const fn tag(tone: Tone) -> &'static str {
    match tone {
        Tone::Bad => "rotating_light",
        Tone::Warning => "warning",
        Tone::Good => "white_check_mark",
        Tone::Plain => "information_source",
    }
}

fn beginning(text: &str) -> String {
    if text.len() <= MOST {
        return text.to_owned();
    }
    let end = (0..=MOST).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    format!("{}…", &text[..end])
}
