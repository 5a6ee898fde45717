//! The configuration that a scenario is played with: found, read, and what follows from it and from
//! the edits that a timeline makes to it.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use engine::{
    config::{
        Config, Source,
        context::{Context, Node, Problem},
        marks::Part,
        parse,
        yaml::Yaml,
    },
    schedule::Schedule,
};

use super::{
    Refused,
    library::{self, Library},
    mapping::Mapping,
    node, values,
};
use crate::{
    inventory::Inventory,
    scenario::{CheckerFlags, variable},
};

/// After the last fault everything must be OK again within this time, unless it is said or a check
/// takes longer to look again.
const SETTLE: Duration = Duration::from_secs(120);

/// The configuration under test.
pub(super) struct UnderTest {
    pub(super) path: PathBuf,
    pub(super) text: String,
    pub(super) config: Config,
}

impl UnderTest {
    pub(super) fn find(
        source: &Source<'_>,
        tree: &Yaml,
        folder: &Path,
        library: &dyn Library,
    ) -> Result<Self, Refused> {
        let none = |_: &str| None;
        let context = Context::new(&none);
        let root = node(&context, tree);
        let named = Mapping::bare(&root).and_then(|mapping| mapping.get("checks"));
        let path = match &named {
            Some(node) => values::text(node).map(|name| folder.join(name)),
            None => nearest_checks(folder, library),
        };
        let Some(path) = path else {
            context.report(
                root.problem("there is no checks.yaml in this folder or above it")
                    .help("add `checks: path/to/checks.yaml`"),
            );
            context.finish(*source)?;
            return Err(Refused(String::new()));
        };
        match read_config(&path, library) {
            Ok((text, config)) => Ok(Self { path, text, config }),
            Err(why) => {
                let problem = match &named {
                    Some(node) => node.problem(format!(
                        "the configuration under test cannot be used: {}",
                        path.display()
                    )),
                    None => Problem::new(
                        &[],
                        Part::Value,
                        format!("the configuration under test cannot be used: {}", path.display()),
                    ),
                };
                let problem = why.lines().fold(problem, Problem::help);
                let missing = !library.has(&path);
                context.report(match missing {
                    true => problem.help("the path is relative to the folder of the scenario"),
                    false => problem,
                });
                context.finish(*source)?;
                Err(Refused(String::new()))
            }
        }
    }

    /// How long everything may take to be OK again when that is not said: two minutes, or until every
    /// check that goes by an interval has looked once more.
    pub(super) fn settle(&self, flags: &CheckerFlags) -> Duration {
        let config = flags.applied_to(self.config.clone());
        let looks = config.enabled().filter_map(|check| match check.schedule {
            Schedule::Every(interval) | Schedule::Aligned(interval) => {
                Some(interval + check.timeout)
            }
            Schedule::Cron(_) => None,
        });
        looks.chain([SETTLE]).max().unwrap_or(SETTLE)
    }

    /// The names of all checks, those included that an edit of the timeline brings.
    pub(super) fn names(
        &self,
        root: &Mapping<'_>,
        folder: &Path,
        library: &dyn Library,
    ) -> Vec<String> {
        let mut names: Vec<String> =
            self.config.checks.iter().map(|check| check.name.to_string()).collect();
        for text in edited_texts(root, &self.text, folder, library) {
            if let Ok(config) = read_text("checks.yaml", &text) {
                names.extend(config.checks.iter().map(|check| check.name.to_string()));
            }
        }
        names.sort();
        names.dedup();
        names
    }

    /// What must be on the machine, by the configuration and by each edit of it.
    pub(super) fn inventories(
        &self,
        root: &Mapping<'_>,
        folder: &Path,
        library: &dyn Library,
    ) -> Vec<Inventory> {
        let edits = edited_texts(root, &self.text, folder, library);
        let edits = edits.iter().filter_map(|text| read_text("checks.yaml", text).ok());
        std::iter::once(Inventory::of(&self.config))
            .chain(edits.map(|config| Inventory::of(&config)))
            .collect()
    }
}

/// The texts that the edits of a timeline would leave, each on its own.
fn edited_texts(
    root: &Mapping<'_>,
    text: &str,
    folder: &Path,
    library: &dyn Library,
) -> Vec<String> {
    let Some(Node { yaml: Yaml::List(list), .. }) = root.get("timeline") else { return Vec::new() };
    let edit = |step: &Yaml| {
        let with = field(field(step, "edit")?, "with")?;
        Some(match with {
            Yaml::Text(new) => {
                library::text(library, &folder.join(new)).unwrap_or_else(|_| new.clone())
            }
            Yaml::Map(pairs) => pairs.iter().fold(text.to_owned(), |text, pair| {
                let old = pair.key.as_text().unwrap_or("\0");
                let new = pair
                    .value
                    .as_text()
                    .map_or_else(|| values::json(&pair.value).to_string(), str::to_owned);
                text.replace(old, &new)
            }),
            _ => return None,
        })
    };
    list.iter().filter_map(edit).collect()
}

fn field<'y>(yaml: &'y Yaml, name: &str) -> Option<&'y Yaml> {
    let Yaml::Map(entries) = yaml else { return None };
    entries.iter().find(|entry| entry.key.as_text() == Some(name)).map(|entry| &entry.value)
}

fn nearest_checks(folder: &Path, library: &dyn Library) -> Option<PathBuf> {
    let here = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let absolute = std::path::absolute(here).ok()?;
    absolute.ancestors().map(|folder| folder.join("checks.yaml")).find(|path| library.has(path))
}

fn read_config(path: &Path, library: &dyn Library) -> Result<(String, Config), String> {
    let text = library::text(library, path).map_err(|error| error.to_string())?;
    let config = read_text(&path.display().to_string(), &text)?;
    Ok((text, config))
}

fn read_text(file: &str, text: &str) -> Result<Config, String> {
    let parsed = parse(Source { file, text }, &variable);
    parsed.map(|parsed| parsed.config).map_err(|errors| errors.to_string())
}
