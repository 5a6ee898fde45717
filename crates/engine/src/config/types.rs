//! The configuration as the engine uses it: parsed, resolved, compiled, immutable.
//! Nothing here changes at run time and nothing here reads text; `parse` makes these values.

use std::{collections::BTreeMap, collections::BTreeSet, fmt, sync::Arc, time::Duration};

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::{
    config::{
        command::CommandSpec,
        dns::DnsSpec,
        host::HostSpec,
        json_query::JsonQuery,
        log_heartbeat::{LogHeartbeatSpec, LogSource},
        nodes::Nodes,
        ping::PingSpec,
        process::ProcessSpec,
        push::PushSpec,
        senders::{Ntfy, Program, Telegram, Twilio},
        service::ServiceSpec,
        systemd::SystemdSpec,
        tcp::TcpSpec,
        template::JobUrl,
    },
    schedule::{Cron, Schedule},
    status::{NoticeKind, Severity},
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

/// The limits of all actions; an action may have its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActionLimits {
    /// Whether any action runs.
    pub enabled: bool,
    /// Whether `restart` actions run.
    pub restart: bool,
    /// The most runs of one action in any 3,600 s.
    pub max_per_hour: u32,
    /// The least time between two runs of one action.
    pub cooldown: Duration,
}

impl Default for ActionLimits {
    fn default() -> Self {
        Self { enabled: true, restart: true, max_per_hour: 4, cooldown: Duration::from_secs(60) }
    }
}

/// When the morning report goes out, and where.
#[derive(Clone, Debug)]
pub struct MorningReport {
    /// The instants, in the zone of the board.
    pub cron: Cron,
    /// The channels by name; empty means all of them.
    pub channels: Vec<String>,
}

/// A place to which notices go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Channel {
    /// Its name in files and on pages; unique.
    pub name: String,
    /// What it is.
    pub kind: ChannelKind,
    /// The severities that it is told of; empty means all.
    pub severities: BTreeSet<Severity>,
}

/// The kinds of channel. An empty address switches the channel off with one log line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChannelKind {
    /// Standard output.
    Console,
    /// Mail by the SMTP server of the environment.
    Email {
        /// The recipients.
        to: Vec<String>,
    },
    /// An HTTP POST with a JSON body.
    Webhook {
        /// Where to.
        url: String,
        /// Further request headers.
        headers: BTreeMap<String, String>,
        /// The body, with `{subject}` and the like filled in; absent means all fields as JSON.
        template: Option<String>,
    },
    /// A Slack incoming webhook.
    Slack {
        /// Where to.
        url: String,
    },
    /// A Microsoft Teams incoming webhook.
    Teams {
        /// Where to.
        url: String,
    },
    /// A Telegram bot.
    Telegram(Telegram),
    /// Text messages.
    Twilio(Twilio),
    /// A topic of an ntfy server.
    Ntfy(Ntfy),
    /// A program of the user's own.
    Command(Program),
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

/// An HTTP request.
#[derive(Clone, Debug)]
pub struct HttpRequest {
    /// `GET`, `POST`, …
    pub method: String,
    /// An absolute `http` or `https` address.
    pub url: Url,
    /// Headers as written.
    pub headers: Vec<(String, String)>,
    /// The body, when there is one.
    pub body: Option<String>,
    /// Whether redirects are followed.
    pub follow_redirects: bool,
    /// Whether the connection is kept for the next attempt.
    pub keep_alive: bool,
}

/// An `http` check.
#[derive(Clone, Debug)]
pub struct HttpSpec {
    /// What is asked.
    pub request: HttpRequest,
    /// The wanted status code; absent means any 2xx.
    pub expect_status: Option<u16>,
    /// The rules on the JSON body; all must hold.
    pub expect_jsonpath: Vec<JsonRule>,
    /// WARN from this latency on.
    pub warn: Option<Duration>,
    /// FAIL from this latency on.
    pub crit: Option<Duration>,
    /// WARN when the certificate ends within so long.
    pub cert_warn: Option<Duration>,
}

/// One entry of `expect_jsonpath`.
#[derive(Clone, Debug)]
pub struct JsonRule {
    /// Which values are meant; every match must hold, no match is a failure of its own.
    pub query: JsonQuery,
    /// What must hold of each.
    pub predicates: Vec<Predicate>,
}

/// What must hold of a matched value.
#[derive(Clone, Debug, PartialEq)]
pub enum Predicate {
    /// Equal as JSON; numbers by value.
    Equals(serde_json::Value),
    /// Not equal as JSON.
    Ne(serde_json::Value),
    /// A number below.
    Lt(f64),
    /// A number at most.
    Lte(f64),
    /// A number above.
    Gt(f64),
    /// A number at least.
    Gte(f64),
    /// Whether anything matches at all.
    Exists(bool),
}

/// A `job` check.
#[derive(Clone, Debug)]
pub struct JobSpec {
    /// The address of the job's state, with `{job_id}`.
    pub status_url: JobUrl,
    /// Request headers as written.
    pub headers: Vec<(String, String)>,
    /// Where the latest id is read from, every cycle.
    pub job_id_file: String,
    /// Where the state stands in the answer.
    pub status_path: JsonQuery,
    /// By when on each day a success must be known.
    pub success_by: Option<jiff::civil::Time>,
    /// From when on a success counts for the day.
    pub window_start: jiff::civil::Time,
    /// How long after its start a job must have succeeded.
    pub within: Option<Duration>,
    /// What it means that no job has run at a deadline.
    pub when_no_job: WhenNoJob,
}

/// What it means that no job has run when the deadline comes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WhenNoJob {
    /// The deadline is missed.
    #[default]
    Miss,
    /// All is well.
    Ok,
}

/// Something that is done when a check fails.
#[derive(Clone, Debug)]
pub struct Action {
    /// Identifies the action within its check: type and target, secrets masked.
    pub label: String,
    /// What is done.
    pub kind: ActionKind,
    /// Its own off switch.
    pub enabled: bool,
    /// Failed cycles in a row before it runs.
    pub after_failures: u32,
    /// Failed cycles between two runs in one incident; 0 means once per incident.
    pub every: u32,
    /// The least time between two runs.
    pub cooldown: Duration,
    /// The most runs in any 3,600 s.
    pub max_per_hour: u32,
    /// The limit of one run.
    pub timeout: Duration,
}

/// The kinds of action.
#[derive(Clone, Debug)]
pub enum ActionKind {
    /// An HTTP POST with a JSON body.
    HttpPost {
        /// Where to.
        url: Url,
        /// The JSON body.
        payload: serde_json::Value,
    },
    /// `systemctl restart UNIT`.
    Restart {
        /// The unit.
        unit: String,
        /// Through `sudo -n`.
        use_sudo: bool,
        /// What must hold besides the failure of the check.
        when: RestartWhen,
    },
    /// A program with its arguments; never a shell.
    Command {
        /// Program and arguments.
        argv: Vec<String>,
    },
}

/// What must hold for a restart besides the failure of the check.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RestartWhen {
    /// Nothing.
    #[default]
    Always,
    /// The heartbeat is stale and told of no clients. That there is none at all counts as both.
    StaleAndNoClients,
}
