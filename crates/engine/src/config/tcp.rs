//! The keys of a `tcp` check.

use std::time::Duration;

use url::Url;

use crate::config::{
    endpoint::Endpoint,
    http::Limits,
    pattern::Pattern,
    section::Section,
    table::{
        Kind,
        Need::{Default, Optional, Required},
        Table,
    },
    tables::key,
};

/// The limit of one attempt when none is written.
pub(super) const TIMEOUT: Duration = Duration::from_secs(4);

/// The port that is meant when none is written: the one of name servers, which are what is usually
/// tried to see whether the network is there.
pub(super) const PORT: u16 = 53;

/// A `tcp` check.
#[derive(Clone, Debug)]
pub struct TcpSpec {
    /// Where to connect to.
    pub target: Endpoint,
    /// The same as an address; `https` stands for TLS.
    pub address: Url,
    /// What is sent once the connection is open.
    pub send: Option<String>,
    /// What must appear in what comes back.
    pub expect: Option<Pattern>,
    /// Whether TLS is spoken.
    pub tls: bool,
    /// WARN from this latency on.
    pub warn: Option<Duration>,
    /// FAIL from this latency on.
    pub crit: Option<Duration>,
    /// WARN when the certificate ends within so long.
    pub cert_warn: Option<Duration>,
}

pub(super) static TCP: Table = Table {
    name: "tcp_check",
    about: "A TCP port that must open, and may have to say something.",
    keys: &[
        key(
            "target",
            Kind::Endpoint,
            Required,
            "Host and port, `[::1]:53` for IPv6; port 53 when none is written. Of an http address host and port are taken.",
        ),
        key("send", Kind::Text, Optional, "What is sent once the connection is open."),
        key(
            "expect",
            Kind::Regex,
            Optional,
            "A regular expression that must match somewhere in what comes back.",
        ),
        key(
            "tls",
            Kind::Bool,
            Default("false"),
            "Whether TLS is spoken; its certificate must be good.",
        ),
        key("warn_ms", Kind::Millis, Optional, "WARN from this latency on, answer included."),
        key("crit_ms", Kind::Millis, Optional, "FAIL from this latency on, answer included."),
        key(
            "cert_warn_days",
            Kind::Int { min: 0, max: 3650 },
            Optional,
            "WARN when the certificate ends within so many days.",
        ),
    ],
};

/// Reads the keys. What is wrong has been reported.
pub(super) fn read(section: &Section<'_>) -> Option<TcpSpec> {
    let target = section.endpoint("target", PORT);
    let send = section.free_text("send").filter(|text| !text.is_empty());
    let expect = section.pattern("expect");
    let tls = section.bool("tls").unwrap_or(false);
    let limits = Limits::read(section, "warn_ms", "crit_ms", Limits::default());
    let days = section.int("cert_warn_days");
    if let Some(node) = section.find("cert_warn_days").filter(|_| !tls && !section.has("tls")) {
        let problem = node.problem("without TLS there is no certificate");
        section.context.report(problem.help("add `tls: true`"));
    }
    let target = target?;
    let address = target.url(tls).ok()?;
    Some(TcpSpec {
        target,
        address,
        send,
        expect,
        tls,
        warn: limits.warn,
        crit: limits.crit,
        cert_warn: days.map(|days| Duration::from_secs(days * 86_400)),
    })
}

/// A check that a port opens, and of nothing else.
pub(super) fn plain(target: Endpoint) -> Option<TcpSpec> {
    let address = target.url(false).ok()?;
    Some(TcpSpec {
        target,
        address,
        send: None,
        expect: None,
        tls: false,
        warn: None,
        crit: None,
        cert_warn: None,
    })
}
