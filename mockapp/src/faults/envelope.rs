//! The fields that every fault has: where it is on, how long, how often, in which shape.
//! Owns their parsing and which of them go together; holds no counters.

use super::condition::Condition;
use super::fields::{Fields, Invalid};
use super::gate::Gate;
use super::kind::Domain;
use super::selector::Selector;
use super::shape::Shape;
use crate::tools::Tool;
use serde_json::{Map, Value};
use std::time::Duration;

/// The envelope's keys, in the order in which they are documented.
pub(crate) const KEYS: [(&str, &str); 17] = [
    ("id", "name of this fault, 1 to 64 of A-Z a-z 0-9 . _ -; given when absent"),
    ("fault", "which fault, see the catalogue"),
    (
        "on",
        "\"METHOD /path\" with *, or db, queue, job, job:NAME, net, app, remedy; absent: everything it can be on",
    ),
    ("for", "ends by itself after 250ms, 30s, 5m, 2h, 1d"),
    ("until", "heal: instead of `for`; never ends by itself"),
    ("p", "probability of each match, 0 to 1"),
    ("times", "ends after so many injections"),
    ("skip", "lets the first so many matches pass"),
    ("every", "injects each so-many-th match"),
    (
        "shape",
        "const, {flap: {up, down, jitter}}, {ramp: 5m}, {burst: {size, every}} or {cron: \"*/10 * * * *\", for: 2m (1m when absent), timezone}",
    ),
    (
        "when",
        "only while {active: ID}, or for requests with {method, path, header: {name: value}, body: text in it}",
    ),
    ("dir", "request or response: before the application has done its work, or after it"),
    ("correlation", "0 to 0.99: how often a draw is that of the match before"),
    ("max_active", "at most so many requests at the same time; those above pass"),
    ("sticky", "true: survives POST /admin/reset"),
    (
        "cured_by",
        "the operator's tools that end it, such as [restart-db], or [] for none; what the catalogue says when absent",
    ),
    (
        "worsened_by",
        "the operator's tools that make it last twice as long and fail its component for a minute",
    ),
];

/// The keys whose values are echoed as they were given.
const ECHOED: [&str; 5] = ["until", "shape", "when", "cured_by", "worsened_by"];

/// On which way a fault acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dir {
    /// Before the application has done its work.
    Request,
    /// After it.
    Response,
}

/// The envelope of one fault.
#[derive(Debug, Clone, Default)]
pub(crate) struct Envelope {
    pub(crate) on: Option<Selector>,
    pub(crate) lasts: Option<Duration>,
    pub(crate) gate: Gate,
    pub(crate) shape: Shape,
    pub(crate) when: Option<Condition>,
    pub(crate) max_active: Option<u64>,
    pub(crate) sticky: bool,
    /// Only of kinds that can act on either.
    pub(crate) dir: Option<Dir>,
    pub(crate) correlation: f64,
    /// The operator's tools that end it, when they are not those of its kind.
    pub(crate) cured_by: Option<Vec<Tool>>,
    /// Those that make it worse.
    pub(crate) worsened_by: Vec<Tool>,
    /// Some of it as it was given, for those who look.
    pub(crate) given: Map<String, Value>,
}

impl Envelope {
    pub(crate) fn take(fields: &mut Fields) -> Result<Self, Invalid> {
        const MANY: u64 = 1_000_000_000;
        let echoed = ECHOED.iter().filter_map(|key| Some((*key, fields.peek(key)?)));
        let given = echoed.map(|(key, value)| (key.to_owned(), value.clone())).collect();
        Ok(Self {
            on: fields.text("on")?.map(|text| Selector::parse(&text)).transpose()?,
            lasts: take_length(fields)?,
            gate: Gate {
                p: fields.number("p", 0.0..=1.0)?,
                times: fields.whole("times", 1..=MANY)?,
                skip: fields.whole("skip", 0..=MANY)?,
                every: fields.whole("every", 1..=MANY)?,
            },
            shape: Shape::take(fields)?,
            when: Condition::take(fields)?,
            max_active: fields.whole("max_active", 1..=MANY)?,
            sticky: fields.flag("sticky")?.unwrap_or(false),
            dir: None,
            correlation: fields.number("correlation", 0.0..=0.99)?.unwrap_or(0.0),
            cured_by: take_tools(fields, "cured_by")?,
            worsened_by: take_tools(fields, "worsened_by")?.unwrap_or_default(),
            given,
        })
    }

    /// Refuses a tool that is to end it and to make it worse.
    pub(crate) fn tools_agree(&self, cures: &[Tool]) -> Result<(), Invalid> {
        match self.worsened_by.iter().find(|tool| self.cures(cures).contains(tool)) {
            None => Ok(()),
            Some(tool) => Err(Invalid::at(
                "worsened_by",
                format!(
                    "{} ends this fault, so it cannot make it worse: leave it out of `worsened_by` or say what ends it in `cured_by`",
                    tool.row().name
                ),
            )),
        }
    }

    /// The tools that end it, of which a kind says these.
    pub(crate) fn cures<'a>(&'a self, kind: &'a [Tool]) -> &'a [Tool] {
        self.cured_by.as_deref().unwrap_or(kind)
    }

    /// Takes `dir`, of faults that have no parameter of this name.
    pub(crate) fn take_dir(&mut self, fields: &mut Fields) -> Result<(), Invalid> {
        let words = [
            ("request", Dir::Request),
            ("in", Dir::Request),
            ("response", Dir::Response),
            ("out", Dir::Response),
        ];
        self.dir = fields.choice("dir", &words)?;
        Ok(())
    }

    /// Refuses what makes no sense for a fault of this domain.
    pub(crate) fn suits(&self, name: &str, domain: Domain) -> Result<(), Invalid> {
        if let Some(on) = self.on.as_ref().filter(|on| !on.suits(domain)) {
            let can = domain.targets();
            let text = format!("{name} cannot be on `{}`: `on` may be {can}", on.text());
            return Err(Invalid::at("on", text));
        }
        if domain.is_on_requests() {
            return self.suits_way(name);
        }
        if self.dir.is_some() {
            return Err(Invalid::at(
                "dir",
                format!("`dir` goes with faults on requests; {name} is not"),
            ));
        }
        let only = |what: &str| format!("{what} goes with faults on requests only; {name} is not");
        if self.max_active.is_some() {
            return Err(Invalid::at("max_active", only("`max_active`")));
        }
        match self.when.as_ref().is_some_and(Condition::is_on_requests) {
            true => Err(Invalid::at("when", only("`when` with method, path or header"))),
            false => Ok(()),
        }
    }

    fn suits_way(&self, name: &str) -> Result<(), Invalid> {
        let both = name.starts_with("latency.") || matches!(name, "net.blackhole" | "net.timeout");
        match self.dir {
            Some(Dir::Request) if !both => {
                let text = format!("{name} acts on the answer: `dir` may be response");
                Err(Invalid::at("dir", text))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Whether any field decides match by match.
    pub(crate) fn counts_matches(&self) -> bool {
        self.gate.counts_matches() || self.shape.counts_matches() || self.max_active.is_some()
    }
}

fn take_tools(fields: &mut Fields, key: &str) -> Result<Option<Vec<Tool>>, Invalid> {
    fields.take(key).map(|list| Tool::listed(key, &list)).transpose()
}

/// `for`, or `until: heal`, or neither.
fn take_length(fields: &mut Fields) -> Result<Option<Duration>, Invalid> {
    let lasts = fields.duration("for")?;
    let until = fields.choice("until", &[("heal", ()), ("clear", ())])?;
    match (lasts, until) {
        (Some(_), Some(())) => {
            Err(Invalid::at("until", "`until` and `for` exclude each other: keep one"))
        }
        (lasts, _) => Ok(lasts),
    }
}
