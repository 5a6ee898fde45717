//! Connections that are kept between the attempts of checks with `keep_alive`.
//! Small and bounded; nothing runs while a connection is idle.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;
use url::Url;

use super::link::Link;

const IDLE_LIMIT: Duration = Duration::from_secs(90);
const PER_TARGET: usize = 64;
const IN_ALL: usize = 1024;

/// Idle connections by scheme, host and port.
#[derive(Default)]
pub(super) struct Pool {
    idle: Mutex<BTreeMap<String, Vec<Idle>>>,
}

struct Idle {
    link: Link,
    since: Instant,
}

impl Idle {
    fn is_fresh(&self) -> bool {
        self.since.elapsed() < IDLE_LIMIT
    }
}

impl Pool {
    /// A connection to the origin of the address that still looks alive.
    pub(super) async fn take(&self, url: &Url) -> Option<Link> {
        let key = key(url);
        while let Some(mut link) = self.pop(&key) {
            if link.settle().await {
                return Some(link);
            }
        }
        None
    }

    /// Keeps a connection whose last response was read to its end, if there is room.
    pub(super) async fn put(&self, url: &Url, mut link: Link) {
        if link.settle().await {
            self.push(key(url), Idle { link, since: Instant::now() });
        }
    }

    fn pop(&self, key: &str) -> Option<Link> {
        let mut idle = self.lock();
        let links = idle.get_mut(key)?;
        links.retain(Idle::is_fresh);
        let taken = links.pop();
        if links.is_empty() {
            idle.remove(key);
        }
        taken.map(|idle| idle.link)
    }

    fn push(&self, key: String, idle: Idle) {
        let mut all = self.lock();
        if all.values().map(Vec::len).sum::<usize>() >= IN_ALL {
            all.values_mut().for_each(|links| links.retain(Idle::is_fresh));
            all.retain(|_, links| !links.is_empty());
        }
        let room = all.values().map(Vec::len).sum::<usize>() < IN_ALL;
        let links = all.entry(key).or_default();
        if room && links.len() < PER_TARGET {
            links.push(idle);
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Vec<Idle>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").finish_non_exhaustive()
    }
}

fn key(url: &Url) -> String {
    format!("{}://{}", url.scheme(), super::address::target(url))
}
