//! Simulated users: which routes they ask, when, and whether they got what they wanted, by the plain
//! rules of [`naive`] and not by the checker's own. The same user asks over real sockets and over
//! the pipes of a virtual world. Opens no connection and keeps no books.

use std::{io, sync::Arc, time::Duration};

use engine::{
    Check, Config,
    config::{HttpRequest, Spec},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    time::{Instant, timeout},
};
use url::Url;

use super::facts::{EVERY, Request};
use crate::{
    naive::{self, Answer, Asked},
    played::Truth,
    scenario::Ms,
};

/// When users ask for the first time: never at the instant of a check.
pub(crate) const FIRST: Ms = 2_500;
/// The most that a user reads of an answer.
const READ: u64 = 1 << 20;

/// When users ask, in the exercise's own milliseconds, without an end.
pub(crate) fn turns() -> impl Iterator<Item = Ms> {
    (0..).map(|turn| FIRST + turn * EVERY)
}

/// The least that a user waits, in real time.
const LEAST: Duration = Duration::from_millis(300);

/// A route that users ask.
#[derive(Clone, Debug)]
pub(crate) struct Route {
    /// What it is called: `GET /api/ping`.
    pub(crate) name: String,
    /// The checks by whose rules an answer is judged: every one that asks the same.
    checks: Vec<Arc<Check>>,
    /// The question as it goes over the wire.
    question: Vec<u8>,
    /// How long a user waits, in the exercise's own time.
    patience: Duration,
}

/// The routes of the application at `base` that a configuration asks over HTTP, in its order. The
/// state of a job is no user's business.
pub(crate) fn routes(config: &Config, base: &Url) -> Vec<Route> {
    let mut routes: Vec<Route> = Vec::new();
    for check in config.enabled() {
        let Some(request) = request(check).filter(|request| is_at(&request.url, base)) else {
            continue;
        };
        let asked = Asked::of(request);
        let question = asked.bytes();
        match routes.iter_mut().find(|known| known.question == question) {
            Some(known) => known.also(check),
            None => routes.push(Route {
                name: name(&routes, asked.line(), check),
                checks: vec![Arc::clone(check)],
                question,
                patience: check.timeout,
            }),
        }
    }
    routes
}

fn request(check: &Check) -> Option<&HttpRequest> {
    if let Spec::Http(http) = &check.spec { Some(&http.request) } else { None }
}

fn is_at(url: &Url, base: &Url) -> bool {
    url.scheme() == "http"
        && url.host_str() == base.host_str()
        && url.port_or_known_default() == base.port_or_known_default()
}

/// Questions that differ in their headers only are told apart by the name of the check.
fn name(known: &[Route], line: String, check: &Check) -> String {
    let taken = known.iter().any(|route| route.name == line);
    if taken { format!("{line} ({})", check.name) } else { line }
}

impl Route {
    fn also(&mut self, check: &Arc<Check>) {
        self.patience = self.patience.max(check.timeout);
        self.checks.push(Arc::clone(check));
    }

    /// Asks once, at `at`, over the connection that `connect` brings. With a `speed` everything
    /// takes so many times less real time.
    pub(crate) async fn ask<S>(
        &self,
        at: Ms,
        speed: f64,
        connect: impl Future<Output = io::Result<S>>,
    ) -> Request
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        self.ask_and_keep(at, speed, connect).await.0
    }

    /// The same; hands out the bytes of the answer as well.
    pub(crate) async fn ask_and_keep<S>(
        &self,
        at: Ms,
        speed: f64,
        connect: impl Future<Output = io::Result<S>>,
    ) -> (Request, Vec<u8>)
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let began = Instant::now();
        // What the mock app itself takes is not divided: the checker has this least limit as well.
        let patience = self.patience.div_f64(speed).max(self.patience.min(LEAST));
        let answer = timeout(patience, self.exchange(connect)).await;
        let came = answer.is_ok();
        let answer = answer.unwrap_or_else(|_| Answer::lost("no answer in time"));
        let took = (began.elapsed().as_secs_f64() * 1000.0 * speed).round() as Ms;
        let took = if came { took.min(engine::time::millis(self.patience)) } else { took };
        (self.judged(at, &answer, took), answer.got)
    }

    async fn exchange<S>(&self, connect: impl Future<Output = io::Result<S>>) -> Answer
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let mut stream = match connect.await {
            Ok(stream) => stream,
            Err(error) => return Answer::lost(refused(&error)),
        };
        if stream.write_all(&self.question).await.is_err() {
            return Answer::lost("the connection broke");
        }
        let mut got = Vec::new();
        let ended = stream.take(READ).read_to_end(&mut got).await;
        Answer { got, broken: ended.is_err(), opened: true }
    }

    /// What an answer is worth to a user: no more than to the strictest check.
    fn judged(&self, at: Ms, answer: &Answer, took: Ms) -> Request {
        let worths = self.checks.iter().map(|check| naive::judge(check, answer, took));
        let (truth, why) = worths
            .max_by_key(|(truth, _)| weight(*truth))
            .unwrap_or_else(|| (Truth::Unsure, "nobody can say".to_owned()));
        let (good, slow) = (truth != Truth::Bad, truth == Truth::Slow);
        Request { at, route: self.name.clone(), good, slow, took, why }
    }
}

const fn weight(truth: Truth) -> u8 {
    match truth {
        Truth::Good => 0,
        Truth::Unsure | Truth::Blind => 1,
        Truth::Slow => 2,
        Truth::Bad => 3,
    }
}

fn refused(error: &io::Error) -> &'static str {
    match error.kind() == io::ErrorKind::ConnectionRefused {
        true => "connection refused",
        false => "no connection",
    }
}
