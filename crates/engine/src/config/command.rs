//! A `command` check: a program of the user's own, its keys and what they mean. Never a shell.

use crate::config::{
    actions::argv,
    pattern::Pattern,
    section::Section,
    table::{
        Kind,
        Need::{Default, Optional, Required},
        Table,
    },
    tables::key,
};

pub(super) static COMMAND: Table = Table {
    name: "command_check",
    about: "A program that is run; its exit code and its output say how things are.",
    keys: &[
        key("argv", Kind::Texts, Required, "The program and its arguments; never a shell."),
        key(
            "expect_exit",
            Kind::Int { min: 0, max: 255 },
            Default("0"),
            "The wanted exit code; not with `nagios`.",
        ),
        key(
            "expect_output",
            Kind::Regex,
            Optional,
            "A regular expression that standard output must match somewhere; `^` and `$` are the ends of lines.",
        ),
        key(
            "nagios",
            Kind::Bool,
            Default("false"),
            "Whether it is a Nagios plugin: 0, 1, 2 and 3 are OK, WARN, FAIL and UNKNOWN.",
        ),
    ],
};

/// A `command` check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandSpec {
    /// Program and arguments.
    pub argv: Vec<String>,
    /// What its exit code means.
    pub exit: ExitMeaning,
    /// What standard output must match somewhere.
    pub expect_output: Option<Pattern>,
}

/// What the exit code of a program means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExitMeaning {
    /// This one is OK and all others FAIL.
    Wanted(i32),
    /// 0, 1, 2 and 3 are OK, WARN, FAIL and UNKNOWN.
    Nagios,
}

/// Reads the keys. What is wrong has been reported.
pub(super) fn read(section: &Section<'_>) -> Option<CommandSpec> {
    let argv = argv(section);
    let code = section.int("expect_exit").and_then(|code| i32::try_from(code).ok()).unwrap_or(0);
    let expect_output = section.pattern("expect_output");
    let nagios = section.bool("nagios").unwrap_or(false);
    if nagios && let Some(node) = section.find("expect_exit") {
        let problem = node.problem("`expect_exit` and `nagios` exclude each other");
        section.context.report(problem.help("a Nagios plugin's exit codes have fixed meanings"));
    }
    let exit = if nagios { ExitMeaning::Nagios } else { ExitMeaning::Wanted(code) };
    Some(CommandSpec { argv: argv?, exit, expect_output })
}
