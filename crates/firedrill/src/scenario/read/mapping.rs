//! A mapping of a scenario file, read strictly: unknown, repeated and missing keys are reported when
//! it is opened, values when they are asked for.

use engine::config::{
    context::{Node, Problem, did_you_mean, nearest},
    marks::Part,
    yaml::{Entry, Yaml},
};

use super::vocabulary::{Key, Table};

/// An open mapping.
pub(super) struct Mapping<'a> {
    pub(super) node: Node<'a>,
    entries: &'a [Entry],
    /// Whether a key was not understood: what seems to be missing may be that key.
    pub(super) has_unknown: bool,
}

impl<'a> Mapping<'a> {
    /// Opens a mapping with the keys of a table.
    pub(super) fn open(node: &Node<'a>, table: &'static Table) -> Option<Self> {
        let names: Vec<_> = table.keys.iter().map(|key| key.name).collect();
        let required: Vec<_> = table.keys.iter().filter(|key| key.required).collect();
        Self::with_keys(node, &names, &required)
    }

    /// Opens a mapping with keys that depend on what is in it.
    pub(super) fn with_keys(node: &Node<'a>, names: &[&str], required: &[&Key]) -> Option<Self> {
        let mut mapping = Self::bare(node)?;
        let unknown = mapping.check_names(names);
        mapping.has_unknown = !unknown.is_empty();
        let meant: Vec<_> =
            unknown.iter().filter_map(|word| nearest(word, names.iter().copied())).collect();
        for key in required {
            if mapping.get(key.name).is_none() && !meant.contains(&key.name) {
                let problem = mapping.problem(format!("`{}` is missing", key.name));
                node.context.report(problem.help(format!("`{}`: {}", key.name, key.doc)));
            }
        }
        Some(mapping)
    }

    /// Opens a mapping whose keys are looked at elsewhere.
    pub(super) fn bare(node: &Node<'a>) -> Option<Self> {
        let Yaml::Map(entries) = node.yaml else {
            return node.wrong("a mapping");
        };
        Some(Self { node: node.clone(), entries, has_unknown: false })
    }

    /// Reports keys that are not allowed or there twice; answers the unknown ones.
    fn check_names(&self, names: &[&str]) -> Vec<&'a str> {
        let mut unknown = Vec::new();
        let mut seen: Vec<&str> = Vec::new();
        for entry in self.entries {
            let Some(name) = entry.key.as_text() else {
                let problem = Problem::new(&self.way(entry), Part::Key, "keys must be text");
                self.node.context.report(problem.label(entry.key.describe()));
                continue;
            };
            if seen.contains(&name) {
                let message = format!("the key `{name}` is there twice");
                self.node.context.report(Problem::new(&self.way(entry), Part::Key, message));
            } else if !names.contains(&name) {
                self.node.context.report(self.unknown(entry, name, names));
                unknown.push(name);
            }
            seen.push(name);
        }
        unknown
    }

    fn unknown(&self, entry: &Entry, name: &str, names: &[&str]) -> Problem {
        let problem = Problem::new(&self.way(entry), Part::Key, format!("unknown key `{name}`"));
        let problem = problem.help(format!("allowed here: {}", names.join(", ")));
        match did_you_mean(name, names.iter().copied()) {
            Some(hint) => problem.label(hint),
            None => problem,
        }
    }

    fn way(&self, entry: &Entry) -> Vec<usize> {
        self.node.below(&entry.via)
    }

    fn entry_node(&self, entry: &'a Entry) -> Option<Node<'a>> {
        let key = entry.key.as_text()?;
        let path = self.way(entry);
        Some(Node { yaml: &entry.value, path, key, is_item: false, ..self.node.clone() })
    }

    /// The value of a key.
    pub(super) fn get(&self, name: &str) -> Option<Node<'a>> {
        let entry = self.entries.iter().find(|entry| entry.key.as_text() == Some(name))?;
        self.entry_node(entry)
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// All values with their keys, in the order of the file.
    pub(super) fn all(&self) -> Vec<Node<'a>> {
        self.entries.iter().filter_map(|entry| self.entry_node(entry)).collect()
    }

    /// A finding about the mapping as a whole.
    pub(super) fn problem(&self, message: impl Into<String>) -> Problem {
        match self.entries.first() {
            Some(entry) => Problem::new(&self.way(entry), Part::Key, message),
            None => Problem::new(&self.node.path, Part::Value, message),
        }
    }

    /// A finding about a key.
    pub(super) fn at_key(&self, name: &str, message: impl Into<String>) -> Problem {
        let entry = self.entries.iter().find(|entry| entry.key.as_text() == Some(name));
        match entry {
            Some(entry) => Problem::new(&self.way(entry), Part::Key, message),
            None => self.problem(message),
        }
    }
}

/// The items of a list; none, and an error, when it is no list.
pub(super) fn items<'a>(node: &Node<'a>, expected: &str) -> Vec<Node<'a>> {
    if let Yaml::List(list) = node.yaml {
        list.iter().enumerate().map(|(index, yaml)| node.item(index, yaml)).collect()
    } else {
        node.wrong::<()>(expected);
        Vec::new()
    }
}
