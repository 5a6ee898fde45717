//! The users of an exercise: they ask the mock app itself and no copy of it, so that every count
//! moves as it does live. What they ask is theirs and never noted as the checker's.

use std::{io, sync::Arc};

use engine::Config;
use mockapp::{Accepting, MockApp};
use tokio::{
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    task::{JoinHandle, JoinSet},
};
use url::Url;

use super::{
    Wants, World,
    net::{AskingEnd, pipe},
    time::Stopwatch,
};
use crate::{
    scenario::{Ms, variable},
    train::{
        facts::Request,
        users::{Route, routes, turns},
    },
};

/// A question of a user and what came back.
pub(super) struct Asking {
    pub(super) request: Request,
    /// The bytes, when they are wanted.
    pub(super) got: Vec<u8>,
    /// The place of its route, to put questions of one instant in order.
    route: usize,
}

/// Users who are about.
pub(super) struct Users {
    asking: JoinHandle<()>,
    told: UnboundedReceiver<Asking>,
}

impl Users {
    /// Lets users ask what a configuration asks, if anybody wants them.
    pub(super) fn start(world: &World, config: &Config, wants: Wants) -> Option<Self> {
        let wanted = wants.users || world.scenario.exercise.is_some();
        let base = variable("MOCKAPP_BASE")?;
        let base = Url::parse(&base).ok().filter(|_| wanted)?;
        let routes: Vec<_> = routes(config, &base).into_iter().map(Arc::new).collect();
        let (tell, told) = unbounded_channel();
        let crowd = Crowd { app: world.app.clone(), watch: world.watch, keep: wants.bodies, tell };
        Some(Self { asking: tokio::spawn(crowd.ask_all(routes)), told })
    }

    /// Everything that was answered, in the order of asking; who still waits goes away.
    pub(super) fn rest(mut self) -> Vec<Asking> {
        self.asking.abort();
        let mut all: Vec<_> = std::iter::from_fn(|| self.told.try_recv().ok()).collect();
        all.sort_by_key(|one| (one.request.at, one.route));
        all
    }
}

#[derive(Clone)]
struct Crowd {
    app: MockApp,
    watch: Stopwatch,
    keep: bool,
    tell: UnboundedSender<Asking>,
}

impl Crowd {
    async fn ask_all(self, routes: Vec<Arc<Route>>) {
        let mut asking = JoinSet::new();
        for at in turns() {
            self.watch.until(at).await;
            while asking.try_join_next().is_some() {}
            for (index, route) in routes.iter().enumerate() {
                asking.spawn(self.clone().ask(index, Arc::clone(route), at));
            }
        }
    }

    async fn ask(self, index: usize, route: Arc<Route>, at: Ms) {
        let mut serving = JoinSet::new();
        let connect = connect(&self.app, &mut serving);
        let (request, got) = route.ask_and_keep(at, 1.0, connect).await;
        let got = if self.keep { got } else { Vec::new() };
        // The run may be over.
        let _ = self.tell.send(Asking { request, got, route: index });
    }
}

async fn connect(app: &MockApp, serving: &mut JoinSet<()>) -> io::Result<AskingEnd> {
    match app.accepting() {
        Accepting::Refused => Err(io::ErrorKind::ConnectionRefused.into()),
        Accepting::Hanging => std::future::pending().await,
        Accepting::Open => {
            let (asking, answering) = pipe();
            let app = app.clone();
            serving.spawn(async move { app.serve_connection(answering).await });
            Ok(asking)
        }
    }
}
