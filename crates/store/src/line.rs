//! One event, one line: `{"ts":"…","seq":41,"event":"check",…}` and a newline.
//! `ts`, `seq` and `event` come first and in this order, which is what lets readers search a file
//! by time without parsing it. Reads and writes no files.

use std::borrow::Cow;

use engine::{
    Event, EventKind, Timestamp,
    event::{
        ActionDone, CheckDone, CheckRemoved, ConfigLoaded, Delivered, Notice, Skipped, Started,
        Stopped,
    },
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// Why a line is no event.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    /// It is not JSON, or a field is missing or has another type.
    #[error("it does not parse: {0}")]
    Malformed(#[from] serde_json::Error),
    /// It is an event that this version does not know.
    #[error("the event {0:?} is not known")]
    UnknownEvent(String),
}

/// Appends an event as one line, newline included.
pub fn encode(event: &Event, out: &mut Vec<u8>) {
    let start = out.len();
    let word = event.kind.word();
    let head = format!(r#"{{"ts":"{}","seq":{},"event":"{word}""#, event.ts, event.seq);
    out.extend_from_slice(head.as_bytes());
    let body = out.len();
    let written = match &event.kind {
        EventKind::Check(body) => put(body, out),
        EventKind::Notify(body) => put(body, out),
        EventKind::Delivery(body) => put(body, out),
        EventKind::Action(body) => put(body, out),
        EventKind::Start(body) => put(body, out),
        EventKind::Stop(body) => put(body, out),
        EventKind::Config(body) => put(body, out),
        EventKind::CheckRemoved(body) => put(body, out),
        EventKind::Skip(body) => put(body, out),
    };
    match written {
        Ok(()) => {
            // The body is an object of its own; its fields follow the head's.
            out[body] = b',';
            out.push(b'\n');
        }
        Err(error) => {
            tracing::error!(%error, event = word, "an event cannot be written as JSON");
            out.truncate(start);
        }
    }
}

fn put<T: Serialize>(body: &T, out: &mut Vec<u8>) -> serde_json::Result<()> {
    serde_json::to_writer(out, body)
}

/// Reads a line back; fields that are not known are passed over.
pub fn decode(line: &[u8]) -> Result<Event, LineError> {
    let head: Head<'_> = serde_json::from_slice(line)?;
    let kind = match &*head.event {
        "check" => EventKind::Check(take::<CheckDone>(line)?),
        "notify" => EventKind::Notify(take::<Notice>(line)?),
        "delivery" => EventKind::Delivery(take::<Delivered>(line)?),
        "action" => EventKind::Action(take::<ActionDone>(line)?),
        "start" => EventKind::Start(take::<Started>(line)?),
        "stop" => EventKind::Stop(take::<Stopped>(line)?),
        "config" => EventKind::Config(take::<ConfigLoaded>(line)?),
        "check_removed" => EventKind::CheckRemoved(take::<CheckRemoved>(line)?),
        "skip" => EventKind::Skip(take::<Skipped>(line)?),
        other => return Err(LineError::UnknownEvent(other.to_owned())),
    };
    Ok(Event { ts: head.ts, seq: head.seq, kind })
}

fn take<T: DeserializeOwned>(line: &[u8]) -> Result<T, LineError> {
    Ok(serde_json::from_slice(line)?)
}

#[derive(Deserialize)]
struct Head<'a> {
    ts: Timestamp,
    seq: u64,
    #[serde(borrow)]
    event: Cow<'a, str>,
}

/// When an event happened and its number, without parsing the rest of a line that this crate wrote;
/// `None` when the line has neither.
pub(crate) fn peek(line: &[u8]) -> Option<(Timestamp, u64)> {
    #[derive(Deserialize)]
    struct Place {
        ts: Timestamp,
        seq: u64,
    }
    let elsewhere = || serde_json::from_slice(line).ok().map(|at: Place| (at.ts, at.seq));
    own_head(line).or_else(elsewhere)
}

fn own_head(line: &[u8]) -> Option<(Timestamp, u64)> {
    let rest = line.strip_prefix(br#"{"ts":""#)?;
    let quote = rest.iter().take(40).position(|byte| *byte == b'"')?;
    let ts = std::str::from_utf8(&rest[..quote]).ok()?.parse().ok()?;
    let rest = rest[quote..].strip_prefix(br#"","seq":"#)?;
    let digits = rest.iter().take(20).take_while(|byte| byte.is_ascii_digit()).count();
    let seq = std::str::from_utf8(&rest[..digits]).ok()?.parse().ok()?;
    Some((ts, seq))
}
