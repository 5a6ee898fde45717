//! The server double: every connection is handed to a script of the test's own, so that a server
//! can break in any way there is. Also the client side that all tests share.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use checker::{
    clock::Clock,
    http::{HttpClient, Tls},
    transport::Tcp,
    world::Hands,
};
use engine::{
    config::HttpRequest,
    observation::{Exchange, Response, TransportError},
};
use store::MemoryDisk;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::mpsc,
};

pub(crate) const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
pub(crate) const LIMIT: Duration = Duration::from_secs(5);

/// Serves connections one by one, each with its number from 0.
pub(crate) async fn serve<F>(script: impl Fn(usize, TcpStream) -> F + Send + 'static) -> SocketAddr
where
    F: Future<Output = ()> + Send + 'static,
{
    serve_at("127.0.0.1:0", script).await
}

pub(crate) async fn serve_at<F>(
    at: &str,
    script: impl Fn(usize, TcpStream) -> F + Send + 'static,
) -> SocketAddr
where
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind(at).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        for number in 0.. {
            let (stream, _) = listener.accept().await.unwrap();
            stream.set_nodelay(true).unwrap();
            tokio::spawn(script(number, stream));
        }
    });
    address
}

/// Answers every request with the same bytes and closes, and hands the requests out.
pub(crate) async fn answering(
    answer: &'static [u8],
) -> (SocketAddr, mpsc::UnboundedReceiver<String>) {
    let (seen, requests) = mpsc::unbounded_channel();
    let address = serve(move |_, mut stream| {
        let seen = seen.clone();
        async move {
            let _ = seen.send(request(&mut stream).await);
            let _ = stream.write_all(answer).await;
        }
    })
    .await;
    (address, requests)
}

/// Reads one request with its body; what came so far when the client closes.
pub(crate) async fn request(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut read = Vec::new();
    while !is_complete(&read) && stream.read_buf(&mut read).await.unwrap_or(0) > 0 {}
    String::from_utf8(read).unwrap()
}

fn is_complete(read: &[u8]) -> bool {
    let text = String::from_utf8_lossy(read).to_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    length.is_none_or(|length| body.len() >= length.parse().unwrap())
}

/// A request of that method with nothing special about it.
pub(crate) fn ask(method: &str, url: &str) -> HttpRequest {
    HttpRequest {
        method: method.to_owned(),
        url: url.parse().unwrap(),
        headers: Vec::new(),
        body: None,
        follow_redirects: false,
        keep_alive: false,
    }
}

pub(crate) fn get(address: SocketAddr) -> HttpRequest {
    ask("GET", &format!("http://{address}/"))
}

pub(crate) fn client() -> HttpClient {
    HttpClient::new(Arc::new(Tcp), Tls::new(Clock::system()))
}

/// The means of a checker on this machine's network, with a disk in memory and no programs.
pub(crate) fn hands(disk: MemoryDisk) -> Hands {
    crate::hands::hands(client(), disk)
}

pub(crate) async fn exchange(request: &HttpRequest) -> Exchange {
    client().exchange(request, LIMIT).await
}

pub(crate) async fn response(request: &HttpRequest) -> Response {
    exchange(request).await.result.unwrap()
}

pub(crate) async fn error(request: &HttpRequest) -> TransportError {
    exchange(request).await.result.unwrap_err()
}
