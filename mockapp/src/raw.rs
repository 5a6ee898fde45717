//! Answers written by hand, byte by byte, for what no HTTP library would send.
//! Pure: an answer in, bytes out.

use crate::faults::plan::Raw;
use bytes::{BufMut, Bytes, BytesMut};
use http::header::{CONNECTION, CONTENT_LENGTH, DATE, TRANSFER_ENCODING};
use http::{HeaderName, HeaderValue, response};

/// What is sent instead of this answer.
pub(crate) fn bytes(raw: Raw, parts: &response::Parts, body: &[u8]) -> Bytes {
    match raw {
        Raw::Garbage(bytes) => bytes,
        Raw::Bare { length } => {
            let length = length.then(|| (CONTENT_LENGTH, HeaderValue::from(body.len())));
            let mut out = head(parts, length);
            out.put_slice(body);
            out.freeze()
        }
        Raw::BadChunk => {
            let chunked = (TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
            let mut out = head(parts, Some(chunked));
            let half = &body[..body.len().div_ceil(2)];
            out.put_slice(format!("{:x}\r\n", half.len()).as_bytes());
            out.put_slice(half);
            out.put_slice(b"\r\nno size\r\n");
            out.freeze()
        }
    }
}

/// The status line and the headers, with this one more.
fn head(parts: &response::Parts, more: Option<(HeaderName, HeaderValue)>) -> BytesMut {
    let reason = parts.status.canonical_reason().unwrap_or_default();
    let mut out = BytesMut::new();
    out.put_slice(format!("HTTP/1.1 {} {reason}\r\n", parts.status.as_u16()).as_bytes());
    let own = [CONTENT_LENGTH, TRANSFER_ENCODING, DATE, CONNECTION];
    let kept = parts.headers.iter().filter(|(name, _)| !own.contains(name));
    let close = (CONNECTION, HeaderValue::from_static("close"));
    let added = more.into_iter().chain([close]).collect::<Vec<_>>();
    for (name, value) in kept.chain(added.iter().map(|(name, value)| (name, value))) {
        out.put_slice(name.as_str().as_bytes());
        out.put_slice(b": ");
        out.put_slice(value.as_bytes());
        out.put_slice(b"\r\n");
    }
    out.put_slice(b"\r\n");
    out
}
