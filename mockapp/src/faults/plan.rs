//! What the faults want done to one request or connection: the sum of their effects, as plain data.
//! Owns no IO; the HTTP shell and the connection's stream carry it out.

use super::rewrite::Rewrite;
use crate::stack::Slot;
use crate::wire::WirePlan;
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde_json::json;
use std::time::Duration;

/// The effects of all faults on one request.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    /// Waited before the request is handled.
    pub(crate) latency: Duration,
    /// How many times longer everything takes; 0 and 1 change nothing.
    pub(crate) slowdown: f64,
    /// Waits until the faults of these serials no longer act, before the request is handled.
    pub(crate) held_before: Vec<u64>,
    /// The same, after it was handled.
    pub(crate) held_after: Vec<u64>,
    /// Read the request, say nothing for so long, then close.
    pub(crate) silence: Option<Duration>,
    /// Waited when the answer is made.
    pub(crate) latency_after: Duration,
    /// The same as `silence`, when the answer is made.
    pub(crate) silence_after: Option<Duration>,
    /// Answered instead of asking the application; the first fault wins.
    pub(crate) answer: Option<Answer>,
    /// Answered as at the first time, by the fault of this serial.
    pub(crate) frozen_by: Option<u64>,
    /// Done to the answer's head and body, in order.
    pub(crate) rewrites: Vec<Rewrite>,
    /// Share of the body that is sent before the connection closes.
    pub(crate) truncate: Option<f64>,
    /// The same in bytes; of a shorter body all but one are sent.
    pub(crate) truncate_at: Option<u64>,
    /// The body comes in so many parts over this time.
    pub(crate) parts: Option<(u64, Duration)>,
    /// What is sent on the connection instead of a proper answer.
    pub(crate) raw: Option<Raw>,
    /// Done to the connection.
    pub(crate) wire: WirePlan,
    /// Counted injections, for as long as the answer takes.
    pub(crate) slots: Vec<Slot>,
}

impl Plan {
    /// Whether nothing is to be done.
    pub(crate) fn is_empty(&self) -> bool {
        let Self { latency, held_before, held_after, silence, answer, frozen_by, .. } = self;
        latency.is_zero()
            && held_before.is_empty()
            && held_after.is_empty()
            && silence.is_none()
            && answer.is_none()
            && frozen_by.is_none()
            && self.rewrites.is_empty()
            && self.truncate.is_none()
            && self.truncate_at.is_none()
            && self.latency_after.is_zero()
            && self.silence_after.is_none()
            && self.parts.is_none()
            && self.raw.is_none()
            && self.slots.is_empty()
            && self.wire == WirePlan::default()
    }

    /// What was added since `before` waits until the application has done its work.
    pub(crate) fn turn_round(&mut self, before: (Duration, Option<Duration>)) {
        let (latency, silence) = before;
        self.latency_after += self.latency.saturating_sub(latency);
        self.latency = latency;
        if silence.is_none() {
            self.silence_after = self.silence_after.or(self.silence.take());
        }
    }

    /// How long is waited, in whole milliseconds.
    pub(crate) fn whole_latency(&self) -> Duration {
        let ms = self.latency.as_millis() as f64 * self.slowdown.max(1.0);
        Duration::from_millis(ms.round() as u64)
    }
}

/// The effects of all faults on one new connection.
#[derive(Debug, Default)]
pub(crate) struct ConnectPlan {
    /// Waited before the connection is taken up.
    pub(crate) latency: Duration,
    /// Taken up once fewer than so many others are open, or the fault of this serial is over.
    pub(crate) room: Vec<(u64, u64)>,
}

/// An answer made by a fault, or kept by one.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// Its body is the fault's own, because the step gives none.
    pub(crate) invented: bool,
}

impl Answer {
    /// The same, as an application would put it that knows of no fault.
    pub(crate) fn discreet(mut self) -> Self {
        if self.invented {
            let reason = self.status.canonical_reason().unwrap_or("unknown").to_lowercase();
            let text = json!({"error": reason, "status": self.status.as_u16()});
            self.body = Bytes::from(text.to_string());
            self.invented = false;
        }
        self
    }

    /// An answer in JSON.
    pub(crate) fn json(status: StatusCode, body: Bytes) -> Self {
        let json = (CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Self { status, headers: HeaderMap::from_iter([json]), body, invented: false }
    }

    /// The same with one header more.
    pub(crate) fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// The same with these headers too.
    pub(crate) fn with_all(mut self, headers: &HeaderMap) -> Self {
        for (name, value) in headers {
            self.headers.insert(name, value.clone());
        }
        self
    }
}

/// Bytes on the connection that no HTTP library would send.
#[derive(Debug, Clone)]
pub(crate) enum Raw {
    /// The right head, half of the body, and then a chunk without a size.
    BadChunk,
    /// These bytes.
    Garbage(Bytes),
    /// The answer with no headers but its own.
    Bare { length: bool },
}
