//! Connections that are kept: used again, given up when they have died.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use engine::{config::HttpRequest, observation::TransportErrorKind};
use tokio::{io::AsyncWriteExt, sync::Notify};

use crate::server::{LIMIT, OK, client, get, request, serve};

fn kept(request: HttpRequest) -> HttpRequest {
    HttpRequest { keep_alive: true, ..request }
}

#[tokio::test]
async fn a_kept_connection_carries_the_next_exchange_without_a_connect() {
    let connections = Arc::new(AtomicUsize::new(0));
    let counted = connections.clone();
    let address = serve(move |_, mut stream| {
        counted.fetch_add(1, Ordering::SeqCst);
        async move {
            while !request(&mut stream).await.is_empty() {
                stream.write_all(OK).await.unwrap();
            }
        }
    })
    .await;
    let client = client();
    for attempt in 0..5 {
        let seen = client.exchange(&kept(get(address)), LIMIT).await;
        assert_eq!(seen.result.unwrap().status, 200);
        assert_eq!(seen.phases.connect_us.is_none(), attempt > 0, "attempt {attempt}");
    }
    assert_eq!(connections.load(Ordering::SeqCst), 1);
    for _ in 0..2 {
        client.exchange(&get(address), LIMIT).await.result.unwrap();
    }
    assert_eq!(connections.load(Ordering::SeqCst), 3, "without keep_alive each has its own");
}

#[tokio::test]
async fn exchanges_at_the_same_time_never_share_a_connection() {
    let connections = Arc::new(AtomicUsize::new(0));
    let counted = connections.clone();
    let address = serve(move |_, mut stream| {
        counted.fetch_add(1, Ordering::SeqCst);
        async move {
            while !request(&mut stream).await.is_empty() {
                stream.write_all(OK).await.unwrap();
            }
        }
    })
    .await;
    let (client, request) = (client(), kept(get(address)));
    for opened in [80, 96, 112] {
        let all = (0..80).map(|_| client.exchange(&request, LIMIT));
        for seen in futures_util::future::join_all(all).await {
            assert_eq!(&seen.result.unwrap().body[..], b"ok");
        }
        assert_eq!(connections.load(Ordering::SeqCst), opened, "64 of a target are kept");
    }
}

#[tokio::test]
async fn a_connection_that_the_server_closed_meanwhile_is_replaced() {
    let closed = Arc::new(Notify::new());
    let closing = closed.clone();
    let address = serve(move |_, mut stream| {
        let closing = closing.clone();
        async move {
            request(&mut stream).await;
            stream.write_all(OK).await.unwrap();
            drop(stream);
            closing.notify_one();
        }
    })
    .await;
    let client = client();
    for method in ["GET", "POST", "POST"] {
        let request = HttpRequest { method: method.into(), ..kept(get(address)) };
        let seen = client.exchange(&request, LIMIT).await;
        assert_eq!(seen.result.unwrap().status, 200, "{method}");
        closed.notified().await;
    }
}

/// Answers the first request of a connection and closes on the second.
async fn answers_once(first: usize) -> (std::net::SocketAddr, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = asked.clone();
    let address = serve(move |number, mut stream| {
        let counter = counter.clone();
        async move {
            for turn in 0.. {
                if request(&mut stream).await.is_empty() {
                    return;
                }
                counter.fetch_add(1, Ordering::SeqCst);
                if number < first && turn == 1 {
                    return;
                }
                stream.write_all(OK).await.unwrap();
            }
        }
    })
    .await;
    (address, asked)
}

#[tokio::test]
async fn a_request_that_dies_with_a_kept_connection_is_sent_once_more() {
    let (address, asked) = answers_once(1).await;
    let client = client();
    for _ in 0..2 {
        assert_eq!(client.exchange(&kept(get(address)), LIMIT).await.result.unwrap().status, 200);
    }
    assert_eq!(asked.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn a_request_that_must_not_be_repeated_is_not() {
    let (address, asked) = answers_once(1).await;
    let (client, request) = (client(), kept(get(address)));
    client.exchange(&request, LIMIT).await.result.unwrap();
    let post = HttpRequest { method: "POST".into(), ..request };
    let error = client.exchange(&post, LIMIT).await.result.unwrap_err();
    assert_eq!((error.kind, asked.load(Ordering::SeqCst)), (TransportErrorKind::Closed, 2));
}

#[tokio::test]
async fn a_new_connection_that_dies_is_not_tried_again() {
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = asked.clone();
    let address = serve(move |_, mut stream| {
        counter.fetch_add(1, Ordering::SeqCst);
        async move { drop(request(&mut stream).await) }
    })
    .await;
    let error = client().exchange(&kept(get(address)), LIMIT).await.result.unwrap_err();
    assert_eq!((error.kind, asked.load(Ordering::SeqCst)), (TransportErrorKind::Closed, 1));
}
