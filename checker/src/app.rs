//! Puts the checker together: settings, configuration, store, engine, driver.

use std::{future::Future, path::PathBuf, sync::Arc, time::Duration};

use engine::{
    Engine,
    board::Board,
    effect::{Input, Setup},
    event::Started,
};
use store::{Disk, OpenError, Opened, Paths, RealDisk, Store, Writer, disk::Stat};
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::{Semaphore, mpsc},
    task::JoinSet,
};

use crate::{
    actions::Tools,
    agent::{Agents, missing},
    clock::Clock,
    command::Processes,
    driver::Driver,
    failure::Failure,
    flags::Flags,
    http::{HttpClient, Tls},
    mailer,
    notify::{Console, Outlets},
    processes::ProcFs,
    reload::{Loaded, Loader, Reloader},
    samples::Samples,
    services_file::ServicesFile,
    settings::Settings,
    timezone::machine_zone,
    transport::Tcp,
    world::{Hands, History, PROBES_MAX, World},
};

/// Messages that may wait for the driver.
const INBOX: usize = 64;

/// A checker that is ready to open its store.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) clock: Clock,
    pub(crate) disk: Arc<dyn Disk>,
    pub(crate) paths: Paths,
    pub(crate) http: HttpClient,
    pub(crate) loader: Loader,
    pub(crate) loaded: Loaded,
    /// The file of the configuration as it was just before it was loaded.
    seen: Option<Stat>,
    pub(crate) agents: Agents,
    /// The history of targets; a command that must write nothing takes it away.
    pub(crate) samples: Samples,
    tools: Tools,
    /// Where the status of services is to be written, when that was said.
    pub(crate) status_file: Option<PathBuf>,
    /// Whether it may be written at all.
    pub(crate) writes_status: bool,
}

impl App {
    /// Reads the configuration. Must run inside the runtime.
    pub(crate) fn new(flags: &Flags, settings: Settings) -> Result<Self, Failure> {
        let clock = Clock::system();
        let disk: Arc<dyn Disk> = Arc::new(RealDisk);
        let http = HttpClient::new(Arc::new(Tcp), tls(&clock, &settings)?);
        let mailer = mailer::from_settings(&settings).map_err(|e| Failure::usage(e.to_string()))?;
        let command = Arc::new(Processes);
        let outlets = Outlets { http: http.clone(), mailer, console: Console::Stdout, command };
        let tools = tools(&settings);
        let paths =
            Paths { state: settings.state_path.clone(), results: settings.results_path.clone() };
        let status_file = flags.status_file.clone().or_else(|| settings.status_file.clone());
        let mut loader = loader(flags, settings, outlets);
        // Before it is read: opening a large store takes a while, in which the file may be edited.
        let seen = disk.stat(&loader.file).ok();
        let loaded = loader.load(&*disk).map_err(|e| Failure::usage(e.to_string()))?;
        loader.remember(&loaded.setup.config);
        for warning in &loaded.warnings {
            tracing::warn!("{warning}");
        }
        let has_webhook = loader.settings.n8n_webhook_url.is_some();
        for what in missing(&loaded.setup.config, has_webhook) {
            tracing::warn!("{what}");
        }
        let samples = Samples::kept_on(Arc::clone(&disk))
            .map_err(|error| Failure::usage(format!("no thread for the history: {error}")))?;
        Ok(Self {
            clock,
            disk,
            paths,
            http,
            loader,
            loaded,
            seen,
            agents: Agents::default(),
            samples,
            tools,
            status_file,
            writes_status: true,
        })
    }

    /// Opens the store and takes up work where it was left; so for the files of metrics.
    pub(crate) fn open(&self) -> Result<(Store, Opened), Failure> {
        let metrics = self.agents.open(&self.loaded.setup.config);
        metrics.map_err(|error| Failure::usage(error.to_string()))?;
        let now = self.clock.now().wall;
        let holder = format!("checker, pid {}, since {now}", std::process::id());
        Store::open(&self.paths, Arc::clone(&self.disk), now, &holder).map_err(
            |error| match error {
                OpenError::Locked { .. } => Failure::locked(error.to_string()),
                OpenError::Unusable { .. } => Failure::usage(error.to_string()),
            },
        )
    }

    /// A driver over this store that starts from this state.
    pub(crate) fn driver(
        self,
        writer: Writer,
        (board, next_seq): (Board, u64),
        setup: Setup,
    ) -> (Driver, mpsc::Sender<Input>) {
        let (sender, inbox) = mpsc::channel(INBOX);
        let once = setup.once.is_some();
        let now = self.clock.now();
        let pid = Some(std::process::id());
        let started = Started { version: env!("CARGO_PKG_VERSION").to_owned(), pid };
        let engine = Engine::restore(setup, board, next_seq, started, now);
        let reloader = (!once).then(|| Reloader::since(self.loader.clone(), self.seen, now.mono));
        let hands = Hands {
            http: self.http,
            command: Arc::new(Processes),
            disk: Arc::clone(&self.disk),
            tools: self.tools,
            clock: self.clock.clone(),
            agents: self.agents,
            processes: Arc::new(ProcFs::default()),
            room: Semaphore::new(PROBES_MAX),
        };
        let named = self.status_file;
        let status = self
            .writes_status
            .then(|| ServicesFile::start(named, Arc::clone(&self.disk), now.mono));
        let history = History { paths: self.paths, disk: self.disk };
        let mut world = World::new(self.clock, hands, self.loaded.notifiers, history);
        world.samples = self.samples;
        let driver =
            Driver { engine, world, writer, reloader, inbox, tasks: JoinSet::new(), status };
        (driver, sender)
    }
}

fn tools(settings: &Settings) -> Tools {
    Tools {
        systemctl: settings.systemctl_bin.clone(),
        journalctl: settings.journalctl_bin.clone(),
        zone: machine_zone(settings.var("TZ").as_deref()),
        ..Tools::default()
    }
}

fn loader(flags: &Flags, settings: Settings, outlets: Outlets) -> Loader {
    Loader {
        file: flags.config.clone().unwrap_or_else(|| settings.checks_file.clone()),
        settings: Arc::new(settings),
        outlets,
        switches: engine::effect::Switches {
            no_actions: flags.no_actions,
            no_restart: flags.no_restart,
        },
        interval: flags.interval,
    }
}

fn tls(clock: &Clock, settings: &Settings) -> Result<Tls, Failure> {
    match &settings.ca_file {
        None => Ok(Tls::new(clock.clone())),
        Some(file) => Tls::with_ca_file(clock.clone(), file).map_err(Failure::usage),
    }
}

/// Runs a future on the runtime of all commands: one thread, so that nothing is shared.
pub(crate) fn block_on<T>(future: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::usage(format!("the runtime cannot be started: {error}")))?;
    let result = runtime.block_on(future);
    runtime.shutdown_timeout(Duration::from_millis(200));
    result
}

/// Resolves when the process is asked to stop; says by which signal.
///
/// # Errors
/// When the handlers cannot be installed.
pub(crate) fn stop_signal() -> Result<impl Future<Output = String>, Failure> {
    let install =
        |kind| signal(kind).map_err(|error| Failure::usage(format!("no signal handler: {error}")));
    let (mut terminate, mut interrupt) =
        (install(SignalKind::terminate())?, install(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            biased;
            _ = terminate.recv() => "SIGTERM".to_owned(),
            _ = interrupt.recv() => "SIGINT".to_owned(),
        }
    })
}
