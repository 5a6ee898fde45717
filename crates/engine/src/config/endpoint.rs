//! Hosts and ports as they are written: `db.local`, `db.local:5432`, `[::1]:53`, `::1`, or the
//! beginning of an address such as `http://127.0.0.1:8000`.

use std::{fmt, net::Ipv6Addr};

use url::Url;

use crate::config::{section::Section, template::http_url, text::expanded};

/// A host and a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// A name in small letters, or an address without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
}

impl Endpoint {
    /// Reads `host`, `host:port`, `[v6]:port`, a bare IPv6 address, or an http or https address,
    /// of which only host and port are taken.
    ///
    /// # Errors
    /// Says what is wrong with the text.
    pub fn parse(text: &str, default_port: u16) -> Result<Self, String> {
        if text.contains("://") {
            let url = http_url(text)?;
            let port = url.port_or_known_default().unwrap_or(default_port);
            return Ok(Self { host: bare(&url), port });
        }
        let (host, port) = split(text)?;
        Ok(Self { host: parse_host(host)?, port: port.unwrap_or(default_port) })
    }

    /// The same as an address, so that it can be connected to like one.
    ///
    /// # Errors
    /// Says what is wrong with the host.
    pub fn url(&self, tls: bool) -> Result<Url, String> {
        http_url(&format!("{}://{self}/", if tls { "https" } else { "http" }))
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.host.contains(':') {
            true => write!(f, "[{}]:{}", self.host, self.port),
            false => write!(f, "{}:{}", self.host, self.port),
        }
    }
}

/// A host name in small letters, or an address without brackets.
///
/// # Errors
/// Says what is wrong with the text.
pub(super) fn parse_host(text: &str) -> Result<String, String> {
    let inner = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    if inner.parse::<Ipv6Addr>().is_ok() {
        return Ok(inner.to_owned());
    }
    let odd = |c: char| c.is_whitespace() || "/?#@:[]%\\".contains(c);
    if text.is_empty() {
        return Err("the host is missing".to_owned());
    }
    if let Some(c) = text.chars().find(|c| odd(*c)) {
        return Err(format!("`{c}` cannot stand in a host name"));
    }
    http_url(&format!("http://{text}/")).map(|url| bare(&url))
}

/// The host of an address without the brackets of IPv6.
fn bare(url: &Url) -> String {
    url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned()
}

fn split(text: &str) -> Result<(&str, Option<u16>), String> {
    if text.parse::<Ipv6Addr>().is_ok() {
        return Ok((text, None));
    }
    let (host, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((_, "")) => return Ok((text, None)),
        Some((host, rest)) => (host, rest.strip_prefix(':').ok_or("`]` goes before `:port`")?),
        None => match text.rsplit_once(':') {
            None => return Ok((text, None)),
            Some((host, _)) if host.contains(':') => {
                return Err("an IPv6 address with a port needs brackets: [::1]:53".to_owned());
            }
            Some(split) => split,
        },
    };
    match port.parse::<u16>() {
        Ok(number) if number > 0 => Ok((host, Some(number))),
        _ => Err(format!("`{port}` is no port: a whole number from 1 to 65535")),
    }
}

impl Section<'_> {
    /// A host with an optional port.
    pub(super) fn endpoint(&self, key: &str, default_port: u16) -> Option<Endpoint> {
        self.network(key, |text| Endpoint::parse(text, default_port))
    }

    /// A host without a port.
    pub(super) fn host(&self, key: &str) -> Option<String> {
        self.network(key, parse_host)
    }

    fn network<T>(&self, key: &str, parse: impl Fn(&str) -> Result<T, String>) -> Option<T> {
        let (node, kind) = self.get(key)?;
        let text = expanded(&node, &kind.expects())?;
        parse(text.trim())
            .map_or_else(|why| node.refuse(node.mismatch(&kind.expects()).label(why)), Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<String, String> {
        Endpoint::parse(text, 53).map(|place| place.to_string())
    }

    #[test]
    fn a_port_may_be_left_out_and_ipv6_may_be_written_bare() {
        for (text, place) in [
            ("1.1.1.1", "1.1.1.1:53"),
            ("1.1.1.1:80", "1.1.1.1:80"),
            ("::1", "[::1]:53"),
            ("[::1]", "[::1]:53"),
            ("[::1]:5353", "[::1]:5353"),
            ("DB.local:5432", "db.local:5432"),
            ("my_db", "my_db:53"),
            ("http://127.0.0.1:8000", "127.0.0.1:8000"),
            ("https://[::1]/x", "[::1]:443"),
        ] {
            assert_eq!(read(text).as_deref(), Ok(place), "{text}");
        }
    }

    #[test]
    fn what_is_no_host_or_no_port_is_told() {
        for (text, why) in [
            ("", "the host is missing"),
            (":53", "the host is missing"),
            ("a b", "` ` cannot stand in a host name"),
            ("a:b", "`b` is no port: a whole number from 1 to 65535"),
            ("a:0", "`0` is no port: a whole number from 1 to 65535"),
            ("a:65536", "`65536` is no port: a whole number from 1 to 65535"),
            ("::1:53:x", "an IPv6 address with a port needs brackets: [::1]:53"),
            ("[::1]53", "`]` goes before `:port`"),
            ("1.2.3.999", "invalid IPv4 address"),
            ("tcp://x", "scheme `tcp` is not http or https"),
        ] {
            assert_eq!(read(text).unwrap_err(), why, "{text}");
        }
    }
}
