//! Addresses: as people see them, with secrets left out, and as requests need them.

use std::{
    fmt::Write as _,
    net::{IpAddr, SocketAddr},
};

use url::{Host, Position, Url};

/// An address for people and files: user, password and query left out.
#[must_use]
pub fn shown(url: &Url) -> String {
    let query = if url.query().is_some() { "?…" } else { "" };
    format!("{}://{}{}{query}", url.scheme(), authority(url), url.path())
}

/// Host and port, the port always written.
pub(super) fn target(url: &Url) -> String {
    format!("{}:{}", url.host_str().unwrap_or_default(), port(url))
}

/// Host and port as in a `Host` header: the scheme's own port is left out.
pub(super) fn authority(url: &Url) -> &str {
    &url[Position::BeforeHost..Position::AfterPort]
}

/// Path and query as in a request line.
pub(super) fn path_and_query(url: &Url) -> &str {
    &url[Position::BeforePath..Position::AfterQuery]
}

/// The address itself when the host is written as one, so that nothing has to be resolved.
pub(super) fn literal(url: &Url) -> Option<SocketAddr> {
    let ip = match url.host()? {
        Host::Ipv4(ip) => IpAddr::V4(ip),
        Host::Ipv6(ip) => IpAddr::V6(ip),
        Host::Domain(_) => return None,
    };
    Some(SocketAddr::new(ip, port(url)))
}

/// The port that is written, else the scheme's own.
pub(super) fn port(url: &Url) -> u16 {
    url.port_or_known_default().unwrap_or(0)
}

/// The value of an `Authorization` header for the user and password of an address.
pub(crate) fn basic_authorization(url: &Url) -> Option<String> {
    if url.username().is_empty() && url.password().is_none() {
        return None;
    }
    let mut plain = percent_decoded(url.username());
    plain.push(b':');
    plain.extend(percent_decoded(url.password().unwrap_or_default()));
    Some(format!("Basic {}", base64(&plain)))
}

fn percent_decoded(text: &str) -> Vec<u8> {
    let (bytes, mut out, mut at) = (text.as_bytes(), Vec::with_capacity(text.len()), 0);
    while let Some(&byte) = bytes.get(at) {
        let code = text.get(at + 1..at + 3).filter(|_| byte == b'%');
        let decoded = code.and_then(|hex| u8::from_str_radix(hex, 16).ok());
        out.push(decoded.unwrap_or(byte));
        at += if decoded.is_some() { 3 } else { 1 };
    }
    out
}

/// Base64 with padding.
pub(crate) fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let at = |i: usize| u32::from(three.get(i).copied().unwrap_or(0));
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        for i in 0..4 {
            let six = (bits >> (18 - 6 * i) & 63) as usize;
            out.push(if i <= three.len() { char::from(ALPHABET[six]) } else { '=' });
        }
    }
    out
}

/// Addresses in a list for people: `a`, `a and b`, `a, b and c`.
pub(super) fn listed(items: &[String]) -> String {
    let mut out = String::new();
    for (i, item) in items.iter().enumerate() {
        let joint = match i {
            0 => "",
            _ if i + 1 == items.len() => " and ",
            _ => ", ",
        };
        // Writing to a string cannot fail.
        let _ = write!(out, "{joint}{item}");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_password_and_query_are_never_shown() {
        let url: Url = "https://me:secret@example.test:8443/a/b?token=t".parse().unwrap();
        assert_eq!(shown(&url), "https://example.test:8443/a/b?…");
        assert_eq!(target(&"http://[::1]/".parse().unwrap()), "[::1]:80");
    }

    #[test]
    fn user_and_password_become_basic_authorization() {
        let header = |text: &str| basic_authorization(&text.parse().unwrap());
        assert_eq!(header("http://h/"), None);
        assert_eq!(
            header("http://Aladdin:open%20sesame@h/").as_deref(),
            Some("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==")
        );
        assert_eq!(header("http://a:b@h/").as_deref(), Some("Basic YTpi"));
        assert_eq!(header("http://token@h/").as_deref(), Some("Basic dG9rZW46"));
    }

    #[test]
    fn a_list_reads_as_a_sentence() {
        let read =
            |items: &[&str]| listed(&items.iter().map(|i| (*i).to_owned()).collect::<Vec<_>>());
        assert_eq!([read(&["a"]), read(&["a", "b"])], ["a", "a and b"]);
        assert_eq!(read(&["a", "b", "c"]), "a, b and c");
    }
}
