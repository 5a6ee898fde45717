//! The style sheet, the script and the icons, compiled in. Their names carry a hash of their
//! content, so that browsers may keep them for ever and an update still shows at once.

use axum::{
    extract::Path,
    response::{IntoResponse, Response},
};
use http::{StatusCode, header};

use crate::shown::Colour;

/// One file of the pages.
#[derive(Clone, Copy, Debug)]
struct Asset {
    stem: &'static str,
    ending: &'static str,
    kind: &'static str,
    bytes: &'static str,
}

/// The colours, the letters and the head of all pages, for programs whose pages are to look alike.
pub const LOOK: &str = include_str!("../assets/look.css");

/// The script that keeps the parts of a page marked `data-live` up to date.
pub const LIVE: &str = include_str!("../assets/live.js");

const STYLE: Asset = Asset {
    stem: "board",
    ending: "css",
    kind: "text/css; charset=utf-8",
    bytes: concat!(include_str!("../assets/look.css"), include_str!("../assets/board.css")),
};
const SCRIPT: Asset =
    Asset { stem: "live", ending: "js", kind: "text/javascript; charset=utf-8", bytes: LIVE };
const ICONS: [Asset; 4] = [
    icon("green", include_str!("../assets/green.svg")),
    icon("amber", include_str!("../assets/amber.svg")),
    icon("red", include_str!("../assets/red.svg")),
    icon("grey", include_str!("../assets/grey.svg")),
];

const fn icon(stem: &'static str, bytes: &'static str) -> Asset {
    Asset { stem, ending: "svg", kind: "image/svg+xml", bytes }
}

impl Asset {
    fn name(&self) -> String {
        format!("{}-{:08x}.{}", self.stem, fingerprint(self.bytes), self.ending)
    }

    fn address(&self) -> String {
        format!("/static/{}", self.name())
    }
}

/// The address of the style sheet.
pub(crate) fn style() -> String {
    STYLE.address()
}

/// The style sheet of the public page: that of the board, and what it adds.
pub(crate) fn public_style() -> String {
    [STYLE.bytes, include_str!("../assets/public.css")].concat()
}

/// The icon of a colour.
pub(crate) fn icon_of(colour: Colour) -> &'static str {
    let of_colour = ICONS.into_iter().find(|icon| icon.stem == colour.class());
    of_colour.map_or("", |icon| icon.bytes)
}

/// The address of the script.
pub(crate) fn script() -> String {
    SCRIPT.address()
}

/// The address of the icon in the tab of the browser.
pub(crate) fn favicon(colour: Colour) -> String {
    let of_colour = ICONS.into_iter().find(|icon| icon.stem == colour.class());
    of_colour.map_or_else(String::new, |icon| icon.address())
}

/// `GET /static/{name}`.
pub(crate) async fn serve(Path(name): Path<String>) -> Response {
    let found = [STYLE, SCRIPT].into_iter().chain(ICONS).find(|asset| asset.name() == name);
    let Some(asset) = found else {
        return (StatusCode::NOT_FOUND, "There is no such file.\n").into_response();
    };
    let headers = [
        (header::CONTENT_TYPE, asset.kind),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
    ];
    (headers, asset.bytes).into_response()
}

/// The widget and its page keep their names, because pages of others name them; so browsers ask
/// whether they have changed.
const WIDGET: [(&str, &str); 2] = [
    ("status.js", include_str!("../assets/status.js")),
    ("admin_status.js", include_str!("../assets/admin_status.js")),
];
const ADMIN_PAGE: &str = include_str!("../assets/admin_status.html");

/// `GET /static/js/{name}`.
pub(crate) async fn serve_widget(Path(name): Path<String>) -> Response {
    match WIDGET.iter().find(|(own, _)| *own == name) {
        Some((_, text)) => plain(SCRIPT.kind, text),
        None => (StatusCode::NOT_FOUND, "There is no such file.\n").into_response(),
    }
}

/// `GET /static/admin_status.html`.
pub(crate) async fn admin_page() -> Response {
    plain("text/html; charset=utf-8", ADMIN_PAGE)
}

fn plain(kind: &'static str, text: &'static str) -> Response {
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "no-cache")], text).into_response()
}

/// FNV-1a, 32 bits: enough to tell one version of a file from the next.
const fn fingerprint(text: &str) -> u32 {
    let bytes = text.as_bytes();
    let (mut hash, mut at) = (0x811c_9dc5_u32, 0);
    while at < bytes.len() {
        hash = (hash ^ bytes[at] as u32).wrapping_mul(0x0100_0193);
        at += 1;
    }
    hash
}
