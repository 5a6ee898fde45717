//! The engine's two languages: what it is told and what it wants done.
//! Effects come out in the order in which they must be carried out: an event is recorded before
//! the notice or the action that follows from it.

use std::{collections::BTreeSet, fmt, sync::Arc, time::Duration};

use crate::{
    board::Retrying,
    config::{ActionKind, Check, CheckName, Config},
    event::{ChannelName, Event, Notice},
    observation::Observation,
    status::Severity,
    time::Timestamp,
};

/// What the engine is told.
#[derive(Debug)]
pub enum Input {
    /// Nothing but that time has passed.
    Time,
    /// A probe came back.
    Observed {
        /// The probe.
        probe: u64,
        /// What it saw.
        observation: Observation,
    },
    /// An attempt to deliver a notice ended.
    Delivered {
        /// The delivery.
        delivery: u64,
        /// Whether the receiver accepted it.
        result: Result<(), DeliveryError>,
    },
    /// An action ended.
    Acted {
        /// The run of the action.
        run: u64,
        /// What it said, or why it failed.
        result: Result<String, String>,
    },
    /// Something that calls in by itself has called.
    Pushed {
        /// Its check.
        check: CheckName,
    },
    /// Another configuration is to be in force from now on.
    Reload(Box<Setup>),
    /// A new configuration was refused; the present one stays in force.
    ReloadRefused {
        /// Where it came from.
        file: String,
        /// Why.
        error: String,
    },
    /// The housekeeper asks what is due.
    Housekeeping,
    /// The morning report is written and is to be sent.
    Report {
        /// Its subject line.
        subject: String,
        /// Its text.
        body: String,
        /// The channels by name; empty means all of them.
        channels: Vec<ChannelName>,
    },
    /// The checker is about to stop.
    Stop {
        /// Why.
        reason: String,
    },
}

impl Input {
    /// The order in which inputs of one instant are told: probes before deliveries before
    /// actions, each by number.
    #[must_use]
    pub const fn order(&self) -> (u8, u64) {
        match self {
            Self::Observed { probe, .. } => (0, *probe),
            Self::Delivered { delivery, .. } => (1, *delivery),
            Self::Acted { run, .. } => (2, *run),
            Self::Time
            | Self::Pushed { .. }
            | Self::Reload(_)
            | Self::ReloadRefused { .. }
            | Self::Housekeeping
            | Self::Report { .. }
            | Self::Stop { .. } => (3, 0),
        }
    }
}

/// What the engine works with, apart from its state.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The configuration.
    pub config: Arc<Config>,
    /// Where it came from, for the journal.
    pub file: String,
    /// The places that notices go to, in the order in which they are told.
    pub routes: Vec<Route>,
    /// The strongest off switches.
    pub switches: Switches,
    /// When present, each of these checks has exactly one cycle, at once, and no other check
    /// has any.
    pub once: Option<BTreeSet<CheckName>>,
    /// Takes secrets out of everything that targets and actions answer.
    pub mask: Mask,
}

type Hide = dyn Fn(&str) -> String + Send + Sync;

/// A function that takes secrets out of a text. By default it takes nothing out.
#[derive(Clone, Default)]
pub struct Mask(Option<Arc<Hide>>);

impl Mask {
    /// Masks by this function.
    pub fn new(hide: impl Fn(&str) -> String + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(hide)))
    }

    /// The text without secrets.
    #[must_use]
    pub fn apply(&self, text: &str) -> String {
        self.0.as_ref().map_or_else(|| text.to_owned(), |hide| hide(text))
    }
}

impl fmt::Debug for Mask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Mask(some)" } else { "Mask(none)" })
    }
}

/// A place that notices go to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// Its name.
    pub channel: ChannelName,
    /// The severities that it is told of; empty means all.
    pub severities: Vec<Severity>,
}

/// Off switches of the command line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Switches {
    /// No action runs.
    pub no_actions: bool,
    /// No `restart` action runs.
    pub no_restart: bool,
}

/// Why a delivery failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryError {
    /// For people.
    pub message: String,
    /// Whether the receiver refused this very message, so that the channel itself may be fine.
    pub refused: bool,
    /// How long the receiver wants to be left alone, if it said.
    pub retry_after: Option<Duration>,
}

impl DeliveryError {
    /// The channel does not work, or not now.
    #[must_use]
    pub const fn failed(message: String) -> Self {
        Self { message, refused: false, retry_after: None }
    }

    /// The receiver understood, and does not want this very message.
    #[must_use]
    pub const fn refused(message: String) -> Self {
        Self { message, refused: true, retry_after: None }
    }
}

/// What the engine wants done.
#[derive(Clone, Debug)]
pub enum Effect {
    /// Append the event to the journal.
    Record(Event),
    /// Show or stop showing that a cycle is being retried.
    Retrying {
        /// Which check.
        check: CheckName,
        /// What to show.
        retrying: Option<Retrying>,
    },
    /// Look at a target.
    Probe(Probe),
    /// Send a notice, once everything recorded so far is safe on disk.
    Deliver(Delivery),
    /// Run an action, once everything recorded so far is safe on disk.
    Act(Run),
    /// Write the morning report and hand it back as [`Input::Report`].
    Report {
        /// The channels by name; empty means all of them.
        channels: Vec<ChannelName>,
        /// The instant for which it was due.
        due: Timestamp,
    },
    /// Delete what is older than this from the history.
    Prune {
        /// The oldest instant that is kept.
        keep_from: Timestamp,
    },
}

/// A look at a target.
#[derive(Clone, Debug)]
pub struct Probe {
    /// Identifies the answer.
    pub id: u64,
    /// What is looked at, and how.
    pub check: Arc<Check>,
    /// Which attempt of the cycle, from 1.
    pub attempt: u32,
}

/// An attempt to deliver a notice on one channel.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// Identifies the answer.
    pub id: u64,
    /// What is sent.
    pub notice: Arc<Notice>,
    /// Where to.
    pub channel: ChannelName,
    /// Which attempt, from 1.
    pub attempt: u32,
    /// How late it is, when it is late enough to be said.
    pub late: Option<Duration>,
}

/// A run of an action.
#[derive(Clone, Debug)]
pub struct Run {
    /// Identifies the answer.
    pub id: u64,
    /// Whose action.
    pub check: CheckName,
    /// Which action.
    pub label: String,
    /// What is done.
    pub kind: ActionKind,
    /// The limit of the run.
    pub timeout: Duration,
}
