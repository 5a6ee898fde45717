//! The vocabulary of `checks.yaml`: every section with its keys, types, defaults and meaning.
//! Holds data only.

use crate::config::table::{
    Family, Key, Kind,
    Need::{Default, Optional, Required},
    Table,
};

const DAY_S: f64 = 86_400.0;
const POSITIVE: Kind = Kind::Seconds {
    min: 0.1,
    max: 31.0 * DAY_S,
};
const WAIT: Kind = Kind::Seconds {
    min: 0.0,
    max: DAY_S,
};
const LIMIT: Kind = Kind::Seconds {
    min: 0.01,
    max: 3600.0,
};
const PER_HOUR: Kind = Kind::Int { min: 1, max: 3600 };

pub(super) const SEVERITIES: &[&str] = &["P1", "P2", "P3", "P4"];
const NOTICES: &[&str] = &[
    "first_fail",
    "recovered",
    "deadline_miss",
    "reminder",
    "warn",
    "unknown",
    "remedy_exhausted",
    "change",
];

/// Top-level words of other tools' files that a later version will read.
pub(super) const LATER_KEYS: &[&str] = &[
    "targets",
    "monitor_dns",
    "peers",
    "node_id",
    "node_name",
    "interval_minutes",
    "data_directory",
    "peer_refresh_seconds",
    "services",
];

const fn key(name: &'static str, kind: Kind, need: super::table::Need, doc: &'static str) -> Key {
    Key {
        name,
        kind,
        need,
        doc,
    }
}

pub(super) static ROOT: Table = Table {
    name: "root",
    about: "What is watched, how often, and who is told.",
    keys: &[
        key(
            "global",
            Kind::Section(&GLOBAL),
            Optional,
            "What holds for all checks.",
        ),
        key(
            "checks",
            Kind::Variants(&CHECKS),
            Required,
            "The checks, in the order of the board.",
        ),
    ],
};

pub(super) static GLOBAL: Table = Table {
    name: "global",
    about: "What holds for all checks that do not say otherwise.",
    keys: &[
        key(
            "retries",
            RETRIES,
            Default("0"),
            "Attempts after the first failed one, in one cycle.",
        ),
        key(
            "retry_backoff_s",
            WAIT,
            Default("5"),
            "The wait between two attempts, in seconds.",
        ),
        key(
            "thresholds",
            Kind::Section(&THRESHOLDS),
            Optional,
            "Latency limits of all http checks.",
        ),
        key(
            "interval_s",
            POSITIVE,
            Default("30"),
            "Seconds from one cycle of a check to the next.",
        ),
        key(
            "timeout_s",
            LIMIT,
            Default("5"),
            "The limit of one attempt, in seconds.",
        ),
        key(
            "timezone",
            Kind::Zone,
            Default("\"Asia/Kolkata\""),
            "The zone of the board, of deadlines and of cron expressions.",
        ),
        key(
            "spread_s",
            Kind::Seconds {
                min: 0.0,
                max: 3600.0,
            },
            Default("0"),
            "Spreads checks that start together over so many seconds, by a stable hash of the name.",
        ),
        key(
            "initial_alert",
            Kind::Bool,
            Default("true"),
            "Whether a failure of the very first cycle is told of.",
        ),
        key(
            "notify_on",
            Kind::Words(NOTICES),
            Optional,
            "The notices of checks without their own list.",
        ),
        key(
            "reminder_every_s",
            POSITIVE,
            Default("1800"),
            "The least time between two reminders, in seconds.",
        ),
        key(
            "store",
            Kind::Word(&["files"]),
            Default("\"files\""),
            "Which store the checker writes.",
        ),
        key(
            "keep",
            Kind::Span,
            Default("\"31d\""),
            "How long closed days of the history are kept.",
        ),
        key(
            "actions",
            Kind::Section(&LIMITS),
            Optional,
            "The limits of all actions.",
        ),
        key(
            "notify",
            Kind::Section(&NOTIFY),
            Optional,
            "Where notices go.",
        ),
        key(
            "morning_report",
            Kind::Report(&REPORT),
            Optional,
            "When a report of all checks goes out: a cron expression, or a mapping with channels.",
        ),
    ],
};

const RETRIES: Kind = Kind::Int { min: 0, max: 100 };

static THRESHOLDS: Table = Table {
    name: "thresholds",
    about: "Latency limits of all http checks; absent or null means none.",
    keys: &[
        key(
            "api_warn_ms",
            Kind::Millis,
            Optional,
            "WARN from this latency on, in milliseconds.",
        ),
        key(
            "api_crit_ms",
            Kind::Millis,
            Optional,
            "FAIL from this latency on, in milliseconds.",
        ),
    ],
};

static LIMITS: Table = Table {
    name: "actions",
    about: "The limits of all actions.",
    keys: &[
        key(
            "enabled",
            Kind::Bool,
            Default("true"),
            "Whether any action runs.",
        ),
        key(
            "restart",
            Kind::Bool,
            Default("true"),
            "Whether `restart` actions run.",
        ),
        key(
            "max_per_hour",
            PER_HOUR,
            Default("4"),
            "The most runs of one action in any 3,600 s.",
        ),
        key(
            "cooldown_s",
            WAIT,
            Default("60"),
            "The least time between two runs of one action, in seconds.",
        ),
    ],
};

static NOTIFY: Table = Table {
    name: "notify",
    about: "Where notices go.",
    keys: &[
        key(
            "email",
            Kind::Bool,
            Default("true"),
            "Whether mail is sent when SMTP is set.",
        ),
        key(
            "channels",
            Kind::Variants(&CHANNELS),
            Default("[]"),
            "Further channels.",
        ),
    ],
};

static REPORT: Table = Table {
    name: "morning_report",
    about: "When a report of all checks goes out, and where.",
    keys: &[
        key(
            "cron",
            Kind::Cron,
            Required,
            "The instants, in the zone of the board.",
        ),
        key(
            "channels",
            Kind::Texts,
            Default("[]"),
            "The channels by name; empty means all.",
        ),
    ],
};

pub(super) static CHANNELS: Family = Family {
    what: "channel",
    common: &Table {
        name: "channel",
        about: "A place to which notices go.",
        keys: &[
            key("type", Kind::Type(&CHANNELS), Required, "What it is."),
            key(
                "name",
                Kind::Name,
                Optional,
                "Its name in files and on pages; unique. Absent: its type.",
            ),
            key(
                "severities",
                Kind::Words(SEVERITIES),
                Default("[]"),
                "The severities that it is told of; empty means all.",
            ),
        ],
    },
    types: &[
        (
            "console",
            &Table {
                name: "console_channel",
                about: "Standard output.",
                keys: &[],
            },
        ),
        ("email", &EMAIL),
        ("webhook", &WEBHOOK),
        (
            "slack",
            &Table {
                name: "slack_channel",
                about: "A Slack incoming webhook.",
                keys: &[URL],
            },
        ),
        (
            "teams",
            &Table {
                name: "teams_channel",
                about: "A Microsoft Teams incoming webhook.",
                keys: &[URL],
            },
        ),
    ],
    later: &["telegram", "twilio", "ntfy", "command"],
};

const URL: Key = key(
    "url",
    Kind::UrlOrNothing,
    Required,
    "Where to; an empty address, as from `{NAME:-}`, switches the channel off.",
);

static EMAIL: Table = Table {
    name: "email_channel",
    about: "Mail by the SMTP server of the environment.",
    keys: &[key(
        "to",
        Kind::TextOrTexts,
        Default("[]"),
        "The recipients; empty means MAIL_TO.",
    )],
};

static WEBHOOK: Table = Table {
    name: "webhook_channel",
    about: "An HTTP POST with a JSON body.",
    keys: &[
        URL,
        key(
            "headers",
            Kind::Headers,
            Default("{}"),
            "Further request headers.",
        ),
        key(
            "template",
            Kind::Text,
            Optional,
            "The body, with `{subject}` and the like filled in; absent means all fields as JSON.",
        ),
    ],
};

pub(super) static CHECKS: Family = Family {
    what: "check",
    common: &CHECK,
    types: &[("http", &HTTP), ("job", &JOB)],
    later: &[
        "log_heartbeat",
        "systemd",
        "tcp",
        "dns",
        "ping",
        "service",
        "process",
        "host",
        "agent",
        "push",
        "command",
    ],
};

static CHECK: Table = Table {
    name: "check",
    about: "A thing to watch.",
    keys: &[
        key(
            "name",
            Kind::Name,
            Required,
            "Unique; the key of everything that is stored.",
        ),
        key(
            "type",
            Kind::Type(&CHECKS),
            Required,
            "What kind of check it is.",
        ),
        key(
            "display_name",
            Kind::Text,
            Optional,
            "What pages show instead of the name.",
        ),
        key("enabled", Kind::Bool, Default("true"), "Whether it is run."),
        key(
            "severity",
            Kind::Word(SEVERITIES),
            Default("\"P3\""),
            "How much a failure matters; P1 matters most.",
        ),
        key(
            "interval_s",
            POSITIVE,
            Optional,
            "Seconds from one cycle to the next. Absent: the global one.",
        ),
        key(
            "cron",
            Kind::Cron,
            Optional,
            "When it is due, in its zone; instead of `interval_s`.",
        ),
        key(
            "align",
            Kind::Bool,
            Default("false"),
            "Whether cycles start on multiples of the interval.",
        ),
        key(
            "timeout_s",
            LIMIT,
            Optional,
            "The limit of one attempt, in seconds. Absent: the global one.",
        ),
        key(
            "retries",
            RETRIES,
            Optional,
            "Attempts after the first failed one. Absent: the global number.",
        ),
        key(
            "retry_backoff_s",
            WAIT,
            Optional,
            "The wait between two attempts. Absent: the global one.",
        ),
        key(
            "timezone",
            Kind::Zone,
            Optional,
            "The zone of its deadlines and cron. Absent: the global one.",
        ),
        key(
            "notify_on",
            Kind::Words(NOTICES),
            Optional,
            "The notices that are sent; `[]` is silent. Absent: the global list, else first_fail and recovered, for jobs also deadline_miss.",
        ),
        key(
            "reminder_every_s",
            POSITIVE,
            Optional,
            "The least time between two reminders. Absent: the global one.",
        ),
        key(
            "on_fail",
            Kind::Section(&ON_FAIL),
            Optional,
            "What is done when it fails.",
        ),
    ],
};

static ON_FAIL: Table = Table {
    name: "on_fail",
    about: "What is done when a check fails.",
    keys: &[
        key(
            "notify",
            Kind::Words(&["first_fail", "deadline_miss", "reminder"]),
            Default("[]"),
            "Notices of a failure, in addition to `notify_on`.",
        ),
        key(
            "actions",
            Kind::Variants(&ACTIONS),
            Default("[]"),
            "Remedies, in order.",
        ),
    ],
};

static HTTP: Table = Table {
    name: "http_check",
    about: "An HTTP request and rules on its answer.",
    keys: &[
        key("url", Kind::Url, Required, "The address that is asked."),
        key(
            "method",
            Kind::Word(&["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]),
            Default("\"GET\""),
            "The request method.",
        ),
        key("headers", Kind::Headers, Default("{}"), "Request headers."),
        key(
            "body",
            Kind::Body,
            Optional,
            "The request body; a mapping or a list is sent as JSON.",
        ),
        key(
            "expect_status",
            Kind::Int { min: 100, max: 599 },
            Optional,
            "The wanted status code. Absent: any 2xx.",
        ),
        key(
            "expect_jsonpath",
            Kind::Sections(&RULE),
            Default("[]"),
            "Rules on the JSON body; all must hold.",
        ),
        key(
            "warn_ms",
            Kind::Millis,
            Optional,
            "WARN from this latency on; null means never. Absent: the global one.",
        ),
        key(
            "crit_ms",
            Kind::Millis,
            Optional,
            "FAIL from this latency on; null means never. Absent: the global one.",
        ),
        key(
            "follow_redirects",
            Kind::Bool,
            Default("true"),
            "Whether redirects are followed.",
        ),
        key(
            "keep_alive",
            Kind::Bool,
            Default("false"),
            "Whether the connection is kept for the next attempt.",
        ),
        key(
            "cert_warn_days",
            Kind::Int { min: 0, max: 3650 },
            Optional,
            "WARN when the certificate ends within so many days.",
        ),
    ],
};

static RULE: Table = Table {
    name: "json_rule",
    about: "What must hold of a place in the JSON body: a path and at least one predicate.",
    keys: &[
        key(
            "path",
            Kind::JsonPath,
            Required,
            "The place; `$` is the root. Every match must hold.",
        ),
        key("equals", Kind::Json, Optional, "The value is this one."),
        key("ne", Kind::Json, Optional, "The value is another one."),
        key("lt", Kind::Number, Optional, "A number below this one."),
        key("lte", Kind::Number, Optional, "A number of at most this."),
        key("gt", Kind::Number, Optional, "A number above this one."),
        key("gte", Kind::Number, Optional, "A number of at least this."),
        key(
            "exists",
            Kind::Bool,
            Optional,
            "Whether there is any match.",
        ),
    ],
};

static JOB: Table = Table {
    name: "job_check",
    about: "The latest run of a job and its deadlines.",
    keys: &[
        key(
            "status_url",
            Kind::JobUrl,
            Required,
            "The address of the job's state, with `{job_id}`.",
        ),
        key("headers", Kind::Headers, Default("{}"), "Request headers."),
        key(
            "job_id_file",
            Kind::Text,
            Default("\".last_job_id\""),
            "The file with the latest id, read every cycle; LAST_JOB_ID_FILE when absent.",
        ),
        key(
            "status_path",
            Kind::JsonPath,
            Default("\"$.status\""),
            "Where the state stands in the answer.",
        ),
        key(
            "success_by",
            Kind::TimeOfDay,
            Optional,
            "By when on each day a success must be known.",
        ),
        key(
            "window_start",
            Kind::TimeOfDay,
            Default("\"00:00\""),
            "From when on a success counts for the day.",
        ),
        key(
            "minutes_after_start",
            Kind::Int {
                min: 1,
                max: 44_640,
            },
            Optional,
            "How many minutes after its start a job must have succeeded.",
        ),
        key(
            "when_no_job",
            Kind::Word(&["miss", "ok"]),
            Default("\"miss\""),
            "What it means that no job has run when the deadline comes.",
        ),
    ],
};

pub(super) static ACTIONS: Family = Family {
    what: "action",
    common: &ACTION,
    types: &[
        ("http_post", &HTTP_POST),
        ("restart", &RESTART),
        ("command", &COMMAND),
    ],
    later: &[],
};

static ACTION: Table = Table {
    name: "action",
    about: "A remedy.",
    keys: &[
        key("type", Kind::Type(&ACTIONS), Required, "What is done."),
        key(
            "enabled",
            Kind::Bool,
            Default("true"),
            "Whether it runs at all.",
        ),
        key(
            "after_failures",
            COUNT,
            Default("1"),
            "Failed cycles in a row before it runs.",
        ),
        key(
            "every",
            Kind::Int {
                min: 0,
                max: 10_000,
            },
            Default("0"),
            "Failed cycles between two runs in one incident; 0 means once per incident.",
        ),
        key(
            "cooldown_s",
            WAIT,
            Optional,
            "The least time between two runs. Absent: the global one.",
        ),
        key(
            "max_per_hour",
            PER_HOUR,
            Optional,
            "The most runs in any 3,600 s. Absent: the global number.",
        ),
        key(
            "timeout_s",
            LIMIT,
            Default("10"),
            "The limit of one run, in seconds.",
        ),
    ],
};

const COUNT: Kind = Kind::Int {
    min: 1,
    max: 10_000,
};

static HTTP_POST: Table = Table {
    name: "http_post_action",
    about: "An HTTP POST with a JSON body.",
    keys: &[
        key("url", Kind::Url, Required, "Where to."),
        key("payload", Kind::Json, Default("{}"), "The JSON body."),
    ],
};

static RESTART: Table = Table {
    name: "restart_action",
    about: "`systemctl restart UNIT`.",
    keys: &[
        key("unit", Kind::Text, Required, "The unit."),
        key(
            "use_sudo",
            Kind::Bool,
            Default("false"),
            "Whether it goes through `sudo -n`.",
        ),
    ],
};

static COMMAND: Table = Table {
    name: "command_action",
    about: "A program with its arguments; never a shell.",
    keys: &[key(
        "argv",
        Kind::Texts,
        Required,
        "The program and its arguments.",
    )],
};
