//! `/cluster`: every node as a card with its services and their timelines, and what needs
//! somebody. Past a few dozen services a card shows the worst and says how many more there are; the
//! worst of these have timelines. However many there are, a page stays below 60 KB.

use askama::Template;

use crate::{
    app::Look,
    cluster::{
        Cluster,
        incidents::{self, Incident},
        local,
        model::{Node, Service},
        peer::Peer,
        range::{Range, Window},
        timeline::{Record, Segment, segments},
    },
    pages::{Choice, Frame},
    refusal::Refusal,
    shown::Colour,
    zone::{Moment, latency},
};

/// The most services of a card, and of all cards together.
const ROWS: usize = 24;
const ALL_ROWS: usize = 30;

/// The most timelines of all cards together: each has eighty segments with words of their own.
const LINES: usize = 10;

/// The most open problems that are listed.
const INCIDENTS: usize = 16;

#[derive(Template)]
#[template(path = "cluster.html", whitespace = "minimize")]
struct ClusterPage {
    frame: Frame,
    ranges: Vec<Choice>,
    incidents: Vec<Incident>,
    /// How many there are, listed or not.
    open: usize,
    cards: Vec<Card>,
}

/// One node.
struct Card {
    id: String,
    name: String,
    source: &'static str,
    colour: Colour,
    /// How many services are up, in words.
    headline: String,
    reach: Option<Reach>,
    updated: Option<Moment>,
    /// Why it could not be heard of.
    error: Option<String>,
    since: Option<Moment>,
    /// The edges of its timelines.
    ends: (String, String),
    rows: Vec<Row>,
    more: usize,
}

/// Whether a node reaches the world.
struct Reach {
    class: &'static str,
    target: String,
    said: String,
}

/// One service.
struct Row {
    name: String,
    state: String,
    class: &'static str,
    error: Option<String>,
    uptime: String,
    account: String,
    /// None for those that are only named.
    segments: Vec<Segment>,
}

/// How many services of a card are shown, and how many of these with a timeline.
#[derive(Clone, Copy, Debug)]
struct Room {
    rows: usize,
    lines: usize,
}

impl Room {
    /// The share of a card among those that have services at all.
    fn among(cards: usize) -> Self {
        Self { rows: (ALL_ROWS / cards).clamp(1, ROWS), lines: (LINES / cards).max(1) }
    }
}

pub(crate) fn render(look: &Look<'_>, cluster: &Cluster, range: Range) -> Result<String, Refusal> {
    let window = range.until(look.now);
    let mut nodes = vec![local::node(look, &cluster.identity, window)];
    nodes.extend(cluster.peers.iter().map(|peer| peer.node(range)));
    let mut incidents = incidents::of(cluster, &nodes, &look.zone, look.now);
    let open = incidents.len();
    incidents.truncate(INCIDENTS);
    let room = Room::among(nodes.iter().filter(|node| !node.services.is_empty()).count().max(1));
    let peers = std::iter::once(None).chain(cluster.peers.iter().map(|peer| Some(&**peer)));
    let cards = nodes.iter().zip(peers).map(|(node, peer)| {
        let heard = peer.and_then(|peer| peer.heard.as_ref());
        let window = heard.map_or(window, |heard| heard.window(range));
        Card::of(look, (node, peer), window, room)
    });
    let cards: Vec<_> = cards.collect();
    let worst = incidents.first().map_or(Colour::Green, |incident| incident.shown.colour());
    let page = ClusterPage {
        frame: Frame::new(look, "Cluster".to_owned(), "/cluster", worst),
        ranges: Range::ALL.map(|one| choice(one, range)).into(),
        incidents,
        open,
        cards,
    };
    Ok(page.render()?)
}

fn choice(one: Range, chosen: Range) -> Choice {
    Choice {
        value: format!("/cluster?range={}", one.word()),
        label: one.label().to_owned(),
        chosen: one == chosen,
    }
}

impl Card {
    fn of(
        look: &Look<'_>,
        (node, peer): (&Node, Option<&Peer>),
        window: Window,
        room: Room,
    ) -> Self {
        let error = peer.and_then(|peer| peer.error.clone());
        let moment = |at| look.zone.moment(at, look.now);
        let mut shown: Vec<&Service> = node.services.iter().collect();
        if shown.len() > room.lines {
            shown.sort_by_key(|service| service.ok);
        }
        let rows = shown.iter().take(room.rows).enumerate();
        let rows = rows.map(|(at, service)| Row::of(look, service, window, at < room.lines));
        Self {
            id: node.id.clone(),
            name: node.name.clone(),
            source: if peer.is_some() { "peer" } else { "this machine" },
            colour: colour(node, error.is_some()),
            headline: headline(node),
            reach: node.connectivity.as_ref().map(Reach::of),
            updated: node.updated_at.map(moment),
            since: since(node, window).map(moment),
            ends: (edge(look, window, window.from), edge(look, window, window.until)),
            rows: rows.collect(),
            more: node.services.len().saturating_sub(room.rows),
            error,
        }
    }
}

fn colour(node: &Node, stale: bool) -> Colour {
    let down = |service: &&Service| !service.ok && service.state != "pending";
    match node.services.iter().filter(down).count() {
        _ if stale || node.services.is_empty() => Colour::Grey,
        0 => Colour::Green,
        _ => Colour::Red,
    }
}

fn headline(node: &Node) -> String {
    let up = node.services.iter().filter(|service| service.ok).count();
    match node.services.len() {
        0 => "No services known".to_owned(),
        1 if up == 1 => "1 service up".to_owned(),
        1 => "1 service down".to_owned(),
        all if all == up => format!("All {all} services up"),
        all => format!("{up} of {all} services up"),
    }
}

/// When the samples of the window begin, if that is well after the window itself.
fn since(node: &Node, window: Window) -> Option<engine::Timestamp> {
    let firsts = node.services.iter().filter_map(|service| service.found.first());
    let first = firsts.map(|one| one.first).min()?;
    (first.since(window.from) > node.every * 3 / 2).then_some(first)
}

fn edge(look: &Look<'_>, window: Window, at: engine::Timestamp) -> String {
    let short = window.span().as_secs() <= 86_400;
    if short {
        format!("{} {}", look.zone.short_day(at), look.zone.minute(at))
    } else {
        look.zone.short_day(at)
    }
}

impl Reach {
    fn of(found: &crate::cluster::model::Connectivity) -> Self {
        let failed = || found.error.clone().unwrap_or_else(|| "no answer".to_owned());
        let well = || found.latency_ms.map_or_else(|| "reached".to_owned(), latency);
        Self {
            class: if found.ok { "s-ok" } else { "s-fail" },
            target: found.target.clone(),
            said: if found.ok { well() } else { failed() },
        }
    }
}

impl Row {
    fn of(look: &Look<'_>, service: &Service, window: Window, with_line: bool) -> Self {
        let record = Record { found: &service.found, every: service.every };
        let uptime = &service.uptime;
        Self {
            name: service.name.clone(),
            state: service.state.clone(),
            class: class(service),
            error: service.error.clone().filter(|error| *error != service.state),
            uptime: format!("{:.2} %", service.percent),
            account: format!(
                "{} passed, {} failed, {} missing",
                uptime.passing, uptime.failing, uptime.missing
            ),
            segments: if with_line { segments(record, window, &look.zone) } else { Vec::new() },
        }
    }
}

fn class(service: &Service) -> &'static str {
    match service.state.as_str() {
        "pending" => "s-pending",
        "stale" => "s-stale",
        "unknown" => "s-unknown",
        "warn" | "activating" | "reloading" | "deactivating" => "s-warn",
        _ if service.ok => "s-ok",
        _ => "s-fail",
    }
}
