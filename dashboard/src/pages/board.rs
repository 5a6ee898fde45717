//! `/`: how everything is, every check, and the results of the last day.
//! Past a few dozen checks the healthy ones shrink to names, so that the page stays small.

use askama::Template;

use crate::{
    app::{Look, Seen},
    overview::{Caution, Overview, cautions},
    pages::{Choice, Frame, Linked, clip, results::Results, tile::Tile},
    query::{Filter, check_path},
    refusal::Refusal,
    shown::Shown,
};

/// The most checks that all get a tile of their own.
const ALL_TILES: usize = 24;
/// The tiles for trouble when there are more checks than that.
const TROUBLE_TILES: usize = 8;
/// What all tiles may weigh, what one weighs without its strip, and what a cell of it weighs.
const TILES_BYTES: usize = 27_000;
const TILE_BYTES: usize = 1_100;
const CELL_BYTES: usize = 58;
/// The most and the fewest cycles that a strip shows.
const MOST: usize = 60;
const FEWEST: usize = 8;
/// The names of checks without a tile on one page.
const NAMES: usize = 150;

#[derive(Template)]
#[template(path = "board.html", whitespace = "minimize")]
struct BoardPage {
    frame: Frame,
    overview: Overview,
    cautions: Vec<Caution>,
    empty: Option<(String, String)>,
    wall: Wall,
    results: Results,
}

/// The checks: tiles, and names for those without one.
#[derive(Debug)]
struct Wall {
    tiles: Vec<Tile>,
    groups: Vec<Group>,
    /// The other pages of names.
    links: Vec<Choice>,
}

/// Checks of one word, by name.
#[derive(Debug)]
struct Group {
    shown: Shown,
    /// How many there are, on all pages.
    total: usize,
    chips: Vec<Linked>,
}

pub(crate) fn render(look: &Look<'_>, filter: Filter) -> Result<String, Refusal> {
    let overview = Overview::of(look);
    let title = "Regular / Morning Checks".to_owned();
    let page = BoardPage {
        frame: Frame::new(look, title, "/", overview.colour),
        empty: (overview.total == 0).then(|| look.places()),
        overview,
        cautions: cautions(look),
        wall: Wall::of(look, &filter),
        results: Results::of(look, filter, "/", None),
    };
    Ok(page.render()?)
}

impl Wall {
    fn of(look: &Look<'_>, filter: &Filter) -> Self {
        let (tiled, named) = split(look.checks());
        let cycles = cycles(tiled.len(), named.len());
        let pages = named.len().div_ceil(NAMES);
        let page = filter.names.min(pages.max(1));
        let on_page = named.chunks(NAMES).nth(page - 1).unwrap_or_default();
        let group = |word: Shown| Group::of(word, &named, on_page);
        Self {
            tiles: tiled.iter().map(|seen| Tile::of(look, seen, cycles)).collect(),
            groups: Shown::ALL.into_iter().filter_map(group).collect(),
            links: if pages > 1 { links(filter, page, pages) } else { Vec::new() },
        }
    }
}

fn links(filter: &Filter, here: usize, pages: usize) -> Vec<Choice> {
    let link = |page: usize| Choice {
        value: Filter { names: page, ..filter.clone() }.link("/", filter.show, filter.page),
        label: page.to_string(),
        chosen: page == here,
    };
    (1..=pages).map(link).collect()
}

impl Group {
    fn of(shown: Shown, named: &[Seen<'_>], on_page: &[Seen<'_>]) -> Option<Self> {
        let chip = |seen: &Seen<'_>| Linked {
            href: check_path(seen.name.as_str()),
            title: clip(seen.name.as_str(), 40),
        };
        let alike = |seen: &&Seen<'_>| seen.shown == shown;
        let chips: Vec<_> = on_page.iter().filter(alike).map(chip).collect();
        let total = named.iter().filter(alike).count();
        (!chips.is_empty()).then_some(Self { shown, total, chips })
    }
}

/// Which checks get a tile and which only their name.
fn split(checks: Vec<Seen<'_>>) -> (Vec<Seen<'_>>, Vec<Seen<'_>>) {
    if checks.len() <= ALL_TILES {
        return (checks, Vec::new());
    }
    let (mut trouble, mut fine): (Vec<_>, Vec<_>) =
        checks.into_iter().partition(|seen| seen.shown.is_trouble());
    trouble.sort_by_key(|seen| (seen.shown, seen.entry.severity, seen.entry.position));
    let untold = trouble.split_off(trouble.len().min(TROUBLE_TILES));
    fine.splice(0..0, untold);
    (trouble, fine)
}

/// How many cycles a strip shows, so that all tiles together stay within [`TILES_BYTES`].
fn cycles(tiles: usize, named: usize) -> usize {
    let room = TILES_BYTES / tiles.max(1);
    let cycles = room.saturating_sub(TILE_BYTES) / CELL_BYTES;
    if named > 0 || cycles < FEWEST { 0 } else { cycles.min(MOST) }
}
