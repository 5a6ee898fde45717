//! The faults of what surrounds the checker besides the mock app: its network, name servers, hosts that
//! are pinged, its machine with the containers, and things that call in. All of them are played in
//! virtual time only.

use engine::config::context::did_you_mean;

use super::{
    Reading,
    mapping::Mapping,
    own::{Own, own},
    vocabulary::Kind,
};
use crate::scenario::Realm;

const PERCENT: Kind = Kind::Whole;

pub(super) const OFFLINE: Own = own(
    "checker.offline",
    Realm::Network,
    "The checker's own machine has no network: no name is resolved, no route leads out, no mail goes.",
    &[],
);

pub(super) const DNS_ANSWER: Own = own(
    "dns.answer",
    Realm::Network,
    "The name server that a `dns` check asks answers wrongly, late or not at all.",
    &[
        (
            "kind",
            Kind::Word(&[
                "nxdomain",
                "servfail",
                "refused",
                "timeout",
                "wrong",
                "slow",
                "truncated",
            ]),
            "how",
        ),
        ("name?", Kind::Text, "only questions for this name; absent: all"),
        ("ms?", Kind::Whole, "with slow: milliseconds"),
    ],
);

pub(super) const PING_ANSWER: Own = own(
    "ping.answer",
    Realm::Network,
    "Echo requests are lost, or answered late.",
    &[
        ("loss?", PERCENT, "so many percent are lost, 1 to 100"),
        ("ms?", Kind::Whole, "the others are answered after so many milliseconds"),
        ("host?", Kind::Text, "only those to this address; absent: all"),
    ],
);

pub(super) const HOST: Own = own(
    "host",
    Realm::Host,
    "The machine that the checker runs on is used more, or less, than usual.",
    &[
        ("cpu?", PERCENT, "use of the processors in percent; usual: 12"),
        ("ram?", PERCENT, "use of the memory in percent; usual: 40"),
        ("disk?", PERCENT, "use of the root file system in percent; usual: 55"),
    ],
);

pub(super) const DOCKER: Own = own(
    "docker",
    Realm::Host,
    "The container engine of the checker's machine, or some of its containers.",
    &[
        (
            "kind",
            Kind::Word(&[
                "gone",
                "hangs",
                "denied",
                "stopped",
                "restarting",
                "paused",
                "unhealthy",
            ]),
            "what of the engine (gone, hangs, denied), or what of its containers",
        ),
        ("count?", Kind::Whole, "so many containers; absent: all"),
    ],
);

const CHECK: (&str, Kind, &str) =
    ("check?", Kind::Text, "only what calls for this check; absent: all");

pub(super) const PUSH_SILENT: Own =
    own("push.silent", Realm::Push, "What should call in does not.", &[CHECK]);

pub(super) const PUSH_TOKEN: Own =
    own("push.token", Realm::Push, "What calls in does so with a wrong token.", &[CHECK]);

pub(super) const PUSH_LATE: Own = own(
    "push.late",
    Realm::Push,
    "What should call in calls late.",
    &[("by", Kind::Length, "by how much, such as 10m"), CHECK],
);

/// What no single parameter shows: one of several must be there, and a check must exist.
pub(super) fn check(mapping: &Mapping<'_>, kind: &str, reading: &Reading<'_>) -> Option<()> {
    let mut fine = true;
    let groups: [(&str, &[&str]); 2] =
        [(HOST.name, &["cpu", "ram", "disk"]), (PING_ANSWER.name, &["loss", "ms"])];
    for (name, keys) in groups {
        if kind == name && !mapping.has_unknown && !keys.iter().any(|key| mapping.has(key)) {
            let problem = mapping.at_key("fault", format!("{name} says nothing of what it does"));
            let text = format!("add at least one of: {}", keys.join(", "));
            mapping.node.context.report(problem.help(text));
            fine = false;
        }
    }
    let slow = mapping.get("kind").is_some_and(|kind| kind.yaml.as_text() == Some("slow"));
    if kind == DNS_ANSWER.name && slow && !mapping.has("ms") && !mapping.has_unknown {
        let problem = mapping.at_key("kind", "`ms` of a slow answer is missing");
        mapping.node.context.report(problem.help("such as `ms: 800`"));
        fine = false;
    }
    let pushes = [PUSH_SILENT.name, PUSH_TOKEN.name, PUSH_LATE.name];
    if pushes.contains(&kind) && mapping.get("check").is_some() {
        fine &= known_check(mapping, reading).is_some();
    }
    fine.then_some(())
}

fn known_check(mapping: &Mapping<'_>, reading: &Reading<'_>) -> Option<()> {
    let node = mapping.get("check")?;
    let name = node.yaml.as_text()?;
    if reading.checks.iter().any(|known| known == name) {
        return Some(());
    }
    let problem =
        node.problem(format!("there is no check `{name}` in {}", reading.checks_path.display()));
    let problem = problem.help(format!("checks: {}", reading.checks.join(", ")));
    node.refuse(match did_you_mean(name, reading.checks.iter().map(String::as_str)) {
        Some(hint) => problem.label(hint),
        None => problem,
    })
}
