//! Trials of training: the incidents of `tests/training`, simulated, and what people could have made
//! of them.

mod keeping;
mod lanes;
mod operations;
mod users;

use std::{
    path::{Path, PathBuf},
    sync::OnceLock,
};

use super::{
    assemble::{self, Head},
    desk::{Deed, Done},
    facts::Facts,
    record::{Ending, Operation, Record, Score, Worth},
    score::{Baseline, score},
    simulate::{Company, simulate},
};
use crate::scenario::{self, Ms, Scenario};

pub(super) const S: Ms = 1_000;
pub(super) const M: Ms = 60 * S;
/// As long as the exercises of `tests/training` may last.
pub(super) const LIMIT: Ms = 15 * M;

pub(super) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/training")
}

pub(super) fn checks() -> Vec<u8> {
    std::fs::read(folder().join("checks.yaml")).unwrap()
}

pub(super) fn case(name: &str) -> Scenario {
    let cases = scenario::load(&folder().join(format!("{name}.yaml")));
    cases.unwrap_or_else(|refused| panic!("{refused}")).remove(0)
}

/// What happens with nobody there; simulated once.
pub(super) fn nobody(name: &'static str) -> Facts {
    static OUTAGE: OnceLock<Facts> = OnceLock::new();
    static QUEUE: OnceLock<Facts> = OnceLock::new();
    static QUIET: OnceLock<Facts> = OnceLock::new();
    let known = match name {
        "api-answers-503" => &OUTAGE,
        "queue-fills-up" => &QUEUE,
        _ => &QUIET,
    };
    let play = || simulate(&case(name), &checks(), Company::Nobody, LIMIT).unwrap();
    known.get_or_init(play).clone()
}

/// The score of what a team made of an incident, at real time.
pub(super) fn scored(name: &'static str, facts: &Facts) -> Score {
    let setting = assemble::setting(&case(name), &checks(), 1.0).unwrap();
    score(facts, &Baseline::of(&nobody(name), setting))
}

pub(super) fn head() -> Head {
    Head {
        title: "A title".to_owned(),
        story: "A story.".to_owned(),
        level: 1,
        seed: 7,
        speed: 10.0,
        team: "blue".to_owned(),
        began: engine::Timestamp::from_millis(1_767_225_600_000),
        limit: LIMIT,
    }
}

/// Ways to tell what a team did.
impl Facts {
    /// Somebody does something.
    pub(super) fn deed(mut self, at: Ms, deed: Deed) -> Self {
        let (by, answer) = ("anna".to_owned(), "ok".to_owned());
        self.done.push(Done { at, by, deed, answer });
        self
    }

    pub(super) fn diagnosed(self, at: Ms, component: &str, fault: &str) -> Self {
        let (component, fault) = (component.to_owned(), fault.to_owned());
        self.deed(at, Deed::Diagnose { component, fault })
    }

    pub(super) fn acknowledged(self, at: Ms, check: &str) -> Self {
        self.deed(at, Deed::Acknowledge { check: check.to_owned() })
    }

    /// A tool is used that takes ten seconds.
    pub(super) fn operated(mut self, at: Ms, tool: &str, worth: Worth) -> Self {
        let (name, by) = (tool.to_owned(), "anna".to_owned());
        let label = tool.replace('-', " ");
        let (from, to) = (at, at + 10 * S);
        self.operations.push(Operation { tool: name.clone(), label, by, from, to, worth });
        self.deed(at, Deed::Operate { tool: name })
    }

    /// From then on nothing is wrong any more.
    pub(super) fn mended(mut self, at: Ms) -> Self {
        self.faults.iter_mut().for_each(|fault| fault.to = fault.to.min(at));
        for asked in self.users.iter_mut().filter(|asked| asked.at >= at) {
            (asked.good, asked.why) = (true, "200".to_owned());
        }
        self
    }

    /// It is over; later things never happen.
    pub(super) fn ended(mut self, at: Ms, ending: Ending) -> Self {
        (self.ended, self.ending) = (at, ending);
        self.users.retain(|asked| asked.at <= at);
        self.alerts.retain(|mail| mail.at <= at);
        self.results.retain(|one| one.at <= at);
        self.faults.retain(|fault| fault.from <= at);
        self.faults.iter_mut().for_each(|fault| fault.to = fault.to.min(at));
        self
    }
}
