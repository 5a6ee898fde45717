//! A stack of our own: a temporary folder, a mock app, a mail server, a checker and, when pages are
//! expected, a dashboard; all on free ports of loopback. Ends with its handle.

use std::{path::Path, time::Duration};

use engine::Timestamp;
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

use super::{
    admin::Admin,
    files::Files,
    journal::Journal,
    life::{Life, Recipe},
    pace::Pace,
    props::{Own, Post, Props},
    scale::Scale,
    smtp::Sink,
};
use crate::{
    programs::{Launcher, Name, Program},
    scenario::{CheckerFlags, Scenario},
};

/// How long a job of the mock app takes, in the scenario's time.
const JOB_LASTS: Duration = Duration::from_secs(20);
/// The shortest interval that the checker takes.
const LEAST_INTERVAL: Duration = Duration::from_millis(100);
/// How long the checker may take to start.
const PATIENCE: Duration = Duration::from_secs(15);
const GLANCE: Duration = Duration::from_millis(5);

/// What runs beside the props of a stage.
#[derive(Debug)]
pub(super) struct Stack {
    folder: TempDir,
    app: Program,
    board: Option<(Program, Admin)>,
}

impl Stack {
    /// Starts everything, the checker last: its first look is the 0s of the run.
    pub(super) async fn start(
        launcher: &Launcher,
        scenario: &Scenario,
        checks: &str,
        scale: Scale,
    ) -> Result<(Self, Props, Journal, Pace), String> {
        let folder = tempfile::Builder::new().prefix("firedrill-live-").tempdir();
        let folder = folder.map_err(|error| format!("a temporary folder: {error}"))?;
        let files = Files::put(folder.path(), checks, scale);
        let files = files.map_err(|error| format!("the configuration: {error}"))?;
        let (app, base, admin) = mock_app(launcher, folder.path(), scenario, scale).await?;
        let sink = Sink::start().await.map_err(|error| format!("the mail server: {error}"))?;
        let board = match scenario.expect.pages.is_empty() {
            true => None,
            false => Some(dashboard(launcher, folder.path()).await?),
        };
        let life = Life::start(Recipe {
            launcher: launcher.clone(),
            folder: folder.path().to_owned(),
            args: checker_args(&scenario.flags, scale),
            vars: checker_vars(&base, &sink),
        })?;
        let own = Some(Own { post: Post { sink, spans: Vec::new() }, life, files });
        let mut props = Props { admin, own, begun: std::collections::BTreeSet::new() };
        let mut journal = Journal::in_folder(folder.path());
        let zero = first_look(&mut props, &mut journal).await?;
        Ok((Self { folder, app, board }, props, journal, Pace::from(zero, scale)))
    }

    /// The dashboard, if there is one.
    pub(super) fn board(&self) -> Option<Admin> {
        self.board.as_ref().map(|(_, board)| board.clone())
    }

    /// Stops what runs beside the checker, and removes the folder.
    pub(super) async fn stop(self) {
        if let Some((board, _)) = self.board {
            board.stop().await;
        }
        self.app.stop().await;
        drop(self.folder);
    }
}

/// The mock app, its address and its control plane, which outlives a shut listener.
async fn mock_app(
    launcher: &Launcher,
    folder: &Path,
    scenario: &Scenario,
    scale: Scale,
) -> Result<(Program, String, Admin), String> {
    let args = [
        "--addr=127.0.0.1:0".to_owned(),
        "--admin-addr=127.0.0.1:0".to_owned(),
        format!("--job-seconds={}", scale.real(JOB_LASTS).as_secs_f64()),
        format!("--seed={}", scenario.seed),
    ];
    let failed = |error: std::io::Error| format!("the mock app: {error}");
    let mut app = launcher.start(Name::Mockapp, &args, folder, &[]).map_err(failed)?;
    let address = app.address().await.map_err(failed)?;
    let admin = app.told(" admin on ").await.map_err(failed)?;
    app.mute();
    Ok((app, address.trim_end_matches('/').to_owned(), Admin::new(&admin)))
}

async fn dashboard(launcher: &Launcher, folder: &Path) -> Result<(Program, Admin), String> {
    let failed = |error: std::io::Error| format!("the dashboard: {error}");
    let args = ["--addr=127.0.0.1:0".to_owned()];
    let mut board = launcher.start(Name::Dashboard, &args, folder, &[]).map_err(failed)?;
    let address = board.address().await.map_err(failed)?;
    board.mute();
    Ok((board, Admin::new(&address)))
}

fn checker_args(flags: &CheckerFlags, scale: Scale) -> Vec<String> {
    let interval = flags.interval.map(|interval| {
        let real = scale.real(interval).max(LEAST_INTERVAL.min(interval));
        format!("--interval={}ms", real.as_millis())
    });
    let no_actions = flags.no_actions.then(|| "--no-actions".to_owned());
    let no_restart = flags.no_restart.then(|| "--no-restart".to_owned());
    interval.into_iter().chain(no_actions).chain(no_restart).collect()
}

fn checker_vars(base: &str, sink: &Sink) -> Vec<(&'static str, String)> {
    let mail_to = crate::scenario::ENVIRONMENT.iter().find(|(name, _)| *name == "MAIL_TO");
    vec![
        ("MOCKAPP_BASE", base.to_owned()),
        ("SMTP_HOST", sink.addr.ip().to_string()),
        ("SMTP_PORT", sink.addr.port().to_string()),
        ("SMTP_TLS", "none".to_owned()),
        ("MAIL_TO", mail_to.map(|(_, to)| (*to).to_owned()).unwrap_or_default()),
        ("RUST_LOG", "warn".to_owned()),
    ]
}

/// Waits until the checker has said that it started; its first look is at that instant.
async fn first_look(props: &mut Props, journal: &mut Journal) -> Result<Timestamp, String> {
    let clock = checker::clock::Clock::system();
    let end = Instant::now() + PATIENCE;
    while Instant::now() < end {
        if let Some(own) = &mut props.own {
            own.life.turn()?;
        }
        journal.refresh(clock.now().wall);
        if let Some((at, _)) = journal.started() {
            return Ok(at);
        }
        sleep(GLANCE).await;
    }
    Err(format!("the checker has not begun within {} s", PATIENCE.as_secs()))
}
