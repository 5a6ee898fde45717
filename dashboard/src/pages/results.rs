//! The table of the last 24 hours with its filters and pages. Filters live in the address, so that
//! they survive a reload and can be passed on. Pure but for the look at the store.

use std::time::Duration;

use engine::{CheckName, Timestamp};
use store::read::{EventFilter, Page, Query};

use crate::{
    app::Look,
    pages::{Choice, sheet::Row},
    query::{Filter, STATUSES, Show},
};

/// How far back the table goes.
pub(crate) const SPAN: Duration = Duration::from_secs(24 * 3600);
/// Rows on a page.
pub(crate) const PER_PAGE: usize = 200;
/// The most checks that a list to choose from can hold.
const CHOICES: usize = 40;

/// The table with all that belongs to it.
#[derive(Debug)]
pub(crate) struct Results {
    pub(crate) path: String,
    pub(crate) zone: String,
    pub(crate) rows: Vec<Row>,
    pub(crate) total: usize,
    pub(crate) page: usize,
    pub(crate) pages: usize,
    pub(crate) links: Vec<Choice>,
    pub(crate) kinds: Vec<Choice>,
    pub(crate) statuses: Vec<Choice>,
    /// The checks to choose from; absent on the page of one check.
    pub(crate) names: Option<Vec<Choice>>,
    /// There are too many checks to choose from: type the name.
    pub(crate) free_name: bool,
    pub(crate) name: String,
    pub(crate) show: &'static str,
    pub(crate) nothing: &'static str,
}

impl Results {
    /// The results that `filter` asks for, on the page at `path`; of one check when `only` says so.
    pub(crate) fn of(
        look: &Look<'_>,
        mut filter: Filter,
        path: &str,
        only: Option<&CheckName>,
    ) -> Self {
        let page = last_day(look, &filter, only);
        filter.page = page.page;
        let many = look.checks().len() > CHOICES;
        let nothing = nothing(&filter);
        Self {
            zone: look.zone.label(look.now),
            rows: Row::all(&page.rows, &look.zone, look.now),
            total: page.total,
            page: page.page,
            pages: page.pages,
            links: links(&filter, path, page.pages),
            kinds: kinds(&filter, path),
            statuses: statuses(&filter),
            names: (only.is_none() && !many).then(|| names(look, &filter)),
            free_name: only.is_none() && many,
            show: filter.show.word(),
            name: filter.name.unwrap_or_default(),
            path: path.to_owned(),
            nothing,
        }
    }
}

/// The events of the last day that `filter` asks for; a page past the end is the last one.
fn last_day(look: &Look<'_>, filter: &Filter, only: Option<&CheckName>) -> Page {
    let name = only.map(CheckName::as_str).or(filter.name.as_deref()).map(str::to_owned);
    look.view.page(&Query { name, ..query(filter, look.now) })
}

/// The question that `filter` asks, within the last day unless it says otherwise.
pub(crate) fn query(filter: &Filter, now: Timestamp) -> Query {
    Query {
        from: filter.from.unwrap_or(now - SPAN),
        until: filter.until.unwrap_or(now),
        name: filter.name.clone(),
        statuses: filter.statuses.clone(),
        events: events(filter.show),
        page: filter.page,
        per_page: PER_PAGE,
    }
}

fn events(show: Show) -> Vec<EventFilter> {
    match show {
        Show::All => Vec::new(),
        Show::Changes => vec![EventFilter::Changes],
        Show::Notices => vec![EventFilter::Notices, EventFilter::Deliveries],
        Show::Actions => vec![EventFilter::Actions],
    }
}

const fn nothing(filter: &Filter) -> &'static str {
    match (filter.show, filter.statuses.is_empty() && filter.name.is_none()) {
        (Show::All, true) => "Nothing was measured in the last 24 hours.",
        (Show::All, false) => "No result of the last 24 hours fits this filter.",
        (Show::Changes, _) => "No status changed in the last 24 hours.",
        (Show::Notices, _) => "No notice was sent in the last 24 hours.",
        (Show::Actions, _) => "No action ran in the last 24 hours.",
    }
}

fn kinds(filter: &Filter, path: &str) -> Vec<Choice> {
    let choice = |show: Show| Choice {
        value: filter.link(path, show, 1),
        label: show.label().to_owned(),
        chosen: show == filter.show,
    };
    Show::ALL.map(choice).into()
}

fn statuses(filter: &Filter) -> Vec<Choice> {
    let mut choices: Vec<_> = STATUSES
        .map(|status| Choice {
            value: status.word().to_owned(),
            label: status.word().to_owned(),
            chosen: filter.statuses == [status],
        })
        .into();
    if filter.statuses.len() > 1 {
        let words: Vec<_> = filter.statuses.iter().map(|status| status.word()).collect();
        choices.push(Choice { value: words.join(","), label: words.join(" or "), chosen: true });
    }
    choices
}

fn names(look: &Look<'_>, filter: &Filter) -> Vec<Choice> {
    let wanted = filter.name.as_deref();
    let choice = |seen: &crate::app::Seen<'_>| Choice {
        value: seen.name.to_string(),
        label: seen.title().to_owned(),
        chosen: wanted == Some(seen.name.as_str()),
    };
    let mut choices: Vec<_> = look.checks().iter().map(choice).collect();
    if let Some(gone) = wanted.filter(|_| !choices.iter().any(|choice| choice.chosen)) {
        choices.push(Choice { value: gone.to_owned(), label: gone.to_owned(), chosen: true });
    }
    choices
}

/// The first and last page, the pages around this one, and one step each way.
fn links(filter: &Filter, path: &str, pages: usize) -> Vec<Choice> {
    let here = filter.page;
    let near = |page: &usize| *page == 1 || *page == pages || page.abs_diff(here) <= 2;
    let link = |label: String, page: usize| Choice {
        value: filter.link(path, filter.show, page),
        label,
        chosen: page == here,
    };
    let newer = (here > 1).then(|| link("Newer".to_owned(), here - 1));
    let older = (here < pages).then(|| link("Older".to_owned(), here + 1));
    let numbered = (1..=pages).filter(near).map(|page| link(page.to_string(), page));
    newer.into_iter().chain(numbered).chain(older).collect()
}
