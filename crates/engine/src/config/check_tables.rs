//! The vocabulary of `checks`: every type of check and of action with its keys, types, defaults
//! and meaning. Holds data only.

use crate::config::{
    command,
    dns::DNS,
    host,
    log_heartbeat::LOG_HEARTBEAT,
    ping::PING,
    process::PROCESS,
    push,
    service::SERVICE,
    systemd::SYSTEMD,
    table::{
        Family, Kind,
        Need::{Default, OneOf, Optional, Required},
        Table,
    },
    tables::{LIMIT, NOTICES, PER_HOUR, POSITIVE, RETRIES, SEVERITIES, WAIT, key},
    tcp::TCP,
};

pub(super) const PERCENT: Kind = Kind::Int { min: 1, max: 100 };

pub(super) static CHECKS: Family = Family {
    what: "check",
    common: &CHECK,
    types: &[
        ("agent", &host::AGENT),
        ("command", &command::COMMAND),
        ("dns", &DNS),
        ("host", &host::HOST),
        ("http", &HTTP),
        ("job", &JOB),
        ("log_heartbeat", &LOG_HEARTBEAT),
        ("ping", &PING),
        ("process", &PROCESS),
        ("push", &push::PUSH),
        ("service", &SERVICE),
        ("systemd", &SYSTEMD),
        ("tcp", &TCP),
    ],
};

static CHECK: Table = Table {
    name: "check",
    about: "A thing to watch.",
    keys: &[
        key("name", Kind::Name, Required, "Unique; the key of everything that is stored."),
        key("type", Kind::Type(&CHECKS), Required, "What kind of check it is."),
        key("display_name", Kind::Text, Optional, "What pages show instead of the name."),
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
        key("cron", Kind::Cron, Optional, "When it is due, in its zone; instead of `interval_s`."),
        key(
            "align",
            Kind::Bool,
            Optional,
            "Whether cycles start on multiples of the interval. Absent: only those of hosts do.",
        ),
        key(
            "timeout_s",
            LIMIT,
            Optional,
            "The limit of one attempt, in seconds. Absent: 15 for systemd, 4 for tcp, else the global one.",
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
        key("on_fail", Kind::Section(&ON_FAIL), Optional, "What is done when it fails."),
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
        key("actions", Kind::Variants(&ACTIONS), Default("[]"), "Remedies, in order."),
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
        key("body", Kind::Body, Optional, "The request body; a mapping or a list is sent as JSON."),
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
        key("follow_redirects", Kind::Bool, Default("true"), "Whether redirects are followed."),
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
        key("path", Kind::JsonPath, Required, "The place; `$` is the root. Every match must hold."),
        key("equals", Kind::Json, OneOf, "The value is this one."),
        key("ne", Kind::Json, OneOf, "The value is another one."),
        key("lt", Kind::Number, OneOf, "A number below this one."),
        key("lte", Kind::Number, OneOf, "A number of at most this."),
        key("gt", Kind::Number, OneOf, "A number above this one."),
        key("gte", Kind::Number, OneOf, "A number of at least this."),
        key("exists", Kind::Bool, OneOf, "Whether there is any match."),
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
            Kind::Int { min: 1, max: 44_640 },
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
    types: &[("http_post", &HTTP_POST), ("restart", &RESTART), ("command", &COMMAND)],
};

static ACTION: Table = Table {
    name: "action",
    about: "A remedy.",
    keys: &[
        key("type", Kind::Type(&ACTIONS), Required, "What is done."),
        key(
            "enabled",
            Kind::Bool,
            Optional,
            "Whether it runs at all. Absent: true, but false for restarts of log_heartbeat checks.",
        ),
        key("after_failures", COUNT, Default("1"), "Failed cycles in a row before it runs."),
        key(
            "every",
            Kind::Int { min: 0, max: 10_000 },
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
        key("timeout_s", LIMIT, Default("10"), "The limit of one run, in seconds."),
    ],
};

const COUNT: Kind = Kind::Int { min: 1, max: 10_000 };

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
        key(
            "unit",
            Kind::Text,
            Optional,
            "The unit. Absent: the one that the check looks at, where it looks at one.",
        ),
        key(
            "use_sudo",
            Kind::Bool,
            Optional,
            "Whether it goes through `sudo -n`. Absent: as the check asks for its own unit; else no.",
        ),
        key(
            "when",
            Kind::Word(&["always", "stale_and_no_clients"]),
            Optional,
            "What must hold besides the failure. Absent: `always`; for log_heartbeat checks `stale_and_no_clients`.",
        ),
    ],
};

static COMMAND: Table = Table {
    name: "command_action",
    about: "A program with its arguments; never a shell.",
    keys: &[key("argv", Kind::Texts, Required, "The program and its arguments.")],
};
