//! The words of the grammar: every mapping with its keys, what may stand behind each, and what it
//! means. The reader takes the allowed keys from here, the JSON Schema is written from it.

/// A mapping of a scenario.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) name: &'static str,
    pub(super) about: &'static str,
    pub(super) keys: &'static [Key],
}

/// One key of a mapping.
#[derive(Debug)]
pub(super) struct Key {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) required: bool,
    pub(super) doc: &'static str,
}

/// What may stand behind a key, as far as a schema can say it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Text,
    Regex,
    Bool,
    Whole,
    Length,
    Moment,
    Moments,
    Word(&'static [&'static str]),
    WordOrWords(&'static [&'static str]),
    TextOrTexts,
    Texts,
    Table(&'static Table),
    List(&'static Table),
    NoneOrList(&'static Table),
    Steps,
    OneOrMore(&'static Table),
    Count,
    Free,
}

const fn key(name: &'static str, kind: Kind, doc: &'static str) -> Key {
    Key { name, kind, required: false, doc }
}

pub(super) const fn must(name: &'static str, kind: Kind, doc: &'static str) -> Key {
    Key { name, kind, required: true, doc }
}

pub(super) static ROOT: Table = Table {
    name: "scenario",
    about: "A scripted outage and the alerts and actions that must follow from it.",
    keys: &[
        must("scenario", Kind::Text, "the name: letters, digits and - _ ."),
        key("about", Kind::Text, "what it tells, in a sentence or two"),
        key(
            "checks",
            Kind::Text,
            "the configuration under test, relative to this file; absent: the nearest checks.yaml",
        ),
        key("start", Kind::Text, "the instant of 0s, RFC 3339; absent: 2026-01-01T00:00:00Z"),
        key("run", Kind::Moment, "when the run ends; absent: the last event and `settle`"),
        key(
            "settle",
            Kind::Length,
            "so long after the last fault everything must be OK again; absent: 2m, or the longest interval and time-out if that is longer",
        ),
        key("seed", Kind::Whole, "the seed of all draws; absent: 1"),
        key("seeds", Kind::Free, "a range such as 1..50, or a list: each is a case"),
        key(
            "params",
            Kind::Free,
            "a matrix: names with lists of values; `${name}` stands for a value",
        ),
        key("flags", Kind::Texts, "flags of the checker: --no-actions, --no-restart, --interval 5"),
        key("timeline", Kind::Steps, "what happens, and when"),
        key("expect", Kind::Table(&EXPECT), "what must follow; nothing else may"),
        key(
            "sometimes",
            Kind::Texts,
            "what must have happened for the run to prove anything: id.injected",
        ),
        key(
            "always",
            Kind::Free,
            "the invariants: defaults, none, a list of names, or {except: [names]}",
        ),
        key("live", Kind::Free, "no, or {scale: 20, slack: 2s}"),
        key("exercise", Kind::Table(&EXERCISE), "what a team is told that trains with it"),
    ],
};

pub(super) static EXERCISE: Table = Table {
    name: "exercise",
    about: "Makes the scenario an exercise: the story around it, and the answer.",
    keys: &[
        must("title", Kind::Text, "what it is called once it is over"),
        must("level", Kind::Whole, "1 to 3"),
        must("story", Kind::Text, "what the team is told before it begins; gives nothing away"),
        key("hints", Kind::Texts, "what may be asked for, the vaguest first"),
        must(
            "answer",
            Kind::Free,
            "{component, fault}, a list of them, or `nothing` when nothing is wrong",
        ),
        key(
            "operator_actions",
            Kind::Free,
            "the operator's tools and what each does here: {restart-db: helps}; the words are helps, useless, harms",
        ),
        key("remedies", Kind::Bool, "the checker's own remedies run as well; absent: false"),
    ],
};

/// What an operator's tool does to the trouble at hand.
pub(super) const EFFECTS: &[&str] = &["helps", "useless", "harms"];

pub(super) static EXPECT: Table = Table {
    name: "expect",
    about: "A closed world: what is not listed here must not happen.",
    keys: &[
        key("alerts", Kind::NoneOrList(&ALERT), "alerts that reach a receiver; absent means none"),
        key("actions", Kind::NoneOrList(&ACTION), "actions that run; absent means none"),
        key(
            "state",
            Kind::List(&STATE),
            "what the checker believes at an instant or all through a stretch",
        ),
        key("page", Kind::OneOrMore(&PAGE), "what the board shows"),
    ],
};

pub(super) const EVENTS: &[&str] = &[
    "first_fail",
    "recovered",
    "deadline_miss",
    "reminder",
    "warn",
    "unknown",
    "remedy_exhausted",
    "change",
];
pub(super) const STATES: &[&str] =
    &["OK", "WARN", "FAIL", "UNKNOWN", "PENDING", "RETRYING", "STALE"];
pub(super) const RESULTS: &[&str] = &["OK", "FAILED", "SKIPPED"];

const CHECK: Key = must("check", Kind::Text, "the name of a check, or \"*\" for every one");
const AT: Key = key("at", Kind::Moment, "in the second that begins then");
const BETWEEN: Key = key("between", Kind::Moments, "two moments, both included");
const AFTER: Key = key("after", Kind::Moment, "from this moment on, with `within`");
const WITHIN: Key =
    key("within", Kind::Text, "a duration, or `bound`: the computed bound of the check");
const COUNT: Key = key("count", Kind::Count, "how many, such as 1 or 1..3; absent: 1");
const OPTIONAL: Key = key("optional", Kind::Bool, "may be missing");

pub(super) static ALERT: Table = Table {
    name: "alert",
    about: "An alert that a receiver must have accepted.",
    keys: &[
        CHECK,
        must("event", Kind::Word(EVENTS), "the event word"),
        key("channel", Kind::Text, "on this channel: email, console, or its name"),
        key("subject", Kind::Regex, "what the subject matches"),
        key("body", Kind::Regex, "what the body matches"),
        AT,
        BETWEEN,
        AFTER,
        WITHIN,
        COUNT,
        OPTIONAL,
    ],
};

pub(super) static ACTION: Table = Table {
    name: "action",
    about: "An action that must have run.",
    keys: &[
        CHECK,
        key("action", Kind::Regex, "what its label matches, such as http_post"),
        key("result", Kind::Word(RESULTS), "how it ends; absent: it ran, however it ended"),
        key("reason", Kind::Regex, "what the recorded reason matches"),
        AT,
        BETWEEN,
        AFTER,
        WITHIN,
        COUNT,
        OPTIONAL,
    ],
};

pub(super) static STATE: Table = Table {
    name: "state",
    about: "A state that must hold, at an instant or all through a stretch.",
    keys: &[
        key("at", Kind::Moment, "the instant; what happens at it has happened"),
        key("during", Kind::Moments, "the stretch: from the first moment until before the second"),
        CHECK,
        must("is", Kind::WordOrWords(STATES), "the state, or a list of allowed ones"),
    ],
};

pub(super) static PAGE: Table = Table {
    name: "page",
    about: "A page of the board.",
    keys: &[
        must("at", Kind::Moment, "when it is asked for"),
        must("path", Kind::Text, "path and query, such as / or /api/state"),
        key("contains", Kind::TextOrTexts, "what must be in it"),
        key("lacks", Kind::TextOrTexts, "what must not be in it"),
    ],
};

/// The keys of every step.
pub(super) const STEP: &[Key] = &[
    must(
        "at",
        Kind::Moment,
        "when: a time from the start, RFC 3339, or an anchor such as outage.end+30s",
    ),
    key("id", Kind::Text, "a name, for anchors and reports"),
];

/// The verbs of a step with the keys that go with each.
pub(super) static VERBS: &[(&str, &[Key], &str)] = &[
    ("fault", &[], "a fault of the catalogue, with its parameters"),
    ("toggle", &[], "the mock app's switches: {api_down: true}"),
    ("heal", &[], "ends a fault by its id, or `all`, without the remedy"),
    ("run_job", &[], "starts a job of this name; true for the nameless one"),
    (
        "kill",
        &[key("down", Kind::Length, "how long it stays down; absent: 5s")],
        "kill -9: `checker`, or `machine` for a power failure",
    ),
    (
        "restart",
        &[key("down", Kind::Length, "how long it stays down; absent: 1s")],
        "stops the checker tidily and starts it again",
    ),
    (
        "pause",
        &[must("for", Kind::Length, "how long it stands still")],
        "the checker stands still (SIGSTOP)",
    ),
    ("edit", &[], "{file, with}: puts another text in the place of a file"),
];

/// The mock app's switches.
pub(super) const TOGGLES: &[&str] = &["api_down", "db_slow", "queue_stuck", "job_fail"];
