//! What a scenario says, once it has been read: plain data that every world plays and that the
//! judge holds against what happened. Knows nothing of YAML but the lines it came from.

use std::{path::PathBuf, sync::Arc, time::Duration};

use engine::Timestamp;
use serde_json::{Map, Value};

use super::{
    exercise::Exercise,
    expect::{Expect, Sometimes},
};

/// Milliseconds since the start of the scenario.
pub(crate) type Ms = i64;

/// One playable case: a scenario with its parameters filled in and one seed.
#[derive(Clone, Debug)]
pub(crate) struct Scenario {
    /// The name, `[a-z0-9-]`.
    pub(crate) name: String,
    /// What it tells, in a sentence or two.
    pub(crate) about: String,
    /// Where it stands.
    pub(crate) source: Arc<Text>,
    /// The configuration under test: its path, as found from the scenario's folder.
    pub(crate) checks: PathBuf,
    /// The instant of 0s.
    pub(crate) start: Timestamp,
    /// When the run ends, if that is said.
    pub(crate) run: Option<Moment>,
    /// After the last fault ended everything must be OK again within this time.
    pub(crate) settle: Duration,
    /// The seed of all draws.
    pub(crate) seed: u64,
    /// The parameters of this case, in the order of the file: name and value as text.
    pub(crate) params: Vec<(String, String)>,
    /// What the checker is started with.
    pub(crate) flags: CheckerFlags,
    /// What is done, in the order of the file.
    pub(crate) timeline: Vec<Step>,
    /// What must happen, and nothing else.
    pub(crate) expect: Expect,
    /// What must have happened for the run to prove anything.
    pub(crate) sometimes: Vec<Sometimes>,
    /// The invariants that are checked.
    pub(crate) always: Vec<Invariant>,
    /// How it is played live.
    pub(crate) live: Live,
    /// What makes it an exercise, if it is one.
    pub(crate) exercise: Option<Exercise>,
}

impl Scenario {
    /// Name, parameters and, when it is not the usual one, seed: what reports call this case.
    pub(crate) fn title(&self) -> String {
        let mut parts: Vec<String> =
            self.params.iter().map(|(name, value)| format!("{name}={value}")).collect();
        if self.seed != 1 {
            parts.push(format!("seed={}", self.seed));
        }
        if parts.is_empty() {
            self.name.clone()
        } else {
            format!("{} [{}]", self.name, parts.join(" "))
        }
    }
}

/// A file that findings point into.
#[derive(Debug)]
pub(crate) struct Text {
    /// As it was named.
    pub(crate) file: String,
    /// The whole text.
    pub(crate) text: String,
}

/// Where something stands in a scenario, from 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Place {
    /// The line.
    pub(crate) line: usize,
    /// The column, in characters.
    pub(crate) column: usize,
    /// How many characters are meant.
    pub(crate) width: usize,
}

/// An instant that may hang on something that is known only while playing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    /// So long after the start.
    At(Ms),
    /// Relative to the start or the end of the step with this id.
    Anchor {
        /// The step.
        id: String,
        /// Which end of it.
        edge: Edge,
        /// Added to it; may be negative.
        offset: Ms,
    },
}

/// An end of a step that lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Edge {
    /// When it began.
    Start,
    /// When it really ended.
    End,
}

/// Flags of the checker.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct CheckerFlags {
    /// `--no-actions`.
    pub(crate) no_actions: bool,
    /// `--no-restart`.
    pub(crate) no_restart: bool,
    /// `--interval`.
    pub(crate) interval: Option<Duration>,
}

/// One entry of `timeline`.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    /// Its name, for anchors; made up (`step-3`) when it has none.
    pub(crate) id: String,
    /// When.
    pub(crate) at: Moment,
    /// What.
    pub(crate) doing: Doing,
    /// Where it stands.
    pub(crate) place: Place,
}

/// What a step does.
#[derive(Clone, Debug)]
pub(crate) enum Doing {
    /// Begins a fault.
    Fault(FaultStep),
    /// Moves the four switches that are named; the others stay.
    Toggle(Map<String, Value>),
    /// Ends a fault, or all of them, without the remedy.
    Heal(Healed),
    /// Starts a job of this name; `Value::Null`-free: an absent name is the nameless job.
    RunJob(Option<String>),
    /// Kills and starts again after a while.
    Kill {
        /// What dies.
        target: Target,
        /// How long it is down.
        down: Duration,
    },
    /// Asks the checker to stop, and starts it again after a while.
    Restart {
        /// How long it is down.
        down: Duration,
    },
    /// Stops the checker's process without ending it.
    Pause {
        /// How long.
        lasts: Duration,
    },
    /// Puts another text in the place of a file.
    Edit {
        /// Which file, relative to the checker's working folder; the configuration is `checks.yaml`
        /// by whatever name it has on disk.
        file: EditedFile,
        /// The new text.
        with: EditWith,
    },
}

/// What a kill hits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// The process: what it wrote stays.
    Checker,
    /// The machine: what was not synced is gone.
    Machine,
}

/// What is healed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Healed {
    /// Everything.
    All,
    /// The fault with this id.
    One(String),
}

/// The file of an edit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum EditedFile {
    /// The configuration under test.
    Checks,
    /// Another file of the working folder, such as `.last_job_id`.
    Other(String),
}

/// The new text of an edited file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum EditWith {
    /// This text.
    Text(String),
    /// The old text with each of these replaced; each must be there.
    Replace(Vec<(String, String)>),
}

/// A fault of a timeline.
#[derive(Clone, Debug)]
pub(crate) struct FaultStep {
    /// Its kind, such as `http.status`.
    pub(crate) kind: String,
    /// All keys of the step but `at`: `id`, `fault`, `on`, `for`, `p`, `code` … as JSON.
    /// For faults of the mock app this is what is injected.
    pub(crate) step: Map<String, Value>,
    /// How long it lasts; absent when it ends by a heal or the remedy, or has no end.
    pub(crate) lasts: Option<Duration>,
    /// Where it acts.
    pub(crate) realm: Realm,
}

/// Which part of the world a fault belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Realm {
    /// The mock app: requests, connections, components, jobs, the remedy.
    App,
    /// The clock of the checker's machine.
    Clock,
    /// The mail server.
    Mail,
    /// The checker's disk.
    Disk,
    /// The resolver.
    Dns,
    /// The checker itself.
    Checker,
    /// The machine that the checks look at: its units, logs, processes and programs.
    Machine,
    /// The network of the checker's own, name servers that are asked, and hosts that are pinged.
    Network,
    /// The machine that the checker runs on, and its containers.
    Host,
    /// Things that call in.
    Push,
}

/// What must hold in every run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Invariant {
    /// An outage that is longer than the bound is found.
    NoMissedOutage,
    /// No alert without an answer that was wrong.
    NoFalseAlarm,
    /// Problem and recovery take turns, on every channel.
    Alternation,
    /// An outage is found within the bound.
    DetectBound,
    /// Its end is found within the bound.
    RecoverBound,
    /// One `deadline_miss` per window or job.
    DeadlineOnce,
    /// No more actions than the budget allows.
    RemedyRate,
    /// The journal only grows, without gaps.
    JournalPrefix,
    /// `state.json` is the fold of the journal.
    StateIsFold,
    /// After the last fault everything is OK again.
    Settles,
    /// Every notice arrives, and only once.
    MailEventuallyOnce,
    /// Two runs are the same.
    Deterministic,
    /// Live brings the same alerts.
    SimEqualsLive,
}

impl Invariant {
    /// All of them, in the order in which they are checked.
    pub(crate) const ALL: [Self; 13] = [
        Self::NoMissedOutage,
        Self::NoFalseAlarm,
        Self::Alternation,
        Self::DetectBound,
        Self::RecoverBound,
        Self::DeadlineOnce,
        Self::RemedyRate,
        Self::JournalPrefix,
        Self::StateIsFold,
        Self::Settles,
        Self::MailEventuallyOnce,
        Self::Deterministic,
        Self::SimEqualsLive,
    ];

    /// Its name in files and failures.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::NoMissedOutage => "no-missed-outage",
            Self::NoFalseAlarm => "no-false-alarm",
            Self::Alternation => "alternation",
            Self::DetectBound => "detect-bound",
            Self::RecoverBound => "recover-bound",
            Self::DeadlineOnce => "deadline-once",
            Self::RemedyRate => "remedy-rate",
            Self::JournalPrefix => "journal-prefix",
            Self::StateIsFold => "state-is-fold",
            Self::Settles => "settles",
            Self::MailEventuallyOnce => "mail-eventually-once",
            Self::Deterministic => "deterministic",
            Self::SimEqualsLive => "sim-equals-live",
        }
    }
}

/// How a scenario is played live.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Live {
    /// Not at all.
    No,
    /// All durations divided by `scale`.
    Yes {
        /// At least 1.
        scale: f64,
        /// How much later, in real time, everything may be.
        slack: Duration,
    },
}
