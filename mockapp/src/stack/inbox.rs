//! What others sent to the stack: webhook bodies and the last heartbeat. Bounded in number and size.

use crate::clock::rfc3339;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use std::collections::VecDeque;
use std::sync::Arc;

/// Webhook bodies that are kept, and so many bytes of them altogether.
const KEPT: usize = 4_000;
const KEPT_BYTES: usize = 16 * 1024 * 1024;
/// Those of them that are listed.
const LISTED: usize = 100;
/// Characters that are kept of a body that is not JSON, and bytes of one that is.
const LONGEST: usize = 16 * 1024;

/// One body that was posted to `/webhook/{name}`.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Webhook {
    pub(crate) seq: u64,
    pub(crate) name: String,
    #[serde(serialize_with = "as_text")]
    pub(crate) received_at: Timestamp,
    pub(crate) content_type: Option<String>,
    pub(crate) idempotency_key: Option<String>,
    pub(crate) bytes: usize,
    /// The JSON, or the text, cut when too long.
    pub(crate) body: Value,
    pub(crate) truncated: bool,
}

fn as_text<S: serde::Serializer>(at: &Timestamp, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&rfc3339(*at))
}

impl Webhook {
    /// Bytes that it holds; at least one, so that their sum bounds the number too.
    fn kept(&self) -> usize {
        self.bytes.clamp(1, LONGEST)
    }
}

/// The last authorised heartbeat.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Heartbeat {
    pub(crate) received_at: String,
    pub(crate) count: u64,
    pub(crate) body: Value,
}

/// All of it.
#[derive(Debug, Default, Clone)]
pub(crate) struct Inbox {
    /// Shared with copies until one of them writes.
    webhooks: Arc<VecDeque<Webhook>>,
    /// Bytes of the kept bodies.
    bytes: usize,
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
        self.bytes += webhook.kept();
        let webhooks = Arc::make_mut(&mut self.webhooks);
        webhooks.push_back(webhook);
        while webhooks.len() > KEPT || self.bytes > KEPT_BYTES {
            self.bytes -= webhooks.pop_front().map_or(0, |oldest| oldest.kept());
        }
        self.received
    }

    /// The latest bodies, oldest first.
    pub(crate) fn listed(&self) -> Vec<Webhook> {
        let older = self.webhooks.len().saturating_sub(LISTED);
        self.webhooks.iter().skip(older).cloned().collect()
    }

    /// Every kept body, oldest first.
    pub(crate) fn webhooks(&self) -> impl Iterator<Item = &Webhook> {
        self.webhooks.iter()
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
