//! The keys of a `service` check: an address, a port, a unit and processes that belong together,
//! and the restart that heals them.

use std::time::Duration;

use crate::config::{
    actions,
    endpoint::Endpoint,
    process::{self, ProcessSpec},
    section::Section,
    table::{
        Key, Kind,
        Need::{Default, OneOf, Optional},
        Table,
    },
    tables::key,
    types::{Action, ActionKind, ActionLimits, HttpRequest, RestartWhen, Spec},
    unit,
};

pub(super) const STATUS: Kind = Kind::Int { min: 100, max: 599 };
pub(super) const PORT: Kind = Kind::Int { min: 1, max: 65_535 };
const AFTER: Kind = Kind::Int { min: 1, max: 10_000 };

// What both spellings of a service have in common.
pub(super) const USE_SUDO: Key =
    key("use_sudo", Kind::Bool, Default("false"), "Whether the restart goes through `sudo -n`.");
pub(super) const REQUIRE_PROCESS: Key = key(
    "require_process",
    Kind::Bool,
    Default("false"),
    "Whether it is a failure that no such process runs; else they are only counted.",
);
pub(super) const AUTO_RESTART: Key = key(
    "auto_restart",
    Kind::Bool,
    Optional,
    "Whether the unit is restarted when the service fails. Absent: yes when there is a unit.",
);
pub(super) const RESTART_AFTER: Key =
    key("restart_after", AFTER, Default("2"), "Failed cycles in a row before the restart.");

/// How long a restart may take: systemd itself waits for a unit that is slow to stop.
const RESTART_LIMIT: Duration = Duration::from_secs(100);

pub(super) static SERVICE: Table = Table {
    name: "service_check",
    about: "A service of several parts. Those that are configured must all be well.",
    keys: &[
        key("url", Kind::Url, OneOf, "The address that is asked."),
        key("expect_status", STATUS, Default("200"), "The wanted status code."),
        key(
            "host",
            Kind::Text,
            Optional,
            "Where the port is. Absent: the host of the address, else this machine.",
        ),
        key("port", PORT, OneOf, "A TCP port that must accept connections."),
        key("unit", Kind::Text, OneOf, "A systemd unit that must be active."),
        USE_SUDO,
        key(
            "process_match",
            Kind::TextOrTexts,
            OneOf,
            "A part of the command line of its processes, or several of which one must fit.",
        ),
        REQUIRE_PROCESS,
        AUTO_RESTART,
        RESTART_AFTER,
    ],
};

/// A `service` check.
#[derive(Clone, Debug)]
pub struct ServiceSpec {
    /// What is asked over HTTP.
    pub http: Option<HttpRequest>,
    /// The wanted status code.
    pub expect_status: u16,
    /// The port that must be open.
    pub port: Option<Endpoint>,
    /// The unit that must be active.
    pub unit: Option<String>,
    /// The processes that are counted.
    pub processes: Option<ProcessSpec>,
    /// Whether one of them must run.
    pub require_process: bool,
    /// How the unit is restarted, if it is.
    pub restart: Option<Restart>,
}

/// How a unit is restarted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Restart {
    /// After how many failed cycles in a row.
    pub after: u32,
    /// Through `sudo -n`.
    pub use_sudo: bool,
}

impl ServiceSpec {
    /// The parts and the restart, for people.
    #[must_use]
    pub fn understood(&self) -> String {
        let http = self.http.as_ref().map(|http| {
            format!("http {} = {}", super::mask_url(http.url.as_str()), self.expect_status)
        });
        let port = self.port.as_ref().map(|port| format!("port {port}"));
        let unit = self.unit.as_ref().map(|unit| match self.restart {
            Some(restart) => format!("unit {unit}, restarted after {} failures", restart.after),
            None => format!("unit {unit}, never restarted"),
        });
        let required = if self.require_process { "required" } else { "counted only" };
        let processes =
            self.processes.as_ref().map(|one| format!("processes {}, {required}", one.listed()));
        [http, port, unit, processes].into_iter().flatten().collect::<Vec<_>>().join("; ")
    }
}

/// The two keys that older files call otherwise.
pub(super) struct Words {
    pub(super) status: &'static str,
    pub(super) unit: &'static str,
}

/// Reads the keys of a check. What is wrong has been reported.
pub(super) fn read(section: &Section<'_>) -> Option<ServiceSpec> {
    if let Some(node) = section.find("host").filter(|_| !section.has("port")) {
        let problem = node.problem("`host` goes with `port`");
        section.context.report(problem.help("add the port that must be open, or remove `host`"));
    }
    read_as(section, &Words { status: "expect_status", unit: "unit" })
}

/// The same with other words.
pub(super) fn read_as(section: &Section<'_>, words: &Words) -> Option<ServiceSpec> {
    let expect_status = section.small(words.status).and_then(|code| u16::try_from(code).ok());
    let expect_status = expect_status.unwrap_or(200);
    let http = section.url("url").map(|url| HttpRequest {
        method: "GET".to_owned(),
        url,
        headers: Vec::new(),
        body: None,
        follow_redirects: !(300..400).contains(&expect_status),
        keep_alive: false,
    });
    let port = endpoint(section, http.as_ref());
    let unit = unit::read(section, &[words.unit]);
    let restart = restart(section, words, unit.as_deref());
    let processes = processes(section);
    let require_process = require_process(section);
    Some(ServiceSpec { http, expect_status, port, unit, processes, require_process, restart })
}

/// The port is what was written, never one that an address implies.
fn endpoint(section: &Section<'_>, http: Option<&HttpRequest>) -> Option<Endpoint> {
    let host = section.text("host");
    if let Some(node) = section.find("host")
        && host.as_ref().is_some_and(|host| host.contains(['/', ' ', '@']))
    {
        let problem = node.problem("`host` must be a name or an address");
        return node.refuse(
            problem.help("such as 127.0.0.1 or db.example.org; the port has a key of its own"),
        );
    }
    let port = section.small("port").and_then(|port| u16::try_from(port).ok())?;
    let of_url = http.and_then(|http| http.url.host_str()).map(str::to_owned);
    let host = host.or(of_url).unwrap_or_else(|| "127.0.0.1".to_owned());
    Some(Endpoint { host: host.trim_matches(['[', ']']).to_owned(), port })
}

fn restart(section: &Section<'_>, words: &Words, unit: Option<&str>) -> Option<Restart> {
    let wanted = section.bool("auto_restart");
    let after = section.small("restart_after").unwrap_or(2);
    let use_sudo = section.bool("use_sudo").unwrap_or(false);
    if wanted == Some(true)
        && unit.is_none()
        && let Some(node) = section.find("auto_restart")
    {
        let problem = node.problem("`auto_restart` needs a unit that can be restarted");
        let help = format!("add `{}`, or remove `auto_restart`", words.unit);
        section.context.report(problem.help(help));
    }
    (unit.is_some() && wanted != Some(false)).then_some(Restart { after, use_sudo })
}

fn processes(section: &Section<'_>) -> Option<ProcessSpec> {
    let patterns = process::patterns(section, "process_match")?;
    Some(ProcessSpec { patterns, min_count: 1, max_count: None })
}

fn require_process(section: &Section<'_>) -> bool {
    let required = section.bool("require_process").unwrap_or(false);
    if required
        && !section.has("process_match")
        && let Some(node) = section.find("require_process")
    {
        let problem = node.problem("`require_process` needs `process_match`");
        section.context.report(problem.help("say which processes are meant"));
    }
    required
}

/// Adds the restart of a service, unless its unit has one in the list already.
pub(super) fn with_restart(
    mut actions: Vec<Action>,
    spec: Option<&Spec>,
    limits: &ActionLimits,
) -> Vec<Action> {
    let Some(Spec::Service(ServiceSpec { unit: Some(unit), restart: Some(restart), .. })) = spec
    else {
        return actions;
    };
    let same = |action: &Action| matches!(&action.kind, ActionKind::Restart { unit: other, .. } if other == unit);
    if !actions.iter().any(same) {
        let kind = ActionKind::Restart {
            unit: unit.clone(),
            use_sudo: restart.use_sudo,
            when: RestartWhen::Always,
        };
        actions.push(Action {
            label: actions::label(&kind),
            kind,
            enabled: true,
            after_failures: restart.after,
            every: 0,
            cooldown: limits.cooldown,
            max_per_hour: limits.max_per_hour,
            timeout: RESTART_LIMIT,
        });
    }
    actions
}
