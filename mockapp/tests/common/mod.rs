//! What the tests share: an app in virtual time asked through its router, and one on a real socket.
#![expect(dead_code, reason = "each test binary uses its own part")]
#![expect(clippy::unwrap_used, reason = "a test may fail where it stands")]

use axum::body::Body;
use http::{Request, Response, StatusCode};
use http_body_util::BodyExt;
use mockapp::{Clock, MockApp, Options, Server};
use serde_json::Value;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tower::ServiceExt;

/// What was answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) head: http::response::Parts,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("not JSON: {}", self.text()))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

pub(crate) fn app_with(options: Options) -> MockApp {
    let epoch = "2026-01-05T08:30:00Z".parse().unwrap();
    MockApp::new(Options { date_header: false, ..options }, Clock::starting_at(epoch))
}

pub(crate) fn app() -> MockApp {
    app_with(Options::default())
}

pub(crate) fn request(method: &str, path: &str) -> http::request::Builder {
    Request::builder().method(method).uri(path).header("host", "127.0.0.1:8000")
}

pub(crate) async fn send(app: &MockApp, request: Request<Body>) -> Answer {
    let response: Response<Body> = app.router().oneshot(request).await.unwrap();
    let (head, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes().to_vec();
    Answer { status: head.status, head, body }
}

pub(crate) async fn get(app: &MockApp, path: &str) -> Answer {
    send(app, request("GET", path).body(Body::empty()).unwrap()).await
}

/// Sends without a body.
pub(crate) async fn call(app: &MockApp, method: &str, path: &str) -> Answer {
    send(app, request(method, path).body(Body::empty()).unwrap()).await
}

pub(crate) async fn json(app: &MockApp, method: &str, path: &str, body: &str) -> Answer {
    let request = request(method, path).header("content-type", "application/json");
    send(app, request.body(Body::from(body.to_owned())).unwrap()).await
}

/// Injects a fault that must be accepted and answers its id.
pub(crate) async fn inject(app: &MockApp, step: &str) -> String {
    let answer = json(app, "POST", "/admin/faults/inject", step).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{step}: {}", answer.text());
    answer.json()["id"].as_str().unwrap().to_owned()
}

/// The newest fault of this id.
pub(crate) async fn fault(app: &MockApp, id: &str) -> Value {
    let list = get(app, "/admin/faults").await.json();
    let faults = list["faults"].as_array().unwrap().clone();
    faults.into_iter().find(|fault| fault["id"] == id).unwrap_or_else(|| panic!("no fault {id}"))
}

/// An app on a real loopback socket.
pub(crate) struct Live {
    pub(crate) app: MockApp,
    pub(crate) addr: SocketAddr,
    pub(crate) admin: Option<SocketAddr>,
    stop: oneshot::Sender<()>,
    served: JoinHandle<()>,
}

impl Live {
    pub(crate) async fn start(options: Options) -> Self {
        let addr = SocketAddr::from(([127, 0, 0, 1], 0));
        let server = Server::bind(Options { addr, ..options }, Clock::system()).await.unwrap();
        let (stop, stopped) = oneshot::channel();
        let (app, addr, admin) = (server.app(), server.local_addr(), server.admin_addr());
        let served = tokio::spawn(server.serve(async move { drop(stopped.await) }));
        Self { app, addr, admin, stop, served }
    }

    /// Stops and waits for the end, which must come within five seconds.
    pub(crate) async fn stop(self) {
        self.stop.send(()).unwrap();
        tokio::time::timeout(Duration::from_secs(5), self.served).await.unwrap().unwrap();
    }
}

/// Sends raw bytes on a new connection and reads to its end: what came, and how it ended.
pub(crate) async fn raw(addr: SocketAddr, bytes: &[u8]) -> (Vec<u8>, std::io::Result<()>) {
    let mut stream = match TcpStream::connect(addr).await {
        Ok(stream) => stream,
        Err(error) => return (Vec::new(), Err(error)),
    };
    stream.write_all(bytes).await.unwrap();
    let mut seen = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut seen)).await;
    (seen, read.expect("the connection ends within 20 s").map(drop))
}

pub(crate) async fn raw_get(addr: SocketAddr, path: &str) -> (String, std::io::Result<()>) {
    let request = format!("GET {path} HTTP/1.1\r\nHost: {addr}\r\nConnection: close\r\n\r\n");
    let (seen, end) = raw(addr, request.as_bytes()).await;
    (String::from_utf8_lossy(&seen).into_owned(), end)
}

/// A client's end of a pipe on which the app speaks HTTP.
pub(crate) struct Pipe {
    stream: DuplexStream,
    opened: Instant,
}

impl Pipe {
    pub(crate) fn open(app: &MockApp) -> Self {
        let (stream, server) = duplex(64 << 10);
        let serving = app.clone();
        tokio::spawn(async move { serving.serve_connection(server).await });
        Self { stream, opened: Instant::now() }
    }

    /// Asks, and leaves the connection open.
    pub(crate) async fn ask(&mut self, target: &str) {
        self.opened = Instant::now();
        let text = format!("{target} HTTP/1.1\r\nHost: 127.0.0.1:8000\r\n\r\n");
        self.stream.write_all(text.as_bytes()).await.unwrap();
    }

    /// One answer with a Content-Length, and how long after the question it was complete.
    pub(crate) async fn answer(&mut self) -> (String, u128) {
        let mut seen = Vec::new();
        loop {
            let mut chunk = [0; 4_096];
            let count = self.stream.read(&mut chunk).await.unwrap();
            assert!(count > 0, "ended early: {}", String::from_utf8_lossy(&seen));
            seen.extend_from_slice(&chunk[..count]);
            let text = String::from_utf8_lossy(&seen).into_owned();
            let length = text.split("content-length: ").nth(1).and_then(|rest| rest.lines().next());
            if let (Some((_, body)), Some(length)) = (text.split_once("\r\n\r\n"), length)
                && body.len() >= length.parse::<usize>().unwrap()
            {
                return (text, self.opened.elapsed().as_millis());
            }
        }
    }

    /// Everything until the end, which is no error, and how long after the question it came.
    pub(crate) async fn rest(&mut self) -> (Vec<u8>, u128) {
        let mut seen = Vec::new();
        self.stream.read_to_end(&mut seen).await.unwrap();
        (seen, self.opened.elapsed().as_millis())
    }

    /// Whether nothing at all comes for so long.
    pub(crate) async fn is_silent(&mut self, length: Duration) -> bool {
        tokio::time::timeout(length, self.stream.read(&mut [0])).await.is_err()
    }
}

/// Asks once on a pipe that is to be closed: the bytes, and when they were complete.
pub(crate) async fn over_pipe(app: &MockApp, target: &str) -> (Vec<u8>, u128) {
    let mut pipe = Pipe::open(app);
    let text = format!("{target} HTTP/1.1\r\nHost: 127.0.0.1:8000\r\nConnection: close\r\n\r\n");
    pipe.stream.write_all(text.as_bytes()).await.unwrap();
    pipe.rest().await
}

/// As [`over_pipe`], as text.
pub(crate) async fn text_over_pipe(app: &MockApp, target: &str) -> (String, u128) {
    let (seen, took) = over_pipe(app, target).await;
    (String::from_utf8_lossy(&seen).into_owned(), took)
}

/// Uses a tool and waits, in virtual time, until it is done.
pub(crate) async fn done(app: &MockApp, tool: &str) -> mockapp::OperationReport {
    let begun = app.operate(tool, "Ada").unwrap();
    let takes = mockapp::ops().into_iter().find(|known| known.name == tool).unwrap().takes;
    tokio::time::sleep(takes).await;
    app.operations().into_iter().find(|known| known.id == begun.id).unwrap()
}
