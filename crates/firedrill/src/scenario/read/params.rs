//! `params` and `seeds`: one file, many cases. `${name}` in any text is replaced; a text that is
//! nothing else takes the value's own type.

use engine::config::{
    context::{Node, did_you_mean},
    yaml::{Entry, Yaml},
};

use super::{
    mapping::{Mapping, items},
    values::{range, whole},
};

/// A name with one of its values.
pub(super) type Param = (String, Yaml);

/// More cases than this are a mistake.
const MOST: usize = 10_000;

/// Every combination of the parameters, in the order of the file.
pub(super) fn matrix(root: &Mapping<'_>) -> Vec<Vec<Param>> {
    let mut all: Vec<Vec<Param>> = vec![Vec::new()];
    let Some(params) = root.get("params").and_then(|node| Mapping::bare(&node)) else {
        return all;
    };
    for node in params.all() {
        let values = items(&node, "a list of values, such as [500, 503]");
        if values.is_empty() && matches!(node.yaml, Yaml::List(_)) {
            node.context.report(
                node.problem(format!("`{}` has no value", node.key)).help("such as [500, 503]"),
            );
        }
        if values.is_empty() {
            continue;
        }
        let with = |case: &Vec<Param>, value: &Node<'_>| {
            let mut case = case.clone();
            case.push((node.key.to_owned(), value.yaml.clone()));
            case
        };
        all =
            all.iter().flat_map(|case| values.iter().map(move |value| with(case, value))).collect();
        if all.len() > MOST {
            node.context.report(node.problem(format!("the matrix has more than {MOST} cases")));
            return vec![Vec::new()];
        }
    }
    all
}

/// The seeds to play.
pub(super) fn seeds(root: &Mapping<'_>) -> Vec<u64> {
    let one = root.get("seed").and_then(|node| whole(&node, 0, u64::MAX));
    let Some(node) = root.get("seeds") else {
        return vec![one.unwrap_or(1)];
    };
    if root.has("seed") {
        node.context.report(
            node.problem("`seed` and `seeds` exclude each other").help("remove one of them"),
        );
    }
    match node.yaml {
        Yaml::Text(text) => match range(text) {
            Some((first, last)) if last - first < MOST as u64 => (first..=last).collect(),
            _ => {
                let problem = node.mismatch("a range such as 1..50, or a list of numbers");
                let backwards = super::values::is_backwards(text);
                let problem =
                    if backwards { problem.label("the range goes backwards") } else { problem };
                node.refuse(problem).unwrap_or_default()
            }
        },
        _ => {
            let all = items(&node, "a range such as 1..50, or a list of numbers");
            if all.is_empty() && matches!(node.yaml, Yaml::List(_)) {
                node.context.report(node.problem("`seeds` is empty").help("such as seeds: 1..50"));
            }
            all.iter().filter_map(|item| whole(item, 0, u64::MAX)).collect()
        }
    }
}

/// The value of a parameter as reports show it.
pub(super) fn shown(value: &Yaml) -> String {
    match value {
        Yaml::Text(text) => text.clone(),
        other => super::values::json(other).to_string(),
    }
}

/// The tree with the parameters of one case filled in.
pub(super) fn filled(yaml: &Yaml, case: &[Param]) -> Yaml {
    match yaml {
        Yaml::Text(text) => fill_text(text, case),
        Yaml::List(list) => Yaml::List(list.iter().map(|item| filled(item, case)).collect()),
        Yaml::Map(entries) => {
            let fill = |entry: &Entry| Entry {
                key: entry.key.clone(),
                value: if entry.key.as_text() == Some("params") {
                    entry.value.clone()
                } else {
                    filled(&entry.value, case)
                },
                via: entry.via.clone(),
            };
            Yaml::Map(entries.iter().map(fill).collect())
        }
        Yaml::Null | Yaml::Bool(_) | Yaml::Num(_) | Yaml::NotFinite | Yaml::Tagged => yaml.clone(),
    }
}

fn fill_text(text: &str, case: &[Param]) -> Yaml {
    let whole = text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
    if let Some((_, value)) = case.iter().find(|(name, _)| Some(name.as_str()) == whole) {
        return value.clone();
    }
    let mut out = text.to_owned();
    for (name, value) in case {
        out = out.replace(&format!("${{{name}}}"), &shown(value));
    }
    Yaml::Text(out)
}

/// Reports `${name}` for which there is no parameter.
pub(super) fn check_left(node: &Node<'_>, names: &[&str]) {
    match node.yaml {
        Yaml::Text(text) => {
            let left = text.split("${").skip(1).filter_map(|rest| rest.split_once('}'));
            for (name, _) in left.filter(|(name, _)| is_name(name)) {
                let problem = node.problem(format!("there is no parameter `{name}`"));
                let problem = problem.help(format!(
                    "params: {}",
                    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
                ));
                node.context.report(match did_you_mean(name, names.iter().copied()) {
                    Some(hint) => problem.label(hint),
                    None => problem,
                });
            }
        }
        Yaml::List(_) => items(node, "").iter().for_each(|item| check_left(item, names)),
        Yaml::Map(_) => {
            let Some(mapping) = Mapping::bare(node) else { return };
            mapping.all().iter().for_each(|value| check_left(value, names));
        }
        Yaml::Null | Yaml::Bool(_) | Yaml::Num(_) | Yaml::NotFinite | Yaml::Tagged => {}
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
}
