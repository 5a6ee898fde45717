//! From the text of a scenario to its cases, or to everything that is wrong with it. Reads the file
//! itself and the configuration under test; plays nothing.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "whatever else a value or a shape is, it is refused alike"
)]

mod edit;
mod exercise;
mod expect;
mod faults;
mod library;
mod machine;
mod mapping;
mod network;
mod own;
mod params;
mod schema;
mod search;
mod sense;
mod steps;
mod under_test;
mod values;
mod vocabulary;

use std::{cell::RefCell, fmt, path::Path, sync::Arc};

use engine::{
    Timestamp,
    config::{
        Diagnostic, Errors, Source, Spec,
        context::{Context, Node},
        marks::{Marks, Part},
        tree,
        yaml::Yaml,
    },
    schedule::Schedule,
};

pub(crate) use library::{Bundle, Library, Noting, OnDisk};
pub(crate) use schema::json_schema;
pub(crate) use search::find;
pub(crate) use values::duration;

use super::{Doing, Live, Place, Realm, Scenario, Target, Text};
use crate::inventory::Inventory;
use mapping::Mapping;
use params::Param;
use under_test::UnderTest;
use vocabulary::ROOT;

/// Why a scenario cannot be played: everything that is wrong with it.
#[derive(Debug)]
pub(crate) struct Refused(String);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<Errors> for Refused {
    fn from(errors: Errors) -> Self {
        Self(errors.to_string())
    }
}

/// What the readers of one case look things up in.
struct Reading<'a> {
    marks: &'a Marks,
    start: Timestamp,
    ids: Vec<String>,
    /// The ids of the steps that begin a fault.
    faults: Vec<String>,
    folder: &'a Path,
    library: &'a dyn Library,
    checks_path: &'a Path,
    /// The text of the configuration as the edits so far leave it.
    checks_text: RefCell<String>,
    /// The names of all checks, those included that an edit brings.
    checks: &'a [String],
    /// What the configuration needs of the machine, and what it would need after each edit.
    inventories: &'a [Inventory],
}

impl Reading<'_> {
    /// Where a key of a mapping stands.
    fn place(&self, node: &Node<'_>, key: &str) -> Place {
        let found = Mapping::bare(node).and_then(|mapping| mapping.get(key));
        found.map_or_else(|| self.place_of(node), |node| self.spot(&node.path, Part::Key))
    }

    /// Where a value stands.
    fn place_of(&self, node: &Node<'_>) -> Place {
        match Mapping::bare_quietly(node) {
            Some(first) => self.spot(&first, Part::Key),
            None => self.spot(&node.path, Part::Value),
        }
    }

    fn spot(&self, path: &[usize], part: Part) -> Place {
        let (line, column, width) = self.marks.place(path, part);
        Place { line, column, width }
    }
}

impl<'a> Mapping<'a> {
    /// The way to the first entry of a mapping, without a complaint when it is none.
    fn bare_quietly(node: &Node<'a>) -> Option<Vec<usize>> {
        let Yaml::Map(entries) = node.yaml else { return None };
        entries.first().map(|entry| node.below(&entry.via))
    }
}

/// All cases of a file.
///
/// # Errors
/// Everything that is wrong with it.
pub(crate) fn load(path: &Path) -> Result<Vec<Scenario>, Refused> {
    load_from(path, &OnDisk)
}

/// All cases of a file of a library.
///
/// # Errors
/// Everything that is wrong with it.
pub(crate) fn load_from(path: &Path, library: &dyn Library) -> Result<Vec<Scenario>, Refused> {
    let file = path.display().to_string();
    let bytes = library.read(path).map_err(|error| Refused(format!("{file}: error: {error}")))?;
    let source = Source::from_bytes(&file, &bytes)?;
    let tree = tree(source)?;
    if !matches!(tree, Yaml::Map(_)) {
        let error =
            Diagnostic::at(&file, source.body(), (1, 1, 1), "a scenario is a mapping".to_owned());
        return Err(
            Errors::one(error.with_note("it begins with `scenario: its-name`".to_owned())).into()
        );
    }
    let marks = Marks::of(source.body());
    let folder = path.parent().unwrap_or(Path::new("")).to_owned();
    let under_test = UnderTest::find(&source, &tree, &folder, library)?;
    let text = Arc::new(Text { file: file.clone(), text: source.body().to_owned() });
    let all = Whole {
        source,
        tree: &tree,
        marks: &marks,
        folder: &folder,
        library,
        under_test: &under_test,
        text,
    };
    all.cases()
}

/// A file with all that its cases share.
struct Whole<'a> {
    source: Source<'a>,
    tree: &'a Yaml,
    marks: &'a Marks,
    folder: &'a Path,
    library: &'a dyn Library,
    under_test: &'a UnderTest,
    text: Arc<Text>,
}

impl Whole<'_> {
    fn cases(&self) -> Result<Vec<Scenario>, Refused> {
        let none = |_: &str| None;
        let context = Context::new(&none);
        let root = node(&context, self.tree);
        let Some(mapping) = Mapping::bare(&root) else { return Ok(Vec::new()) };
        let (matrix, seeds) = (params::matrix(&mapping), params::seeds(&mapping));
        context.finish(self.source)?;
        let mut cases = Vec::new();
        for case in &matrix {
            cases.extend(self.case(case, &seeds)?);
        }
        Ok(cases)
    }

    /// The case of one combination of parameters, with every seed.
    fn case(&self, params: &[Param], seeds: &[u64]) -> Result<Vec<Scenario>, Refused> {
        let tree = params::filled(self.tree, params);
        let none = |_: &str| None;
        let context = Context::new(&none);
        let root = node(&context, &tree);
        let read = self.read(&root, params);
        context.finish(self.source)?;
        let Some(scenario) = read else { return Ok(Vec::new()) };
        Ok(seeds.iter().map(|seed| with_seed(scenario.clone(), *seed)).collect())
    }

    fn read(&self, root: &Node<'_>, params: &[Param]) -> Option<Scenario> {
        let mapping = Mapping::open(root, &ROOT)?;
        let names: Vec<_> = params.iter().map(|(name, _)| name.as_str()).collect();
        mapping
            .all()
            .iter()
            .filter(|node| node.key != "params")
            .for_each(|node| params::check_left(node, &names));
        let reading = Reading {
            marks: self.marks,
            start: steps::start(&mapping),
            ids: steps::ids(&mapping),
            faults: steps::faults(&mapping),
            folder: self.folder,
            library: self.library,
            checks_path: &self.under_test.path,
            checks_text: RefCell::new(self.under_test.text.clone()),
            checks: &self.under_test.names(&mapping, self.folder, self.library),
            inventories: &self.under_test.inventories(&mapping, self.folder, self.library),
        };
        let name = mapping.get("scenario").and_then(|node| valid_name(&node));
        let about = mapping.get("about").and_then(|node| values::text(&node)).unwrap_or_default();
        let run =
            mapping.get("run").and_then(|node| values::moment(&node, reading.start, &reading.ids));
        let settle = mapping.get("settle").and_then(|node| values::length(&node));
        let timeline = steps::read(&mapping, &reading);
        let live = expect::live(&mapping);
        let virtual_only = timeline.iter().any(|step| is_virtual_only(&step.doing))
            || self.under_test.config.enabled().any(|check| goes_by_the_wall(check));
        let flags = expect::flags(&mapping);
        let settle = settle.unwrap_or_else(|| self.under_test.settle(&flags));
        let expect = expect::read(&mapping, &reading);
        let sometimes = expect::sometimes(&mapping, &reading, &timeline);
        let always = expect::always(&mapping);
        let exercise = mapping.get("exercise").map(|node| exercise::read(&node, &timeline));
        sense::check(&mapping, run.as_ref(), &timeline, &expect);
        Some(Scenario {
            name: name?,
            about: about.trim().to_owned(),
            source: Arc::clone(&self.text),
            checks: self.under_test.path.clone(),
            start: reading.start,
            run,
            settle,
            seed: 1,
            params: params
                .iter()
                .map(|(name, value)| (name.clone(), params::shown(value)))
                .collect(),
            flags,
            expect,
            sometimes,
            always,
            live: if virtual_only { Live::No } else { live },
            exercise: exercise.flatten(),
            timeline,
        })
    }
}

fn node<'a>(context: &'a Context<'a>, yaml: &'a Yaml) -> Node<'a> {
    Node { context, yaml, path: Vec::new(), key: "scenario", is_item: false }
}

fn valid_name(node: &Node<'_>) -> Option<String> {
    let name = values::text(node)?;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if name.chars().all(plain) {
        return Some(name);
    }
    node.refuse(
        node.problem(format!("`{name}` is no name of a scenario"))
            .help("letters, digits, and - _ ."),
    )
}

/// What only a virtual world can do.
fn is_virtual_only(doing: &Doing) -> bool {
    match doing {
        Doing::Fault(fault) => match fault.realm {
            Realm::App => false,
            // A mail server of our own cannot flap yet.
            Realm::Mail => fault.step.contains_key("shape"),
            Realm::Clock | Realm::Disk | Realm::Dns | Realm::Checker => true,
            Realm::Machine | Realm::Network | Realm::Host | Realm::Push => true,
        },
        Doing::Kill { target, .. } => *target == Target::Machine,
        Doing::Toggle(_)
        | Doing::Heal(_)
        | Doing::RunJob(_)
        | Doing::Restart { .. }
        | Doing::Pause { .. }
        | Doing::Edit { .. } => false,
    }
}

/// A check that goes by the clock on the wall cannot be played faster than real time.
fn goes_by_the_wall(check: &engine::Check) -> bool {
    let deadline = matches!(&check.spec, Spec::Job(job) if job.success_by.is_some());
    // Nobody calls in there.
    let waits = matches!(check.spec, Spec::Push(_));
    deadline || waits || !matches!(check.schedule, Schedule::Every(_))
}

/// The same case with another seed.
pub(crate) fn with_seed(scenario: Scenario, seed: u64) -> Scenario {
    Scenario { seed, ..scenario }
}
