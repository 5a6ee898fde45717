//! The bare client beside which the checker is measured: hyper and nothing else.

use std::{net::SocketAddr, time::Duration};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::{net::TcpStream, task::JoinSet, time::Instant};

use crate::meter::processor_time;

/// Processor seconds per exchange of `count` exchanges, the n-th of which starts `every` × n
/// after the first.
pub(crate) async fn paced(address: SocketAddr, count: u32, every: Duration) -> f64 {
    let (before, start) = (processor_time(), Instant::now());
    let mut under_way = JoinSet::new();
    for n in 0..count {
        tokio::time::sleep_until(start + every * n).await;
        under_way.spawn(exchange(address));
        while under_way.try_join_next().is_some() {}
    }
    while under_way.join_next().await.is_some() {}
    (processor_time() - before) / f64::from(count)
}

async fn exchange(address: SocketAddr) {
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
    assert_eq!(body.len(), 27);
}
