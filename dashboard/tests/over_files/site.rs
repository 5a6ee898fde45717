//! A board over files in memory, in virtual time, asked through its router.

use std::{path::Path, sync::Arc};

use axum::{Router, body::Body};
use dashboard::{App, Clock, Key, router};
use engine::Timestamp;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use store::{MemoryDisk, Paths};
use tower::ServiceExt;

use crate::history::History;

const FOLDER: &str = "/data";

/// A board and the disk that it reads. Make it inside a runtime with paused time.
#[derive(Debug)]
pub(crate) struct Site {
    pub(crate) disk: MemoryDisk,
    pub(crate) app: App,
    router: Router,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.text).expect("the answer is JSON")
    }

    /// Whether the page has it, as markup.
    pub(crate) fn has(&self, part: &str) -> bool {
        self.text.contains(part)
    }
}

impl Site {
    /// A board at `now` over the files of `history`.
    pub(crate) fn at(now: Timestamp, history: &History) -> Self {
        let site = Self::empty(now, None);
        site.write(history);
        site
    }

    /// A board at `now` over nothing.
    pub(crate) fn empty(now: Timestamp, key: Option<&str>) -> Self {
        let disk = MemoryDisk::default();
        let paths = Paths::in_folder(Path::new(FOLDER));
        let key = key.map(|key| Key::new(key.to_owned()));
        let app = App::new(paths, Arc::new(disk.clone()), Clock::starting_at(now), key);
        Self { disk, router: router(app.clone()), app }
    }

    pub(crate) fn write(&self, history: &History) {
        self.put("results.jsonl", &history.results);
        self.put("state.json", &history.state());
    }

    pub(crate) fn put(&self, name: &str, bytes: &[u8]) {
        self.disk.put(&Path::new(FOLDER).join(name), bytes);
    }

    pub(crate) async fn get(&self, address: &str) -> Answer {
        self.ask(Request::get(address)).await
    }

    pub(crate) async fn ask(&self, request: http::request::Builder) -> Answer {
        ask(self.router.clone(), request).await
    }
}

/// What a router answers.
pub(crate) async fn ask(router: Router, request: http::request::Builder) -> Answer {
    let request = request.body(Body::empty()).expect("a request");
    let response = router.oneshot(request).await.expect("routers do not fail");
    let (head, body) = response.into_parts();
    let bytes = body.collect().await.expect("a body in memory").to_bytes();
    let text = String::from_utf8(bytes.to_vec()).expect("pages are UTF-8");
    Answer { status: head.status, headers: head.headers, text }
}
