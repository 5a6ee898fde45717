//! The routes, and the one handle through which they read the store. The store is asked at most
//! once a second; between two looks everything comes from memory. Never awaits while it looks.

use std::{
    collections::BTreeMap,
    fmt,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{Router, middleware, routing::get};
use engine::{CheckName, Event, Timestamp, board::Entry};
use http::{HeaderValue, header};
use store::{
    Disk,
    read::{Condition, EventFilter, Paths, Query, View},
};

use tokio::sync::watch;

use crate::{
    api, assets,
    clock::Clock,
    cluster::{Cluster, Identity, range::Range},
    key,
    key::Key,
    pages,
    shown::Shown,
    status_source::{StatusFile, StatusSource},
    zone::Zone,
};

/// How long a look at the files is good for.
const FRESH_FOR: Duration = Duration::from_secs(1);

/// How long the history beyond the last day is remembered: less than a day, so that none is missed.
const DUG_FOR: Duration = Duration::from_secs(12 * 3600);

/// Where metrics are when nothing else is said.
pub(crate) const METRICS: &str = "data/metrics.db";

/// The most events of a ledger.
const LEDGER: usize = 120;

/// What pages may load and do: only what comes from here, and no inline code or style.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; \
     connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'",
);

/// The board: a handle that is cheap to clone.
#[derive(Clone, Debug)]
pub struct App(Arc<Shared>, Arc<Path>);

struct Shared {
    /// Held only while one answer is built, never across an await.
    reader: Mutex<Reader>,
    paths: Paths,
    disk: Arc<dyn Disk>,
    clock: Clock,
    key: Option<Key>,
    /// What is known of the peers; whoever asks them holds the other end.
    cluster: watch::Receiver<Cluster>,
    source: StatusSource,
}

#[derive(Debug)]
struct Reader {
    view: View,
    status: Option<StatusFile>,
    refreshed: Option<Timestamp>,
    /// What the history beyond the last day says of the checks that were looked at, and as of when.
    older: BTreeMap<String, (Timestamp, Vec<Event>)>,
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("clock", &self.clock).finish_non_exhaustive()
    }
}

/// What is known at one instant.
#[derive(Debug)]
pub(crate) struct Look<'a> {
    /// The store as it was read last.
    pub(crate) view: &'a View,
    /// The present.
    pub(crate) now: Timestamp,
    /// The time zone of the board.
    pub(crate) zone: Zone,
    /// The file with the status of services, if there is one.
    pub(crate) status: Option<&'a StatusFile>,
    /// From which age on a status is stale.
    pub(crate) stale_after: Duration,
    paths: &'a Paths,
    older: &'a [Event],
}

/// A check with what its tile says.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen<'a> {
    pub(crate) name: &'a CheckName,
    pub(crate) entry: &'a Entry,
    pub(crate) shown: Shown,
}

/// What a board knows besides the files of the store.
#[derive(Debug)]
pub(crate) struct Sources {
    /// Where the status of services comes from.
    pub(crate) status: StatusSource,
    /// What is known of the peers; whoever asks them holds the other end.
    pub(crate) cluster: watch::Receiver<Cluster>,
}

impl Default for Sources {
    fn default() -> Self {
        let identity = Identity { id: "localhost".to_owned(), name: "localhost".to_owned() };
        let (_alone, cluster) = watch::channel(Cluster::alone(identity));
        Self { status: StatusSource::default(), cluster }
    }
}

impl App {
    /// A board over the files at `paths`; `key` is what visitors must know, if anything.
    #[must_use]
    pub fn new(paths: Paths, disk: Arc<dyn Disk>, clock: Clock, key: Option<Key>) -> Self {
        Self::of(paths, disk, clock, key, Sources::default())
    }

    /// The same, with the status of services from elsewhere.
    #[must_use]
    pub fn with_status(
        paths: Paths,
        disk: Arc<dyn Disk>,
        clock: Clock,
        key: Option<Key>,
        status: StatusSource,
    ) -> Self {
        Self::of(paths, disk, clock, key, Sources { status, ..Sources::default() })
    }

    /// The same with all that it can know besides.
    #[must_use]
    pub(crate) fn of(
        paths: Paths,
        disk: Arc<dyn Disk>,
        clock: Clock,
        key: Option<Key>,
        sources: Sources,
    ) -> Self {
        let reader = Mutex::new(Reader {
            view: View::open(paths.clone(), Arc::clone(&disk)),
            status: None,
            refreshed: None,
            older: BTreeMap::new(),
        });
        let Sources { status: source, cluster } = sources;
        let shared = Shared { reader, paths, disk, clock, key, cluster, source };
        Self(Arc::new(shared), Path::new(METRICS).into())
    }

    /// The same with the file of metrics at another place than the usual.
    #[must_use]
    pub fn with_metrics(self, path: &Path) -> Self {
        Self(self.0, path.into())
    }

    /// Where the agent of a host keeps its metrics.
    pub(crate) fn metrics(&self) -> &Path {
        &self.1
    }

    /// How often a file was read so far.
    #[must_use]
    pub fn reads(&self) -> u64 {
        self.0.reader.lock().unwrap_or_else(PoisonError::into_inner).view.reads()
    }

    pub(crate) fn key(&self) -> Option<&Key> {
        self.0.key.as_ref()
    }

    /// What is known of the cluster.
    pub(crate) fn cluster(&self) -> Cluster {
        self.0.cluster.borrow().clone()
    }

    /// Reads the month before the last day now, so that no visitor has to wait for it. It takes
    /// seconds where the history is long, and is for a thread of its own.
    pub fn recall(&self) {
        let Shared { paths, disk, clock, source, .. } = &*self.0;
        let begun = {
            let mut reader = self.0.reader.lock().unwrap_or_else(PoisonError::into_inner);
            reader.refresh(clock.now(), source, &**disk);
            reader.view.begun()
        };
        let runs = store::read::recall(paths, &**disk, begun);
        let mut reader = self.0.reader.lock().unwrap_or_else(PoisonError::into_inner);
        reader.view.remember(begun, runs);
    }

    /// Looks at the store with all of a span in memory.
    pub(crate) fn look_over<T>(&self, range: Range, build: impl FnOnce(&Look<'_>) -> T) -> T {
        if range == Range::Month {
            let mut reader = self.0.reader.lock().unwrap_or_else(PoisonError::into_inner);
            let Shared { disk, clock, source, .. } = &*self.0;
            reader.refresh(clock.now(), source, &**disk);
            reader.view.recall();
        }
        self.look(build)
    }

    /// Looks at the store, anew when the last look is a second old.
    pub(crate) fn look<T>(&self, build: impl FnOnce(&Look<'_>) -> T) -> T {
        self.look_back(None, build)
    }

    /// The same, and further back than a day for the ledger of one check.
    pub(crate) fn look_back<T>(
        &self,
        check: Option<&str>,
        build: impl FnOnce(&Look<'_>) -> T,
    ) -> T {
        let Shared { paths, disk, clock, source, .. } = &*self.0;
        let now = clock.now();
        let mut reader = self.0.reader.lock().unwrap_or_else(PoisonError::into_inner);
        reader.refresh(now, source, &**disk);
        if let Some(name) = check {
            reader.dig(paths, &**disk, name, now);
        }
        let Reader { view, older, status, .. } = &*reader;
        let accepted = view.condition().accepted.as_ref();
        let zone = Zone::named(accepted.and_then(|(_, config)| config.timezone.as_deref()));
        let older = check.and_then(|name| older.get(name)).map_or(&[][..], |(_, found)| found);
        let (status, stale_after) = (status.as_ref(), source.stale);
        build(&Look { view, now, zone, status, stale_after, paths, older })
    }
}

impl Reader {
    fn refresh(&mut self, now: Timestamp, source: &StatusSource, disk: &dyn Disk) {
        // A clock that was stepped back must not keep an old copy alive.
        let fresh = |at: Timestamp| at <= now && now.since(at) < FRESH_FOR;
        if !self.refreshed.is_some_and(fresh) {
            self.view.refresh(now);
            self.status = source.read(disk);
            self.refreshed = Some(now);
        }
    }

    /// Searches the whole history for the ledger of a check, now and then; unknown names cost
    /// nothing.
    fn dig(&mut self, paths: &Paths, disk: &dyn Disk, name: &str, now: Timestamp) {
        let dug = self.older.get(name).is_some_and(|(at, _)| now.since(*at) < DUG_FOR);
        if self.view.board().entries.contains_key(name) && !dug {
            let found = store::read::ledger(paths, disk, name, LEDGER);
            self.older.insert(name.to_owned(), (now, found));
        }
    }
}

impl<'a> Look<'a> {
    /// The checks in the order of the configuration; those that left it are not among them.
    pub(crate) fn checks(&self) -> Vec<Seen<'a>> {
        let entries = self.view.board().entries.iter();
        let present = entries.filter(|(_, entry)| !entry.removed);
        let mut seen: Vec<_> = present.map(|(name, entry)| self.see(name, entry)).collect();
        seen.sort_by_key(|seen| (seen.entry.position, seen.name));
        seen
    }

    /// The check of that name, unless it left the configuration.
    pub(crate) fn check(&self, name: &str) -> Option<Seen<'a>> {
        let (name, entry) = self.view.board().entries.get_key_value(name)?;
        (!entry.removed).then(|| self.see(name, entry))
    }

    /// The newest notices, deliveries and actions of a check, newest first. Only the last day
    /// grows, so the long history is not searched for every page.
    pub(crate) fn ledger(&self, name: &str) -> Vec<Event> {
        let query = Query {
            from: self.now - pages::SPAN,
            until: self.now,
            name: Some(name.to_owned()),
            statuses: Vec::new(),
            events: vec![EventFilter::Notices, EventFilter::Deliveries, EventFilter::Actions],
            page: 1,
            per_page: LEDGER,
        };
        let mut events = self.view.page(&query).rows;
        let known = events.last().map_or(u64::MAX, |event| event.seq);
        events.extend(self.older.iter().filter(|event| event.seq < known).cloned());
        events
    }

    /// Where the files are, for people.
    pub(crate) fn places(&self) -> (String, String) {
        let full = |path: &Path| {
            std::path::absolute(path)
                .unwrap_or_else(|_unnameable| path.into())
                .display()
                .to_string()
        };
        (full(&self.paths.state), full(&self.paths.results))
    }

    pub(crate) fn condition(&self) -> &'a Condition {
        self.view.condition()
    }

    fn see(&self, name: &'a CheckName, entry: &'a Entry) -> Seen<'a> {
        Seen { name, entry, shown: Shown::of(entry, self.awake_since(), self.now) }
    }

    /// When the checker last took up its work.
    fn awake_since(&self) -> Option<Timestamp> {
        let condition = self.condition();
        let accepted = condition.accepted.as_ref().map(|(at, _)| *at);
        accepted.max(condition.started)
    }
}

impl Seen<'_> {
    /// The name for people.
    pub(crate) fn title(&self) -> &str {
        self.entry.title(self.name)
    }
}

/// All pages and the API.
pub fn router(app: App) -> Router {
    Router::new()
        .route("/", get(pages::board))
        .route("/check/{name}", get(pages::check))
        .route("/datum", get(pages::datum))
        .route("/agent", get(pages::agent))
        .route("/kiosk", get(pages::kiosk))
        .route("/api/state", get(api::state))
        .route("/api/results", get(api::results))
        .route("/api/history", get(api::history))
        .route("/api/uptime", get(api::uptime))
        .route("/api/node/status", get(api::node_status))
        .route("/api/node/history", get(api::node_history))
        .route("/api/node/uptime", get(api::node_uptime))
        .route("/api/cluster", get(api::cluster))
        .route("/cluster", get(pages::cluster))
        .merge(status_routes())
        .route("/metrics", get(api::metrics))
        .route("/healthz", get(api::health))
        .route("/static/{name}", get(assets::serve))
        .fallback(pages::no_such_page)
        .method_not_allowed_fallback(pages::wrong_method)
        .layer(middleware::from_fn_with_state(app.clone(), key::guard))
        .layer(middleware::map_response(with_headers))
        .with_state(app)
}

/// The status of services alone, to nest in another program: `/api/status`, the widget
/// `/static/js/status.js` and its page `/static/admin_status.html`. The key of the app is asked for
/// here, too.
pub fn status_router(app: App) -> Router {
    status_routes()
        .layer(middleware::from_fn_with_state(app.clone(), key::guard))
        .layer(middleware::map_response(with_headers))
        .with_state(app)
}

fn status_routes() -> Router<App> {
    Router::new()
        .route("/api/status", get(api::status))
        .route("/static/js/{name}", get(assets::serve_widget))
        .route("/static/admin_status.html", get(assets::admin_page))
}

async fn with_headers(mut response: axum::response::Response) -> axum::response::Response {
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, POLICY);
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}
