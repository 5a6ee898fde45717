//! The mock app on real sockets: binds, accepts, shuts the listener when a fault wants it, stops tidily.
//! Owns connections' number and end; what is said on them is the app's.

use crate::app::MockApp;
use crate::clock::Clock;
use crate::options::Options;
use crate::shared::until;
use crate::stack::Accepting;
use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// Connections that are served at once by one listener; more wait to be accepted.
const MOST_CONNECTIONS: usize = 512;
/// How long a stop waits for answers under way.
const STOP_WAITS: Duration = Duration::from_secs(2);
/// Connections that fill the queue of a listener that is to hang; Linux needs one or two.
const MOST_FILLERS: usize = 64;
/// Pause after a failed accept or bind, which are rarely over at once.
const PAUSE: Duration = Duration::from_millis(100);

/// Why the app did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address needs leave.
    #[error(
        "{0} can be reached from other machines: set API_KEY, or pass --allow-remote if that is meant"
    )]
    Remote(SocketAddr),
    /// Somebody listens there.
    #[error("{0} is in use: another program listens there; stop it or choose another --addr")]
    InUse(SocketAddr),
    /// Any other reason of the system's.
    #[error("cannot listen on {0}: {1}")]
    Bind(SocketAddr, std::io::Error),
    /// The last job's id of an earlier run is still there.
    #[error("cannot remove the job id file of an earlier run: {0}")]
    JobIdFile(std::io::Error),
}

/// A bound mock app that does not answer yet.
#[derive(Debug)]
pub struct Server {
    app: MockApp,
    listener: TcpListener,
    addr: SocketAddr,
    admin: Option<(TcpListener, SocketAddr)>,
}

impl Server {
    /// Checks the addresses, binds them and forgets the last job of an earlier run.
    pub async fn bind(mut options: Options, clock: Clock) -> Result<Self, StartError> {
        let (listener, addr) = bind(options.addr, &options).await?;
        options.addr = addr;
        let admin = match options.admin_addr {
            Some(wanted) => Some(bind(wanted, &options).await?),
            None => None,
        };
        options.admin_addr = admin.as_ref().map(|(_, addr)| *addr);
        options.control_survives_refuse |= admin.is_some();
        options.job_id.clear().map_err(StartError::JobIdFile)?;
        Ok(Self { app: MockApp::new(options, clock), listener, addr, admin })
    }

    /// Where the application listens.
    pub fn local_addr(&self) -> SocketAddr {
        self.addr
    }

    /// Where the second listener is, if there is one.
    pub fn admin_addr(&self) -> Option<SocketAddr> {
        self.admin.as_ref().map(|(_, addr)| *addr)
    }

    /// A handle on the app that is served.
    pub fn app(&self) -> MockApp {
        self.app.clone()
    }

    /// Serves until `shutdown` is over, then lets answers under way finish, at most two seconds.
    pub async fn serve(self, shutdown: impl Future<Output = ()>) {
        let Self { app, listener, addr, admin } = self;
        let stop = watch::Sender::new(false);
        let application = Gate { app: app.clone(), addr, stop: stop.subscribe() };
        let control = async {
            if let Some((listener, addr)) = admin {
                let gate = Gate { app: app.clone(), addr, stop: stop.subscribe() };
                gate.stay_open(&listener).await;
            }
        };
        let stopping = async {
            shutdown.await;
            app.close();
            stop.send_replace(true);
        };
        tokio::join!(stopping, application.open_and_close(listener), control);
    }
}

/// Binds and serves; for those who need no handle.
pub async fn run(options: Options, shutdown: impl Future<Output = ()>) -> Result<(), StartError> {
    Server::bind(options, Clock::system()).await?.serve(shutdown).await;
    Ok(())
}

async fn bind(
    addr: SocketAddr,
    options: &Options,
) -> Result<(TcpListener, SocketAddr), StartError> {
    permitted(addr, options)?;
    let failed = |error: std::io::Error| match error.kind() == std::io::ErrorKind::AddrInUse {
        true => StartError::InUse(addr),
        false => StartError::Bind(addr, error),
    };
    let listener = TcpListener::bind(addr).await.map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    Ok((listener, bound))
}

fn permitted(addr: SocketAddr, options: &Options) -> Result<(), StartError> {
    match addr.ip().is_loopback() || options.allow_remote || options.api_key.is_some() {
        true => Ok(()),
        false => Err(StartError::Remote(addr)),
    }
}

/// One address at which connections come in.
struct Gate {
    app: MockApp,
    addr: SocketAddr,
    stop: watch::Receiver<bool>,
}

impl Gate {
    /// The application's gate: closed while `net.refuse` holds.
    async fn open_and_close(mut self, listener: TcpListener) {
        let mut tasks = JoinSet::new();
        let mut open = Some(listener);
        while let Some(listener) = open.take() {
            let app = self.app.clone();
            let watched = app.clone();
            let shut = async move { watched.shared().shuts().await };
            let serve = move |stream| {
                let app = app.clone();
                async move { app.serve_connection(stream).await }
            };
            if self.accept(&listener, &mut tasks, serve, shut).await {
                drop(listener);
                open = self.reopened(&mut tasks).await;
            }
        }
        drain(tasks).await;
    }

    /// The admin gate: open until the stop.
    async fn stay_open(mut self, listener: &TcpListener) {
        let mut tasks = JoinSet::new();
        let app = self.app.clone();
        let serve = move |stream| {
            let app = app.clone();
            async move { app.serve_control_connection(stream).await }
        };
        self.accept(listener, &mut tasks, serve, std::future::pending()).await;
        drain(tasks).await;
    }

    /// Accepts until `closed` (answers true) or the stop (answers false).
    async fn accept<F: Future<Output = ()> + Send + 'static>(
        &mut self,
        listener: &TcpListener,
        tasks: &mut JoinSet<()>,
        serve: impl Fn(TcpStream) -> F,
        closed: impl Future<Output = ()>,
    ) -> bool {
        tokio::pin!(closed);
        loop {
            tokio::select! {
                biased;
                () = until(self.stop.clone(), |stop| *stop) => return false,
                () = &mut closed => return true,
                Some(_) = tasks.join_next(), if !tasks.is_empty() => {}
                accepted = listener.accept(), if tasks.len() < MOST_CONNECTIONS => match accepted {
                    Ok((stream, _)) => {
                        // Without it small answers may wait for an acknowledgement; not fatal.
                        let _ = stream.set_nodelay(true);
                        tasks.spawn(serve(stream));
                    }
                    Err(error) => {
                        tracing::warn!(%error, "accept failed");
                        tokio::time::sleep(PAUSE).await;
                    }
                },
            }
        }
    }

    /// Waits until connections are wanted again and binds again; `None` on the stop.
    async fn reopened(&mut self, tasks: &mut JoinSet<()>) -> Option<TcpListener> {
        let (app, addr) = (self.app.clone(), self.addr);
        let over = async {
            while let state @ (Accepting::Refused | Accepting::Hanging) = app.accepting() {
                if !app.shared().options().operator {
                    tracing::info!(%addr, ?state, "listener shut");
                }
                let held = if state == Accepting::Hanging { hung(addr, &app).await } else { None };
                app.shared().accepting_differs_from(state).await;
                drop(held);
            }
            rebind(addr).await
        };
        tokio::pin!(over);
        loop {
            tokio::select! {
                biased;
                () = until(self.stop.clone(), |stop| *stop) => return None,
                Some(_) = tasks.join_next(), if !tasks.is_empty() => {}
                listener = &mut over => {
                    if !self.app.shared().options().operator {
                        tracing::info!(%addr, "listening again");
                    }
                    return Some(listener);
                }
            }
        }
    }
}

/// A listener whose queue is full and never emptied: the kernel then drops what else comes.
async fn hung(addr: SocketAddr, app: &MockApp) -> Option<(TcpListener, Vec<TcpStream>)> {
    let socket = if addr.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() };
    let listening = socket.and_then(|socket| {
        socket.set_reuseaddr(true)?;
        socket.bind(addr)?;
        socket.listen(0)
    });
    let listener = match listening {
        Ok(listener) => listener,
        Err(error) => {
            if !app.shared().options().operator {
                tracing::warn!(%addr, %error, "connections are refused instead of hanging");
            }
            return None;
        }
    };
    let mut fillers = Vec::new();
    for _ in 0..MOST_FILLERS {
        match tokio::time::timeout(PAUSE, TcpStream::connect(addr)).await {
            Ok(Ok(filler)) => fillers.push(filler),
            Ok(Err(_)) | Err(_) => break,
        }
    }
    Some((listener, fillers))
}

async fn rebind(addr: SocketAddr) -> TcpListener {
    loop {
        match TcpListener::bind(addr).await {
            Ok(listener) => return listener,
            Err(error) => tracing::warn!(%addr, %error, "cannot listen again yet"),
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Waits for connections to end; those that do not in time are cut.
async fn drain(mut tasks: JoinSet<()>) {
    let all = async { while tasks.join_next().await.is_some() {} };
    if tokio::time::timeout(STOP_WAITS, all).await.is_err() {
        tracing::debug!("connections cut at the stop");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_for_others_needs_a_key_or_the_flag() {
        let plain = Options::default();
        let keyed = Options { api_key: Some("k".to_owned()), ..Options::default() };
        let meant = Options { allow_remote: true, ..Options::default() };
        let table = [("127.0.0.1:0", true), ("127.9.9.9:0", true), ("[::1]:0", true)];
        let refused = [("0.0.0.0:0", false), ("192.0.2.1:8000", false), ("[::]:0", false)];
        for (text, alone) in table.into_iter().chain(refused) {
            let addr = text.parse().unwrap();
            assert_eq!(permitted(addr, &plain).is_ok(), alone, "{text}");
            assert!(permitted(addr, &keyed).is_ok() && permitted(addr, &meant).is_ok(), "{text}");
        }
    }
}
