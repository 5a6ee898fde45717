//! The keys of a `ping` check.

use std::time::Duration;

use crate::config::{
    http::Limits,
    section::Section,
    table::{
        Kind,
        Need::{Default, Optional, Required},
        Table,
    },
    tables::key,
};

/// A `ping` check.
#[derive(Clone, Debug)]
pub struct PingSpec {
    /// Who is asked: a name or an address.
    pub host: String,
    /// How many echo requests make one attempt.
    pub count: u32,
    /// WARN from this loss on, in percent.
    pub loss_warn: Option<u32>,
    /// FAIL from this loss on, in percent.
    pub loss_crit: u32,
    /// WARN from this average on.
    pub warn: Option<Duration>,
    /// FAIL from this average on.
    pub crit: Option<Duration>,
}

const PERCENT: Kind = Kind::Int { min: 1, max: 100 };

pub(super) static PING: Table = Table {
    name: "ping_check",
    about: "A host that must answer echo requests.",
    keys: &[
        key("host", Kind::Host, Required, "Who is asked."),
        key(
            "count",
            Kind::Int { min: 1, max: 100 },
            Default("3"),
            "How many echo requests make one attempt; their answers must come within `timeout_s`.",
        ),
        key("loss_warn_percent", PERCENT, Optional, "WARN when so much is lost."),
        key("loss_crit_percent", PERCENT, Default("100"), "FAIL when so much is lost."),
        key("warn_ms", Kind::Millis, Optional, "WARN from this average on."),
        key("crit_ms", Kind::Millis, Optional, "FAIL from this average on."),
    ],
};

/// Reads the keys. What is wrong has been reported.
pub(super) fn read(section: &Section<'_>) -> Option<PingSpec> {
    let host = section.host("host");
    let count = section.small("count").unwrap_or(3);
    let loss_warn = section.small("loss_warn_percent");
    let loss_crit = section.small("loss_crit_percent").unwrap_or(100);
    if let Some(low) = loss_warn.filter(|low| *low > loss_crit)
        && let Some(node) = section.find("loss_warn_percent")
    {
        let message = format!(
            "`loss_warn_percent` ({low}) must not be above `loss_crit_percent` ({loss_crit})"
        );
        section.context.report(node.problem(message));
    }
    let limits = Limits::read(section, "warn_ms", "crit_ms", Limits::default());
    Some(PingSpec {
        host: host?,
        count,
        loss_warn,
        loss_crit,
        warn: limits.warn,
        crit: limits.crit,
    })
}
