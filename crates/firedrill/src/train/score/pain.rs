//! The pain of users, in minutes, and what of it the team has saved them. Pure.

use std::collections::{BTreeMap, BTreeSet};

use super::{Baseline, faults::Trouble, reached, weights, words};
use crate::{
    scenario::Ms,
    train::{
        facts::{EVERY, Facts, Request},
        record::Part,
    },
};

/// A request that failed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Hurt {
    /// When.
    pub(super) at: Ms,
    /// What it stands for, in minutes.
    pub(super) minutes: f64,
}

/// The longest time that one failed request stands for: a live run may leave some out.
const LONGEST: Ms = 4 * EVERY;

/// All requests that failed. Each stands for the time since the one before on its route, and a
/// route counts as its share of all routes.
pub(super) fn hurts(users: &[Request]) -> Vec<Hurt> {
    let routes = users.iter().map(|asked| &asked.route).collect::<BTreeSet<_>>().len();
    let mut before: BTreeMap<&str, Ms> = BTreeMap::new();
    let mut hurts = Vec::new();
    for asked in users {
        let since = before.insert(&asked.route, asked.at).map_or(EVERY, |last| asked.at - last);
        if !asked.good {
            let minutes = since.clamp(0, LONGEST) as f64 / 60_000.0 / routes as f64;
            hurts.push(Hurt { at: asked.at, minutes });
        }
    }
    hurts
}

/// To the hundredth of a minute, as it is told.
pub(super) fn rounded(minutes: f64) -> f64 {
    (minutes * 100.0).round() / 100.0
}

/// The share of the pain that users were spared, or of the time when they felt none.
pub(super) fn mitigation(facts: &Facts, baseline: &Baseline, trouble: &Trouble, of: i32) -> Part {
    if of == 0 {
        let why = "No tool could end it: it had to be waited out.".to_owned();
        return reached("mitigation", 0, 0, why);
    }
    let sum = match baseline.pain() > 0.0 {
        true => of_pain(baseline, trouble),
        false => of_time(baseline, trouble),
    };
    let mut ended = facts.faults.iter().filter(|fault| fault.to < facts.ended);
    if !ended.any(|fault| baseline.outlasts(fault)) {
        let why = format!("{} Nothing ended sooner than by itself.", sum.why);
        return reached("mitigation", 0, of, why);
    }
    reached("mitigation", weights::points(of, sum.mark()), of, sum.why)
}

/// What the team came to, what nobody would have, and what is as good as it gets.
struct Sum {
    team: f64,
    nobody: f64,
    par: f64,
    why: String,
}

impl Sum {
    fn mark(&self) -> f64 {
        let saved = self.nobody - self.team;
        if saved < weights::NOISE * self.nobody || saved <= 0.0 {
            return 0.0;
        }
        saved / (self.nobody - self.par.min(0.9 * self.nobody))
    }
}

fn of_pain(baseline: &Baseline, trouble: &Trouble) -> Sum {
    let (team, nobody) = (trouble.pain, baseline.pain());
    let par = baseline.pain_within(weights::par(baseline));
    let saved = ((nobody - team) / nobody * 100.0).round() + 0.0;
    let compared = match team <= nobody + 0.005 {
        true => format!("{saved:.0} % was spared them"),
        false => format!("{:.0} % was added", -saved),
    };
    let to_come = match trouble.to_come > 0.0 {
        true => format!(", {} of them after you had gone", words::minutes(trouble.to_come)),
        false => String::new(),
    };
    let why = format!(
        "Users were in pain for {}{to_come}; with nobody there it is {}: {compared}. Up to {} is \
         full marks.",
        words::minutes(team),
        words::minutes(nobody),
        words::minutes(par.min(0.9 * nobody)),
    );
    Sum { team, nobody, par, why }
}

fn of_time(baseline: &Baseline, trouble: &Trouble) -> Sum {
    let (onset, last) = (trouble.onset.unwrap_or(0), trouble.ended.unwrap_or(0));
    let lasted = if trouble.over { last - onset } else { baseline.lasted };
    let par = weights::par(baseline);
    let (team, nobody) = (lasted as f64, baseline.lasted as f64);
    let why = format!(
        "No user felt it. Something was wrong for {}; with nobody there it is {}. Up to {} is full \
         marks.",
        words::length(lasted),
        words::length(baseline.lasted),
        words::length(par.min((0.9 * nobody) as Ms)),
    );
    Sum { team, nobody, par: par as f64, why }
}
