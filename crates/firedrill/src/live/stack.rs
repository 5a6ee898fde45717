//! A stack of our own: a temporary folder, a mock app, a mail server, a checker and, when pages are
//! expected, a dashboard; all on free ports of loopback. Ends with its handle.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

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
    scenario::{CheckerFlags, Scenario, variable},
};

/// How long a job of the mock app takes, in the scenario's time.
const JOB_LASTS: Duration = Duration::from_secs(20);
/// The fastest that the mock app goes.
const FASTEST: f64 = 1000.0;
/// The shortest interval that the checker takes.
const LEAST_INTERVAL: Duration = Duration::from_millis(100);
/// How long the checker may take to start.
const PATIENCE: Duration = Duration::from_secs(15);
const GLANCE: Duration = Duration::from_millis(5);

/// How a stack is set up beyond what the scenario says.
#[derive(Clone, Debug)]
pub(super) struct Setting {
    /// Where its files are; absent: in a temporary folder that ends with it.
    pub(super) folder: Option<PathBuf>,
    /// Whether there is a dashboard.
    pub(super) board: bool,
    /// The ports of the mock app and of the dashboard; 0 is any.
    pub(super) ports: (u16, u16),
    /// What else the mock app is told, and the key of its control plane.
    pub(super) app: Vec<String>,
    /// See above.
    pub(super) key: Option<String>,
}

/// What runs beside the props of a stage.
#[derive(Debug)]
pub(super) struct Stack {
    _temporary: Option<TempDir>,
    app: Program,
    /// Where the mock app is, without a slash at the end.
    pub(super) base: String,
    board: Option<(Program, Admin, String)>,
}

impl Stack {
    /// Starts everything, the checker last: its first look is the 0s of the run.
    pub(super) async fn start(
        launcher: &Launcher,
        scenario: &Scenario,
        checks: &str,
        scale: Scale,
        setting: &Setting,
    ) -> Result<(Self, Props, Journal, Pace), String> {
        let (temporary, folder) = match &setting.folder {
            Some(folder) => (None, folder.clone()),
            None => {
                let made = tempfile::Builder::new().prefix("firedrill-live-").tempdir();
                let made = made.map_err(|error| format!("a temporary folder: {error}"))?;
                let folder = made.path().to_owned();
                (Some(made), folder)
            }
        };
        let files = Files::put(&folder, checks, scale);
        let files = files.map_err(|error| format!("the configuration: {error}"))?;
        let (app, base, admin) = mock_app(launcher, &folder, scenario, scale, setting).await?;
        let sink = Sink::start().await.map_err(|error| format!("the mail server: {error}"))?;
        let board = match setting.board {
            false => None,
            true => Some(dashboard(launcher, &folder, setting.ports.1).await?),
        };
        let life = Life::start(Recipe {
            launcher: launcher.clone(),
            folder: folder.clone(),
            args: checker_args(&scenario.flags, scale),
            vars: checker_vars(&base, &sink),
        })?;
        let own = Some(Own { post: Post { sink, spans: Vec::new() }, life, files });
        let mut props = Props { admin, own, begun: std::collections::BTreeSet::new() };
        let mut journal = Journal::in_folder(&folder);
        let zero = first_look(&mut props, &mut journal).await?;
        let stack = Self { _temporary: temporary, app, base, board };
        Ok((stack, props, journal, Pace::from(zero, scale)))
    }

    /// The dashboard, if there is one.
    pub(super) fn board(&self) -> Option<Admin> {
        self.board.as_ref().map(|(_, board, _)| board.clone())
    }

    /// Where the dashboard is.
    pub(super) fn board_address(&self) -> Option<&str> {
        self.board.as_ref().map(|(_, _, address)| address.as_str())
    }

    /// Which of the programs has ended by itself, and how.
    pub(super) fn fallen(&mut self) -> Option<String> {
        let board = self.board.as_mut().map(|(board, _, _)| board);
        let mut programs = std::iter::once(&mut self.app).chain(board);
        programs.find_map(|program| {
            let status = program.ended()?;
            Some(format!("the {} ended by itself ({status})", program.name.word()))
        })
    }

    /// Stops what runs beside the checker, and removes the folder.
    pub(super) async fn stop(self) {
        if let Some((board, _, _)) = self.board {
            board.stop().await;
        }
        self.app.stop().await;
    }
}

/// The mock app, its address and its control plane, which outlives a shut listener.
async fn mock_app(
    launcher: &Launcher,
    folder: &Path,
    scenario: &Scenario,
    scale: Scale,
    setting: &Setting,
) -> Result<(Program, String, Admin), String> {
    let mut args = vec![
        format!("--addr=127.0.0.1:{}", setting.ports.0),
        "--admin-addr=127.0.0.1:0".to_owned(),
        format!("--job-seconds={}", scale.real(JOB_LASTS).as_secs_f64()),
        format!("--seed={}", scenario.seed),
        format!("--speed={}", scale.0.min(FASTEST)),
    ];
    args.extend_from_slice(&setting.app);
    let vars: Vec<_> = setting.key.iter().map(|key| ("ADMIN_KEY", key.clone())).collect();
    let failed = |error: std::io::Error| format!("the mock app: {error}");
    let mut app = launcher.start(Name::Mockapp, &args, folder, &vars).map_err(failed)?;
    let address = app.address().await.map_err(failed)?;
    let admin = app.told(" admin on ").await.map_err(failed)?;
    app.mute();
    let admin = Admin::new(&admin);
    let admin = match &setting.key {
        Some(key) => admin.with_key(key),
        None => admin,
    };
    Ok((app, address.trim_end_matches('/').to_owned(), admin))
}

async fn dashboard(
    launcher: &Launcher,
    folder: &Path,
    port: u16,
) -> Result<(Program, Admin, String), String> {
    let failed = |error: std::io::Error| format!("the dashboard: {error}");
    let args = [format!("--addr=127.0.0.1:{port}")];
    let mut board = launcher.start(Name::Dashboard, &args, folder, &[]).map_err(failed)?;
    let address = board.address().await.map_err(failed)?;
    board.mute();
    Ok((board, Admin::new(&address), address))
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
    vec![
        ("MOCKAPP_BASE", base.to_owned()),
        ("SMTP_HOST", sink.addr.ip().to_string()),
        ("SMTP_PORT", sink.addr.port().to_string()),
        ("SMTP_TLS", "none".to_owned()),
        ("MAIL_TO", variable("MAIL_TO").unwrap_or_default()),
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
