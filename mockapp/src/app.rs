//! The mock app as others hold it: its router, and HTTP/1.1 on any stream that they hand in.
//! Owns the limits of a connection; what is answered is the routes' and the stack's.

use crate::clock::Clock;
use crate::faulty_stream::FaultyStream;
use crate::link::{Fate, Link, Seat};
use crate::options::Options;
use crate::shared::Shared;
use crate::stack::Accepting;
use crate::veil;
use crate::wire::{Connection, Delivery};
use axum::Router;
use axum::body::Body;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::pin::pin;
use std::sync::mpsc;
use std::time::Duration;
use tower::ServiceExt;

/// A client that has not sent its whole head by then is cut off, and so is a kept connection on
/// which nothing is asked for so long: longer than the checks' usual interval.
const HEAD_DEADLINE: Duration = Duration::from_secs(75);
/// More bytes of head are answered with 431.
const LONGEST_HEAD: usize = 64 * 1024;

/// A running mock app. Clones share everything.
#[derive(Debug, Clone)]
pub struct MockApp {
    shared: Shared,
    router: Router,
}

impl MockApp {
    /// A fresh stack without faults. Needs a tokio runtime for its clock only.
    pub fn new(options: Options, clock: Clock) -> Self {
        Self { shared: Shared::new(options, clock), router: crate::routes::router() }
    }

    /// A copy of the whole stack as it is now, on the same clock. What is done to it leaves no
    /// trace here: ask it what a user would get. Its jobs are told to nobody.
    #[must_use]
    pub fn fork(&self) -> Self {
        Self { shared: self.shared.fork(), router: self.router.clone() }
    }

    /// All routes, with the faults that act on requests around them. What is to be done to the
    /// connection is left in the response's extensions as a [`crate::WirePlan`].
    pub fn router(&self) -> Router {
        let seat = self.seat(None);
        let named = self.router.clone().map_request(move |mut request: http::Request<Body>| {
            veil::draw(seat.app.options(), &mut request);
            request.extensions_mut().insert(seat.clone());
            request
        });
        Router::new().fallback_service(named)
    }

    /// What is to become of a new connection now (`net.refuse`, `net.connect_hang`); asked by
    /// virtual listeners, which have no socket to close.
    pub fn accepting(&self) -> Accepting {
        self.shared.accepting()
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.shared
    }

    /// Asks every connection to end after the answer it is giving.
    pub fn close(&self) {
        self.shared.close();
    }

    /// Serves one connection of the application; it ends when connections are no longer accepted.
    pub async fn serve_connection<S: Connection>(&self, io: S) {
        let (link, wait, room) = self.shared.link();
        let taken_up = async {
            tokio::time::sleep(wait).await;
            self.shared.has_room(&room).await;
        };
        if !wait.is_zero() || !room.is_empty() {
            tokio::select! {
                biased;
                () = self.shared.closed() => return,
                () = self.shared.dies(&link) => return,
                () = taken_up => {}
            }
        }
        let _counted = self.shared.counted();
        self.serve(io, Some(link)).await;
    }

    /// Serves one connection that outlives `net.refuse`: the admin listener's.
    pub async fn serve_control_connection<S: Connection>(&self, io: S) {
        self.serve(io, None).await;
    }

    fn seat(&self, link: Option<&Link>) -> Seat {
        Seat { app: self.shared.clone(), born: link.map(Link::born) }
    }

    async fn serve<S: Connection>(&self, io: S, link: Option<Link>) {
        let seat = self.seat(link.as_ref());
        let (plans, received) = mpsc::channel();
        let service = service_fn(move |request: hyper::Request<Incoming>| {
            let (router, plans) = (self.router.clone(), plans.clone());
            let mut request = request.map(Body::new);
            veil::draw(seat.app.options(), &mut request);
            request.extensions_mut().insert(seat.clone());
            async move {
                let Ok(mut response) = router.oneshot(request).await;
                let plan = response.extensions_mut().remove().unwrap_or_default();
                let held = response.extensions_mut().remove();
                // The stream is gone only with this connection.
                let _ = plans.send(Delivery { plan, held });
                Ok::<_, Infallible>(response)
            }
        });
        let io = TokioIo::new(FaultyStream::new(io, received));
        let mut connection = pin!(self.protocol().serve_connection(io, service));
        let ended = tokio::select! {
            biased;
            ended = &mut connection => ended,
            fate = self.fate(link.as_ref()) => {
                if fate == Fate::Dismissed {
                    connection.as_mut().graceful_shutdown();
                }
                tokio::select! {
                    biased;
                    () = self.killed(link.as_ref()) => return,
                    ended = connection => ended,
                }
            }
        };
        if let Err(error) = ended {
            tracing::debug!(%error, "connection ended early");
        }
    }

    async fn fate(&self, link: Option<&Link>) -> Fate {
        let from_outside = async {
            match link {
                Some(link) => self.shared.fate(link).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            () = self.shared.closed() => Fate::Dismissed,
            fate = from_outside => fate,
        }
    }

    /// Returns when the connection's process has died; the admin listener's never does.
    async fn killed(&self, link: Option<&Link>) {
        match link {
            Some(link) => self.shared.dies(link).await,
            None => std::future::pending().await,
        }
    }

    fn protocol(&self) -> http1::Builder {
        let mut protocol = http1::Builder::new();
        protocol
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_DEADLINE)
            .max_buf_size(LONGEST_HEAD)
            .auto_date_header(self.shared.options().date_header);
        protocol
    }
}
