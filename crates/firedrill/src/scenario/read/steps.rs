//! `timeline`: one step each, told apart by its verb.

use std::{path::Path, time::Duration};

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
    mapping::{Mapping, items},
    own::{self, OWN, Own},
    values,
    vocabulary::{Key, Kind, STEP, TOGGLES, VERBS, must},
};
use crate::scenario::{
    Doing, EditWith, EditedFile, FaultStep, Healed, Moment, Realm, Step, Target,
};

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
            fault.filter(|_| waits.is_some()).map(Doing::Fault)
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

fn fault(mapping: &Mapping<'_>, kind_node: &Node<'_>, id: &str) -> Option<FaultStep> {
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
fn check_other(mapping: &Mapping<'_>, reading: &Reading<'_>) -> Option<()> {
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
            catalogue.iter().map(|info| info.name).chain(OWN.iter().map(|own| own.name)).collect();
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
    match (kind, node.key) {
        (Kind::Word(words), _) => values::word(node, words).map(drop),
        (Kind::Length, "period") => fault_length(node).map(drop),
        (Kind::Length, _) => values::length(node).map(drop),
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
        (_, "code") if own.name == "mail.greylist" => values::whole(node, 400, 499).map(drop),
        (_, "code") => values::whole(node, 500, 599).map(drop),
        _ => values::whole(node, 1, 1_000_000_000).map(drop),
    }
}

fn edit(node: &Node<'_>, reading: &Reading<'_>) -> Option<Doing> {
    let mapping = Mapping::with_keys(node, &["file", "with"], &[])?;
    let file = match mapping.get("file") {
        None => EditedFile::Checks,
        Some(node) => edited_file(&node, reading)?,
    };
    let Some(with) = mapping.get("with") else {
        let problem = mapping.problem("`with` is missing");
        return node
            .refuse(problem.help("the new text, the name of a file with it, or {old: new} pairs"));
    };
    let with = match with.yaml {
        Yaml::Map(_) => replacements(&with, &file, reading)?,
        _ => EditWith::Text(edited_text(&with, reading)?),
    };
    if file == EditedFile::Checks {
        let mut text = reading.checks_text.borrow_mut();
        *text = with.applied_to(&text);
    }
    Some(Doing::Edit { file, with })
}

fn edited_file(node: &Node<'_>, reading: &Reading<'_>) -> Option<EditedFile> {
    let name = values::text(node)?;
    let path: std::path::PathBuf = Path::new(&name).components().collect();
    let path = path.strip_prefix(".").unwrap_or(&path);
    let same = path.file_name() == reading.checks_path.file_name();
    if same || matches!(path.to_str(), Some("checks" | "checks.yaml")) {
        return Some(EditedFile::Checks);
    }
    let inside = path.components().all(|part| matches!(part, std::path::Component::Normal(_)));
    if inside {
        return Some(EditedFile::Other(path.display().to_string()));
    }
    let problem = node.problem(format!("`{name}` is not in the checker's working folder"));
    node.refuse(problem.help("a relative path without `..`, such as .last_job_id"))
}

fn replacements(with: &Node<'_>, file: &EditedFile, reading: &Reading<'_>) -> Option<EditWith> {
    let mapping = Mapping::bare(with)?;
    let mut pairs = Vec::new();
    for node in mapping.all() {
        let new = match node.yaml {
            Yaml::Num(_) | Yaml::Bool(_) => values::json(node.yaml).to_string(),
            Yaml::Text(text) => text.clone(),
            _ => return node.wrong("text"),
        };
        let there = reading.checks_text.borrow().contains(node.key)
            || pairs.iter().any(|(_, new): &(String, String)| new.contains(node.key));
        if *file == EditedFile::Checks && !there {
            let problem = Problem::new(
                &node.path,
                Part::Key,
                format!("`{}` does not occur in the configuration", node.key),
            );
            return node.refuse(
                problem
                    .help(format!("the text is looked for in {}", reading.checks_path.display())),
            );
        }
        pairs.push((node.key.to_owned(), new));
    }
    Some(EditWith::Replace(pairs))
}

/// The new text: that of a file, or the text itself.
fn edited_text(with: &Node<'_>, reading: &Reading<'_>) -> Option<String> {
    let Yaml::Text(text) = with.yaml else {
        return with.wrong("text, the name of a file, or {old: new} pairs");
    };
    let path = reading.folder.join(text);
    if !text.contains('\n') && text.len() < 256 && path.is_file() {
        return match std::fs::read_to_string(&path) {
            Ok(text) => Some(text),
            Err(error) => with.refuse(with.problem(format!("{}: {error}", path.display()))),
        };
    }
    let looks_like_a_file =
        !text.contains(['\n', ' ', ':']) && (text.ends_with(".yaml") || text.ends_with(".yml"));
    if looks_like_a_file {
        let problem = with.problem(format!("there is no file {}", path.display()));
        return with.refuse(problem.help("the path is relative to the folder of the scenario"));
    }
    Some(text.clone())
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
