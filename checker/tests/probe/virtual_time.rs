//! The client over in-memory pipes on a paused clock: HTTP/1.1 is spoken for real, time is not.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use checker::{
    clock::Clock,
    http::{HttpClient, Tls},
    transport::{ResolveError, Stream, Transport},
};
use engine::observation::{Exchange, Phase, TransportErrorKind};
use futures_util::future::BoxFuture;
use tokio::{
    io::{AsyncWriteExt, DuplexStream, duplex},
    time::{Instant, sleep},
};

use crate::server::{LIMIT, OK, ask, request};

type Script = fn(DuplexStream) -> BoxFuture<'static, ()>;

/// Every connection is a pipe to the script.
#[derive(Debug)]
struct Pipes(Script);

impl Transport for Pipes {
    fn resolve<'a>(
        &'a self,
        _host: &'a str,
        port: u16,
    ) -> BoxFuture<'a, Result<Vec<SocketAddr>, ResolveError>> {
        Box::pin(async move { Ok(vec![([192, 0, 2, 1], port).into()]) })
    }

    fn connect<'a>(&'a self, _addr: SocketAddr) -> BoxFuture<'a, io::Result<Box<dyn Stream>>> {
        Box::pin(async move {
            let (ours, theirs) = duplex(4096);
            tokio::spawn((self.0)(theirs));
            Ok(Box::new(ours) as Box<dyn Stream>)
        })
    }
}

async fn visit(script: Script) -> Exchange {
    let client = HttpClient::new(Arc::new(Pipes(script)), Tls::new(Clock::system()));
    client.exchange(&ask("GET", "http://api.test/"), LIMIT).await
}

#[tokio::test(start_paused = true)]
async fn a_slow_answer_takes_exactly_as_long_as_the_server_took() {
    let seen = visit(|mut stream| {
        Box::pin(async move {
            request(&mut stream).await;
            sleep(Duration::from_millis(1500)).await;
            stream.write_all(&OK[..OK.len() - 1]).await.unwrap();
            sleep(Duration::from_millis(700)).await;
            stream.write_all(b"k").await.unwrap();
        })
    })
    .await;
    assert_eq!(&seen.result.unwrap().body[..], b"ok");
    let phases = seen.phases;
    assert_eq!((phases.dns_us, phases.connect_us), (Some(0), Some(0)));
    assert_eq!((phases.first_byte_us, phases.body_us), (Some(1_500_000), Some(700_000)));
    assert_eq!(phases.total_us, 2_200_000);
}

#[tokio::test(start_paused = true)]
async fn a_black_hole_ends_at_the_limit_to_the_millisecond() {
    let start = Instant::now();
    let seen = visit(|stream| {
        Box::pin(async move {
            std::future::pending::<()>().await;
            drop(stream);
        })
    })
    .await;
    assert_eq!(start.elapsed(), LIMIT);
    let error = seen.result.unwrap_err();
    assert_eq!((error.kind, error.phase), (TransportErrorKind::Timeout, Phase::FirstByte));
    assert_eq!(error.message, "no answer from api.test:80 within 5 s (connected after 0 ms)");
    assert_eq!(seen.phases.total_us, 5_000_000);
}

#[tokio::test(start_paused = true)]
async fn a_limit_is_written_as_it_was_set() {
    for (limit, words) in [(1500, "within 1.5 s"), (250, "within 250 ms"), (90_000, "within 90 s")]
    {
        let script: Script = |stream| {
            Box::pin(async move {
                std::future::pending::<()>().await;
                drop(stream);
            })
        };
        let client = HttpClient::new(Arc::new(Pipes(script)), Tls::new(Clock::system()));
        let request = ask("GET", "http://api.test/");
        let seen = client.exchange(&request, Duration::from_millis(limit)).await;
        let error = seen.result.unwrap_err();
        assert!(error.message.contains(words), "{error}");
    }
}
