//! The keys of a `host` check, and what they fall back to: the variables of the agent that it
//! stands for.

use std::{borrow::Cow, time::Duration};

use url::Url;

use crate::config::{
    check_tables::PERCENT,
    global::{Inherited, variable},
    section::Section,
    table::{
        Key, Kind,
        Need::{Default, Optional},
        Table,
    },
    tables::key,
    template::http_url,
    types::Spec,
};

const KEYS: &[Key] = &[
    key(
        "db",
        Kind::Text,
        Default("\"data/metrics.db\""),
        "The SQLite file that every cycle adds a row to; its folder is created; METRICS_PATH when absent.",
    ),
    key(
        "internet_url",
        Kind::Url,
        Default("\"https://www.google.com/\""),
        "What is asked to see whether there is internet; INTERNET_URL when absent.",
    ),
    key(
        "docker_sock",
        Kind::Text,
        Default("\"/var/run/docker.sock\""),
        "The socket of the container engine; DOCKER_SOCK when absent.",
    ),
    key("heartbeat_url", Kind::Url, Optional, "Where heartbeats go; HEARTBEAT_URL when absent."),
    key(
        "secret",
        Kind::Text,
        Optional,
        "The bearer token of the heartbeats; SECRET_KEY when absent.",
    ),
    key("cpu_warn_percent", PERCENT, Optional, "WARN from this use of the processors on."),
    key("cpu_crit_percent", PERCENT, Optional, "FAIL from this use of the processors on."),
    key("ram_warn_percent", PERCENT, Optional, "WARN from this use of the memory on."),
    key("ram_crit_percent", PERCENT, Optional, "FAIL from this use of the memory on."),
    key("disk_warn_percent", PERCENT, Optional, "WARN from this use of the root file system on."),
    key("disk_crit_percent", PERCENT, Optional, "FAIL from this use of the root file system on."),
    key(
        "min_containers",
        Kind::Int { min: 0, max: 100_000 },
        Optional,
        "FAIL with fewer running containers.",
    ),
    key("require_internet", Kind::Bool, Default("false"), "Whether it fails without internet."),
];

pub(super) static HOST: Table =
    Table { name: "host_check", about: "The machine that the checker runs on.", keys: KEYS };

/// The same under the name that the agent had.
pub(super) static AGENT: Table =
    Table { name: "agent_check", about: "The same as `host`.", keys: KEYS };

/// A `host` check.
#[derive(Clone, Debug)]
pub struct HostSpec {
    /// The SQLite file of the metrics.
    pub db: String,
    /// What is asked to see whether there is internet.
    pub internet_url: Url,
    /// The socket of the container engine.
    pub docker_sock: String,
    /// Where heartbeats go; absent when the address or the secret is not set.
    pub heartbeat: Option<Heartbeat>,
    /// What the machine is called in heartbeats; absent: its host name.
    pub node_id: Option<String>,
    /// Of the processors.
    pub cpu: HostLimits,
    /// Of the memory.
    pub ram: HostLimits,
    /// Of the root file system.
    pub disk: HostLimits,
    /// The fewest running containers.
    pub min_containers: Option<u32>,
    /// Whether it fails without internet.
    pub require_internet: bool,
}

/// Where heartbeats go.
#[derive(Clone, Debug)]
pub struct Heartbeat {
    /// The address.
    pub url: Url,
    /// The request headers, the credential among them.
    pub headers: Vec<(String, String)>,
}

/// From which percentage on a part of the machine is used too much.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HostLimits {
    /// WARN from here on.
    pub warn: Option<u32>,
    /// FAIL from here on.
    pub crit: Option<u32>,
}

/// Whether a type is this one, under either of its names.
pub(super) fn is_host(word: &str) -> bool {
    matches!(word, "host" | "agent")
}

/// What a check of that type inherits: an agent reports every ten seconds, and keeps silent about
/// the state that it finds at its very first cycle.
pub(super) fn inherited<'a>(word: &str, global: &'a Inherited) -> Cow<'a, Inherited> {
    if !is_host(word) {
        return Cow::Borrowed(global);
    }
    let interval = Duration::from_secs(10);
    Cow::Owned(Inherited { interval, initial_alert: false, ..global.clone() })
}

/// Reads the keys. What is wrong has been reported.
pub(super) fn read(section: &Section<'_>) -> Option<Spec> {
    let text = |key: &str, name: &str, default: &str| {
        let own = section.text(key).or_else(|| variable(section.context, name));
        own.unwrap_or_else(|| default.to_owned())
    };
    let secret = section.text("secret").or_else(|| variable(section.context, "SECRET_KEY"));
    let url = address(section, "heartbeat_url", "HEARTBEAT_URL");
    let internet_url = match address(section, "internet_url", "INTERNET_URL") {
        None if !section.has("internet_url") => http_url("https://www.google.com/").ok(),
        found => found,
    };
    Some(Spec::Host(HostSpec {
        db: text("db", "METRICS_PATH", "data/metrics.db"),
        internet_url: internet_url?,
        docker_sock: text("docker_sock", "DOCKER_SOCK", "/var/run/docker.sock"),
        heartbeat: url.zip(secret).map(|(url, secret)| heartbeat(url, &secret)),
        node_id: variable(section.context, "NODE_ID"),
        cpu: limits(section, "cpu_warn_percent", "cpu_crit_percent"),
        ram: limits(section, "ram_warn_percent", "ram_crit_percent"),
        disk: limits(section, "disk_warn_percent", "disk_crit_percent"),
        min_containers: section.small("min_containers"),
        require_internet: section.bool("require_internet").unwrap_or(false),
    }))
}

fn heartbeat(url: Url, secret: &str) -> Heartbeat {
    let pair = |name: &str, value: String| (name.to_owned(), value);
    let headers = vec![
        pair("Authorization", format!("Bearer {secret}")),
        pair("Content-Type", "application/json".to_owned()),
    ];
    Heartbeat { url, headers }
}

/// The address of a key, or of the variable that stands for it.
fn address(section: &Section<'_>, key: &str, name: &str) -> Option<Url> {
    if section.has(key) {
        return section.url(key);
    }
    match http_url(variable(section.context, name)?.trim()) {
        Ok(url) => Some(url),
        Err(why) => {
            let problem = section.problem(format!("{name} is not a web address: {why}"));
            section.context.report(problem.help("such as https://example.org/heartbeat"));
            None
        }
    }
}

fn limits(section: &Section<'_>, warn: &str, crit: &str) -> HostLimits {
    let limits = HostLimits { warn: section.small(warn), crit: section.small(crit) };
    if let (Some(low), Some(high), Some(node)) = (limits.warn, limits.crit, section.find(warn))
        && low > high
    {
        let message = format!("`{warn}` ({low}) must not be above `{crit}` ({high})");
        section.context.report(node.problem(message));
    }
    limits
}
