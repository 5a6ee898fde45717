//! The one way in which notices are posted over HTTP, and what an answer means.

use std::time::Duration;

use engine::{
    config::HttpRequest,
    details::excerpt,
    effect::DeliveryError,
    observation::{Exchange, Response},
};
use serde_json::Value;
use url::Url;

use super::message::Message;
use crate::http::HttpClient;

/// The limit of one attempt.
pub(super) const POST_LIMIT: Duration = Duration::from_secs(10);

/// Posts a JSON body. Headers of the same name replace our own.
pub(super) async fn post(
    http: &HttpClient,
    url: &Url,
    headers: &[(String, String)],
    body: String,
    message: &Message<'_>,
) -> Result<(), DeliveryError> {
    let request = HttpRequest {
        method: "POST".to_owned(),
        url: url.clone(),
        headers: with_ours(headers, message),
        body: Some(body),
        follow_redirects: false,
        keep_alive: false,
    };
    accepted(http.exchange(&request, POST_LIMIT).await)
}

fn with_ours(headers: &[(String, String)], message: &Message<'_>) -> Vec<(String, String)> {
    let ours = [
        ("Content-Type", "application/json; charset=utf-8".to_owned()),
        ("Idempotency-Key", header_safe(&message.key())),
    ];
    let free = |name: &str| !headers.iter().any(|(theirs, _)| theirs.eq_ignore_ascii_case(name));
    let ours = ours.into_iter().filter(|(name, _)| free(name));
    ours.map(|(name, value)| (name.to_owned(), value)).chain(headers.iter().cloned()).collect()
}

/// The name of a check may hold letters that a header may not.
fn header_safe(key: &str) -> String {
    key.chars().map(|c| if c.is_ascii_graphic() { c } else { '-' }).collect()
}

fn accepted(exchange: Exchange) -> Result<(), DeliveryError> {
    match exchange.result {
        Ok(response) if (200..300).contains(&response.status) => Ok(()),
        Ok(response) => Err(not_accepted(&response)),
        Err(error) => Err(DeliveryError::failed(error.message)),
    }
}

fn not_accepted(response: &Response) -> DeliveryError {
    let said = excerpt(&response.body);
    let said = said.trim();
    let colon = if said.is_empty() { "" } else { ": " };
    DeliveryError {
        message: format!("the answer was {}{colon}{said}", response.status),
        refused: is_refusal(response.status),
        retry_after: asked_wait(response),
    }
}

/// How long the receiver wants to be left alone, where it says so in its answer as Telegram does.
fn asked_wait(response: &Response) -> Option<Duration> {
    let said: Value = match response.status {
        429 | 503 => serde_json::from_slice(&response.body).ok()?,
        _ => return None,
    };
    let seconds = said.pointer("/parameters/retry_after").or_else(|| said.get("retry_after"))?;
    Some(Duration::from_secs(seconds.as_u64()?))
}

/// Whether the receiver will never take this message: it understood and said no.
const fn is_refusal(status: u16) -> bool {
    matches!(status, 400..=499) && !matches!(status, 408 | 425 | 429)
}

#[cfg(test)]
mod tests {
    use super::is_refusal;

    #[test]
    fn only_a_clear_no_is_a_refusal() {
        let refusals = [400, 401, 403, 404, 410, 422, 499];
        let passing = [301, 302, 408, 425, 429, 500, 502, 503, 504];
        assert!(refusals.into_iter().all(is_refusal));
        assert!(!passing.into_iter().any(is_refusal));
    }
}
