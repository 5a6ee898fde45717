//! What needs somebody: failing services, a probe of the network that failed, peers that cannot be
//! reached, and names that are not unique. Pure.

use std::collections::BTreeMap;

use engine::Timestamp;

use crate::{
    cluster::{Cluster, model::Node, peer::Peer},
    shown::Shown,
    zone::{Zone, ago},
};

/// One line of the list.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Incident {
    pub(crate) shown: Shown,
    /// What, in a few words.
    pub(crate) title: String,
    /// Why.
    pub(crate) text: String,
}

impl Incident {
    fn new(shown: Shown, title: String, text: impl Into<String>) -> Self {
        Self { shown, title, text: text.into() }
    }
}

/// Everything, worst first. `nodes` are this machine and then its peers, in order.
pub(crate) fn of(cluster: &Cluster, nodes: &[Node], zone: &Zone, now: Timestamp) -> Vec<Incident> {
    let mut all: Vec<_> = cluster.peers.iter().filter_map(|peer| silent(peer, zone, now)).collect();
    all.extend(nodes.iter().flat_map(services));
    all.extend(nodes.iter().filter_map(probe));
    all.extend(duplicates(cluster));
    all.extend(cluster.trouble.as_ref().map(|error| {
        Incident::new(Shown::Warn, "The configuration of the peers is unusable".into(), error)
    }));
    all.sort_by_key(|incident| incident.shown);
    all
}

fn services(node: &Node) -> impl Iterator<Item = Incident> {
    let failing = node.services.iter().filter(|one| !one.ok && one.state != "pending");
    failing.map(|one| {
        let shown = match one.state.as_str() {
            "warn" | "activating" | "reloading" | "deactivating" => Shown::Warn,
            "unknown" => Shown::Unknown,
            "stale" => Shown::Stale,
            _ => Shown::Fail,
        };
        let state = if one.state == "fail" { "failing" } else { &one.state };
        let title = format!("{} - {} is {state}", node.name, one.name);
        Incident::new(shown, title, one.error.clone().unwrap_or_default())
    })
}

fn probe(node: &Node) -> Option<Incident> {
    let found = node.connectivity.as_ref().filter(|found| !found.ok)?;
    let title = format!("{} - connectivity failed", node.name);
    let error = found.error.as_deref().unwrap_or("no answer");
    Some(Incident::new(Shown::Fail, title, format!("{}: {error}", found.target)))
}

fn silent(peer: &Peer, zone: &Zone, now: Timestamp) -> Option<Incident> {
    let error = peer.error.as_ref()?;
    let kept = match &peer.heard {
        Some(heard) => {
            let at = zone.moment(heard.at, now).clock;
            format!("{error}. What is shown of it is from {at}, {}.", ago(heard.at, now))
        }
        None => format!("{error}. It was never heard of."),
    };
    Some(Incident::new(Shown::Fail, format!("{} - sync error", peer.title()), kept))
}

/// Ids that more than one node says are its own.
fn duplicates(cluster: &Cluster) -> Vec<Incident> {
    let mut owners: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let me = &cluster.identity;
    owners.entry(&me.id).or_default().push(&me.name);
    for peer in &cluster.peers {
        if let Some(heard) = &peer.heard {
            owners.entry(&heard.id).or_default().push(peer.title());
        }
    }
    let shared = owners.into_iter().filter(|(_, owners)| owners.len() > 1);
    let told = shared.map(|(id, owners)| {
        let text = format!(
            "{} all say that they are {id}; give each its own node_id.",
            owners.join(" and ").replace(" and ", ", ")
        );
        Incident::new(Shown::Warn, format!("duplicate node_id {id}"), text)
    });
    told.collect()
}
