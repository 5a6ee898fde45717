//! Every way in which an exchange can break, told apart and put into words. The address in the
//! words is where the bytes went; user, password, path and query never appear.

use std::{error::Error as _, io, net::SocketAddr, time::Duration};

use engine::observation::{Phase, TransportError, TransportErrorKind as Kind};
use url::Url;

use super::{
    address::{listed, shown, target},
    certificate::Refused,
    trace::Trace,
};
use crate::transport::{ConnectErrors, ResolveError, Transport};

/// Why there is no response.
#[derive(Debug)]
pub(super) enum Broken {
    /// The target's doing, or the network's.
    Target(TransportError),
    /// The checker itself could not look.
    Local(String),
}

impl Broken {
    pub(super) fn new(kind: Kind, phase: Phase, message: String) -> Self {
        Self::Target(TransportError { kind, phase, message })
    }

    pub(super) fn bad_url(why: String) -> Self {
        Self::new(Kind::BadUrl, Phase::Dns, why)
    }

    pub(super) fn redirect(why: String) -> Self {
        Self::new(Kind::Redirect, Phase::FirstByte, why)
    }

    /// A name that this machine could not even ask for says nothing of the target.
    pub(super) fn resolve(error: &ResolveError, transport: &dyn Transport) -> Self {
        match error {
            ResolveError::NotFound { .. } => {
                Self::new(Kind::DnsNotFound, Phase::Dns, error.to_string())
            }
            ResolveError::Failed { cause, .. } if is_local(cause) => Self::Local(error.to_string()),
            ResolveError::Failed { .. } if !transport.has_way_to_names() => {
                Self::Local(format!("{error}; this machine has no network"))
            }
            ResolveError::Failed { .. } => {
                Self::new(Kind::DnsFailed, Phase::Dns, error.to_string())
            }
        }
    }

    /// All addresses failed. Of two families the one that got further gives the kind: a machine
    /// without IPv6 must not hide that IPv4 was refused. Where this machine has no way to any of
    /// them nothing is known of the target.
    pub(super) fn connect(errors: &ConnectErrors, url: &Url, transport: &dyn Transport) -> Self {
        if let Some((addr, error)) = errors.iter().find(|(addr, error)| out_of_ports(*addr, error))
        {
            return Self::Local(format!("cannot open a connection to {addr}: {error}"));
        }
        let kinds: Vec<Kind> = errors.iter().map(|(_, error)| connect_kind(error)).collect();
        if kinds.iter().all(|kind| *kind == Kind::Unreachable)
            && let Some((addr, error)) = errors.first()
            && !errors.iter().any(|(addr, _)| transport.has_way_to(*addr))
        {
            return Self::Local(no_way(*addr, error));
        }
        let telling = kinds.iter().find(|kind| **kind != Kind::Unreachable).or(kinds.first());
        let kind = telling.copied().unwrap_or(Kind::Unreachable);
        let whom = if url.domain().is_some() {
            format!(" ({})", url.host_str().unwrap_or_default())
        } else {
            String::new()
        };
        Self::new(kind, Phase::Connect, connect_words(errors, &kinds) + &whom)
    }

    pub(super) fn tls(error: &io::Error, url: &Url) -> Self {
        let host = url.host_str().unwrap_or_default();
        if let Some(refused) = Refused::find(error) {
            let (kind, message) = refused.explain(host);
            return Self::new(kind, Phase::Tls, message);
        }
        let target = target(url);
        let (kind, message) = match io_kind(error) {
            Some(Kind::Closed) => {
                (Kind::Closed, format!("{target} closed the connection during the TLS handshake"))
            }
            Some(Kind::Reset) => {
                (Kind::Reset, format!("{target} reset the connection during the TLS handshake"))
            }
            _ if speaks_no_tls(error) => (Kind::Tls, format!("{target} does not speak TLS")),
            _ => (Kind::Tls, format!("TLS handshake with {target} failed: {error}")),
        };
        Self::new(kind, Phase::Tls, message)
    }

    /// A conversation that is not HTTP broke.
    pub(super) fn talk(error: &io::Error, url: &Url, trace: &Trace) -> Self {
        let (target, count) = (target(url), trace.received);
        let so_far = match count {
            0 => "before it answered".to_owned(),
            _ => format!("after {count} bytes"),
        };
        let (kind, message) = match io_kind(error) {
            Some(Kind::Reset) => (Kind::Reset, format!("{target} reset the connection {so_far}")),
            Some(Kind::Timeout) => {
                (Kind::Timeout, format!("the connection to {target} timed out {so_far}"))
            }
            Some(Kind::Closed) => {
                (Kind::Closed, format!("{target} closed the connection {so_far}"))
            }
            _ => (Kind::Protocol, format!("the connection to {target} broke {so_far}: {error}")),
        };
        Self::new(kind, trace.phase, message)
    }

    /// The body is not what `Content-Encoding` says: no client that goes by it can read it.
    pub(super) fn not_gzip(url: &Url, trace: &Trace) -> Self {
        let message = format!("{} says that its answer is gzip, and it is not", target(url));
        Self::new(Kind::Protocol, trace.phase, message)
    }

    pub(super) fn http(error: &hyper::Error, url: &Url, trace: &Trace) -> Self {
        let kind = http_kind(error);
        let (target, so_far) = (target(url), so_far(trace));
        #[expect(clippy::wildcard_enum_match_arm, reason = "http_kind gives no others")]
        let message = match kind {
            Kind::Closed => format!("{target} closed the connection {so_far}"),
            Kind::Reset => format!("{target} reset the connection {so_far}"),
            Kind::Timeout => format!("the connection to {target} timed out {so_far}"),
            _ if error.is_parse_too_large() => {
                format!("the response headers of {target} are too large")
            }
            _ => format!("{target} does not speak HTTP properly: {}", innermost(error)),
        };
        Self::new(kind, trace.phase, message)
    }
}

/// The network of this machine leads nowhere near a target.
pub(crate) fn no_way(addr: SocketAddr, error: &io::Error) -> String {
    format!("this machine has no way to {addr}: {error}")
}

/// The whole exchange reached its limit.
pub(super) fn timed_out(trace: &Trace, url: &Url, limit: Duration) -> TransportError {
    let url = trace.redirected_to.as_ref().unwrap_or(url);
    let (target, limit) = (target(url), duration(limit));
    let connected = match trace.connected_after() {
        Some(after) => format!(" (connected after {})", duration(after)),
        None => String::new(),
    };
    let message = match trace.phase {
        Phase::Dns => format!(
            "no answer from the resolver for {} within {limit}",
            url.host_str().unwrap_or_default()
        ),
        Phase::Connect => format!("no connection to {target} within {limit}"),
        Phase::Tls => format!("no TLS handshake with {target} within {limit}{connected}"),
        Phase::FirstByte => format!("no answer from {target} within {limit}{connected}"),
        Phase::Body => format!(
            "the answer of {target} was not complete within {limit} (began after {}, {} bytes so far)",
            duration(trace.answered_after()),
            trace.received
        ),
    };
    TransportError { kind: Kind::Timeout, phase: trace.phase, message }
}

/// A duration as limits are written: `250 ms`, `1.5 s`.
pub(crate) fn duration(duration: Duration) -> String {
    if duration < Duration::from_secs(1) {
        return format!("{} ms", duration.as_millis());
    }
    let millis = u32::try_from(duration.as_millis()).unwrap_or(u32::MAX);
    format!("{} s", f64::from(millis) / 1000.0)
}

/// The refusal of a redirect that cannot be followed.
pub(super) fn bad_location(url: &Url, why: &str) -> Broken {
    Broken::redirect(format!("{} redirects to where nobody can follow: {why}", shown(url)))
}

fn so_far(trace: &Trace) -> String {
    match trace.phase {
        Phase::Body => format!("in the middle of the body, after {} bytes", trace.received),
        Phase::Dns | Phase::Connect | Phase::Tls | Phase::FirstByte => "before it answered".into(),
    }
}

fn connect_words(errors: &ConnectErrors, kinds: &[Kind]) -> String {
    if kinds.windows(2).all(|two| two[0] == two[1]) {
        let addresses: Vec<String> = errors.iter().map(|(addr, _)| addr.to_string()).collect();
        let error = errors.first().map(|(_, error)| error);
        return connect_sentence(kinds.first().copied(), error, &listed(&addresses));
    }
    let each = errors.iter().zip(kinds);
    let words: Vec<String> = each
        .map(|((addr, error), kind)| connect_sentence(Some(*kind), Some(error), &addr.to_string()))
        .collect();
    words.join("; ")
}

fn connect_sentence(kind: Option<Kind>, error: Option<&io::Error>, whom: &str) -> String {
    match kind {
        Some(Kind::Refused) => format!("connection refused by {whom}"),
        Some(Kind::Reset) => format!("connection reset by {whom}"),
        Some(Kind::Timeout) => format!("no connection to {whom}: the network gave up"),
        _ => match error {
            Some(error) => format!("{whom} cannot be reached: {error}"),
            None => "the name has no address".to_owned(),
        },
    }
}

fn connect_kind(error: &io::Error) -> Kind {
    match io_kind(error) {
        Some(kind) => kind,
        None => Kind::Unreachable,
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the standard library's list is open")]
fn io_kind(error: &io::Error) -> Option<Kind> {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => Some(Kind::Refused),
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe => Some(Kind::Reset),
        io::ErrorKind::UnexpectedEof => Some(Kind::Closed),
        io::ErrorKind::TimedOut => Some(Kind::Timeout),
        _ => None,
    }
}

fn speaks_no_tls(error: &io::Error) -> bool {
    let tls = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    matches!(tls, Some(rustls::Error::InvalidMessage(_)))
}

fn http_kind(error: &hyper::Error) -> Kind {
    if error.is_parse() {
        return Kind::Protocol;
    }
    if error.is_incomplete_message() || error.is_canceled() || error.is_closed() {
        return Kind::Closed;
    }
    match source_io(error) {
        Some(io) => io_kind(io).unwrap_or(Kind::Protocol),
        None => http2_kind(&innermost(error)),
    }
}

/// h2 keeps the error of the connection to itself and shows only its words.
fn http2_kind(words: &str) -> Kind {
    if words.contains("reset by peer") || words.contains("roken pipe") {
        Kind::Reset
    } else if words.contains("unexpected end of file") || words.contains("close_notify") {
        Kind::Closed
    } else {
        Kind::Protocol
    }
}

fn source_io(error: &hyper::Error) -> Option<&io::Error> {
    let mut source = error.source();
    while let Some(inner) = source {
        if let Some(io) = inner.downcast_ref::<io::Error>() {
            return Some(io);
        }
        source = inner.source();
    }
    None
}

fn innermost(error: &hyper::Error) -> String {
    let mut last: &dyn std::error::Error = error;
    while let Some(inner) = last.source() {
        last = inner;
    }
    last.to_string()
}

/// Errors that say nothing of the target: this process or machine has run out of something.
pub(crate) fn is_local(error: &io::Error) -> bool {
    const ENOMEM: i32 = 12;
    const ENFILE: i32 = 23;
    const EMFILE: i32 = 24;
    const ENOBUFS: i32 = 105;
    matches!(error.raw_os_error(), Some(ENOMEM | ENFILE | EMFILE | ENOBUFS))
}

/// `EADDRNOTAVAIL` means used-up local ports, but on IPv6 also that this machine has no IPv6.
fn out_of_ports(addr: SocketAddr, error: &io::Error) -> bool {
    let no_address = error.kind() == io::ErrorKind::AddrNotAvailable;
    is_local(error) || (no_address && addr.is_ipv4() && addr.port() != 0)
}
