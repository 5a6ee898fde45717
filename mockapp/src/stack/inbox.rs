//! What others sent to the stack: webhook bodies and the last heartbeat. Bounded in number and size.

use serde::Serialize;
use serde_json::Value;
use std::collections::VecDeque;

/// Webhook bodies that are kept.
const KEPT: usize = 100;
/// Characters that are kept of a body that is not JSON, and bytes of one that is.
const LONGEST: usize = 16 * 1024;

/// One body that was posted to `/webhook/{name}`.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Webhook {
    pub(crate) seq: u64,
    pub(crate) name: String,
    pub(crate) received_at: String,
    pub(crate) content_type: Option<String>,
    pub(crate) idempotency_key: Option<String>,
    pub(crate) bytes: usize,
    /// The JSON, or the text, cut when too long.
    pub(crate) body: Value,
    pub(crate) truncated: bool,
}

/// The last authorised heartbeat.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Heartbeat {
    pub(crate) received_at: String,
    pub(crate) count: u64,
    pub(crate) body: Value,
}

/// All of it.
#[derive(Debug, Default)]
pub(crate) struct Inbox {
    webhooks: VecDeque<Webhook>,
    received: u64,
    heartbeat: Option<Heartbeat>,
}

impl Inbox {
    pub(crate) fn heartbeat(&self) -> Option<Heartbeat> {
        self.heartbeat.clone()
    }

    pub(crate) fn beat(&mut self, received_at: String, body: &[u8]) -> u64 {
        let count = self.heartbeat.as_ref().map_or(0, |last| last.count) + 1;
        self.heartbeat = Some(Heartbeat { received_at, count, body: shown(body).0 });
        count
    }

    /// Stores a body and answers its number.
    pub(crate) fn store(&mut self, mut webhook: Webhook, body: &[u8]) -> u64 {
        self.received += 1;
        (webhook.body, webhook.truncated) = shown(body);
        webhook.seq = self.received;
        webhook.bytes = body.len();
        self.webhooks.push_back(webhook);
        if self.webhooks.len() > KEPT {
            self.webhooks.pop_front();
        }
        self.received
    }

    /// The kept bodies, oldest first.
    pub(crate) fn webhooks(&self) -> Vec<Webhook> {
        self.webhooks.iter().cloned().collect()
    }
}

fn shown(body: &[u8]) -> (Value, bool) {
    if body.is_empty() {
        return (Value::Null, false);
    }
    let whole = body.len() <= LONGEST;
    match serde_json::from_slice(body) {
        Ok(json) if whole => (json, false),
        _ => {
            (String::from_utf8_lossy(&body[..body.len().min(LONGEST)]).into_owned().into(), !whole)
        }
    }
}
