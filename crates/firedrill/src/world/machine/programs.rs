//! The users' own programs on the modelled machine: each is content unless a fault says otherwise.

use super::{
    answers::{self, Answer},
    faults::{Ends, Fault, Look, What},
    pattern::text_for,
};
use crate::inventory::Program;

/// What a program says when nothing is asked of its words.
const CONTENT: &str = "OK - all is well | checked=1";

/// How a program ends.
pub(super) fn run(
    programs: &[Program],
    faults: &[Fault],
    argv: &[String],
    look: &mut Look,
) -> Answer {
    let name = argv.first().map(String::as_str).unwrap_or_default();
    let met = |what: &What| match what {
        What::Program { program, ends } if program.as_ref().is_none_or(|one| one == name) => {
            Some(ends.clone())
        }
        _ => None,
    };
    match look.last(faults, met) {
        Some(Ends::Exit(code, output)) => answers::ends(code, &format!("{output}\n"), ""),
        Some(Ends::Signal(signal)) => answers::killed_by(signal),
        Some(Ends::Hangs) => Answer::Hangs,
        Some(Ends::Missing) => Answer::NotFound,
        Some(Ends::NoPermission) => Answer::PermissionDenied,
        None => content(programs, argv),
    }
}

/// Nobody has installed what no check or action names.
fn content(programs: &[Program], argv: &[String]) -> Answer {
    let Some(program) = programs.iter().find(|program| program.argv == argv) else {
        return Answer::NotFound;
    };
    let others = program.output.as_ref().filter(|wanted| !wanted.is_match(CONTENT));
    let output = others.and_then(text_for).unwrap_or_else(|| CONTENT.to_owned());
    answers::ends(program.exit, &format!("{output}\n"), "")
}

/// Whether every program can be content.
///
/// # Errors
/// Names the one for which no output can be made up.
pub(super) fn are_able(programs: &[Program]) -> Result<(), String> {
    let unable = programs.iter().find(|program| {
        program
            .output
            .as_ref()
            .is_some_and(|wanted| !wanted.is_match(CONTENT) && text_for(wanted).is_none())
    });
    match unable {
        None => Ok(()),
        Some(program) => Err(format!(
            "no output can be made up that the `expect_output` of {} matches",
            program.argv.join(" ")
        )),
    }
}
