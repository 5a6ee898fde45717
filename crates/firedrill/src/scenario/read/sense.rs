//! What no single value shows: times before the start, and what comes after the end of the run.

use engine::config::{context::Node, yaml::Yaml};

use super::mapping::{Mapping, items};
use crate::scenario::{Doing, Edge, Expect, Moment, Ms, Step};

/// Reports what can never come.
pub(super) fn check(root: &Mapping<'_>, run: Option<&Moment>, steps: &[Step], expect: &Expect) {
    let end = run.and_then(|run| planned(steps, run, 0));
    let listed = root.get("timeline").filter(|node| matches!(node.yaml, Yaml::List(_)));
    let nodes = listed.map(|node| items(&node, "")).unwrap_or_default();
    for step in steps {
        let at = nodes.iter().filter_map(Mapping::bare).find(|mapping| names(mapping, step));
        let node = at.and_then(|mapping| mapping.get("at"));
        if let (Some(node), Some(at)) = (node, planned(steps, &step.at, 0)) {
            complain(&node, at, end);
        }
    }
    if let (Some(end), Some(node)) = (end, root.get("run"))
        && end <= 0
    {
        node.context.report(node.problem("the run ends before it begins").help("such as run: 12m"));
    }
    for (key, moments) in [("state", moments_of(expect)), ("page", pages_of(expect))] {
        let list = root
            .get("expect")
            .and_then(|node| Mapping::bare(&node))
            .and_then(|expect| expect.get(key));
        let nodes = list.map(|node| match node.yaml {
            Yaml::List(_) => items(&node, ""),
            _ => vec![node],
        });
        let nodes = nodes.unwrap_or_default();
        for (node, moment) in
            nodes.iter().zip(moments).filter(|_| nodes.len() == count(expect, key))
        {
            if let Some(at) = planned(steps, moment, 0) {
                complain(node, at, end);
            }
        }
    }
}

fn names(mapping: &Mapping<'_>, step: &Step) -> bool {
    mapping.get("id").is_some_and(|id| id.yaml.as_text() == Some(step.id.as_str()))
        || (step.id.starts_with("step-")
            && !mapping.has("id")
            && mapping.node.path.last() == index(step).as_ref())
}

/// The position of a step that has no id of its own.
fn index(step: &Step) -> Option<usize> {
    step.id.strip_prefix("step-")?.parse::<usize>().ok()?.checked_sub(1)
}

fn moments_of(expect: &Expect) -> Vec<&Moment> {
    expect.states.iter().map(|state| &state.from).collect()
}

fn pages_of(expect: &Expect) -> Vec<&Moment> {
    expect.pages.iter().map(|page| &page.at).collect()
}

fn count(expect: &Expect, key: &str) -> usize {
    if key == "state" { expect.states.len() } else { expect.pages.len() }
}

fn complain(node: &Node<'_>, at: Ms, end: Option<Ms>) {
    if at < 0 {
        let problem = node.problem("this is before the start");
        node.context.report(problem.help("nothing can happen before 0s: move what it hangs on"));
    }
    if let Some(end) = end.filter(|end| at > *end && *end > 0) {
        let end = crate::judge::text_of(end);
        let problem = node.problem("this is after the end of the run");
        node.context
            .report(problem.help(format!("the run ends at {end}: move this, or raise `run`")));
    }
}

/// When a moment is planned to be; unknown when it hangs on the remedy or a heal.
pub(super) fn planned(steps: &[Step], moment: &Moment, depth: usize) -> Option<Ms> {
    match moment {
        Moment::At(at) => Some(*at),
        Moment::Anchor { .. } if depth > 100 => None,
        Moment::Anchor { id, edge, offset } => {
            let step = steps.iter().find(|step| step.id == *id)?;
            let start = planned(steps, &step.at, depth + 1)?;
            let lasts = match edge {
                Edge::Start => 0,
                Edge::End => step.doing.lasts()?,
            };
            Some(start + lasts + offset)
        }
    }
}

impl Doing {
    /// How long a step lasts, if that is known beforehand, in milliseconds.
    pub(crate) fn lasts(&self) -> Option<Ms> {
        let lasts = match self {
            Self::Fault(fault) => fault.lasts,
            Self::Kill { down, .. } | Self::Restart { down } => Some(*down),
            Self::Pause { lasts } => Some(*lasts),
            Self::Toggle(_) | Self::Heal(_) | Self::RunJob(_) | Self::Edit { .. } => None,
        };
        lasts.map(engine::time::millis)
    }
}

impl crate::scenario::Scenario {
    /// When a moment is planned to be; unknown when it hangs on the remedy or a heal.
    pub(crate) fn planned(&self, moment: &Moment) -> Option<Ms> {
        planned(&self.timeline, moment, 0)
    }
}
