//! What the control panel shows: plain data for its templates, and the words for it.

use super::ops_view::Desk;
use super::panel::{script_url, style_url};
use crate::faults::envelope::KEYS;
use crate::faults::{CATALOGUE, Info};
use crate::shared::Shared;
use crate::stack::{FaultView, JobView, StateView, Toggle};
use askama::Template;
use serde_json::Value;

/// One of the four switches.
#[derive(Debug)]
pub(super) struct Switch {
    key: &'static str,
    label: &'static str,
    on: bool,
    /// The check of the sample `checks.yaml` that it should trip.
    check: &'static str,
    effect: String,
}

impl Switch {
    fn of(toggle: Toggle, state: &StateView, job_seconds: u64) -> Self {
        let (label, check, effect) = match toggle {
            Toggle::ApiDown => (
                "API Down",
                "api-availability",
                "GET /api/ping answers 503. The tile turns red within 30 s and one alert goes out; the check's own action may reset this.".to_owned(),
            ),
            Toggle::DbSlow => (
                "DB Slow",
                "db-health",
                "GET /db/health says ok: false and 240 ms. Both rules of the check break.".to_owned(),
            ),
            Toggle::QueueStuck => (
                "Queue Stuck",
                "queue-depth",
                "GET /queue/health reports more than 50 messages, the oldest over 300 s.".to_owned(),
            ),
            Toggle::JobFail => (
                "Job Fail",
                "job",
                format!("A job that ends while this is on ends failed. Run one and wait {job_seconds} s."),
            ),
        };
        Self { key: toggle.key(), label, on: state.toggles.get(toggle), check, effect }
    }
}

/// A part of the stack and how it is: the word and the shape say it, the colour repeats it.
#[derive(Debug)]
pub(super) struct Tile {
    pub(super) name: &'static str,
    pub(super) good: bool,
    pub(super) word: &'static str,
    pub(super) detail: String,
}

/// The parts of the panel that refresh themselves.
#[derive(Debug)]
pub(super) struct Live {
    state: StateView,
    /// The process is being restarted.
    down: bool,
    json: String,
}

impl Live {
    fn of(app: &Shared) -> Self {
        let (state, down) = app.with(|stack, now| (stack.view(now), stack.operations().is_down()));
        let json = serde_json::to_string_pretty(&state).unwrap_or_default();
        Self { json, down, state }
    }

    /// The panel's short word for what a fault still has to do.
    fn left(fault: &FaultView) -> String {
        match (fault.ends_in_s, fault.times) {
            (Some(seconds), _) => {
                format!("{} left", crate::duration::text(std::time::Duration::from_secs(seconds)))
            }
            (None, Some(times)) => format!("{} more times", times.saturating_sub(fault.injected)),
            (None, None) => "until ended".to_owned(),
        }
    }

    fn target(fault: &FaultView) -> &str {
        fault.on.as_deref().unwrap_or("everything")
    }

    fn details(fault: &FaultView) -> String {
        let mut words: Vec<String> = Vec::new();
        if let Some(parameters) = fault.parameters.as_object() {
            words.extend(parameters.iter().map(|(key, value)| format!("{key} {}", plain(value))));
        }
        words.extend(fault.p.map(|p| format!("p {p}")));
        words.extend(fault.skip.map(|skip| format!("skip {skip}")));
        words.extend(fault.every.map(|every| format!("every {every}")));
        words.extend(fault.shape.as_ref().map(|shape| format!("shape {}", plain(shape))));
        words.extend(fault.when.as_ref().map(|when| format!("when {when}")));
        words.extend(fault.max_active.map(|most| format!("max_active {most}")));
        words.extend(fault.sticky.then(|| "sticky".to_owned()));
        words.extend((!fault.acting).then(|| "not acting now".to_owned()));
        words.join(", ")
    }
}

/// `08:30:05 to 08:30:25 UTC`; the whole instants are in the JSON.
pub(super) fn span(from: &str, to: Option<&str>) -> String {
    let clock = |at: &str| at.get(11..19).unwrap_or(at).to_owned();
    match to {
        Some(to) => format!("{} to {} UTC", clock(from), clock(to)),
        None => format!("since {} UTC", clock(from)),
    }
}

/// A job as a row of the page.
#[derive(Debug)]
pub(super) struct JobRow {
    pub(super) job_id: String,
    pub(super) status: &'static str,
    pub(super) span: String,
}

/// The latest jobs, newest first.
pub(super) fn job_rows(jobs: &[JobView]) -> Vec<JobRow> {
    let row = |job: &JobView| JobRow {
        job_id: job.job_id.clone(),
        status: job.status,
        span: span(&job.started_at, job.finished_at.as_deref()),
    };
    jobs.iter().take(6).map(row).collect()
}

/// A value as people say it: strings without quotes.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn tiles(state: &StateView, down: bool) -> Vec<Tile> {
    let on_api = |fault: &&FaultView| {
        fault.harms_requests
            && fault.acting
            && fault.on.as_deref().is_none_or(|on| {
                on.contains("/api/ping") || on.contains('*') || matches!(on, "net" | "app")
            })
    };
    let api_faults = state.faults.iter().filter(on_api).count();
    let api = match (state.toggles.api_down, api_faults) {
        _ if down => (false, "Down", "being restarted".to_owned()),
        (true, _) => (false, "Down", "answers 503".to_owned()),
        (false, 0) => (true, "OK", "answers 200".to_owned()),
        (false, count) => (false, "Faulted", format!("{count} active on it")),
    };
    let mut tiles = parts(state);
    tiles.insert(0, Tile { name: "API", good: api.0, word: api.1, detail: api.2 });
    tiles
}

/// The parts that tell of themselves how they are.
pub(super) fn parts(state: &StateView) -> Vec<Tile> {
    let latency = format!("{} ms", state.db.latency_ms);
    let depth = format!("{} deep, oldest {} s", state.queue.depth, state.queue.oldest_age_s);
    let queue_good = state.queue.depth < 50 && state.queue.oldest_age_s < 300;
    let (jobs_good, jobs_word, job_detail) = job_tile(state);
    vec![
        Tile {
            name: "Database",
            good: state.db.ok,
            word: if state.db.ok { "OK" } else { "Failing" },
            detail: latency,
        },
        Tile {
            name: "Queue",
            good: queue_good,
            word: if queue_good { "OK" } else { "Behind" },
            detail: depth,
        },
        Tile { name: "Jobs", good: jobs_good, word: jobs_word, detail: job_detail },
    ]
}

fn job_tile(state: &StateView) -> (bool, &'static str, String) {
    match state.jobs.first() {
        None => (true, "Idle", "none has run yet".to_owned()),
        Some(job) if job.status == "running" => {
            (true, "Running", "the latest is under way".to_owned())
        }
        Some(job) if job.status == "failed" => (false, "Failed", "the latest failed".to_owned()),
        Some(_) => (true, "OK", "the latest succeeded".to_owned()),
    }
}

/// The text of the inject form.
#[derive(Debug, Default)]
pub(super) struct Draft {
    text: String,
    error: Option<String>,
}

impl Draft {
    pub(super) fn example(name: &str) -> Option<Self> {
        let info = CATALOGUE.iter().find(|info| info.name == name)?;
        Some(Self { text: info.example.to_owned(), error: None })
    }

    pub(super) fn refused(text: &str, error: String) -> Self {
        Self { text: text.to_owned(), error: Some(error) }
    }
}

/// The whole page.
#[derive(Debug, Template)]
#[template(path = "panel.html")]
pub(super) struct Panel {
    style: String,
    script: String,
    switches: Vec<Switch>,
    job_seconds: u64,
    draft: Draft,
    ran: Option<String>,
    said: Option<String>,
    catalogue: &'static [&'static Info],
    envelope: &'static [(&'static str, &'static str)],
    base: String,
    tiles: Vec<Tile>,
    jobs: Vec<JobRow>,
    desk: Desk,
    live: Live,
    /// Whether this is the refreshing parts alone.
    parts_only: bool,
}

impl Panel {
    pub(super) fn of(
        app: &Shared,
        by: Option<&str>,
        mut draft: Draft,
        ran: Option<String>,
    ) -> Self {
        let live = Live::of(app);
        let desk = Desk::of(app, by);
        let job_seconds = app.options().job_lasts.as_secs();
        if draft.text.is_empty() && draft.error.is_none() {
            draft.text = CATALOGUE[0].example.to_owned();
        }
        Self {
            style: style_url(),
            script: script_url(),
            switches: Toggle::ALL.map(|toggle| Switch::of(toggle, &live.state, job_seconds)).into(),
            job_seconds,
            draft,
            ran,
            said: None,
            catalogue: CATALOGUE,
            envelope: &KEYS,
            base: format!("http://{}", app.options().addr),
            tiles: tiles(&live.state, live.down),
            jobs: job_rows(&live.state.jobs),
            desk,
            live,
            parts_only: false,
        }
    }

    pub(super) fn saying(self, text: String) -> Self {
        Self { said: Some(text), ..self }
    }

    /// A page that shows something to be read or corrected does not reload itself.
    fn reloads(&self) -> bool {
        self.draft.error.is_none() && self.said.is_none()
    }
}

/// The refreshing parts alone.
#[derive(Debug, Template)]
#[template(path = "live.html")]
pub(super) struct LivePage {
    tiles: Vec<Tile>,
    jobs: Vec<JobRow>,
    desk: Desk,
    live: Live,
    parts_only: bool,
}

impl LivePage {
    pub(super) fn of(app: &Shared) -> Self {
        let live = Live::of(app);
        let (tiles, jobs) = (tiles(&live.state, live.down), job_rows(&live.state.jobs));
        Self { tiles, jobs, desk: Desk::of(app, None), live, parts_only: true }
    }
}
