//! The step that puts another text in the place of a file.

use std::path::Path;

use engine::config::{
    context::{Node, Problem},
    marks::Part,
    yaml::Yaml,
};

use super::{Reading, library, mapping::Mapping, values};
use crate::scenario::{Doing, EditWith, EditedFile};

pub(super) fn edit(node: &Node<'_>, reading: &Reading<'_>) -> Option<Doing> {
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
    if !text.contains('\n') && text.len() < 256 && reading.library.has(&path) {
        return match library::text(reading.library, &path) {
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
