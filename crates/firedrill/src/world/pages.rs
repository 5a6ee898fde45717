//! Asks the real board for a page, over the files that the checker has written so far.

use std::{path::Path, sync::Arc};

use axum::body::Body;
use http::Request;
use store::Paths;
use tower::ServiceExt as _;

use super::World;
use crate::played::PageSeen;

/// The most of a page that is kept.
const KEPT: usize = 4 << 20;

/// What the board answers now, by the clock of the checker's machine.
pub(super) async fn ask(world: &World, path: &str) -> PageSeen {
    let at = world.now();
    let clock = dashboard::Clock::starting_at(world.clock.now().wall);
    let paths = Paths::in_folder(Path::new(""));
    let app = dashboard::App::new(paths, Arc::new(world.memory.clone()), clock, None);
    let failed = |body: String| PageSeen { at, status: 0, body };
    let request = Request::get(path).header("host", "127.0.0.1:8501").body(Body::empty());
    let request = match request {
        Ok(request) => request,
        Err(error) => return failed(format!("this is no path: {error}")),
    };
    let Ok(answer) = dashboard::router(app).oneshot(request).await;
    let status = answer.status().as_u16();
    match axum::body::to_bytes(answer.into_body(), KEPT).await {
        Ok(body) => PageSeen { at, status, body: String::from_utf8_lossy(&body).into_owned() },
        Err(error) => failed(format!("the page cannot be read: {error}")),
    }
}
