//! `/api/node/*`, `/api/cluster` and the older `/api/history` and `/api/uptime`: this machine as a
//! node of a cluster, and the cluster as this machine knows it. Pure.

use serde_json::{Value, json};

use crate::{
    app::Look,
    cluster::{Cluster, entries, local, model::Node, range::Range, range::Window},
};

/// Which part of a node is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// The newest of everything.
    Status,
    /// What was found, sample by sample.
    History,
    /// How long each service was up.
    Uptime,
    /// The same as a bare list.
    BareHistory,
    /// The same as a bare list.
    BareUptime,
}

/// A part of this machine.
pub(crate) fn body(look: &Look<'_>, cluster: &Cluster, part: Part, range: Range) -> Value {
    let window = range.until(look.now);
    let node = local::node(look, &cluster.identity, window);
    match part {
        Part::Status => status(look, &node),
        Part::History => {
            let (history, step) = entries::of(&node, window);
            let step = step.as_secs_f64();
            let own = json!({"node": local::card(&node), "history": history, "step_seconds": step});
            with_range(own, look, range, window)
        }
        Part::Uptime => {
            let own = json!({"node": local::card(&node), "services": local::services(&node)});
            with_range(own, look, range, window)
        }
        Part::BareHistory => entries::of(&node, window).0,
        Part::BareUptime => local::services(&node),
    }
}

/// Everything that is known of all nodes, this one first.
pub(crate) fn cluster(look: &Look<'_>, cluster: &Cluster, range: Range) -> Value {
    let window = range.until(look.now);
    let node = local::node(look, &cluster.identity, window);
    let mut nodes = vec![entry(&node, window)];
    nodes.extend(cluster.peers.iter().map(|peer| peer.entry(range)));
    with_range(json!({"nodes": nodes}), look, range, window)
}

fn status(look: &Look<'_>, node: &Node) -> Value {
    let mut body = json!({
        "node": local::card(node),
        "status": local::status(node),
        "generated_at": look.now,
    });
    if let Some(found) = &node.connectivity {
        body["connectivity"] = local::reach(found);
    }
    body
}

fn entry(node: &Node, window: Window) -> Value {
    let targets: Vec<_> =
        node.services.iter().map(|one| json!({"id": one.id, "name": one.name})).collect();
    json!({
        "node": local::card(node),
        "status": local::status(node),
        "connectivity": node.connectivity.as_ref().map(local::reach),
        "history": entries::of(node, window).0,
        "services": local::services(node),
        "targets": targets,
        "updated_at": node.updated_at,
        "source": "local",
    })
}

fn with_range(mut body: Value, look: &Look<'_>, range: Range, window: Window) -> Value {
    body["generated_at"] = json!(look.now);
    body["range"] = json!(range.word());
    body["range_start"] = json!(window.from);
    body["range_end"] = json!(window.until);
    body
}
