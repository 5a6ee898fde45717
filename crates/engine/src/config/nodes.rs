//! The words in which a node of a cluster is described: its name, its peers, the services that it
//! watches and its probe of the network. They stand at the top level of the file, as in the files
//! that they come from, and may stand beside `checks`.

use std::{sync::Arc, time::Duration};

use url::Url;

use crate::config::{
    check::{Names, defaults},
    context::{Context, Node},
    diagnostic::Errors,
    endpoint::Endpoint,
    expand::Variables,
    global::Inherited,
    parse::tree,
    section::Section,
    source::Source,
    systemd::SystemdSpec,
    table::{
        Kind,
        Need::{Default, Optional, Required},
        Table,
    },
    tables::{LIMIT, POSITIVE, ROOT, key},
    tcp,
    types::{Check, Spec},
    unit,
    yaml::Yaml,
};

/// The name of the check that `monitor_dns` stands for.
pub const MONITOR_DNS: &str = "monitor_dns";

/// The wait between two looks at a peer where none is written.
const REFRESH: Duration = Duration::from_secs(60);

pub(super) static TARGET: Table = Table {
    name: "target",
    about: "A systemd unit.",
    keys: &[
        key("id", Kind::Name, Required, "Unique; the key of everything that is stored."),
        key("name", Kind::Text, Optional, "What pages show instead of the id."),
        key("service", Kind::Text, Required, "The unit, such as `nginx.service`."),
        key("timeout_seconds", LIMIT, Default("15"), "The limit of one look, in seconds."),
        key("use_sudo", Kind::Bool, Default("false"), "Whether it is asked through `sudo -n`."),
    ],
};

pub(super) static PROBE: Table = Table {
    name: "monitor_dns",
    about: "A TCP connect that tells whether the node reaches the world.",
    keys: &[
        key("enabled", Kind::Bool, Default("false"), "Whether it is made."),
        key("target", Kind::Endpoint, Default("\"1.1.1.1\""), "Host and port; 53 when none."),
        key("interval_seconds", POSITIVE, Default("60"), "Seconds from one to the next."),
        key("timeout_seconds", LIMIT, Default("4"), "The limit of one, in seconds."),
    ],
};

pub(super) static PEER: Table = Table {
    name: "peer",
    about: "Another node.",
    keys: &[
        key("id", Kind::Name, Required, "Unique among the peers."),
        key("name", Kind::Text, Optional, "What pages show instead of the id."),
        key("base_url", Kind::Url, Required, "Where its dashboard answers."),
        key("enabled", Kind::Bool, Default("true"), "Whether it is asked."),
        key("api_key", Kind::Text, Optional, "Its API_KEY, where it has one."),
    ],
};

/// A node and its cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nodes {
    /// Unique in the cluster; absent means the name of the host.
    pub id: Option<String>,
    /// For people.
    pub name: Option<String>,
    /// The folder of `status_history.json`.
    pub data_directory: String,
    /// The wait between two looks at a peer.
    pub refresh: Duration,
    /// The names of the checks that `targets` stand for, in order.
    pub targets: Vec<String>,
    /// The other nodes, in order, those that are switched off included.
    pub peers: Vec<PeerNode>,
}

/// Another node.
#[derive(Clone, PartialEq, Eq)]
pub struct PeerNode {
    /// Unique among the peers.
    pub id: String,
    /// For people.
    pub name: Option<String>,
    /// Where its dashboard answers.
    pub base_url: Url,
    /// Whether it is asked.
    pub enabled: bool,
    /// What opens it; a secret.
    pub api_key: Option<String>,
}

impl std::fmt::Debug for PeerNode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PeerNode").field("id", &self.id).finish_non_exhaustive()
    }
}

impl std::default::Default for Nodes {
    fn default() -> Self {
        Self {
            id: None,
            name: None,
            data_directory: ".dist/data".to_owned(),
            refresh: REFRESH,
            targets: Vec::new(),
            peers: Vec::new(),
        }
    }
}

/// Reads only what a file says of nodes, for a program that runs no checks and may not know their
/// variables.
///
/// # Errors
/// What is wrong with that part of the file, by position.
pub fn nodes(source: Source<'_>, vars: Variables<'_>) -> Result<Nodes, Errors> {
    let tree = tree(source)?;
    let context = Context::new(vars);
    let root =
        Node { context: &context, yaml: &tree, path: Vec::new(), key: source.file, is_item: false };
    let found = Section::open(&root, &ROOT).map(|root| read(&root)).unwrap_or_default();
    context.finish(source).map(|_warnings| found)
}

/// Reads the keys of nodes. What is wrong in them has been reported.
pub(super) fn read(root: &Section<'_>) -> Nodes {
    let default = Nodes::default();
    let targets = listed(root, "targets");
    Nodes {
        id: root.name_text("node_id"),
        name: root.text("node_name"),
        data_directory: root.text("data_directory").unwrap_or(default.data_directory),
        refresh: root.seconds("peer_refresh_seconds").unwrap_or(REFRESH),
        targets: targets
            .iter()
            .filter_map(|target| Some(target.find("id")?.written().to_owned()))
            .collect(),
        peers: peers(root),
    }
}

/// The items of a list; a key without a value is an empty one.
fn listed<'a>(root: &Section<'a>, key: &str) -> Vec<Section<'a>> {
    let empty = root.find(key).is_none_or(|node| matches!(node.yaml, Yaml::Null));
    if empty { Vec::new() } else { root.sections(key) }
}

fn peers(root: &Section<'_>) -> Vec<PeerNode> {
    let mut names = Names::new(root.context, "peers");
    listed(root, "peers").iter().filter_map(|peer| one_peer(peer, &mut names)).collect()
}

fn one_peer(peer: &Section<'_>, names: &mut Names<'_>) -> Option<PeerNode> {
    let id = peer.name_text("id");
    if let (Some(id), Some(node)) = (&id, peer.find("id")) {
        names.take(&node, id);
    }
    let name = peer.text("name");
    let base_url = peer.url("base_url");
    let enabled = peer.bool("enabled").unwrap_or(true);
    let api_key = peer.find("api_key").filter(|node| !matches!(node.yaml, Yaml::Null));
    let api_key = api_key.and_then(|_| peer.text("api_key"));
    let base_url = base_url.and_then(|url| plain(peer, url));
    Some(PeerNode { id: id?, name, base_url: base_url?, enabled, api_key })
}

/// An address that can be shown to everybody and that paths can be added to.
fn plain(peer: &Section<'_>, url: Url) -> Option<Url> {
    let node = peer.find("base_url")?;
    if !url.username().is_empty() || url.password().is_some() {
        let problem = node.problem("`base_url` must not hold a name or password");
        return node.refuse(problem.help("put the key of the peer into `api_key`"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        let problem = node.problem("`base_url` must not hold a query or fragment");
        return node.refuse(problem.help("such as http://192.168.55.120:8501"));
    }
    Some(url)
}

/// The checks that targets and the probe stand for.
pub(super) fn checks(
    root: &Section<'_>,
    inherited: &Inherited,
    names: &mut Names<'_>,
) -> Vec<Arc<Check>> {
    let every = Duration::from_secs(60 * root.int("interval_minutes").unwrap_or(5));
    let targets = listed(root, "targets");
    let checks = targets.iter().filter_map(|target| one_target(target, every, inherited, names));
    let mut checks: Vec<_> = checks.collect();
    checks.extend(probe(root, inherited, names));
    checks
}

/// The check that `monitor_dns` asks for, when it is switched on.
fn probe(root: &Section<'_>, inherited: &Inherited, names: &mut Names<'_>) -> Option<Arc<Check>> {
    let section = root.section("monitor_dns");
    let enabled = section.bool("enabled").unwrap_or(false);
    let target = if section.has("target") {
        section.endpoint("target", tcp::PORT)
    } else {
        Endpoint::parse("1.1.1.1", tcp::PORT).ok()
    };
    let every = section.seconds("interval_seconds").unwrap_or(Duration::from_secs(60));
    let timeout = section.seconds("timeout_seconds").unwrap_or(tcp::TIMEOUT);
    if let Some(node) = root.find("monitor_dns").filter(|_| enabled) {
        names.take(&node, MONITOR_DNS);
    }
    let target = target.filter(|_| enabled)?;
    let title = format!("TCP {target}");
    let check = defaults(MONITOR_DNS, every, timeout, inherited, Spec::Tcp(tcp::plain(target)?));
    Some(Arc::new(Check { display_name: Some(title), ..check }))
}

fn one_target(
    target: &Section<'_>,
    every: Duration,
    inherited: &Inherited,
    names: &mut Names<'_>,
) -> Option<Arc<Check>> {
    let id = target.name_text("id");
    if let (Some(id), Some(node)) = (&id, target.find("id")) {
        names.take(&node, id);
    }
    let display_name = target.text("name");
    let unit = unit::read(target, &["service"]);
    let use_sudo = target.bool("use_sudo").unwrap_or(false);
    let timeout = target.seconds("timeout_seconds").unwrap_or(Duration::from_secs(15));
    let spec = Spec::Systemd(SystemdSpec { unit: unit?, use_sudo });
    let check = defaults(&id?, every, timeout, inherited, spec);
    Some(Arc::new(Check { display_name, ..check }))
}
