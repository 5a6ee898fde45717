//! The vocabulary of `checks.yaml` but for the checks: every section with its keys, types,
//! defaults and meaning. Holds data only.

use crate::config::{
    check_tables::CHECKS,
    nodes, senders,
    services::SERVICES,
    table::{
        Family, Key, Kind,
        Need::{self, Default, OneOf, Optional, Required},
        Table,
    },
};

const DAY_S: f64 = 86_400.0;
pub(super) const POSITIVE: Kind = Kind::Seconds { min: 0.1, max: 31.0 * DAY_S };
pub(super) const WAIT: Kind = Kind::Seconds { min: 0.0, max: DAY_S };
pub(super) const LIMIT: Kind = Kind::Seconds { min: 0.01, max: 3600.0 };
pub(super) const PER_HOUR: Kind = Kind::Int { min: 1, max: 3600 };

pub(super) const SEVERITIES: &[&str] = &["P1", "P2", "P3", "P4"];
pub(super) const NOTICES: &[&str] = &[
    "first_fail",
    "recovered",
    "deadline_miss",
    "reminder",
    "warn",
    "unknown",
    "remedy_exhausted",
    "change",
];

pub(super) const fn key(name: &'static str, kind: Kind, need: Need, doc: &'static str) -> Key {
    Key { name, kind, need, doc }
}

pub(super) static ROOT: Table = Table {
    name: "root",
    about: "What is watched, how often, and who is told.",
    keys: &[
        key("global", Kind::Section(&GLOBAL), Optional, "What holds for all checks."),
        key("checks", Kind::Variants(&CHECKS), OneOf, "The checks, in the order of the board."),
        key(
            "targets",
            Kind::Sections(&nodes::TARGET),
            OneOf,
            "Systemd units, each a check of its own.",
        ),
        key("monitor_dns", Kind::Section(&nodes::PROBE), Optional, "The probe of the network."),
        key("peers", Kind::Sections(&nodes::PEER), OneOf, "Other nodes, shown on the same page."),
        key(
            "node_id",
            Kind::Name,
            Optional,
            "Unique in the cluster. Absent: the name of the host.",
        ),
        key("node_name", Kind::Text, Optional, "What pages show instead of the id."),
        key(
            "interval_minutes",
            Kind::Int { min: 1, max: 1440 },
            Default("5"),
            "Minutes from one sample of the targets to the next.",
        ),
        key(
            "data_directory",
            Kind::Text,
            Default("\".dist/data\""),
            "The folder of `status_history.json`, which is kept for targets only.",
        ),
        key(
            "peer_refresh_seconds",
            POSITIVE,
            Default("60"),
            "Seconds from one look at a peer to the next.",
        ),
        key(
            "services",
            Kind::Sections(&SERVICES),
            OneOf,
            "Services, each of which becomes a check.",
        ),
    ],
};

pub(super) static GLOBAL: Table = Table {
    name: "global",
    about: "What holds for all checks that do not say otherwise.",
    keys: &[
        key("retries", RETRIES, Default("0"), "Attempts after the first failed one, in one cycle."),
        key("retry_backoff_s", WAIT, Default("5"), "The wait between two attempts, in seconds."),
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
        key("timeout_s", LIMIT, Default("5"), "The limit of one attempt, in seconds."),
        key(
            "timezone",
            Kind::Zone,
            Default("\"Asia/Kolkata\""),
            "The zone of the board, of deadlines and of cron expressions.",
        ),
        key(
            "spread_s",
            Kind::Seconds { min: 0.0, max: 3600.0 },
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
        key("actions", Kind::Section(&LIMITS), Optional, "The limits of all actions."),
        key("notify", Kind::Section(&NOTIFY), Optional, "Where notices go."),
        key(
            "morning_report",
            Kind::Report(&REPORT),
            Optional,
            "When a report of all checks goes out: a cron expression, or a mapping with channels.",
        ),
    ],
};

pub(super) const RETRIES: Kind = Kind::Int { min: 0, max: 100 };

static THRESHOLDS: Table = Table {
    name: "thresholds",
    about: "Latency limits of all http checks; absent or null means none.",
    keys: &[
        key("api_warn_ms", Kind::Millis, Optional, "WARN from this latency on, in milliseconds."),
        key("api_crit_ms", Kind::Millis, Optional, "FAIL from this latency on, in milliseconds."),
    ],
};

static LIMITS: Table = Table {
    name: "actions",
    about: "The limits of all actions.",
    keys: &[
        key("enabled", Kind::Bool, Default("true"), "Whether any action runs."),
        key("restart", Kind::Bool, Default("true"), "Whether `restart` actions run."),
        key("max_per_hour", PER_HOUR, Default("4"), "The most runs of one action in any 3,600 s."),
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
        key("email", Kind::Bool, Default("true"), "Whether mail is sent when SMTP is set."),
        key("channels", Kind::Variants(&CHANNELS), Default("[]"), "Further channels."),
    ],
};

static REPORT: Table = Table {
    name: "morning_report",
    about: "When a report of all checks goes out, and where.",
    keys: &[
        key("cron", Kind::Cron, Required, "The instants, in the zone of the board."),
        key("channels", Kind::Texts, Default("[]"), "The channels by name; empty means all."),
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
        ("console", &Table { name: "console_channel", about: "Standard output.", keys: &[] }),
        ("email", &EMAIL),
        ("webhook", &WEBHOOK),
        (
            "slack",
            &Table { name: "slack_channel", about: "A Slack incoming webhook.", keys: &[URL] },
        ),
        (
            "teams",
            &Table {
                name: "teams_channel",
                about: "A Microsoft Teams incoming webhook.",
                keys: &[URL],
            },
        ),
        ("telegram", &senders::TELEGRAM),
        ("twilio", &senders::TWILIO),
        ("ntfy", &senders::NTFY),
        ("command", &senders::PROGRAM),
    ],
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
    keys: &[key("to", Kind::TextOrTexts, Default("[]"), "The recipients; empty means MAIL_TO.")],
};

static WEBHOOK: Table = Table {
    name: "webhook_channel",
    about: "An HTTP POST with a JSON body.",
    keys: &[
        URL,
        key("headers", Kind::Headers, Default("{}"), "Further request headers."),
        key(
            "template",
            Kind::Text,
            Optional,
            "The body, with `{subject}` and the like filled in; absent means all fields as JSON.",
        ),
    ],
};
