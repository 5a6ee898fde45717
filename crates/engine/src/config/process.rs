//! The keys of a `process` check, and what a process must be like to be counted.

use crate::config::{
    section::{Section, items},
    table::{
        Kind,
        Need::{Default, Optional, Required},
        Table,
    },
    tables::key,
    yaml::Yaml,
};

const COUNT: Kind = Kind::Int { min: 0, max: 100_000 };

pub(super) static PROCESS: Table = Table {
    name: "process_check",
    about: "How many processes run whose command line holds one of some texts.",
    keys: &[
        key(
            "match",
            Kind::TextOrTexts,
            Required,
            "A part of the command line, or several of which one must fit; upper and lower case are the same.",
        ),
        key("min_count", COUNT, Default("1"), "The fewest processes that are well."),
        key("max_count", COUNT, Optional, "The most processes that are well. Absent: any number."),
    ],
};

/// A `process` check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProcessSpec {
    /// The parts of a command line of which one must fit, in lower case; never empty.
    pub patterns: Vec<String>,
    /// The fewest processes that are well.
    pub min_count: u32,
    /// The most processes that are well.
    pub max_count: Option<u32>,
}

impl ProcessSpec {
    /// Whether a process with this command line is one of those meant.
    #[must_use]
    pub fn fits(&self, command_line: &str) -> bool {
        let line = command_line.to_lowercase();
        self.patterns.iter().any(|pattern| line.contains(pattern))
    }

    /// Whether so many processes are well.
    #[must_use]
    pub fn is_well(&self, count: usize) -> bool {
        let max = self.max_count.unwrap_or(u32::MAX);
        (self.min_count..=max).contains(&u32::try_from(count).unwrap_or(u32::MAX))
    }

    /// The patterns for people.
    #[must_use]
    pub fn listed(&self) -> String {
        let quoted: Vec<_> = self.patterns.iter().map(|pattern| format!("`{pattern}`")).collect();
        quoted.join(" or ")
    }

    /// The wanted number for people.
    #[must_use]
    pub fn wanted(&self) -> String {
        match (self.min_count, self.max_count) {
            (min, Some(max)) if min == max => min.to_string(),
            (0, Some(max)) => format!("<= {max}"),
            (min, Some(max)) => format!("{min} to {max}"),
            (min, None) => format!(">= {min}"),
        }
    }
}

/// Reads the keys. What is wrong has been reported.
pub(super) fn read(section: &Section<'_>) -> Option<ProcessSpec> {
    let patterns = patterns(section, "match");
    let min_count = section.small("min_count").unwrap_or(1);
    let max_count = section.small("max_count");
    if let Some(max) = max_count.filter(|max| *max < min_count)
        && let Some(node) = section.find("max_count")
    {
        let message = format!("`max_count` ({max}) must not be below `min_count` ({min_count})");
        section.context.report(node.problem(message));
    }
    Some(ProcessSpec { patterns: patterns?, min_count, max_count })
}

/// Texts to look for, in lower case.
pub(super) fn patterns(section: &Section<'_>, key: &str) -> Option<Vec<String>> {
    let (node, _) = section.get(key)?;
    let found = section.texts(key)?;
    let blank = found.iter().position(|text| text.trim().is_empty());
    if !found.is_empty() && blank.is_none() {
        return Some(found.iter().map(|text| text.to_lowercase()).collect());
    }
    let wrong = match (blank, node.yaml) {
        (Some(at), Yaml::List(_)) => items(&node, "a list").into_iter().nth(at)?,
        _ => node,
    };
    let problem = wrong.problem(format!("`{key}` names no part of a command line"));
    wrong.refuse(problem.help(format!("such as {key}: [gunicorn, worker.py]")))
}
