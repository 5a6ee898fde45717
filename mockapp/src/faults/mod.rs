//! The catalogue of faults: one file per kind behind one enum. A new kind is a file and a line below.
//! Owns parsing of a scenario step and the effect on a request; never counts, never does IO.

pub(crate) mod condition;
mod db;
mod drip;
pub(crate) mod envelope;
pub(crate) mod fields;
pub(crate) mod gate;
mod http_body_patch;
mod http_content_type;
mod http_empty;
mod http_error_rate;
mod http_malformed_json;
mod http_status;
mod http_truncate;
mod job;
mod latency_fixed;
mod latency_lognormal;
mod latency_uniform;
mod net_blackhole;
mod net_close_mid;
mod net_connect_hang;
mod net_refuse;
mod net_reset;
mod noop;
pub(crate) mod plan;
mod queue;
pub(crate) mod selector;
pub(crate) mod shape;
mod strike;

pub(crate) use db::{Db, DbKind};
pub(crate) use http_status::HttpStatus;
pub(crate) use job::{Job, JobKind};
pub(crate) use queue::{Queue, QueueKind};
pub(crate) use strike::Strike;

use envelope::Envelope;
use fields::{Fields, Invalid, required, unknown};
use plan::Plan;
use serde_json::{Map, Value};

/// What a kind of fault acts on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Domain {
    Requests,
    Listener,
    Db,
    Queue,
    Job,
    Anything,
}

impl Domain {
    /// What `on` may be, in words.
    pub(crate) fn targets(self) -> &'static str {
        match self {
            Self::Requests => "a route such as \"GET /api/ping\"",
            Self::Listener => "\"net\"",
            Self::Db => "\"db\"",
            Self::Queue => "\"queue\"",
            Self::Job => "\"job\" or \"job:NAME\"",
            Self::Anything => "anything",
        }
    }

    /// Whether a fault of this domain is matched by requests.
    pub(crate) fn is_on_requests(self) -> bool {
        match self {
            Self::Requests | Self::Anything => true,
            Self::Listener | Self::Db | Self::Queue | Self::Job => false,
        }
    }
}

/// A kind of fault, as the catalogue, the panel and error messages show it.
#[derive(Debug)]
pub(crate) struct Info {
    pub(crate) name: &'static str,
    pub(crate) domain: Domain,
    pub(crate) about: &'static str,
    /// Name and meaning of each parameter.
    pub(crate) parameters: &'static [(&'static str, &'static str)],
    /// A complete step that can be posted as it stands.
    pub(crate) example: &'static str,
}

/// The salts of a match's independent draws.
pub(crate) mod draw_of {
    pub(crate) const CHANCE: u64 = 0;
    pub(crate) const LATENCY: u64 = 1;
    pub(crate) const LATENCY_ANGLE: u64 = 2;
    pub(crate) const PHASE: u64 = 3;
}

/// One kind of fault with its parameters.
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

    /// Whether a ramp makes the effect smaller. Of the other kinds it makes it rarer.
    fn has_size(&self) -> bool {
        false
    }

    /// Adds the effect on one request; kinds that act elsewhere add nothing.
    fn on_request(&self, _strike: &Strike, _plan: &mut Plan) {}
}

macro_rules! kinds {
    ($($variant:ident = $kind:ty),+ $(,)?) => {
        /// Every kind of fault with its parameters.
        #[derive(Debug, Clone)]
        pub(crate) enum FaultKind { $($variant($kind)),+ }

        /// The whole catalogue, in the order of its documentation.
        pub(crate) const CATALOGUE: &[&Info] = &[$(&<$kind>::INFO),+];

        impl FaultKind {
            fn take(name: &str, fields: &mut Fields) -> Result<Self, Invalid> {
                $(if name == <$kind>::INFO.name {
                    return <$kind>::take(fields).map(Self::$variant);
                })+
                Err(unknown_fault(name))
            }

            pub(crate) fn info(&self) -> &'static Info {
                match self { $(Self::$variant(_) => &<$kind>::INFO),+ }
            }

            fn check(&self, envelope: &Envelope) -> Result<(), Invalid> {
                match self { $(Self::$variant(kind) => kind.check(envelope)),+ }
            }

            pub(crate) fn draws(&self) -> bool {
                match self { $(Self::$variant(kind) => kind.draws()),+ }
            }

            pub(crate) fn has_size(&self) -> bool {
                match self { $(Self::$variant(kind) => kind.has_size()),+ }
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

kinds! {
    HttpStatus = HttpStatus,
    HttpErrorRate = http_error_rate::HttpErrorRate,
    HttpMalformedJson = http_malformed_json::HttpMalformedJson,
    HttpEmpty = http_empty::HttpEmpty,
    HttpTruncate = http_truncate::HttpTruncate,
    HttpBodyPatch = http_body_patch::HttpBodyPatch,
    HttpContentType = http_content_type::HttpContentType,
    LatencyFixed = latency_fixed::LatencyFixed,
    LatencyUniform = latency_uniform::LatencyUniform,
    LatencyLognormal = latency_lognormal::LatencyLognormal,
    Drip = drip::Drip,
    NetRefuse = net_refuse::NetRefuse,
    NetConnectHang = net_connect_hang::NetConnectHang,
    NetBlackhole = net_blackhole::NetBlackhole,
    NetReset = net_reset::NetReset,
    NetCloseMid = net_close_mid::NetCloseMid,
    Job = Job,
    Db = Db,
    Queue = Queue,
    Noop = noop::Noop,
}

/// A fault as it was asked for.
#[derive(Debug, Clone)]
pub(crate) struct Spec {
    pub(crate) id: Option<String>,
    pub(crate) kind: FaultKind,
    pub(crate) envelope: Envelope,
}

impl Spec {
    /// Reads a scenario step's JSON, strictly.
    pub(crate) fn parse(step: Map<String, Value>) -> Result<Self, Invalid> {
        let mut fields = Fields::new(step);
        let name = required("fault", fields.text("fault")?)?;
        let info =
            *CATALOGUE.iter().find(|info| info.name == name).ok_or_else(|| unknown_fault(&name))?;
        refuse_unknown_keys(&fields, info)?;
        let id = fields.text("id")?.map(valid_id).transpose()?;
        let envelope = Envelope::take(&mut fields)?;
        let kind = FaultKind::take(&name, &mut fields)?;
        envelope.suits(info.name, info.domain)?;
        kind.check(&envelope)?;
        Ok(Self { id, kind, envelope })
    }
}

impl Spec {
    /// Whether what it does differs from match to match.
    pub(crate) fn counts_matches(&self) -> bool {
        self.envelope.counts_matches() || self.kind.draws()
    }
}

fn refuse_unknown_keys(fields: &Fields, info: &Info) -> Result<(), Invalid> {
    let shared: Vec<&str> = envelope::KEYS.iter().map(|(key, _)| *key).collect();
    let own = info.parameters.iter().map(|(key, _)| *key).filter(|key| !shared.contains(key));
    let allowed: Vec<&str> = own.chain(shared.iter().copied()).collect();
    let named =
        |error: Invalid| Invalid { message: format!("{}: {}", info.name, error.message), ..error };
    fields.only(&allowed).map_err(named)
}

fn unknown_fault(name: &str) -> Invalid {
    let names: Vec<&str> = CATALOGUE.iter().map(|info| info.name).collect();
    unknown("fault", "fault", name, &names)
}

fn valid_id(id: String) -> Result<String, Invalid> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    if (1..=64).contains(&id.len()) && id.chars().all(plain) {
        return Ok(id);
    }
    Err(Invalid::at("id", "`id` must be 1 to 64 characters of A-Z a-z 0-9 . _ -"))
}
