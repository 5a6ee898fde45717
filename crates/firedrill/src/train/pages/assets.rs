//! The style sheet and the script, compiled in. Their names carry a hash of their content, so that
//! browsers may keep them for ever. The look is that of the board.

use axum::{
    extract::Path,
    response::{IntoResponse, Response},
};
use http::{StatusCode, header};

use super::refusal::Refusal;

/// What the pages of training add to the look of the board.
const OWN: &str = include_str!("style.css");

/// The whole style sheet.
pub(super) fn sheet() -> String {
    [dashboard::LOOK, crate::report::html::PICTURE, OWN].concat()
}

/// The address of the style sheet.
pub(super) fn style() -> String {
    format!("/static/training-{:08x}.css", fingerprint(&sheet()))
}

/// The address of the script.
pub(super) fn script() -> String {
    format!("/static/live-{:08x}.js", fingerprint(dashboard::LIVE))
}

/// `GET /static/{name}`.
pub(super) async fn serve(Path(name): Path<String>) -> Response {
    let at = format!("/static/{name}");
    let (kind, text) = match at {
        at if at == style() => ("text/css; charset=utf-8", sheet()),
        at if at == script() => ("text/javascript; charset=utf-8", dashboard::LIVE.to_owned()),
        at => return Refusal::NoSuchPage(at).into_response(),
    };
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
    ];
    (StatusCode::OK, headers, text).into_response()
}

/// FNV-1a, 32 bits: enough to tell one version of a file from the next.
fn fingerprint(text: &str) -> u32 {
    let step = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    text.bytes().fold(0x811c_9dc5, step)
}
