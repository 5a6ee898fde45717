//! The faults that are the player's own, since they are not the mock app's: of the clock, the mail,
//! the disk, the resolver and the checker. One line each.

use super::{machine::MACHINE, network, vocabulary::Kind};
use crate::scenario::Realm;

/// A kind of fault.
pub(super) struct Own {
    pub(super) name: &'static str,
    pub(super) realm: Realm,
    pub(super) about: &'static str,
    /// Its parameters, all required unless said otherwise by a `?` at the end.
    pub(super) parameters: &'static [(&'static str, Kind, &'static str)],
}

impl Own {
    /// Happens at once and has no end.
    pub(super) fn is_instant(&self) -> bool {
        matches!(self.name, "clock.step" | "checker.crash")
    }

    /// Whether it strikes again and again, so that `p`, `times`, `skip`, `every` and `shape` mean
    /// something to it.
    pub(super) fn is_gated(&self) -> bool {
        match self.realm {
            Realm::Mail | Realm::Dns | Realm::Machine => true,
            Realm::Disk => self.name != "disk.torn_write",
            Realm::Network => self.name != "checker.offline",
            Realm::Host => self.name == "docker",
            Realm::Push => true,
            Realm::App | Realm::Clock | Realm::Checker => false,
        }
    }

    /// What it can be `on`: the part of the world that it breaks in any case.
    pub(super) fn component(&self) -> &'static str {
        match self.realm {
            Realm::Mail => "mail",
            Realm::Disk => "disk",
            Realm::Dns => "dns",
            Realm::Clock => "clock",
            Realm::Checker => "checker",
            Realm::Machine => "machine",
            Realm::Network => "net",
            Realm::Host => "host",
            Realm::Push => "push",
            Realm::App => "app",
        }
    }

    /// Whether a key takes a number, in quotes or not.
    pub(super) fn is_number(&self, key: &str) -> bool {
        let own = self.parameters.iter().any(|(name, kind, _)| {
            name.trim_end_matches('?') == key && matches!(kind, Kind::Whole)
        });
        own || (self.is_gated() && GATE.contains(&key))
    }

    /// The keys that a step of this kind may have, besides those of every step.
    pub(super) fn keys(&self) -> Vec<&'static str> {
        let own = self.parameters.iter().map(|(name, ..)| name.trim_end_matches('?'));
        let mut keys: Vec<_> = std::iter::once("fault").chain(own).collect();
        // Those that happen at once have none either, and are told so.
        keys.extend(["on", "for", "until"]);
        if self.is_gated() {
            keys.extend(GATE);
            keys.push("shape");
        }
        keys
    }
}

/// Which matches strike.
const GATE: [&str; 4] = ["p", "times", "skip", "every"];

const MS: Kind = Kind::Whole;

pub(super) const fn own(
    name: &'static str,
    realm: Realm,
    about: &'static str,
    parameters: &'static [(&'static str, Kind, &'static str)],
) -> Own {
    Own { name, realm, about, parameters }
}

/// Those of the checker's own surroundings.
static OWN: &[Own] = &[
    own(
        "clock.step",
        Realm::Clock,
        "The wall clock of the checker's machine is set.",
        &[("by", Kind::Text, "by how much, such as -1h")],
    ),
    own(
        "clock.drift",
        Realm::Clock,
        "The wall clock runs too fast or too slow.",
        &[("ppm", Kind::Whole, "by so many millionths; negative is slow")],
    ),
    own(
        "clock.freeze",
        Realm::Clock,
        "The wall clock stands still, and is right again at the end.",
        &[],
    ),
    own(
        "clock.strobe",
        Realm::Clock,
        "The wall clock jumps away and back again, and is right again at the end.",
        &[
            ("by", Kind::Text, "how far it jumps, such as -1h"),
            ("period?", Kind::Length, "how long it stays at either time; absent: 10s"),
        ],
    ),
    own("mail.refuse", Realm::Mail, "Nobody listens at the mail server.", &[]),
    own(
        "mail.greylist",
        Realm::Mail,
        "Every mail is put off with a 4xx.",
        &[("code?", Kind::Whole, "the reply code, 400 to 499; absent: 450")],
    ),
    own(
        "mail.reject",
        Realm::Mail,
        "Every mail is refused for good with a 5xx.",
        &[("code?", Kind::Whole, "the reply code, 500 to 599; absent: 554")],
    ),
    own("mail.stall", Realm::Mail, "The mail server accepts the connection and says nothing.", &[]),
    own("mail.lost_ack", Realm::Mail, "The mail is accepted and the answer is lost.", &[]),
    own("mail.slow", Realm::Mail, "The mail server takes its time.", &[("ms", MS, "milliseconds")]),
    own("mail.dup", Realm::Mail, "The mail is delivered twice.", &[]),
    own("disk.full", Realm::Disk, "No space is left on the checker's disk.", &[]),
    own("disk.eio", Realm::Disk, "Nothing can be read or written.", &[]),
    own("disk.fsync_error", Realm::Disk, "What is written cannot be made durable.", &[]),
    own("disk.fsync_lost", Realm::Disk, "What is synced is said to be durable and is not.", &[]),
    own("disk.slow", Realm::Disk, "Every sync takes its time.", &[("ms", MS, "milliseconds")]),
    own("disk.read_only", Realm::Disk, "Nothing can be changed.", &[]),
    own(
        "disk.torn_write",
        Realm::Disk,
        "A power failure (kill: machine) leaves the first bytes of what was not synced.",
        &[("bytes", Kind::Whole, "how many")],
    ),
    own("disk.bit_flip", Realm::Disk, "One bit of what is read is wrong.", &[]),
    own("disk.short_read", Realm::Disk, "Only half of what is read arrives.", &[]),
    own(
        "dns.fail",
        Realm::Dns,
        "Names cannot be resolved.",
        &[
            ("kind", Kind::Word(&["nxdomain", "servfail", "timeout", "wrong_ip", "slow"]), "how"),
            ("ms?", MS, "with slow: milliseconds"),
        ],
    ),
    own(
        "checker.crash",
        Realm::Checker,
        "The checker is killed at a storage operation.",
        &[
            ("op?", Kind::Whole, "which one, counted from `at`; absent: none is waited for"),
            ("k?", Kind::Whole, "the same by its other name"),
            ("down?", Kind::Length, "how long it stays down; absent: 5s"),
        ],
    ),
    network::OFFLINE,
    network::DNS_ANSWER,
    network::PING_ANSWER,
    network::HOST,
    network::DOCKER,
    network::PUSH_SILENT,
    network::PUSH_TOKEN,
    network::PUSH_LATE,
];

/// All of them, those of the machine included.
pub(super) fn all() -> impl Iterator<Item = &'static Own> {
    OWN.iter().chain(MACHINE)
}

/// The kind of this name.
pub(super) fn find(name: &str) -> Option<&'static Own> {
    all().find(|own| own.name == name)
}
