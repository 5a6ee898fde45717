//! What the operator sees: the tools, the log of what was done, and the page of operator mode.
//! Plain data for templates. Knows of no fault: only what a stack tells of itself is shown here.

use super::panel::{script_url, style_url};
use super::panel_view::{JobRow, Tile, job_rows, parts, span};
use crate::clock::rfc3339;
use crate::shared::Shared;
use crate::stack::{Operation, StateView};
use crate::tools::{Row, TOOLS};
use askama::Template;
use jiff::Timestamp;
use std::time::Duration;

/// Operations that the page shows.
const SHOWN: usize = 8;
/// Whom the log names when nobody says who it is.
const NOBODY: &str = "operator";
/// What the process uses when it is well, in MB.
const MEMORY_MB: u64 = 180;

/// The tools and the log.
#[derive(Debug)]
pub(super) struct Desk {
    pub(super) tools: Vec<ToolRow>,
    pub(super) log: Vec<OperationRow>,
    pub(super) count: usize,
    pub(super) by: String,
}

#[derive(Debug)]
pub(super) struct ToolRow {
    pub(super) name: &'static str,
    pub(super) label: &'static str,
    pub(super) about: &'static str,
    pub(super) takes: String,
    /// What is under way on its part of the stack.
    pub(super) busy: Option<String>,
}

#[derive(Debug)]
pub(super) struct OperationRow {
    pub(super) label: &'static str,
    pub(super) by: String,
    pub(super) span: String,
    pub(super) text: String,
    pub(super) is_done: bool,
}

impl Desk {
    pub(super) fn of(app: &Shared, by: Option<&str>) -> Self {
        let (all, now) = app.with(|stack, now| (stack.operations().all(), now));
        let running: Vec<&Operation> = all.iter().filter(|known| !known.is_done).collect();
        let speed = app.options().speed;
        let tools = TOOLS.iter().map(|row| ToolRow::of(row, speed, &running, now)).collect();
        let log = all.iter().rev().take(SHOWN).map(|known| OperationRow::of(known, now)).collect();
        Self { tools, log, count: all.len(), by: by.unwrap_or(NOBODY).to_owned() }
    }
}

impl ToolRow {
    fn of(row: &'static Row, speed: f64, running: &[&Operation], now: Timestamp) -> Self {
        let busy = running.iter().find(|other| other.tool.row().component == row.component);
        let busy = busy.map(|other| {
            format!("{} is under way, {} s left", other.tool.row().label, other.left_s(now))
        });
        let Row { name, label, about, .. } = *row;
        Self { name, label, about, takes: in_seconds(row.takes(speed)), busy }
    }
}

/// `10 s`, or `0.8 s`.
fn in_seconds(length: Duration) -> String {
    format!("{} s", length.as_millis() as f64 / 1_000.0)
}

impl OperationRow {
    fn of(operation: &Operation, now: Timestamp) -> Self {
        let (at, done_at) = (rfc3339(operation.at), rfc3339(operation.done_at));
        let (to, text) = match operation.is_done {
            true => (Some(done_at.as_str()), operation.outcome.clone()),
            false => (None, format!("Under way, {} s left.", operation.left_s(now))),
        };
        Self {
            label: operation.tool.row().label,
            by: operation.by.clone(),
            span: span(&at, to),
            text,
            is_done: operation.is_done,
        }
    }
}

fn tiles(state: &StateView, down: bool) -> Vec<Tile> {
    let memory = MEMORY_MB + state.memory_mb.unwrap_or_default();
    let (word, detail) = match down {
        true => ("Restarting", "the process is down".to_owned()),
        false => ("Running", format!("the process, {memory} MB")),
    };
    let mut tiles = parts(state);
    tiles.insert(0, Tile { name: "API", good: !down, word, detail });
    let error = state.db.error.map(|error| format!(", {error}"));
    for database in tiles.iter_mut().filter(|tile| tile.name == "Database") {
        database.detail.extend(error.clone());
    }
    tiles
}

/// The page of operator mode.
#[derive(Debug, Template)]
#[template(path = "operations.html")]
pub(super) struct Page {
    style: String,
    script: String,
    job_seconds: u64,
    ran: Option<String>,
    said: Option<String>,
    tiles: Vec<Tile>,
    jobs: Vec<JobRow>,
    desk: Desk,
    parts_only: bool,
}

impl Page {
    pub(super) fn of(app: &Shared, by: Option<&str>, ran: Option<String>) -> Self {
        let PageLive { tiles, jobs, desk, .. } = PageLive::of(app);
        let desk = Desk { by: by.unwrap_or(NOBODY).to_owned(), ..desk };
        Self {
            style: style_url(),
            script: script_url(),
            job_seconds: app.options().job_lasts.as_secs(),
            ran,
            said: None,
            tiles,
            jobs,
            desk,
            parts_only: false,
        }
    }

    pub(super) fn saying(self, text: String) -> Self {
        Self { said: Some(text), ..self }
    }

    /// A page that shows something to be read does not reload itself.
    fn reloads(&self) -> bool {
        self.said.is_none()
    }
}

/// Its refreshing parts alone.
#[derive(Debug, Template)]
#[template(path = "operations_live.html")]
pub(super) struct PageLive {
    tiles: Vec<Tile>,
    jobs: Vec<JobRow>,
    desk: Desk,
    parts_only: bool,
}

impl PageLive {
    pub(super) fn of(app: &Shared) -> Self {
        let (state, down) = app.with(|stack, now| (stack.view(now), stack.operations().is_down()));
        Self {
            tiles: tiles(&state, down),
            jobs: job_rows(&state.jobs),
            desk: Desk::of(app, None),
            parts_only: true,
        }
    }
}
