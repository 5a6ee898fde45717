//! The one answer to "how is everything?", and what else a visitor must know before believing it:
//! a refused configuration, an unreadable file, a stopped checker. Pure.

use engine::{Timestamp, service};

use crate::{
    app::Look,
    shown::{Colour, Shown},
    zone::{Moment, lasting},
};

/// The banner.
#[derive(Debug)]
pub(crate) struct Overview {
    /// The colour of the field.
    pub(crate) colour: Colour,
    /// Shape beside the headline.
    pub(crate) worst: Shown,
    /// `All good`, `1 failing, 2 retrying`: what has the colour of the field.
    pub(crate) headline: String,
    /// The last measurement of any check.
    pub(crate) last: Option<Moment>,
    /// How many checks show which word, worst first; only words that occur.
    pub(crate) counts: Vec<(Shown, usize)>,
    /// How many checks there are.
    pub(crate) total: usize,
    /// No check tells of the present although some were measured once.
    pub(crate) all_stale: bool,
}

impl Overview {
    pub(crate) fn of(look: &Look<'_>) -> Self {
        let checks = look.checks();
        let count = |word: Shown| checks.iter().filter(|seen| seen.shown == word).count();
        let counts = Shown::ALL.map(|word| (word, count(word)));
        let counts: Vec<_> = counts.into_iter().filter(|(_, number)| *number > 0).collect();
        let last = last_measured(look);
        let all_stale = all_stale(&counts);
        let worst = counts.first().map_or(Shown::Pending, |(word, _)| *word);
        Self {
            colour: worst.colour(),
            worst,
            headline: headline(&counts, all_stale, last.map(|at| lasting(at, look.now))),
            last: last.map(|at| look.zone.moment(at, look.now)),
            total: checks.len(),
            counts,
            all_stale,
        }
    }
}

/// When a check was last measured.
pub(crate) fn last_measured(look: &Look<'_>) -> Option<Timestamp> {
    look.checks().iter().filter_map(|seen| seen.entry.last_checked_at).max()
}

/// Whether every check that was ever measured was measured too long ago.
fn all_stale(counts: &[(Shown, usize)]) -> bool {
    let silent = |word: Shown| matches!(word, Shown::Stale | Shown::Pending);
    counts.iter().any(|(word, _)| *word == Shown::Stale)
        && counts.iter().all(|(word, _)| silent(*word))
}

fn headline(counts: &[(Shown, usize)], all_stale: bool, silence: Option<String>) -> String {
    match (counts, silence) {
        ([], _) => return "No data yet".to_owned(),
        ([(Shown::Ok, _)], _) => return "All good".to_owned(),
        ([(Shown::Pending, _)], _) => return "Waiting for the first results".to_owned(),
        (_, Some(silence)) if all_stale => return format!("Stale: no measurement for {silence}"),
        (_, None) if all_stale => return "Stale: nothing was ever measured".to_owned(),
        _ => {}
    }
    // The counts beside it tell the rest.
    let colour = counts.first().map(|(word, _)| word.colour());
    let alike = counts.iter().filter(|(word, _)| Some(word.colour()) == colour);
    let parts: Vec<_> = alike.map(|(word, n)| format!("{n} {}", word.counted())).collect();
    parts.join(", ")
}

/// Whether the board has services, or a file that tells of some.
pub(crate) fn has_services(look: &Look<'_>) -> bool {
    let is_service = |seen: &crate::app::Seen<'_>| seen.entry.type_word == service::TYPE;
    look.status.is_some() || look.checks().iter().any(is_service)
}

/// As of when the status of services is: of the file, else of the last measurement.
pub(crate) fn status_as_of(look: &Look<'_>) -> Option<Timestamp> {
    look.status.map(|file| file.generated_at).or_else(|| last_measured(look))
}

/// That the status of services is too old to be believed.
pub(crate) fn status_warning(look: &Look<'_>) -> Option<String> {
    if !has_services(look) {
        let overview = Overview::of(look);
        return overview.all_stale.then_some(overview.headline);
    }
    let at = status_as_of(look)?;
    let old = look.now.since(at) > look.stale_after;
    old.then(|| format!("Stale: no measurement for {}", lasting(at, look.now)))
}

/// Something to know before believing the tiles.
#[derive(Debug)]
pub(crate) struct Caution {
    /// In a few words.
    pub(crate) title: &'static str,
    /// The whole sentence.
    pub(crate) text: String,
    /// Output of a program, shown as it is.
    pub(crate) quote: Option<String>,
}

/// Everything to know before believing the tiles.
pub(crate) fn cautions(look: &Look<'_>) -> Vec<Caution> {
    let all = [
        refused(look),
        stopped(look),
        old_status(look),
        state(look),
        results(look),
        unparsable(look),
    ];
    all.into_iter().flatten().collect()
}

fn refused(look: &Look<'_>) -> Option<Caution> {
    let (at, config) = look.condition().config.as_ref().filter(|(_, config)| !config.ok)?;
    let when = look.zone.moment(*at, look.now);
    Some(Caution {
        title: "Configuration refused",
        text: format!(
            "{} was refused at {} ({}). The one before stays in force.",
            config.file, when.clock, when.ago
        ),
        quote: config.error.clone(),
    })
}

fn stopped(look: &Look<'_>) -> Option<Caution> {
    let (at, reason) = look.condition().stopped.as_ref()?;
    let when = look.zone.moment(*at, look.now);
    let text = format!(
        "It stopped at {} ({}): {reason}. Nothing is measured until it is started again.",
        when.clock, when.ago
    );
    Some(Caution { title: "The checker is stopped", text, quote: None })
}

fn old_status(look: &Look<'_>) -> Option<Caution> {
    let text = has_services(look).then(|| status_warning(look)).flatten()?;
    Some(Caution {
        title: "The status of the services is old",
        text: format!("{text}."),
        quote: None,
    })
}

fn state(look: &Look<'_>) -> Option<Caution> {
    let error = look.condition().state_error.as_ref()?;
    Some(Caution {
        title: "State unreadable",
        text: "The tiles show the last good copy.".to_owned(),
        quote: Some(error.clone()),
    })
}

fn results(look: &Look<'_>) -> Option<Caution> {
    let error = look.condition().results_error.as_ref()?;
    Some(Caution {
        title: "Results unreadable",
        text: "The table shows what could be read before.".to_owned(),
        quote: Some(error.clone()),
    })
}

fn unparsable(look: &Look<'_>) -> Option<Caution> {
    let count = Some(look.condition().unparsable).filter(|count| *count > 0)?;
    let lines = if count == 1 { "1 line".to_owned() } else { format!("{count} lines") };
    Some(Caution {
        title: "Lines left out",
        text: format!("{lines} of the results could not be understood and are not shown."),
        quote: None,
    })
}
