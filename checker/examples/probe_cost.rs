//! What an exchange of the checker's HTTP client costs beside a bare hyper client: processor time
//! of this process per exchange, with the server in a process of its own, in turns.
//! `cargo run --release -p checker --example probe_cost -- [EXCHANGES]`

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a meter for people")]

use std::{
    env,
    io::{BufRead, BufReader},
    net::SocketAddr,
    process::{Command, Stdio},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use checker::{
    clock::Clock,
    http::{HttpClient, Tls},
    transport::Tcp,
};
use engine::config::HttpRequest;
use http_body_util::{BodyExt, Empty};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 25\r\n\
    \r\n{\"ok\":true,\"latency\":123}";

#[tokio::main(flavor = "current_thread")]
async fn main() {
    match env::args().nth(1).as_deref() {
        Some("serve") => serve().await,
        count => compare(count.map_or(10_000, |count| count.parse().unwrap())).await,
    }
}

async fn serve() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("{}", listener.local_addr().unwrap());
    loop {
        let (mut stream, _) = listener.accept().await.unwrap();
        tokio::spawn(async move {
            let mut request = [0; 4096];
            while stream.read(&mut request).await.unwrap_or(0) > 0 {
                stream.write_all(ANSWER).await.unwrap();
            }
        });
    }
}

async fn compare(count: u32) {
    let mut command = Command::new(env::current_exe().unwrap());
    let mut server = command.arg("serve").stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let address: SocketAddr = line.trim().parse().unwrap();
    let (mut bare, mut ours, mut kept) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..5 {
        bare.push(cost(count, || bare_exchange(address)).await);
        ours.push(ours_cost(count, address, false).await);
        kept.push(ours_cost(count, address, true).await);
    }
    let [bare, ours, kept] = [bare, ours, kept].map(median);
    println!("bare hyper, new connection: {bare:.1} us of processor time per exchange");
    println!("checker,    new connection: {ours:.1} us, {:.2} times the bare client", ours / bare);
    println!("checker,    keep_alive:     {kept:.1} us");
    server.kill().unwrap();
    server.wait().unwrap();
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

async fn bare_exchange(address: SocketAddr) {
    let stream = TcpStream::connect(address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
    let request = http::Request::get("/").header("host", "x").header("connection", "close");
    let request = request.body(Empty::<Bytes>::new()).unwrap();
    let exchange = async {
        let response = sender.send_request(request).await.unwrap();
        response.into_body().collect().await.unwrap().to_bytes()
    };
    let (mut connection, mut exchange) = (std::pin::pin!(connection), std::pin::pin!(exchange));
    let body = tokio::select! {
        biased;
        body = &mut exchange => body,
        _ = &mut connection => exchange.await,
    };
    assert_eq!(body.len(), 25);
}

async fn ours_cost(count: u32, address: SocketAddr, keep_alive: bool) -> f64 {
    let request = HttpRequest {
        method: "GET".to_owned(),
        url: format!("http://{address}/").parse().unwrap(),
        headers: Vec::new(),
        body: None,
        follow_redirects: false,
        keep_alive,
    };
    let client = HttpClient::new(Arc::new(Tcp), Tls::new(Clock::system()));
    let exchange = || async {
        let seen = client.exchange(&request, Duration::from_secs(5)).await;
        assert_eq!(seen.result.unwrap().body.len(), 25);
    };
    cost(count, exchange).await
}

/// Microseconds of processor time per exchange, sixteen at a time.
async fn cost<F: Future<Output = ()>>(count: u32, exchange: impl Fn() -> F) -> f64 {
    let before = processor_time();
    for _ in 0..count / 16 {
        futures_util::future::join_all((0..16).map(|_| exchange())).await;
    }
    (processor_time() - before) * 1e6 / f64::from(count)
}

/// Seconds of processor time of this process, in steps of 10 ms.
fn processor_time() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit(") ").next().unwrap().split(' ').collect();
    (fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()) / 100.0
}
