//! What a kind of fault is: its place in the catalogue, its parameters and its effects.
//! Owns the interface that each kind fills in as far as it needs, and the enum of all kinds.

use super::condition::{Asked, Occasion};
use super::envelope::Envelope;
use super::fields::{Fields, Invalid};
use super::gate::Gate;
use super::plan::{ConnectPlan, Plan};
use super::strike::Strike;
use crate::stack::Accepting;
use crate::tools::{Component, Tool};
use std::time::Duration;

/// What a kind of fault acts on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Domain {
    Requests,
    /// The listener as a whole.
    Listener,
    /// Single connections.
    Net,
    /// The application as a process.
    App,
    Db,
    Queue,
    Job,
    Remedy,
    Anything,
}

impl Domain {
    /// What `on` may be, in words.
    pub(crate) fn targets(self) -> &'static str {
        match self {
            Self::Requests => "a route such as \"GET /api/ping\"",
            Self::Listener | Self::Net => "\"net\"",
            Self::App => "\"app\"",
            Self::Db => "\"db\"",
            Self::Queue => "\"queue\"",
            Self::Job => "\"job\" or \"job:NAME\"",
            Self::Remedy => "\"remedy\"",
            Self::Anything => "anything",
        }
    }

    /// Whether a fault of this domain is matched by requests.
    pub(crate) fn is_on_requests(self) -> bool {
        match self {
            Self::Requests | Self::Anything => true,
            Self::Listener
            | Self::Net
            | Self::App
            | Self::Db
            | Self::Queue
            | Self::Job
            | Self::Remedy => false,
        }
    }
}

/// A kind of fault, as the catalogue, the panel and error messages show it.
#[derive(Debug)]
pub(crate) struct Info {
    pub(crate) name: &'static str,
    pub(crate) domain: Domain,
    pub(crate) about: &'static str,
    /// The part of the stack that people on duty would blame.
    pub(crate) component: Component,
    /// What is wrong, in plain words and at most 60 characters.
    pub(crate) plain: &'static str,
    /// The operator's tools that end it; a kind with kinds of its own may know better.
    pub(crate) cured_by: &'static [Tool],
    /// Name and meaning of each parameter.
    pub(crate) parameters: &'static [(&'static str, &'static str)],
    /// A complete step that can be posted as it stands.
    pub(crate) example: &'static str,
}

impl Info {
    /// The names of the tools that end it.
    pub(crate) fn tools(&self) -> Vec<&'static str> {
        self.cured_by.iter().map(|tool| tool.row().name).collect()
    }
}

/// The salts of a match's independent draws.
pub(crate) mod draw_of {
    pub(crate) const CHANCE: u64 = 0;
    pub(crate) const LATENCY: u64 = 1;
    pub(crate) const LATENCY_ANGLE: u64 = 2;
    pub(crate) const PHASE: u64 = 3;
    pub(crate) const CHOICE: u64 = 4;
    pub(crate) const BYTES: u64 = 5;
    pub(crate) const ALIKE: u64 = 6;
}

/// What a kind says to a match that the envelope has let through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is injected.
    Strikes,
    /// It passes.
    Passes,
    /// It passes, and the fault is over.
    Ends,
}

/// Whether the process lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Life {
    pub(crate) down: bool,
    /// For how long it stays so; `None`: for good.
    pub(crate) lasts: Option<Duration>,
}

/// One kind of fault with its parameters. A kind fills in what it needs.
pub(crate) trait Fault: Sized + serde::Serialize {
    const INFO: Info;

    /// Takes this kind's parameters; unknown keys were refused before.
    fn take(fields: &mut Fields) -> Result<Self, Invalid>;

    /// Rules that involve the envelope.
    fn check(&self, _envelope: &Envelope) -> Result<(), Invalid> {
        Ok(())
    }

    /// Whether the effect differs from match to match by draws or counts of its own.
    fn draws(&self) -> bool {
        false
    }

    /// Whether the fault is over when its `times` are used up; not if its effect is to last.
    fn spends(&self) -> bool {
        true
    }

    /// Whether a ramp makes the effect smaller. Of the other kinds it makes it rarer.
    fn has_size(&self) -> bool {
        false
    }

    /// Whether this is something that the fault of this serial could act on; the selector is
    /// asked besides.
    fn wants(&self, occasion: &Occasion<'_>, _serial: u64) -> bool {
        match occasion {
            Occasion::Request(_) => Self::INFO.domain.is_on_requests(),
            Occasion::Connection { .. } => false,
            Occasion::Part => true,
        }
    }

    /// For how long matches are remembered, to be counted in [`Strike::recent`].
    fn window(&self) -> Option<Duration> {
        None
    }

    /// What becomes of a match that the envelope has let through.
    fn verdict(&self, _strike: &Strike) -> Verdict {
        Verdict::Strikes
    }

    /// Whether a match with this verdict is remembered.
    fn remembers(&self, _verdict: Verdict) -> bool {
        true
    }

    /// Divides the times of its own that no step can give.
    fn hasten(&mut self, _speed: f64) {}

    /// The operator's tools that end it.
    fn cured_by(&self) -> &'static [Tool] {
        Self::INFO.cured_by
    }

    /// When it ends by itself, whatever its envelope says.
    fn length(&self, _gate: &Gate) -> Option<Duration> {
        None
    }

    /// Whether the process lives after the fault has acted for so long.
    fn life(&self, _gate: &Gate, _age: Duration) -> Option<Life> {
        None
    }

    /// What becomes of new connections while it acts.
    fn accepting(&self) -> Accepting {
        Accepting::Open
    }

    /// Whether open connections are asked to end while it acts.
    fn dismisses(&self) -> bool {
        false
    }

    /// Whether the control plane cannot be reached while it acts.
    fn locks_out(&self) -> bool {
        Self::INFO.domain == Domain::Listener
    }

    /// Adds the effect on one new connection.
    fn on_connect(&self, _strike: &Strike, _plan: &mut ConnectPlan) {}

    /// Adds the effect on one request.
    fn on_request(&self, _strike: &Strike, _plan: &mut Plan) {}
}

/// Whether a request is one that kinds which freeze answers act on.
pub(super) fn reads(asked: &Asked<'_>) -> bool {
    matches!(asked.method, "GET" | "HEAD")
}

/// Makes the enum and hands each question on to the kind.
macro_rules! kinds {
    ($($variant:ident = $kind:ty),+ $(,)?) => {
        /// Every kind of fault with its parameters.
        #[derive(Debug, Clone)]
        pub(crate) enum FaultKind { $($variant($kind)),+ }

        /// The whole catalogue, in the order of its documentation.
        pub(crate) const CATALOGUE: &[&Info] = &[$(&<$kind>::INFO),+];

        impl FaultKind {
            pub(super) fn take(name: &str, fields: &mut Fields) -> Result<Self, Invalid> {
                $(if name == <$kind>::INFO.name {
                    return <$kind>::take(fields).map(Self::$variant);
                })+
                Err(spec::unknown_fault(name))
            }

            pub(crate) fn info(&self) -> &'static Info {
                match self { $(Self::$variant(_) => &<$kind>::INFO),+ }
            }

            pub(super) fn check(&self, envelope: &Envelope) -> Result<(), Invalid> {
                match self { $(Self::$variant(kind) => kind.check(envelope)),+ }
            }

            pub(crate) fn draws(&self) -> bool {
                match self { $(Self::$variant(kind) => kind.draws()),+ }
            }

            pub(crate) fn spends(&self) -> bool {
                match self { $(Self::$variant(kind) => kind.spends()),+ }
            }

            pub(crate) fn has_size(&self) -> bool {
                match self { $(Self::$variant(kind) => kind.has_size()),+ }
            }

            pub(crate) fn wants(&self, occasion: &Occasion<'_>, serial: u64) -> bool {
                match self { $(Self::$variant(kind) => kind.wants(occasion, serial)),+ }
            }

            pub(crate) fn window(&self) -> Option<Duration> {
                match self { $(Self::$variant(kind) => kind.window()),+ }
            }

            pub(crate) fn verdict(&self, strike: &Strike) -> Verdict {
                match self { $(Self::$variant(kind) => kind.verdict(strike)),+ }
            }

            pub(crate) fn remembers(&self, verdict: Verdict) -> bool {
                match self { $(Self::$variant(kind) => kind.remembers(verdict)),+ }
            }

            pub(crate) fn hasten(&mut self, speed: f64) {
                match self { $(Self::$variant(kind) => kind.hasten(speed)),+ }
            }

            pub(crate) fn cured_by(&self) -> &'static [Tool] {
                match self { $(Self::$variant(kind) => kind.cured_by()),+ }
            }

            pub(crate) fn length(&self, gate: &Gate) -> Option<Duration> {
                match self { $(Self::$variant(kind) => kind.length(gate)),+ }
            }

            pub(crate) fn life(&self, gate: &Gate, age: Duration) -> Option<Life> {
                match self { $(Self::$variant(kind) => kind.life(gate, age)),+ }
            }

            pub(crate) fn accepting(&self) -> Accepting {
                match self { $(Self::$variant(kind) => kind.accepting()),+ }
            }

            pub(crate) fn dismisses(&self) -> bool {
                match self { $(Self::$variant(kind) => kind.dismisses()),+ }
            }

            pub(crate) fn locks_out(&self) -> bool {
                match self { $(Self::$variant(kind) => kind.locks_out()),+ }
            }

            pub(crate) fn on_connect(&self, strike: &Strike, plan: &mut ConnectPlan) {
                match self { $(Self::$variant(kind) => kind.on_connect(strike, plan)),+ }
            }

            pub(crate) fn on_request(&self, strike: &Strike, plan: &mut Plan) {
                match self { $(Self::$variant(kind) => kind.on_request(strike, plan)),+ }
            }

            /// The parameters as they were given.
            pub(crate) fn parameters(&self) -> Value {
                let value = match self { $(Self::$variant(kind) => serde_json::to_value(kind)),+ };
                value.ok().filter(Value::is_object).unwrap_or_else(|| Value::Object(Map::new()))
            }
        }
    };
}

pub(super) use kinds;
