//! The pages: one file each, and what they share. A page is built from one look at the store and
//! rendered whole; it works without JavaScript.

mod agent;
mod board;
mod check;
mod cluster;
mod datum;
mod kiosk;
mod ledger;
mod public;
mod results;
mod sheet;
mod strip;
mod tile;

pub(crate) use public::render as public;
pub(crate) use results::{PER_PAGE, SPAN, query};

use askama::Template;
use axum::{
    extract::{Path, RawQuery, State},
    response::{Html, IntoResponse, Response},
};
use http::{Method, Uri};

use crate::{
    app::{App, Look},
    assets,
    cluster::range::Range,
    query::{Filter, check_path},
    refusal::Refusal,
    shown::Colour,
};

/// What stands around every page.
#[derive(Debug)]
pub(crate) struct Frame {
    title: String,
    here: &'static str,
    icon: String,
    style: String,
    script: String,
    day: String,
    time: String,
    zone: String,
}

impl Frame {
    fn new(look: &Look<'_>, title: String, here: &'static str, colour: Colour) -> Self {
        Self {
            title,
            here,
            icon: assets::favicon(colour),
            style: assets::style(),
            script: assets::script(),
            day: look.zone.day(look.now),
            time: look.zone.time(look.now),
            zone: look.zone.label(look.now),
        }
    }
}

/// A link, an option or a tab.
#[derive(Debug)]
pub(crate) struct Choice {
    value: String,
    label: String,
    chosen: bool,
}

#[derive(Template)]
#[template(path = "refusal.html", whitespace = "minimize")]
struct RefusalPage {
    frame: Frame,
    title: &'static str,
    text: String,
    checks: Vec<Linked>,
}

/// The name of a check with its address.
#[derive(Debug)]
pub(crate) struct Linked {
    href: String,
    title: String,
}

/// `GET /`.
pub(crate) async fn board(State(app): State<App>, RawQuery(raw): RawQuery) -> Response {
    let built = Filter::of_page(raw.as_deref())
        .map_err(Refusal::from)
        .and_then(|filter| app.look(|look| board::render(look, filter)));
    reply(&app, built)
}

/// `GET /check/{name}`.
pub(crate) async fn check(
    State(app): State<App>,
    Path(name): Path<String>,
    RawQuery(raw): RawQuery,
) -> Response {
    let built = Filter::of_page(raw.as_deref())
        .map_err(Refusal::from)
        .and_then(|filter| app.look_back(Some(&name), |look| check::render(look, &name, filter)));
    reply(&app, built)
}

/// `GET /kiosk`.
pub(crate) async fn kiosk(State(app): State<App>) -> Response {
    let built = app.look(kiosk::render);
    reply(&app, built)
}

/// `GET /datum`.
pub(crate) async fn datum(State(app): State<App>) -> Response {
    let built = app.look(datum::render);
    reply(&app, built)
}

/// `GET /cluster`.
pub(crate) async fn cluster(State(app): State<App>, RawQuery(raw): RawQuery) -> Response {
    let built = Range::of_query(raw.as_deref()).map_err(Refusal::from).and_then(|range| {
        let cluster = app.cluster();
        app.look_over(range, |look| cluster::render(look, &cluster, range))
    });
    reply(&app, built)
}

/// `GET /agent`.
pub(crate) async fn agent(State(app): State<App>) -> Response {
    let (path, now) = (app.metrics().to_owned(), app.look(|look| look.now));
    let metrics = tokio::task::spawn_blocking(move || agent::read(&path, now)).await;
    let metrics = metrics.unwrap_or_else(|error| Err(error.to_string()));
    let built = app.look(|look| agent::render(look, &metrics));
    reply(&app, built)
}

/// Any other path.
pub(crate) async fn no_such_page(State(app): State<App>, uri: Uri) -> Response {
    refuse(&app, &uri, Refusal::NoSuchPage(uri.path().to_owned()))
}

/// Any other method.
pub(crate) async fn wrong_method(State(app): State<App>, method: Method, uri: Uri) -> Response {
    refuse(&app, &uri, Refusal::WrongMethod(method.to_string()))
}

fn refuse(app: &App, uri: &Uri, refusal: Refusal) -> Response {
    if uri.path().starts_with("/api/") { refusal.into_json() } else { reply(app, Err(refusal)) }
}

fn reply(app: &App, built: Result<String, Refusal>) -> Response {
    match built {
        Ok(page) => Html(page).into_response(),
        Err(refusal) => (refusal.status(), refusal_page(app, &refusal)).into_response(),
    }
}

fn refusal_page(app: &App, refusal: &Refusal) -> Response {
    let page = app.look(|look| RefusalPage {
        frame: Frame::new(look, refusal.title().to_owned(), "", Colour::Grey),
        title: refusal.title(),
        text: refusal.text(),
        checks: known_checks(look, refusal),
    });
    match page.render() {
        Ok(page) => Html(page).into_response(),
        Err(_template) => refusal.text().into_response(),
    }
}

fn known_checks(look: &Look<'_>, refusal: &Refusal) -> Vec<Linked> {
    if !matches!(refusal, Refusal::NoSuchCheck(_)) {
        return Vec::new();
    }
    let linked = |seen: &crate::app::Seen<'_>| Linked {
        href: check_path(seen.name.as_str()),
        title: seen.title().to_owned(),
    };
    look.checks().iter().take(500).map(linked).collect()
}

/// At most `limit` characters of a text.
pub(crate) fn clip(text: &str, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
        None => text.to_owned(),
    }
}
