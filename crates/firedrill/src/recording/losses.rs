//! What happened to a checker and is not in a recording of it: a sentence each. Pure.

use engine::{Event, EventKind, Status, event::ActionResult};

/// One thing that is lost: how many there were, of what, and what becomes of it.
type Loss = (fn(&EventKind) -> bool, &'static str, &'static str);

const LOSSES: [Loss; 4] = [
    (ran, "action(s) ran", "only what came of it is played"),
    (unknown, "look(s) were UNKNOWN", "the checker's own trouble is not played"),
    (
        repeated,
        "look(s) were well only at a further attempt",
        "a single failed attempt is not played",
    ),
    (undelivered, "attempt(s) to deliver an alert failed", "here every one arrives"),
];

/// The sentences for a stretch of a journal.
pub(super) fn of(events: &[&Event]) -> Vec<String> {
    let count =
        |wanted: fn(&EventKind) -> bool| events.iter().filter(|event| wanted(&event.kind)).count();
    let told = |(wanted, what, so): &Loss| {
        let number = count(*wanted);
        (number > 0).then(|| format!("{}: {so}", worded(number, what)))
    };
    let mut found: Vec<String> = LOSSES.iter().filter_map(told).collect();
    if count(configured) > count(started) {
        found.push("the configuration was changed; here it is the same throughout".to_owned());
    }
    found
}

/// `2 looks`, `1 look`.
fn worded(number: usize, what: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    let text = format!("{number} {}", what.replace("(s)", ending));
    if number == 1 { text.replace(" were ", " was ") } else { text }
}

fn ran(kind: &EventKind) -> bool {
    let EventKind::Action(action) = kind else { return false };
    let ended = matches!(action.result, ActionResult::Ok | ActionResult::Failed);
    ended && action.helped.is_none()
}

fn unknown(kind: &EventKind) -> bool {
    matches!(kind, EventKind::Check(done) if done.status == Status::Unknown)
}

fn repeated(kind: &EventKind) -> bool {
    matches!(kind, EventKind::Check(done) if done.status == Status::Ok && done.attempts > 1)
}

fn undelivered(kind: &EventKind) -> bool {
    matches!(kind, EventKind::Delivery(delivered) if !delivered.ok)
}

fn configured(kind: &EventKind) -> bool {
    matches!(kind, EventKind::Config(config) if config.ok)
}

fn started(kind: &EventKind) -> bool {
    matches!(kind, EventKind::Start(_))
}
