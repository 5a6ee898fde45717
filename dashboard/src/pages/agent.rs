//! `/agent`: what the agent of a host has measured, from its file of metrics: the newest rows, and
//! each column over the last 24 hours. Reads while the agent writes, and long after it has ended.

use std::{path::Path, time::Duration};

use askama::Template;
use engine::Timestamp;
use store::metrics::{Measured, MetricsView, Span, StoredRow};

use crate::{
    app::Look,
    pages::{Frame, Linked, clip},
    query::check_path,
    refusal::Refusal,
    shown::Colour,
};

/// The rows that are shown.
const ROWS: u32 = 20;
/// How far back the columns are summed up.
const SPAN: Duration = Duration::from_secs(24 * 3600);

/// What the file says.
#[derive(Debug)]
pub(crate) struct Metrics {
    rows: Vec<StoredRow>,
    spans: Vec<Span>,
}

#[derive(Template)]
#[template(path = "agent.html", whitespace = "minimize")]
struct AgentPage {
    frame: Frame,
    /// The checks of this kind.
    hosts: Vec<Linked>,
    /// Why there is nothing to show.
    nothing: Option<String>,
    columns: Vec<&'static str>,
    spans: Vec<[String; 4]>,
    rows: Vec<(String, Vec<String>)>,
}

/// Reads the file. Waits for the disk.
///
/// # Errors
/// Says why there is nothing to show.
pub(crate) fn read(path: &Path, now: Timestamp) -> Result<Metrics, String> {
    let full = std::path::absolute(path).unwrap_or_else(|_unnameable| path.to_owned());
    let full = full.display();
    let failed = |error: store::metrics::ReadError| format!("{full} cannot be read: {error}");
    let Some(view) = MetricsView::open(path).map_err(failed)? else {
        return Err(format!("There is no {full} yet. A check of type host makes it."));
    };
    let rows = view.newest(ROWS).map_err(failed)?;
    Ok(Metrics { rows, spans: view.since(now - SPAN).map_err(failed)? })
}

/// The page.
pub(crate) fn render(
    look: &Look<'_>,
    metrics: &Result<Metrics, String>,
) -> Result<String, Refusal> {
    let hosts = look.checks().into_iter().filter(|seen| seen.entry.type_word == "host");
    let linked = |seen: crate::app::Seen<'_>| {
        let reason = clip(&seen.entry.details.reason, 200);
        let title = format!("{}: {} {reason}", seen.title(), seen.shown.word());
        Linked { href: check_path(seen.name.as_str()), title }
    };
    let found = metrics.as_ref().ok();
    let page = AgentPage {
        frame: Frame::new(look, "Agent".to_owned(), "/agent", Colour::Grey),
        hosts: hosts.map(linked).collect(),
        nothing: metrics.as_ref().err().cloned(),
        columns: MetricsView::columns().collect(),
        spans: found.map(|found| found.spans.iter().map(span).collect()).unwrap_or_default(),
        rows: found.map(|found| found.rows.iter().map(row).collect()).unwrap_or_default(),
    };
    Ok(page.render()?)
}

fn span(span: &Span) -> [String; 4] {
    let shown = |pick: fn(Measured) -> f64| number(span.measured.map(pick));
    let (min, avg, max) = (shown(|all| all.min), shown(|all| all.avg), shown(|all| all.max));
    [span.column.to_owned(), min, avg, max]
}

fn row(row: &StoredRow) -> (String, Vec<String>) {
    (row.timestamp_lima.clone(), row.values.iter().map(|value| number(*value)).collect())
}

/// At most two decimals; a dash for what was not measured.
fn number(value: Option<f64>) -> String {
    let Some(value) = value else {
        return "–".to_owned();
    };
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
