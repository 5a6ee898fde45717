//! What can be wrong with the stack, in the words in which people name it: by the part of the
//! stack, and by the kind of fault. Owns the list that a diagnosis chooses from.

use super::{desk::Component, record::Cause};
use crate::scenario::{Answer, Doing, Realm, Scenario};

/// The part that no fault of the mock app is about.
const MAIL: &str = "mail";

/// The kinds of fault of the mail server, in plain words.
const MAIL_FAULTS: [(&str, &str); 7] = [
    ("mail.refuse", "The mail server is down"),
    ("mail.greylist", "The mail server puts mail off"),
    ("mail.reject", "The mail server refuses mail"),
    ("mail.stall", "The mail server does not answer"),
    ("mail.lost_ack", "The mail server takes mail and does not say so"),
    ("mail.slow", "The mail server is slow"),
    ("mail.dup", "The mail server delivers twice"),
];

/// The panel's switches, and what they stand for.
const SWITCHES: [(&str, &str); 4] =
    [("api_down", "http.status"), ("db_slow", "db"), ("queue_stuck", "queue"), ("job_fail", "job")];

/// Kinds that are no trouble.
const NO_CAUSE: [&str; 1] = ["noop"];

/// Every cause that can be named, by the part of the stack; the list is the same in every exercise.
pub(super) fn all() -> Vec<Component> {
    let mut parts: Vec<Component> = Vec::new();
    for fault in mockapp::catalogue().iter().filter(|fault| !NO_CAUSE.contains(&fault.name)) {
        let named = (fault.name.to_owned(), fault.plain.to_owned());
        match parts.iter_mut().find(|part| part.name == fault.component) {
            Some(part) => part.faults.push(named),
            None => {
                parts.push(Component { name: fault.component.to_owned(), faults: vec![named] });
            }
        }
    }
    let mail = MAIL_FAULTS.iter().map(|(kind, plain)| ((*kind).to_owned(), (*plain).to_owned()));
    parts.push(Component { name: MAIL.to_owned(), faults: mail.collect() });
    parts
}

/// The faults of a scenario as an answer, each once.
pub(super) fn of(scenario: &Scenario) -> Vec<Answer> {
    let mut answers: Vec<Answer> = Vec::new();
    for kind in scenario.timeline.iter().flat_map(|step| kinds(&step.doing)) {
        let part =
            all().into_iter().find(|part| part.faults.iter().any(|(known, _)| *known == kind));
        let known = part.map(|part| Answer { component: part.name, fault: kind });
        answers.extend(known.filter(|answer| !answers.contains(answer)));
    }
    answers
}

/// The kinds of fault that a step begins.
fn kinds(doing: &Doing) -> Vec<String> {
    match doing {
        Doing::Fault(fault) if matches!(fault.realm, Realm::App | Realm::Mail) => {
            vec![fault.kind.clone()]
        }
        Doing::Toggle(wish) => {
            let on = wish.iter().filter(|(_, value)| value.as_bool() == Some(true));
            on.map(|(name, _)| kind_of(name).to_owned()).collect()
        }
        Doing::Fault(_)
        | Doing::Heal(_)
        | Doing::RunJob(_)
        | Doing::Kill { .. }
        | Doing::Restart { .. }
        | Doing::Pause { .. }
        | Doing::Edit { .. } => Vec::new(),
    }
}

/// The kind of fault that a switch stands for; any other name is a kind already.
pub(super) fn kind_of(name: &str) -> &str {
    SWITCHES.iter().find(|(switch, _)| *switch == name).map_or(name, |(_, kind)| *kind)
}

/// An answer with its plain words, as a diagnosis names it.
pub(super) fn cause(answer: &Answer) -> Cause {
    let fault = kind_of(&answer.fault).to_owned();
    let kinds = all().into_iter().flat_map(|part| part.faults);
    let plain = kinds.into_iter().find(|(kind, _)| *kind == fault).map(|(_, plain)| plain);
    let plain = plain.unwrap_or_else(|| fault.clone());
    Cause { component: answer.component.clone(), fault, plain }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        scenario::load_from,
        train::shelf::{bundle, exercises},
    };

    #[test]
    fn every_answer_of_the_shelf_can_be_given_at_the_desk() {
        let all = all();
        for path in exercises() {
            let case = load_from(&path, &bundle()).unwrap().remove(0);
            for answer in case.exercise.unwrap().answers {
                let cause = cause(&answer);
                let part = all.iter().find(|part| part.name == cause.component);
                let part = part.unwrap_or_else(|| panic!("{}: {cause:?}", path.display()));
                let named = part.faults.iter().any(|(kind, _)| *kind == cause.fault);
                assert!(named, "{}: {cause:?}", path.display());
            }
        }
    }

    #[test]
    fn no_part_is_named_twice_and_every_cause_has_plain_words() {
        let names: Vec<_> = all().into_iter().map(|part| part.name).collect();
        let once: std::collections::BTreeSet<_> = names.iter().collect();
        assert_eq!(once.len(), names.len(), "{names:?}");
        for (kind, plain) in all().into_iter().flat_map(|part| part.faults) {
            assert!(plain.contains(' ') && plain != kind, "{kind}: {plain}");
        }
    }
}
