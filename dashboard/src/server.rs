//! The listening socket and the life of the process: bind, say where, serve, stop promptly.
//! Owns standard output. Decides nothing about pages.

use std::{
    io::{self, Write as _},
    net::SocketAddr,
    path::Path,
    sync::Arc,
    time::Duration,
};

use engine::config::Nodes;
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    sync::{oneshot, watch},
};

use crate::{
    app::{App, Sources, router},
    clock::Clock,
    cluster::sync,
    render::{RenderError, render},
    settings::{Cli, Environment, Options, SettingsError, Verb},
};

/// How long open connections may take to finish once the end was asked for.
const GRACE: Duration = Duration::from_millis(500);

/// Why the program cannot start, or had to end.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The settings are wrong.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// Somebody else listens there.
    #[error(
        "{0} is in use by another program; stop it, or choose another port with --addr (:0 takes a free one)"
    )]
    InUse(SocketAddr),
    /// The address cannot be had.
    #[error("cannot listen on {addr}: {error}")]
    Bind {
        /// Where.
        addr: SocketAddr,
        /// Why.
        error: io::Error,
    },
    /// The configuration that was asked for cannot be used.
    #[error("{0}")]
    Config(String),
    /// The public page cannot be written.
    #[error(transparent)]
    Render(#[from] RenderError),
    /// Anything else of the system's.
    #[error("{0}")]
    Io(#[from] io::Error),
}

/// A board that has its socket and does not serve yet.
#[derive(Debug)]
pub struct Bound {
    listener: TcpListener,
    address: SocketAddr,
    app: App,
    peers: Peers,
}

/// What it takes to keep in touch with the peers.
#[derive(Debug)]
struct Peers {
    line: sync::Line,
    membership: sync::Membership,
    nodes: Nodes,
    seen: sync::Mark,
}

/// Takes the address of the options.
///
/// # Errors
/// When the address is in use or cannot be had.
pub async fn bind(options: &Options) -> Result<Bound, StartError> {
    let addr = options.addr;
    let listener = TcpListener::bind(addr).await.map_err(|error| {
        if error.kind() == io::ErrorKind::AddrInUse {
            StartError::InUse(addr)
        } else {
            StartError::Bind { addr, error }
        }
    })?;
    let seen = options.membership.mark();
    let (nodes, trouble) = match options.membership.read() {
        Ok(nodes) => (nodes, None),
        Err(error) if options.membership.given => return Err(StartError::Config(error)),
        Err(error) => (Nodes::default(), Some(error)),
    };
    let paths = store::Paths { state: options.state.clone(), results: options.results.clone() };
    let (sender, cluster) = watch::channel(sync::cluster(&nodes, trouble));
    let clock = Clock::system();
    let sources = Sources { status: options.status.clone(), cluster };
    let app = App::of(paths, Arc::new(store::RealDisk), clock, options.key.clone(), sources)
        .with_metrics(&options.metrics);
    let line = sync::Line { sender: Arc::new(sender), clock };
    let peers = Peers { line, membership: options.membership.clone(), nodes, seen };
    Ok(Bound { address: listener.local_addr()?, listener, app, peers })
}

impl Bound {
    /// Where it listens; the real port when 0 was asked for.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `shutdown` ends, and then at most half a second longer.
    ///
    /// # Errors
    /// When the socket breaks.
    pub async fn serve(
        self,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), StartError> {
        let (stopping, stopped) = oneshot::channel();
        let graceful = async move {
            shutdown.await;
            // The receiver is gone only when serving has ended already.
            let _ = stopping.send(());
        };
        remember(self.app.clone());
        let Peers { line, membership, nodes, seen } = self.peers;
        let serving = axum::serve(self.listener, router(self.app)).with_graceful_shutdown(graceful);
        tokio::select! {
            biased;
            ended = serving.into_future() => ended.map_err(StartError::Io),
            () = grace(stopped) => Ok(()),
            () = sync::run(line, membership, nodes, seen) => Ok(()),
        }
    }
}

/// Reads the long history aside. Nothing waits for it, not even the end of the process.
fn remember(app: App) {
    let reading = std::thread::Builder::new().name("history".to_owned());
    if let Err(error) = reading.spawn(move || app.recall()) {
        tracing::warn!(%error, "no thread for the history; the first visitor who wants it waits");
    }
}

/// Binds and serves until `shutdown` ends.
///
/// # Errors
/// As [`bind`] and [`Bound::serve`].
pub async fn run(
    options: Options,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), StartError> {
    let bound = bind(&options).await?;
    tracing::info!(address = %bound.address(), "listening");
    bound.serve(shutdown).await
}

pub(crate) fn serve_from(cli: Cli) -> Result<(), StartError> {
    let env = Arc::new(Environment::load(Path::new("."))?);
    tracing_subscriber::fmt().with_max_level(env.log_level()).with_writer(io::stderr).init();
    let verb = cli.verb.clone();
    let options = Options::resolve(cli, &env)?;
    if let Some(Verb::Render { out, title }) = verb {
        return render_once(options, &out, &title);
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(serve_until_signal(&options))
}

fn render_once(options: Options, out: &Path, title: &str) -> Result<(), StartError> {
    let paths = store::Paths { state: options.state, results: options.results };
    if !paths.state.exists() {
        tracing::warn!(path = %paths.state.display(), "there is no state yet, so the page says so");
    }
    render(paths, out, title)?;
    say(&format!("wrote {}", out.join("index.html").display()));
    Ok(())
}

async fn serve_until_signal(options: &Options) -> Result<(), StartError> {
    let signals = signals()?;
    let bound = bind(options).await?;
    announce(bound.address(), options);
    bound.serve(signals).await
}

fn signals() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            biased;
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

async fn grace(stopped: oneshot::Receiver<()>) {
    match stopped.await {
        Ok(()) => tokio::time::sleep(GRACE).await,
        Err(_) => std::future::pending().await,
    }
}

fn announce(address: SocketAddr, options: &Options) {
    say(&format!("dashboard listening on http://{address}/"));
    for (what, path) in [("state", &options.state), ("results", &options.results)] {
        let full = std::path::absolute(path).unwrap_or_else(|_unnameable| path.clone());
        say(&format!("reads {what:<7} {}", full.display()));
    }
    if let Some(file) = &options.status.file {
        say(&format!("reads status  {}", file.display()));
    }
}

fn say(line: &str) {
    // A closed standard output is no reason to stop serving.
    let _ = writeln!(io::stdout(), "{line}");
}

pub(crate) fn complain(error: &StartError) {
    // The last word; there is nobody else to tell it to.
    let _ = writeln!(io::stderr(), "dashboard: {error}");
}
