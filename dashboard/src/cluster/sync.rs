//! Keeps in touch with the peers: asks each of them from time to time, less often while it fails,
//! and follows the configuration. Holds the sending end of what pages know of the cluster.

use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, SystemTime},
};

use engine::config::{Nodes, PeerNode, Source, nodes};
use serde_json::Value;
use tokio::{sync::watch, task::JoinSet, time::sleep};

use crate::{
    clock::Clock,
    cluster::{
        Cluster, Identity, fetch,
        peer::{Account, Heard, Peer},
        range::Range,
    },
    settings::Environment,
};

/// How often the configuration is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// The longest wait for a peer that fails, unless more was asked for anyway.
const LONGEST: Duration = Duration::from_secs(600);

/// How many looks at a peer share one look at its long history.
const MONTH_EVERY: u32 = 10;

/// Where the description of this node and its peers is.
#[derive(Clone, Debug)]
pub(crate) struct Membership {
    /// The configuration of the checker.
    pub(crate) file: PathBuf,
    /// Whether the file was asked for, so that it must be there.
    pub(crate) given: bool,
    pub(crate) env: Arc<Environment>,
}

impl Membership {
    /// Reads the file; without one this node has no peers.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub(crate) fn read(&self) -> Result<Nodes, String> {
        let file = self.file.display().to_string();
        let bytes = match std::fs::read(&self.file) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && !self.given => {
                return Ok(Nodes::default());
            }
            Err(error) => return Err(format!("{file}: error: {error}")),
        };
        let source = Source::from_bytes(&file, &bytes).map_err(|errors| errors.to_string())?;
        let vars = |name: &str| self.env.get(name);
        nodes(source, &vars).map_err(|errors| errors.summary())
    }

    /// What tells an edited file from the one that was read. Taken before reading: an edit in
    /// between is then seen as one.
    pub(crate) fn mark(&self) -> Mark {
        let found = std::fs::metadata(&self.file).ok()?;
        Some((found.modified().ok()?, found.len()))
    }
}

/// When a file was changed last, and its length in bytes; absent when there is none.
pub(crate) type Mark = Option<(SystemTime, u64)>;

/// The cluster before anything was heard.
pub(crate) fn cluster(nodes: &Nodes, trouble: Option<String>) -> Cluster {
    let peers = nodes.peers.iter().filter(|peer| peer.enabled);
    Cluster {
        identity: identity(nodes),
        peers: peers.map(|peer| Arc::new(unheard(peer))).collect(),
        trouble,
    }
}

fn unheard(peer: &PeerNode) -> Peer {
    Peer {
        id: peer.id.clone(),
        name: peer.name.clone().unwrap_or_else(|| peer.id.clone()),
        address: peer.base_url.to_string().trim_end_matches('/').to_owned(),
        heard: None,
        error: None,
    }
}

fn identity(nodes: &Nodes) -> Identity {
    let id = nodes.id.clone().unwrap_or_else(hostname);
    Identity { name: nodes.name.clone().unwrap_or_else(|| id.clone()), id }
}

fn hostname() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let name = name.trim();
    if name.is_empty() { "localhost".to_owned() } else { name.to_owned() }
}

/// What one task after another needs.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) sender: Arc<watch::Sender<Cluster>>,
    pub(crate) clock: Clock,
}

/// Asks the peers for ever; they are those of `nodes` until the file is not as it was `seen`.
pub(crate) async fn run(line: Line, membership: Membership, nodes: Nodes, mut seen: Mark) {
    // Dropping the set ends its tasks.
    let mut _calls = dial(&line, &nodes);
    loop {
        sleep(LOOK_EVERY).await;
        let mark = membership.mark();
        if mark == seen {
            continue;
        }
        seen = mark;
        match membership.read() {
            Ok(nodes) => {
                line.sender.send_modify(|known| *known = moved(known, &nodes));
                _calls = dial(&line, &nodes);
            }
            Err(error) => {
                tracing::warn!("the peers stay as they were: {error}");
                line.sender.send_modify(|known| known.trouble = Some(error));
            }
        }
    }
}

/// The cluster of another configuration, with what is known of the peers that stay.
fn moved(known: &Cluster, nodes: &Nodes) -> Cluster {
    let mut next = cluster(nodes, None);
    for peer in &mut next.peers {
        let same = |old: &&Arc<Peer>| old.id == peer.id && old.address == peer.address;
        if let Some(old) = known.peers.iter().find(same) {
            let (heard, error) = (old.heard.clone(), old.error.clone());
            *peer = Arc::new(Peer { heard, error, ..(**peer).clone() });
        }
    }
    next
}

fn dial(line: &Line, nodes: &Nodes) -> JoinSet<()> {
    let mut calls = JoinSet::new();
    for peer in nodes.peers.iter().filter(|peer| peer.enabled) {
        calls.spawn(call(line.clone(), peer.clone(), nodes.refresh));
    }
    calls
}

async fn call(line: Line, peer: PeerNode, refresh: Duration) {
    let (mut failures, mut turns) = (0, 0);
    let mut month = None;
    loop {
        if turns % MONTH_EVERY == 0 {
            month = account(&peer, Range::Month).await.ok().map(Arc::new).or(month);
        }
        let heard = hear(&line, &peer, month.clone()).await;
        (failures, turns) = if heard.is_ok() { (0, turns + 1) } else { (failures + 1, 0) };
        note(&line, &peer.id, heard);
        sleep(wait(refresh, failures)).await;
    }
}

/// The wait after so many failures in a row: twice as long after each but the first.
fn wait(refresh: Duration, failures: u32) -> Duration {
    let doubled = refresh.saturating_mul(1 << failures.saturating_sub(1).min(10));
    doubled.min(LONGEST.max(refresh))
}

async fn hear(line: &Line, peer: &PeerNode, month: Option<Arc<Account>>) -> Result<Heard, String> {
    let status: Value = fetch::get(peer, "/api/node/status").await?;
    let day = account(peer, Range::Day).await?;
    Heard::read(line.clock.now(), status, day, month)
}

async fn account(peer: &PeerNode, range: Range) -> Result<Account, String> {
    let query = format!("?range={}", range.word());
    let history = fetch::get(peer, &format!("/api/node/history{query}")).await?;
    let uptime = fetch::get(peer, &format!("/api/node/uptime{query}")).await?;
    Account::read(history, uptime)
}

/// Notes what came of an attempt. What was known stays when it failed.
fn note(line: &Line, id: &str, heard: Result<Heard, String>) {
    line.sender.send_modify(|cluster| {
        if let Some(peer) = cluster.peers.iter_mut().find(|peer| peer.id == id) {
            let known = (**peer).clone();
            if let Err(error) = heard.as_ref()
                && known.error.as_ref() != Some(error)
            {
                tracing::warn!(peer = id, "sync error: {error}");
            }
            *peer = Arc::new(match heard {
                Ok(heard) => Peer { heard: Some(Arc::new(heard)), error: None, ..known },
                Err(error) => Peer { error: Some(error), ..known },
            });
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_that_fails_is_asked_less_and_less_often_but_not_never() {
        let minute = Duration::from_secs(60);
        let waits: Vec<_> = (0..7).map(|n| wait(minute, n).as_secs()).collect();
        assert_eq!(waits, [60, 60, 120, 240, 480, 600, 600]);
        assert_eq!(wait(Duration::from_secs(3600), 9).as_secs(), 3600);
    }
}
