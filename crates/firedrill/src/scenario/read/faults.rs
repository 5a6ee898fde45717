//! The step that begins a fault: its parameters, its envelope and its end. The mock app says itself
//! what its own faults take.

use std::time::Duration;

use engine::config::{
    context::{Node, did_you_mean},
    yaml::Yaml,
};
use serde_json::{Map, Value};

use super::{
    Reading, machine,
    mapping::Mapping,
    own::{self, Own},
    values,
    vocabulary::{Kind, TOGGLES, must},
};
use crate::scenario::{FaultStep, Realm};

pub(super) fn fault(mapping: &Mapping<'_>, kind_node: &Node<'_>, id: &str) -> Option<FaultStep> {
    let kind = values::text(kind_node)?;
    let lasts = mapping.get("for").map(|node| fault_length(&node));
    let (lasts, bad_length) = (lasts.flatten(), lasts == Some(None));
    let mut step: Map<String, Value> = mapping
        .all()
        .iter()
        .filter(|node| node.key != "at")
        .map(|node| (node.key.to_owned(), values::json(node.yaml)))
        .collect();
    step.insert("id".to_owned(), id.into());
    if let Some(lasts) = lasts {
        step.insert("for".to_owned(), format!("{}ms", lasts.as_millis()).into());
    }
    if bad_length {
        step.shift_remove("for");
    }
    let known = own::find(&kind);
    if let Some(own) = known {
        step.iter_mut().filter(|(key, _)| own.is_number(key)).for_each(|(_, value)| unquote(value));
    }
    let realm = known.map_or(Realm::App, |own| own.realm);
    let (usual, lasts) = match known {
        Some(_) => (step.clone(), lasts),
        None => usual(&step),
    };
    let ends = bad_length || is_unknown(&kind) || check_end(mapping, &kind, lasts).is_some();
    // What has been told already is not told again in other words.
    let told = (!ends && mapping.has("until")) || step.values().any(has_parameter);
    let fine = match known {
        Some(own) => check_own(mapping, own).is_some(),
        None if told => false,
        None => check_app(mapping, kind_node, &kind, &step).is_some(),
    };
    (fine && ends && !bad_length).then_some(FaultStep { kind, step: usual, lasts, realm })
}

/// The fault that another one waits for must be there.
pub(super) fn check_other(mapping: &Mapping<'_>, reading: &Reading<'_>) -> Option<()> {
    let Some(active) = mapping
        .get("when")
        .filter(|when| matches!(when.yaml, Yaml::Map(_)))
        .and_then(|when| Mapping::bare(&when))
        .and_then(|when| when.get("active"))
    else {
        return Some(());
    };
    let Some(id) = active.yaml.as_text() else { return Some(()) };
    if reading.faults.iter().any(|known| known == id) || TOGGLES.contains(&id) {
        return Some(());
    }
    let known = reading.faults.iter().map(String::as_str).chain(TOGGLES.iter().copied());
    let problem = active.problem(format!("there is no fault with the id `{id}`"));
    active.refuse(match did_you_mean(id, known) {
        Some(hint) => problem.label(hint),
        None => problem.help("the id of a fault of this timeline, or a toggle such as db_slow"),
    })
}

/// A fault of the mock app in its usual spelling, and how long it lasts: what is said of it, or
/// less when it ends by itself.
fn usual(step: &Map<String, Value>) -> (Map<String, Value>, Option<Duration>) {
    let (step, own) = mockapp::usual_fault(step.clone());
    let said = step.get("for").and_then(Value::as_str).and_then(values::duration);
    let lasts = said.into_iter().chain(own).min();
    (step, lasts)
}

/// A number in quotes is the number.
fn unquote(value: &mut Value) {
    let number = value.as_str().and_then(|text| serde_json::from_str::<Value>(text.trim()).ok());
    if let Some(number) = number.filter(Value::is_number) {
        *value = number;
    }
}

fn is_unknown(kind: &str) -> bool {
    own::find(kind).is_none() && !mockapp::catalogue().iter().any(|info| info.name == kind)
}

/// Whether a text still has a parameter in it, which has been reported.
fn has_parameter(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.contains("${"))
}

fn fault_length(node: &Node<'_>) -> Option<Duration> {
    let length = values::length(node)?;
    if length.is_zero() {
        let problem = node.problem("a fault must last longer than nothing");
        return node.refuse(problem.help("such as for: 4m"));
    }
    Some(length)
}

/// A fault that nothing ends would make every later expectation a matter of luck.
fn check_end(mapping: &Mapping<'_>, kind: &str, lasts: Option<Duration>) -> Option<()> {
    let instant = own::find(kind).is_some_and(Own::is_instant) || kind == "app.crash";
    let until = mapping.get("until");
    match &until {
        Some(node) if !matches!(node.yaml.as_text(), Some("heal" | "clear")) => {
            let problem = node.mismatch("`heal`: the fault ends by a `heal` step or by the remedy");
            return node.refuse(problem.help("a fault that ends by itself has `for: 4m`"));
        }
        Some(node) if mapping.has("for") => {
            return node.refuse(
                node.problem("`for` and `until` exclude each other").help("remove one of them"),
            );
        }
        _ => {}
    }
    let misspelt = mapping.all().iter().any(|node| nearly_an_end(node.key));
    if instant || lasts.is_some() || until.is_some() || mapping.has("times") || misspelt {
        return Some(());
    }
    let problem = mapping.at_key("fault", "this fault has no end");
    mapping.node.refuse(problem.help(
        "add `for: 4m`, or `until: heal` when a `heal` step or the remedy ends it, or `times: 3`",
    ))
}

/// A misspelt `for`, `until` or `times`, which is reported as an unknown key.
fn nearly_an_end(key: &str) -> bool {
    matches!(key, "fro" | "fo" | "fr" | "forr" | "untill" | "unti" | "time" | "tims" | "timse")
}

fn check_app(
    mapping: &Mapping<'_>,
    kind_node: &Node<'_>,
    kind: &str,
    step: &Map<String, Value>,
) -> Option<()> {
    let catalogue = mockapp::catalogue();
    if !catalogue.iter().any(|info| info.name == kind) {
        let names: Vec<_> =
            catalogue.iter().map(|info| info.name).chain(own::all().map(|own| own.name)).collect();
        let problem = kind_node.problem(format!("unknown fault `{kind}`"));
        let problem = problem.help(format!("faults: {}", names.join(", ")));
        return kind_node.refuse(match did_you_mean(kind, names.iter().copied()) {
            Some(hint) => problem.label(hint),
            None => problem,
        });
    }
    let Err(error) = mockapp::check_fault(step) else { return Some(()) };
    let node = error.key.as_deref().and_then(|key| mapping.get(key));
    let unknown = error.message.contains("unknown key");
    let problem = match (&node, &error.key) {
        (Some(_), Some(key)) if unknown => mapping.at_key(key, error.message.clone()),
        (Some(node), _) => node.problem(error.message.clone()),
        (None, _) => mapping.at_key("fault", format!("{kind}: {}", error.message)),
    };
    let problem = match error.hint {
        Some(hint) => problem.label(hint.trim().to_owned()),
        None => problem,
    };
    mapping.node.refuse(match error.allowed {
        Some(allowed) => problem.help(format!("allowed here: {allowed}")),
        None => problem,
    })
}

fn check_own(mapping: &Mapping<'_>, own: &Own) -> Option<()> {
    let mut fine = true;
    if let Some(node) =
        ["for", "until"].iter().find_map(|key| mapping.get(key)).filter(|_| own.is_instant())
    {
        let message = format!("{} happens at once: it has no `{}`", own.name, node.key);
        node.context.report(mapping.at_key(node.key, message).help("remove it"));
        fine = false;
    }
    for (name, kind, doc) in own.parameters {
        fine &= match mapping.get(name.trim_end_matches('?')) {
            Some(node) => check_parameter(&node, own, *kind, doc).is_some(),
            None if name.ends_with('?') || mapping.has_unknown => true,
            None => {
                let problem =
                    mapping.at_key("fault", format!("`{name}` of {} is missing", own.name));
                mapping.node.context.report(problem.help(format!("`{name}`: {doc}")));
                false
            }
        };
    }
    for (key, min) in [("times", 1), ("every", 1), ("skip", 0)] {
        fine &=
            mapping.get(key).is_none_or(|node| values::whole(&node, min, 1_000_000_000).is_some());
    }
    fine &= mapping.get("p").is_none_or(|node| probability(&node).is_some());
    fine &= mapping.get("on").is_none_or(|node| component(&node, own).is_some());
    fine &= mapping.get("shape").is_none_or(|node| shape(&node).is_some());
    if let (Some(_), Some(again)) = (mapping.get("op"), mapping.get("k")) {
        let problem = mapping.at_key(again.key, "`op` and `k` are the same: only one may be there");
        again.context.report(problem.help("remove one of them"));
        fine = false;
    }
    fine &= machine::check_together(mapping, own).is_some();
    fine.then_some(())
}

/// A number, in quotes or not.
fn number(node: &Node<'_>) -> Option<f64> {
    match node.yaml {
        Yaml::Num(number) => number.as_f64(),
        Yaml::Text(text) => text.trim().parse().ok(),
        _ => None,
    }
}

fn probability(node: &Node<'_>) -> Option<()> {
    let fine = number(node).is_some_and(|p| (0.0..=1.0).contains(&p));
    if fine { Some(()) } else { node.wrong("a number from 0 to 1") }
}

/// A fault of one part of the world is on that part, whether it is said or not.
fn component(node: &Node<'_>, own: &Own) -> Option<()> {
    let on = values::text(node)?;
    if on == own.component() {
        return Some(());
    }
    let problem = node.problem(format!("{} cannot be on `{on}`", own.name));
    node.refuse(problem.help(format!("allowed here: {}; or leave `on` out", own.component())))
}

/// `const`, or `{flap: {up: 40s, down: 20s}}`.
fn shape(node: &Node<'_>) -> Option<()> {
    if node.yaml.as_text() == Some("const") {
        return Some(());
    }
    if !matches!(node.yaml, Yaml::Map(_)) {
        return node.wrong("`const`, or {flap: {up: 40s, down: 20s}}");
    }
    let shape = Mapping::with_keys(node, &["flap"], &[])?;
    let flap = match shape.get("flap") {
        Some(flap) => flap,
        None if shape.has_unknown => return None,
        None => return node.wrong("`const`, or {flap: {up: 40s, down: 20s}}"),
    };
    let parts = ["up", "down"].map(|part| must(part, Kind::Length, "such as 20s"));
    let parts = Mapping::with_keys(&flap, &["up", "down"], &parts.each_ref())?;
    let lengths = ["up", "down"].map(|part| fault_length(&parts.get(part)?));
    lengths.iter().all(Option::is_some).then_some(())
}

fn check_parameter(node: &Node<'_>, own: &Own, kind: Kind, doc: &str) -> Option<()> {
    if own.realm == Realm::Machine {
        return machine::check_parameter(node, kind);
    }
    match (kind, node.key) {
        (Kind::Word(words), _) => values::word(node, words).map(drop),
        (Kind::Length, "period") => fault_length(node).map(drop),
        (Kind::Length, _) => values::length(node).map(drop),
        (Kind::Text, "check" | "name" | "host") => values::text(node).map(drop),
        (Kind::Text, _) => {
            let text = node.yaml.as_text().unwrap_or_default();
            values::signed(text)
                .map(drop)
                .or_else(|| node.wrong(&format!("a duration with a sign ({doc})")))
        }
        (_, "ppm") => {
            let fine = number(node).is_some_and(|ppm| ppm.fract() == 0.0 && ppm.abs() <= 500_000.0);
            if fine { Some(()) } else { node.wrong("a whole number from -500000 to 500000") }
        }
        (_, "loss") => values::whole(node, 1, 100).map(drop),
        (_, "cpu" | "ram" | "disk") => values::whole(node, 0, 100).map(drop),
        (_, "code") if own.name == "mail.greylist" => values::whole(node, 400, 499).map(drop),
        (_, "code") => values::whole(node, 500, 599).map(drop),
        _ => values::whole(node, 1, 1_000_000_000).map(drop),
    }
}
