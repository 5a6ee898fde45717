//! `/kiosk`: the tiles alone, as large as the screen allows, for a display on the wall.

use askama::Template;

use crate::{
    app::{Look, Seen},
    overview::Overview,
    pages::{Frame, tile::Tile},
    refusal::Refusal,
    shown::Shown,
};

/// The most tiles that can be read from across a room.
const SEATS: usize = 24;

#[derive(Template)]
#[template(path = "kiosk.html", whitespace = "minimize")]
struct KioskPage {
    frame: Frame,
    overview: Overview,
    columns: usize,
    tiles: Vec<Tile>,
    /// The worst word of the checks without a tile, and how many they are.
    hidden: Option<(Shown, usize)>,
}

pub(crate) fn render(look: &Look<'_>) -> Result<String, Refusal> {
    let overview = Overview::of(look);
    let (seated, hidden) = seat(look.checks());
    let page = KioskPage {
        frame: Frame::new(look, "Checks".to_owned(), "/kiosk", overview.colour),
        columns: columns(seated.len() + usize::from(hidden.is_some())),
        tiles: seated.iter().map(|seen| Tile::of(look, seen, 0)).collect(),
        overview,
        hidden,
    };
    Ok(page.render()?)
}

/// A check and what its tile says, for those that have a seat; and the rest.
type Seating<'a> = (Vec<Seen<'a>>, Option<(Shown, usize)>);

/// Seats all checks or, when they are too many, the worst.
fn seat(mut checks: Vec<Seen<'_>>) -> Seating<'_> {
    if checks.len() <= SEATS {
        return (checks, None);
    }
    checks.sort_by_key(|seen| (seen.shown, seen.entry.severity, seen.entry.position));
    let rest = checks.split_off(SEATS - 1);
    let hidden = rest.first().map(|worst| (worst.shown, rest.len()));
    (checks, hidden)
}

const fn columns(tiles: usize) -> usize {
    match tiles {
        0 | 1 => 1,
        2..=4 => 2,
        5..=9 => 3,
        10..=16 => 4,
        17..=20 => 5,
        _ => 6,
    }
}
