//! The configuration as the engine uses it: parsed, resolved, compiled, immutable.
//! Nothing here changes at run time and nothing here reads text; `parse` makes these values.

mod action;
mod channel;
mod http;
mod job;

use std::{collections::BTreeSet, fmt, sync::Arc, time::Duration};

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::{
    config::{
        command::CommandSpec,
        dns::DnsSpec,
        host::HostSpec,
        log_heartbeat::{LogHeartbeatSpec, LogSource},
        nodes::Nodes,
        ping::PingSpec,
        process::ProcessSpec,
        push::PushSpec,
        service::ServiceSpec,
        systemd::SystemdSpec,
        tcp::TcpSpec,
    },
    schedule::{Cron, Schedule},
    status::{NoticeKind, Severity},
};

pub use self::{
    action::{Action, ActionKind, ActionLimits, RestartWhen},
    channel::{Channel, ChannelKind},
    http::{HttpRequest, HttpSpec, JsonRule, Predicate},
    job::{JobSpec, WhenNoJob},
};

/// The name of a check: unique, stable over reloads and restarts, the key of everything stored.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CheckName(Arc<str>);

impl CheckName {
    /// Takes the text as it is; the parser has checked its shape.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self(name.into())
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CheckName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for CheckName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", &*self.0)
    }
}

impl std::borrow::Borrow<str> for CheckName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

/// A whole `checks.yaml`.
#[derive(Clone, Debug)]
pub struct Config {
    /// What holds for all checks.
    pub global: Global,
    /// The checks in the order of the file, disabled ones included.
    pub checks: Vec<Arc<Check>>,
    /// What the file says of this node and of its peers.
    pub nodes: Nodes,
    /// Whether the file has a section `services`, whose readers want a `status.json`.
    pub services: bool,
}

impl Config {
    /// The check of that name.
    #[must_use]
    pub fn check(&self, name: &str) -> Option<&Arc<Check>> {
        self.checks.iter().find(|check| check.name.as_str() == name)
    }

    /// The checks that are to be run.
    pub fn enabled(&self) -> impl Iterator<Item = &Arc<Check>> {
        self.checks.iter().filter(|check| check.enabled)
    }
}

/// What holds for all checks.
#[derive(Clone, Debug)]
pub struct Global {
    /// The zone of the board, of deadlines and of cron expressions.
    pub timezone: TimeZone,
    /// The checks of one tick are spread over so long, by a stable hash of their names.
    pub spread: Duration,
    /// Which store the checker writes.
    pub store: StoreKind,
    /// How long closed day segments are kept.
    pub keep: Duration,
    /// The limits of all actions.
    pub actions: ActionLimits,
    /// Whether mail is sent when SMTP is set.
    pub email: bool,
    /// The further channels.
    pub channels: Vec<Channel>,
    /// When the morning report goes out, if it does.
    pub morning_report: Option<MorningReport>,
}

/// Which store the checker writes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StoreKind {
    /// `state.json` and `results.jsonl`.
    #[default]
    Files,
}

/// When the morning report goes out, and where.
#[derive(Clone, Debug)]
pub struct MorningReport {
    /// The instants, in the zone of the board.
    pub cron: Cron,
    /// The channels by name; empty means all of them.
    pub channels: Vec<String>,
}

/// A configured thing to watch.
#[derive(Clone, Debug)]
pub struct Check {
    /// Unique and stable.
    pub name: CheckName,
    /// What pages show instead of the name.
    pub display_name: Option<String>,
    /// Whether it is run.
    pub enabled: bool,
    /// How much a failure matters.
    pub severity: Severity,
    /// When it is due.
    pub schedule: Schedule,
    /// The limit of one attempt.
    pub timeout: Duration,
    /// Attempts after the first in one cycle.
    pub retries: u32,
    /// The wait between two attempts.
    pub backoff: Duration,
    /// The zone of its deadlines, cron expression and notices.
    pub timezone: TimeZone,
    /// The notices that are wanted: `notify_on` and `on_fail.notify` together.
    pub notify_on: BTreeSet<NoticeKind>,
    /// Whether a failure of the very first cycle is told of.
    pub initial_alert: bool,
    /// The least time between two reminders.
    pub reminder_every: Duration,
    /// What is done when it fails.
    pub actions: Vec<Action>,
    /// What is looked at, and how.
    pub spec: Spec,
}

impl Check {
    /// The name for people.
    #[must_use]
    pub fn title(&self) -> &str {
        self.display_name.as_deref().unwrap_or(self.name.as_str())
    }
}

/// What is looked at, and how: one variant a check type.
#[derive(Clone, Debug)]
pub enum Spec {
    /// A program of the user's own.
    Command(CommandSpec),
    /// A question to a name server.
    Dns(DnsSpec),
    /// The machine that the checker runs on.
    Host(HostSpec),
    /// An HTTP request and rules on its answer.
    Http(HttpSpec),
    /// The latest run of a job and its deadlines.
    Job(JobSpec),
    /// A line that a log must go on showing.
    LogHeartbeat(LogHeartbeatSpec),
    /// How many processes run.
    Process(ProcessSpec),
    /// A service of several parts.
    Service(ServiceSpec),
    /// A systemd unit.
    Systemd(SystemdSpec),
    /// Echo requests to a host.
    Ping(PingSpec),
    /// A connection to a port.
    Tcp(TcpSpec),
    /// Something that calls in by itself.
    Push(PushSpec),
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "each question is about a few types; a new type answers none of them"
)]
impl Spec {
    /// The word of `type:`.
    #[must_use]
    pub const fn type_word(&self) -> &'static str {
        match self {
            Self::Command(_) => "command",
            Self::Dns(_) => "dns",
            Self::Host(_) => "host",
            Self::Http(_) => "http",
            Self::Job(_) => "job",
            Self::LogHeartbeat(_) => "log_heartbeat",
            Self::Ping(_) => "ping",
            Self::Process(_) => "process",
            Self::Push(_) => "push",
            Self::Service(_) => "service",
            Self::Systemd(_) => "systemd",
            Self::Tcp(_) => "tcp",
        }
    }

    /// The address that is asked over HTTP, for types that ask one.
    #[must_use]
    pub fn url(&self) -> Option<Url> {
        match self {
            Self::Host(host) => host.heartbeat.as_ref().map(|heartbeat| heartbeat.url.clone()),
            Self::Http(http) => Some(http.request.url.clone()),
            Self::Job(job) => job.status_url.for_job("1").ok(),
            Self::Service(service) => service.http.as_ref().map(|http| http.url.clone()),
            _ => None,
        }
    }

    /// The systemd unit that is looked at, for types that look at one.
    #[must_use]
    pub fn unit(&self) -> Option<&str> {
        match self {
            Self::LogHeartbeat(LogHeartbeatSpec { source: LogSource::Journal(unit), .. }) => {
                Some(unit)
            }
            Self::Service(service) => service.unit.as_deref(),
            Self::Systemd(systemd) => Some(&systemd.unit),
            _ => None,
        }
    }

    /// Whether that unit is asked for through sudo.
    #[must_use]
    pub fn use_sudo(&self) -> bool {
        match self {
            Self::Service(service) => service.restart.is_some_and(|restart| restart.use_sudo),
            Self::Systemd(systemd) => systemd.use_sudo,
            _ => false,
        }
    }

    /// The headers that are sent, for types that ask over HTTP.
    #[must_use]
    pub fn headers(&self) -> &[(String, String)] {
        match self {
            Self::Host(host) => host.heartbeat.as_ref().map_or(&[], |beat| &beat.headers),
            Self::Http(http) => &http.request.headers,
            Self::Job(job) => &job.headers,
            Self::Service(service) => service.http.as_ref().map_or(&[], |http| &http.headers),
            _ => &[],
        }
    }

    /// What must be masked of it besides credentials in address and headers.
    #[must_use]
    pub fn secret(&self) -> Option<&str> {
        if let Self::Push(push) = self { Some(&push.token) } else { None }
    }
}
