//! `timeline`: one step each, told apart by its verb.

use std::time::Duration;

use engine::{
    Timestamp,
    config::{
        context::{Node, Problem, did_you_mean},
        marks::Part,
        yaml::Yaml,
    },
};
use serde_json::{Map, Value};

use super::{
    Reading,
    edit::edit,
    faults::{check_other, fault},
    machine,
    mapping::{Mapping, items},
    network, own, values,
    vocabulary::{Key, STEP, TOGGLES, VERBS},
};
use crate::scenario::{Doing, Healed, Moment, Step, Target};

/// How long a killed checker stays down unless it is said.
const KILL_DOWN: Duration = Duration::from_secs(5);
/// The same for one that is restarted.
const RESTART_DOWN: Duration = Duration::from_secs(1);

/// The ids of all steps, before any of them is read: anchors may point forwards.
pub(super) fn ids(root: &Mapping<'_>) -> Vec<String> {
    let Some(Node { yaml: Yaml::List(list), .. }) = root.get("timeline") else {
        return Vec::new();
    };
    let id = |step: &Yaml| {
        let Yaml::Map(entries) = step else { return None };
        let entry = entries.iter().find(|entry| entry.key.as_text() == Some("id"))?;
        entry.value.as_text().map(str::to_owned)
    };
    list.iter().filter_map(id).collect()
}

/// The ids of the steps that begin a fault or move a switch.
pub(super) fn faults(root: &Mapping<'_>) -> Vec<String> {
    let Some(Node { yaml: Yaml::List(list), .. }) = root.get("timeline") else {
        return Vec::new();
    };
    let field = |step: &Yaml, name: &str| {
        let Yaml::Map(entries) = step else { return None };
        let entry = entries.iter().find(|entry| entry.key.as_text() == Some(name))?;
        entry.value.as_text().map(str::to_owned)
    };
    let strikes = |step: &Yaml| {
        let Yaml::Map(entries) = step else { return false };
        entries.iter().any(|entry| matches!(entry.key.as_text(), Some("fault" | "toggle")))
    };
    list.iter().filter(|step| strikes(step)).filter_map(|step| field(step, "id")).collect()
}

pub(super) fn read(root: &Mapping<'_>, reading: &Reading<'_>) -> Vec<Step> {
    let Some(timeline) = root.get("timeline") else { return Vec::new() };
    let nodes = items(&timeline, "a list of steps");
    let mut seen: Vec<&str> = Vec::new();
    let mut steps = Vec::new();
    for (index, node) in nodes.iter().enumerate() {
        steps.extend(step(node, index, reading));
        if let Some(id) = Mapping::bare(node).and_then(|step| step.get("id"))
            && let Some(text) = id.yaml.as_text()
        {
            if seen.contains(&text) {
                let problem = id.problem(format!("there are two steps `{text}`"));
                node.context
                    .report(problem.help("an anchor could mean either: rename one of them"));
            }
            seen.push(text);
        }
    }
    check_circles(&steps, &nodes);
    steps
}

fn step(node: &Node<'_>, index: usize, reading: &Reading<'_>) -> Option<Step> {
    let bare = Mapping::bare(node)?;
    let verbs: Vec<_> = VERBS.iter().filter(|(verb, ..)| bare.has(verb)).collect();
    let (verb, extra) = match verbs.as_slice() {
        [(verb, extra, _)] => (*verb, *extra),
        [] => return no_verb(&bare),
        [first, second, ..] => {
            let message =
                format!("a step does one thing: this has `{}` and `{}`", first.0, second.0);
            return node.refuse(bare.at_key(second.0, message).help("make two steps of it"));
        }
    };
    let mapping = open(node, &bare, verb, extra)?;
    let id = mapping.get("id").and_then(|id| valid_id(&id));
    let at = mapping.get("at").and_then(|at| values::moment(&at, reading.start, &reading.ids));
    let id = id.unwrap_or_else(|| format!("step-{}", index + 1));
    let doing = doing(&mapping, verb, &id, reading);
    let place = reading.place(&mapping.node, verb);
    Some(Step { id, at: at?, doing: doing?, place })
}

fn no_verb<T>(bare: &Mapping<'_>) -> Option<T> {
    let verbs: Vec<_> = VERBS.iter().map(|(verb, ..)| *verb).collect();
    let known: Vec<_> = STEP.iter().map(|key| key.name).chain(verbs.iter().copied()).collect();
    for node in bare.all() {
        if !known.contains(&node.key) {
            let problem =
                Problem::new(&node.path, Part::Key, format!("unknown key `{}`", node.key));
            let problem = problem.help(format!("a step does one of: {}", verbs.join(", ")));
            return bare.node.refuse(match did_you_mean(node.key, known.iter().copied()) {
                Some(hint) => problem.label(hint),
                None => problem,
            });
        }
    }
    let problem = bare.problem("this step does nothing");
    bare.node.refuse(problem.help(format!("a step does one of: {}", verbs.join(", "))))
}

/// Opens a step with the keys that its verb allows; a fault's keys are looked at with its kind.
fn open<'a>(
    node: &Node<'a>,
    bare: &Mapping<'a>,
    verb: &'static str,
    extra: &'static [Key],
) -> Option<Mapping<'a>> {
    let required: Vec<_> = STEP.iter().chain(extra).filter(|key| key.required).collect();
    let own = if verb == "fault" { fault_keys(bare) } else { vec![verb] };
    let known = STEP.iter().chain(extra).map(|key| key.name);
    let names: Vec<_> = known.chain(own).collect();
    Mapping::with_keys(node, &names, &required)
}

/// What may stand in a step with a fault. The mock app says itself what its faults take.
fn fault_keys<'a>(bare: &Mapping<'a>) -> Vec<&'a str> {
    let kind = bare.get("fault").and_then(|node| node.yaml.as_text()).unwrap_or_default();
    match own::find(kind) {
        Some(own) => {
            let mut keys = own.keys();
            // Those that happen at once have no end; who gives them one is told so.
            keys.retain(|key| {
                !own.is_instant() || !matches!(*key, "for" | "until") || bare.has(key)
            });
            keys
        }
        None => bare.all().iter().map(|node| node.key).collect(),
    }
}

fn valid_id(node: &Node<'_>) -> Option<String> {
    let id = values::text(node)?;
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let made_up =
        id.strip_prefix("step-").is_some_and(|rest| rest.chars().all(|c| c.is_ascii_digit()));
    if id == "all" || made_up {
        let problem = node.problem(format!("`{id}` means something else already"));
        return node.refuse(problem.help("`all` is for `heal`, `step-2` for a step without an id"));
    }
    if id.chars().all(plain) && id.len() <= 64 {
        return Some(id);
    }
    node.refuse(node.problem(format!("`{id}` is no id")).help("1 to 64 of A-Z a-z 0-9 - _"))
}

fn doing(mapping: &Mapping<'_>, verb: &str, id: &str, reading: &Reading<'_>) -> Option<Doing> {
    let node = mapping.get(verb)?;
    let length = |key: &str| mapping.get(key).map(|node| values::length(&node));
    match verb {
        "fault" => {
            let fault = fault(mapping, &node, id);
            let waits = check_other(mapping, reading);
            let is_there = machine::check_target(mapping, reading);
            let fault = fault.filter(|_| waits.is_some() && is_there.is_some());
            let fits = |fault: &_| network::check(mapping, fault, reading).is_some();
            fault.filter(|fault| fits(&fault.kind)).map(Doing::Fault)
        }
        "toggle" => toggle(&node).map(Doing::Toggle),
        "heal" => heal(&node, reading).map(Doing::Heal),
        "run_job" => match node.yaml {
            Yaml::Null | Yaml::Bool(true) => Some(Doing::RunJob(None)),
            _ => values::text(&node).map(|name| Doing::RunJob(Some(name))),
        },
        "kill" => {
            let target = match values::word(&node, &["checker", "machine"])? {
                "machine" => Target::Machine,
                _ => Target::Checker,
            };
            Some(Doing::Kill { target, down: length("down").unwrap_or(Some(KILL_DOWN))? })
        }
        "restart" => {
            values::word(&node, &["checker"])?;
            Some(Doing::Restart { down: length("down").unwrap_or(Some(RESTART_DOWN))? })
        }
        "pause" => {
            values::word(&node, &["checker"])?;
            Some(Doing::Pause { lasts: length("for")?? })
        }
        _ => edit(&node, reading),
    }
}

fn toggle(node: &Node<'_>) -> Option<Map<String, Value>> {
    let mapping = Mapping::with_keys(node, TOGGLES, &[])?;
    let all = mapping.all();
    if all.is_empty() {
        return node.refuse(
            node.problem("`toggle` moves nothing").help("such as toggle: {api_down: true}"),
        );
    }
    let pairs =
        all.iter().map(|one| Some((one.key.to_owned(), Value::from(values::boolean(one)?))));
    pairs.collect()
}

fn heal(node: &Node<'_>, reading: &Reading<'_>) -> Option<Healed> {
    let id = values::text(node)?;
    if id == "all" {
        return Some(Healed::All);
    }
    if reading.faults.contains(&id) || TOGGLES.contains(&id.as_str()) {
        return Some(Healed::One(id));
    }
    if reading.ids.contains(&id) {
        let problem = node.problem(format!("`{id}` is no fault: it cannot be healed"));
        return node.refuse(problem.help("`all`, or the id of a fault"));
    }
    let known = reading.ids.iter().map(String::as_str).chain(["all"]);
    let problem = node.problem(format!("there is no step with the id `{id}`"));
    node.refuse(match did_you_mean(&id, known) {
        Some(hint) => problem.label(hint),
        None => problem.help("`all`, or the id of a fault"),
    })
}

/// Steps whose times wait for each other would never come.
fn check_circles(steps: &[Step], nodes: &[Node<'_>]) {
    for start in steps {
        let (mut at, mut seen) = (start, vec![start.id.as_str()]);
        while let Moment::Anchor { id, .. } = &at.at {
            let Some(next) = steps.iter().find(|step| step.id == *id) else { break };
            if next.id == start.id {
                let named = |node: &&Node<'_>| {
                    Mapping::bare(node)
                        .and_then(|step| step.get("id"))
                        .is_some_and(|id| id.yaml.as_text() == Some(start.id.as_str()))
                };
                if let Some(node) = nodes.iter().find(named) {
                    node.context.report(
                        node.problem(format!("the time of `{}` hangs on itself", start.id)),
                    );
                }
                break;
            }
            if seen.contains(&next.id.as_str()) {
                break;
            }
            seen.push(&next.id);
            at = next;
        }
    }
}

/// The start of a scenario.
pub(super) fn start(root: &Mapping<'_>) -> Timestamp {
    let default = Timestamp::from_millis(1_767_225_600_000);
    let Some(node) = root.get("start") else { return default };
    let Some(text) = node.yaml.as_text() else {
        return node.wrong("an RFC 3339 time such as 2026-01-05T08:00:00+05:30").unwrap_or(default);
    };
    text.parse().unwrap_or_else(|_| {
        let problem = node.problem(format!("`{text}` is no RFC 3339 time"));
        node.refuse(problem.help("such as 2026-01-05T08:00:00+05:30, with seconds and a zone"))
            .unwrap_or(default)
    })
}
