//! What a world leaves behind when a scenario has been played: facts with their times, for the
//! judge and for reports. Judges nothing.

use std::{collections::BTreeMap, sync::Arc};

use engine::{Event, NoticeKind, config::Config};

use crate::{
    scenario::{Ms, Realm},
    train::facts::Request,
    world::Beat,
};

/// Everything that is known of one run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Played {
    /// When the run ended.
    pub(crate) end: Ms,
    /// The configuration that was in force at the start.
    pub(crate) config: Option<Arc<Config>>,
    /// Every fault and every toggle, in the order in which they began.
    pub(crate) faults: Vec<FaultSpan>,
    /// When the steps of the timeline happened, by their ids; a step that never came is missing.
    pub(crate) steps: BTreeMap<String, (Ms, Option<Ms>)>,
    /// What receivers accepted, in the order of its arrival.
    pub(crate) receipts: Vec<Receipt>,
    /// The checker's journal: when each event was recorded, and the event.
    pub(crate) journal: Vec<(Ms, Event)>,
    /// Looks at a check that found it OK as before: too many to keep as events.
    pub(crate) looks: Vec<(Ms, String)>,
    /// What went wrong on the stage itself, such as a step that was refused.
    pub(crate) notes: Vec<(Ms, String)>,
    /// When the checker was not running, or stood still.
    pub(crate) downs: Vec<Down>,
    /// What an independent user got, per check.
    pub(crate) truth: BTreeMap<String, Vec<Sample>>,
    /// What simulated users got, when the scenario has some, in the order of asking.
    pub(crate) users: Vec<Request>,
    /// The answers that they got, byte by byte, when those are wanted.
    pub(crate) bodies: Vec<Vec<u8>>,
    /// What the checker itself was really answered, per check, attempt by attempt.
    pub(crate) answers: BTreeMap<String, Vec<Sample>>,
    /// The remedies that the mock app was asked for: when, and the path.
    pub(crate) posts: Vec<(Ms, String)>,
    /// The restarts that the machine was asked for: when, and the unit.
    pub(crate) restarts: Vec<(Ms, String)>,
    /// Calls of things that call in, and what each was answered.
    pub(crate) beats: Vec<Beat>,
    /// The pages that were asked for, in the order of the expectations.
    pub(crate) pages: Vec<Option<PageSeen>>,
    /// Retries under way: when a check was shown as RETRYING and when no longer.
    pub(crate) retrying: Vec<(String, Ms, Ms)>,
    /// What the world itself found wrong with the files, by the name of an invariant.
    pub(crate) breaches: Vec<Breach>,
    /// The trace: one canonical line per happening.
    pub(crate) trace: Vec<String>,
    /// Why the run proves nothing, when the world could not play it.
    pub(crate) inconclusive: Option<String>,
    /// Whether it was played live, and what times may be off by.
    pub(crate) slack: Ms,
}

/// A fault in its time.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FaultSpan {
    /// The id of its step, or the name of the toggle.
    pub(crate) id: String,
    /// Its kind.
    pub(crate) kind: String,
    /// What it was on, for people; empty when on everything.
    pub(crate) on: String,
    /// Where it acted.
    pub(crate) realm: Realm,
    /// When it began.
    pub(crate) start: Ms,
    /// When it really ended; absent when it was still there at the end of the run.
    pub(crate) end: Option<Ms>,
    /// How often something met it.
    pub(crate) matched: u64,
    /// How often it struck.
    pub(crate) injected: u64,
}

/// A notice that a receiver has accepted.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Receipt {
    /// When.
    pub(crate) at: Ms,
    /// `email:ops@example.test`, `webhook:NAME`, `console` …
    pub(crate) channel: String,
    /// The same for every copy of a notice on every channel.
    pub(crate) key: String,
    /// About which check; absent for a report.
    pub(crate) check: Option<String>,
    /// Which event; absent when the receiver cannot tell.
    pub(crate) event: Option<NoticeKind>,
    /// The subject.
    pub(crate) subject: String,
    /// The text.
    pub(crate) body: String,
}

/// The checker was not running.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Down {
    /// From when.
    pub(crate) from: Ms,
    /// Until it ran again.
    pub(crate) to: Ms,
    /// `kill`, `restart` or `pause`.
    pub(crate) why: &'static str,
}

/// What somebody got who asked the address of a check.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Sample {
    /// When it was asked.
    pub(crate) at: Ms,
    /// When the answer was complete, or the asker gave up.
    pub(crate) until: Ms,
    /// What it was worth.
    pub(crate) verdict: Truth,
    /// What was got, for people: `503`, `connection refused`, `$.ok is false`.
    pub(crate) why: String,
}

/// What an answer is worth, by the rules of the check it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Truth {
    /// As it should be.
    Good,
    /// Worth a WARN, no more.
    Slow,
    /// An outage.
    Bad,
    /// Depends on a draw; the next one may be answered differently.
    Unsure,
    /// Nothing: whoever could have told cannot be asked.
    Blind,
}

/// A page as it was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PageSeen {
    /// When it was asked for.
    pub(crate) at: Ms,
    /// The HTTP status.
    pub(crate) status: u16,
    /// The body.
    pub(crate) body: String,
}

/// Something that must never happen and did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Breach {
    /// The word of the invariant.
    pub(crate) invariant: &'static str,
    /// When.
    pub(crate) at: Ms,
    /// What.
    pub(crate) what: String,
}
