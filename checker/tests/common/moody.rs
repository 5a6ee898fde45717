//! A receiver that answers as it is told to, and repeats in its answer what it was sent.

#![expect(clippy::unwrap_used, reason = "a helper of tests may panic")]

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU16, Ordering},
};

use axum::{Router, body::Bytes, extract::State, http::HeaderMap, http::StatusCode, http::Uri};

use crate::recorder::Seen;

/// An HTTP server on loopback that keeps what it is sent. It wants to be left alone for 17 s
/// whenever it does not answer 200.
#[derive(Clone, Debug)]
pub(crate) struct Moody {
    pub(crate) base: String,
    status: Arc<AtomicU16>,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Moody {
    pub(crate) async fn answering(status: u16) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let moody = Self { base, status: Arc::new(status.into()), seen: Arc::default() };
        let app = Router::new().fallback(answer).with_state(moody.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        moody
    }

    pub(crate) fn answer(&self, status: u16) {
        self.status.store(status, Ordering::SeqCst);
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

async fn answer(
    State(moody): State<Moody>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, String) {
    let status = StatusCode::from_u16(moody.status.load(Ordering::SeqCst)).unwrap();
    let login = headers.get("authorization").map_or("", |value| value.to_str().unwrap());
    let echo = format!("{login} {uri}");
    let said = serde_json::json!({"echo": echo, "parameters": {"retry_after": 17}});
    let body = String::from_utf8(body.to_vec()).unwrap();
    moody.seen.lock().unwrap().push(Seen { path: uri.path().to_owned(), headers, body });
    (status, said.to_string())
}
