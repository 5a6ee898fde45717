//! What follows from a scenario without playing it.

use engine::config::Config;

use super::{CheckerFlags, Doing, EditWith, Moment, Ms, Realm, Scenario, Shown, When, Within};

impl CheckerFlags {
    /// The configuration as a checker with these flags takes it.
    pub(crate) fn applied_to(&self, mut config: Config) -> Config {
        if let Some(interval) = self.interval {
            checker::reload::set_interval(&mut config, interval);
        }
        config
    }
}

impl Scenario {
    /// Every moment that an expectation names, and for how long after it something may still come:
    /// the run lasts at least until then. Nothing for how long means the bound.
    pub(crate) fn moments(&self) -> impl Iterator<Item = (&Moment, Option<Ms>)> {
        let whens = self.expect.alerts.iter().map(|alert| &alert.when);
        let whens = whens.chain(self.expect.actions.iter().map(|action| &action.when));
        let named = whens.flat_map(|when| match when {
            When::Any => vec![],
            When::At(at) => vec![(at, Some(0))],
            When::After(at, Within::Bound) => vec![(at, None)],
            When::After(at, Within::Span(span)) => vec![(at, Some(engine::time::millis(*span)))],
            When::Between(from, until) => vec![(from, Some(0)), (until, Some(0))],
        });
        let states = self.expect.states.iter().flat_map(|state| [&state.from, &state.until]);
        let shown = states.chain(self.expect.pages.iter().map(|page| &page.at));
        named.chain(shown.map(|moment| (moment, Some(0))))
    }

    /// Whether an expectation is about a retry under way, which only `state.json` shows.
    pub(crate) fn shows_retrying(&self) -> bool {
        self.expect.states.iter().any(|state| state.is.contains(&Shown::Retrying))
    }

    /// Whether it matters that the checker looks at its configuration every second: only when
    /// that is edited, or when a clock is wrong that the looks would show.
    pub(crate) fn looks_matter(&self) -> bool {
        self.timeline.iter().any(|step| match &step.doing {
            Doing::Edit { .. } => true,
            Doing::Fault(fault) => fault.realm == Realm::Clock,
            Doing::Toggle(_)
            | Doing::Heal(_)
            | Doing::RunJob(_)
            | Doing::Kill { .. }
            | Doing::Restart { .. }
            | Doing::Pause { .. } => false,
        })
    }
}

impl EditWith {
    /// What an edit leaves of a text.
    pub(crate) fn applied_to(&self, old: &str) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Replace(pairs) => {
                pairs.iter().fold(old.to_owned(), |text, (from, to)| text.replace(from, to))
            }
        }
    }
}
