//! A mapping of the configuration, read by its tables: unknown, repeated and missing keys are
//! reported when it is opened, values when they are asked for.

use std::collections::BTreeMap;

use crate::config::{
    context::{Context, Node, Problem, did_you_mean, nearest},
    marks::Part,
    table::{Family, Key, Kind, Need, Table},
    yaml::{Entry, Path, Yaml},
};

/// An open mapping. Absent sections are open too, and empty.
#[derive(Clone)]
pub(super) struct Section<'a> {
    pub(super) context: &'a Context<'a>,
    pub(super) path: Path,
    tables: [Option<&'static Table>; 2],
    entries: &'a [Entry],
}

impl<'a> Section<'a> {
    /// Opens a mapping whose keys are those of one table.
    pub(super) fn open(node: &Node<'a>, table: &'static Table) -> Option<Self> {
        let section = Self::bare(node, [Some(table), None])?;
        section.check_keys();
        Some(section)
    }

    /// Opens a mapping whose keys depend on its `type`; yields the type too.
    pub(super) fn open_variant(
        node: &Node<'a>,
        family: &'static Family,
    ) -> Option<(Self, &'static str)> {
        let mut section = Self::bare(node, [Some(family.common), None])?;
        let Some((word, table)) = section.variant(family) else {
            section.check_repeated();
            return None;
        };
        section.tables[1] = Some(table);
        section.check_keys();
        Some((section, word))
    }

    fn bare(node: &Node<'a>, tables: [Option<&'static Table>; 2]) -> Option<Self> {
        let Yaml::Map(entries) = node.yaml else {
            return node.wrong("a mapping");
        };
        Some(Self { context: node.context, path: node.path.clone(), tables, entries })
    }

    fn variant(&self, family: &'static Family) -> Option<(&'static str, &'static Table)> {
        let Some(node) = self.find("type") else {
            let words: Vec<_> = family.words().collect();
            let problem = self.missing("type").help(format!("types: {}", words.join(", ")));
            self.context.report(problem);
            return None;
        };
        let Yaml::Text(word) = node.yaml else {
            return node.wrong("text");
        };
        let known = family.types.iter().find(|(known, _)| known == word);
        known.copied().or_else(|| node.refuse(unknown_type(&node, family, word)))
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &'static Key> {
        self.tables.into_iter().flatten().flat_map(|table| table.keys)
    }

    fn check_keys(&self) {
        let mut unknown = Vec::new();
        for entry in self.entries {
            match entry.key.as_text() {
                Some(name) if self.keys().any(|key| key.name == name) => {}
                Some(name) => {
                    self.context.report(self.unknown(entry, name));
                    unknown.push(name);
                }
                None => self.context.report(not_text(&self.way(entry), &entry.key)),
            }
        }
        self.check_repeated();
        self.check_required(&unknown);
        if unknown.is_empty() {
            self.check_one_of();
        }
    }

    /// A key that was only misspelt is not reported as missing too.
    fn check_required(&self, unknown: &[&str]) {
        let names = || self.keys().map(|key| key.name);
        let meant: Vec<_> = unknown.iter().filter_map(|word| nearest(word, names())).collect();
        for key in self.keys().filter(|key| matches!(key.need, Need::Required)) {
            if !self.has(key.name) && !meant.contains(&key.name) && key.name != "type" {
                self.context.report(self.missing(key.name));
            }
        }
    }

    fn check_one_of(&self) {
        let keys = self.keys().filter(|key| matches!(key.need, Need::OneOf));
        let names: Vec<_> = keys.map(|key| key.name).collect();
        if !names.is_empty() && !names.iter().any(|name| self.has(name)) {
            let message = format!("one of these is missing: {}", names.join(", "));
            self.context.report(self.problem(message));
        }
    }

    fn check_repeated(&self) {
        check_repeated(self.context, &self.path, self.entries);
    }

    fn unknown(&self, entry: &Entry, name: &str) -> Problem {
        let message = format!("unknown key `{name}`");
        let problem = Problem::new(&self.way(entry), Part::Key, message);
        if name == "<<" {
            return problem.label("takes a mapping or a list of mappings");
        }
        let names: Vec<_> = self.keys().map(|key| key.name).collect();
        let hint = did_you_mean(name, names.iter().copied());
        let problem = problem.help(format!("allowed here: {}", names.join(", ")));
        match hint {
            Some(hint) => problem.label(hint),
            None => problem,
        }
    }

    /// That a required key is not there.
    pub(super) fn missing(&self, name: &str) -> Problem {
        let owner = match self.name() {
            Some(name) => format!(" of `{name}`"),
            None => String::new(),
        };
        self.problem(format!("`{name}`{owner} is missing"))
    }

    fn name(&self) -> Option<&'a str> {
        self.find("name").and_then(|node| node.yaml.as_text())
    }

    /// A finding about the mapping as a whole.
    pub(super) fn problem(&self, message: impl Into<String>) -> Problem {
        match self.entries.first() {
            Some(entry) => Problem::new(&self.way(entry), Part::Key, message),
            None => Problem::new(&self.path, Part::Value, message),
        }
    }

    fn way(&self, entry: &Entry) -> Path {
        self.path.iter().chain(&entry.via).copied().collect()
    }

    /// The value of a key.
    pub(super) fn find(&self, name: &str) -> Option<Node<'a>> {
        let entry = self.entries.iter().find(|entry| entry.key.as_text() == Some(name))?;
        let key = entry.key.as_text()?;
        Some(Node {
            context: self.context,
            yaml: &entry.value,
            path: self.way(entry),
            key,
            is_item: false,
        })
    }

    /// The value of a key with what the table says of it. A null that is allowed reads as absent.
    pub(super) fn get(&self, name: &str) -> Option<(Node<'a>, &'static Kind)> {
        let key = self.keys().find(|key| key.name == name)?;
        let node = self.find(name)?;
        match (&key.kind, node.yaml) {
            (Kind::OrNull(_), Yaml::Null) => None,
            (Kind::OrNull(kind), _) => Some((node, *kind)),
            (kind, _) => Some((node, kind)),
        }
    }

    /// Whether the key is there, whatever its value.
    pub(super) fn has(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    /// The section behind a key; an empty one when it is absent, null or wrong.
    pub(super) fn section(&self, name: &str) -> Self {
        let found = self.get(name).and_then(|(node, kind)| match (kind, node.yaml) {
            (_, Yaml::Null) => None,
            (Kind::Section(table) | Kind::Report(table), _) => Self::open(&node, table),
            _ => None,
        });
        found.unwrap_or_else(|| Self {
            context: self.context,
            path: self.path.clone(),
            tables: [None, None],
            entries: &[],
        })
    }

    /// The items of a list of mappings, each opened.
    pub(super) fn sections(&self, name: &str) -> Vec<Self> {
        let Some((node, Kind::Sections(table))) = self.get(name) else {
            return Vec::new();
        };
        items(&node, "a list of mappings")
            .iter()
            .filter_map(|item| Self::open(item, table))
            .collect()
    }

    /// The items of a list of mappings that have a `type`, each opened.
    pub(super) fn variants(&self, name: &str) -> Vec<(Self, &'static str)> {
        let Some((node, Kind::Variants(family))) = self.get(name) else {
            return Vec::new();
        };
        let items = items(&node, "a list of mappings");
        items.iter().filter_map(|item| Self::open_variant(item, family)).collect()
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

/// Reports keys that a mapping has more than once.
pub(super) fn check_repeated(context: &Context<'_>, path: &[usize], entries: &[Entry]) {
    let mut seen: BTreeMap<&str, Path> = BTreeMap::new();
    for entry in entries {
        let Some(name) = entry.key.as_text() else {
            continue;
        };
        let way: Path = path.iter().chain(&entry.via).copied().collect();
        match seen.get(name) {
            Some(first) => context.report(
                Problem::new(&way, Part::Key, format!("the key `{name}` is there twice"))
                    .related("the first one is", first),
            ),
            None => {
                seen.insert(name, way);
            }
        }
    }
}

/// That a key is not text.
pub(super) fn not_text(way: &[usize], key: &Yaml) -> Problem {
    Problem::new(way, Part::Key, "keys must be text").label(key.describe())
}

fn unknown_type(node: &Node<'_>, family: &'static Family, word: &str) -> Problem {
    let words: Vec<_> = family.words().collect();
    let problem = node.problem(format!("unknown {} type `{word}`", family.what));
    let problem = match did_you_mean(word, words.iter().copied()) {
        Some(hint) => problem.label(hint),
        None => problem,
    };
    problem.help(format!("supported: {}", words.join(", ")))
}
