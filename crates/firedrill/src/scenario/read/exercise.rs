//! `exercise`: the story, the hints and the answer.

use engine::config::{
    context::{Node, did_you_mean},
    yaml::Yaml,
};

use super::{
    mapping::{Mapping, items},
    values,
    vocabulary::{EFFECTS, EXERCISE},
};
use crate::scenario::{Answer, Doing, Effect, Exercise, Step};

const ANSWER: &str = "{component: db, fault: db}, a list of them, or `nothing`";

/// Reads the block; the answer must name faults that the timeline begins.
pub(super) fn read(node: &Node<'_>, timeline: &[Step]) -> Option<Exercise> {
    let mapping = Mapping::open(node, &EXERCISE)?;
    let text = |key: &str| mapping.get(key).and_then(|node| values::text(&node));
    let (title, story) = (text("title"), text("story"));
    let level = mapping.get("level").and_then(|node| values::whole(&node, 1, 3));
    let hints = mapping.get("hints").map(|node| values::texts(&node)).unwrap_or_default();
    let answers = mapping.get("answer").and_then(|node| answers(&node, timeline));
    let tools = mapping.get("operator_actions").map(|node| tools(&node)).unwrap_or_default();
    let remedies = mapping.get("remedies").and_then(|node| values::boolean(&node));
    Some(Exercise {
        title: title?,
        level: u8::try_from(level?).ok()?,
        story: story?.trim().to_owned(),
        hints,
        answers: answers?,
        tools: tools.into_iter().collect(),
        remedies: remedies.unwrap_or(false),
    })
}

fn answers(node: &Node<'_>, timeline: &[Step]) -> Option<Vec<Answer>> {
    if node.yaml.as_text() == Some("nothing") {
        return Some(Vec::new());
    }
    if matches!(node.yaml, Yaml::Map(_)) {
        return Some(vec![answer(node, timeline)?]);
    }
    let all = items(node, ANSWER);
    let read: Vec<_> = all.iter().filter_map(|item| answer(item, timeline)).collect();
    (!read.is_empty() && read.len() == all.len()).then_some(read)
}

fn answer(node: &Node<'_>, timeline: &[Step]) -> Option<Answer> {
    let mapping = Mapping::with_keys(node, &["component", "fault"], &[])?;
    let part = |key: &str| match mapping.get(key) {
        Some(node) => values::text(&node),
        None => node.wrong(ANSWER),
    };
    let (component, fault) = (part("component")?, part("fault")?);
    let begun: Vec<&str> = timeline.iter().flat_map(kinds).collect();
    if begun.contains(&fault.as_str()) {
        return Some(Answer { component, fault });
    }
    let at = mapping.get("fault")?;
    let problem = at.problem(format!("the timeline begins no fault `{fault}`"));
    let problem = problem.help(match begun.is_empty() {
        true => "it begins none: the answer is `nothing`".to_owned(),
        false => format!("it begins: {}", begun.join(", ")),
    });
    at.refuse(match did_you_mean(&fault, begun.iter().copied()) {
        Some(hint) => problem.label(hint),
        None => problem,
    })
}

/// The kinds of fault that a step begins; a toggle is one by its name.
fn kinds(step: &Step) -> Vec<&str> {
    match &step.doing {
        Doing::Fault(fault) => vec![fault.kind.as_str()],
        Doing::Toggle(wish) => wish.keys().map(String::as_str).collect(),
        Doing::Kill { .. }
        | Doing::Restart { .. }
        | Doing::Pause { .. }
        | Doing::Edit { .. }
        | Doing::Heal(_)
        | Doing::RunJob(_) => Vec::new(),
    }
}

fn tools(node: &Node<'_>) -> Vec<(String, Effect)> {
    let Some(mapping) = Mapping::bare(node) else { return Vec::new() };
    let effect = |node: &Node<'_>| {
        Some(match values::word(node, EFFECTS)? {
            "helps" => Effect::Helps,
            "harms" => Effect::Harms,
            _ => Effect::Useless,
        })
    };
    mapping.all().iter().filter_map(|node| Some((node.key.to_owned(), effect(node)?))).collect()
}
