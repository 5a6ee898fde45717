//! Simulated users over real sockets: what they ask, and what they think of the answers.

use std::{io, time::Duration};

use engine::config::{Source, parse};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};
use url::Url;

use crate::train::users::{FIRST, Route, routes, turns};

const CHECKS: &str = r#"
global: {timeout_s: 2, thresholds: {api_warn_ms: 600, api_crit_ms: 1500}}
checks:
  - {name: api, type: http, url: "http://127.0.0.1:8000/api/ping"}
  - {name: api-too, type: http, url: "http://127.0.0.1:8000/api/ping", expect_jsonpath: [{path: "$.ok", equals: true}]}
  - {name: with-a-key, type: http, url: "http://127.0.0.1:8000/api/ping", headers: {x-key: "1"}}
  - {name: order, type: http, method: POST, body: "{}", url: "http://127.0.0.1:8000/orders?a=1"}
  - {name: elsewhere, type: http, url: "http://127.0.0.1:8001/api/ping"}
  - {name: off, type: http, enabled: false, url: "http://127.0.0.1:8000/off"}
  - {name: job, type: job, status_url: "http://127.0.0.1:8000/jobs/{job_id}/status"}
"#;

fn all() -> Vec<Route> {
    let none = |_: &str| None;
    let config = parse(Source { file: "checks.yaml", text: CHECKS }, &none).unwrap().config;
    routes(&config, &Url::parse("http://127.0.0.1:8000").unwrap())
}

#[test]
fn users_ask_what_the_checks_ask_of_the_application_and_the_same_only_once() {
    let names: Vec<_> = all().into_iter().map(|route| route.name).collect();
    assert_eq!(names, ["GET /api/ping", "GET /api/ping (with-a-key)", "POST /orders?a=1"]);
    assert_eq!(turns().take(3).collect::<Vec<_>>(), [FIRST, 7_500, 12_500]);
}

/// Serves one connection so: waits, then says this.
async fn asked(
    route: &Route,
    speed: f64,
    wait: Duration,
    says: &'static str,
) -> (bool, bool, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    let serve = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut head = [0; 1024];
        let _ = stream.read(&mut head).await.unwrap();
        tokio::time::sleep(wait).await;
        // Who asked may have gone.
        let _ = stream.write_all(says.as_bytes()).await;
    };
    let ((), request) = tokio::join!(serve, route.ask(FIRST, speed, TcpStream::connect(at)));
    (request.good, request.slow, request.why)
}

const FINE: &str = "HTTP/1.1 200 OK\r\ncontent-length: 11\r\n\r\n{\"ok\":true}";
const WRONG: &str = "HTTP/1.1 200 OK\r\ncontent-length: 12\r\n\r\n{\"ok\":false}";

#[tokio::test]
async fn an_answer_is_worth_what_the_strictest_check_says_and_time_goes_faster_with_the_speed() {
    let route = &all()[0];
    let none = Duration::ZERO;
    let said = |good: bool, slow: bool, why: &str| (good, slow, why.to_owned());
    assert_eq!(asked(route, 1.0, none, FINE).await, said(true, false, "200"));
    assert_eq!(asked(route, 1.0, none, WRONG).await, said(false, false, "$.ok is false"));
    assert_eq!(asked(route, 1.0, none, "").await, said(false, false, "no answer"));
    // 100 ms are 600 to 1,500 of an exercise that goes ten times faster, whatever the machine does.
    let (good, slow, why) = asked(route, 8.0, Duration::from_millis(100), FINE).await;
    assert!(good && slow && why.ends_with(" ms"), "{why}");
    let late = asked(route, 5.0, Duration::from_millis(700), FINE).await;
    assert_eq!(late, said(false, false, "no answer in time"));
}

#[tokio::test]
async fn who_finds_a_closed_door_says_so() {
    let refused = async { Err::<TcpStream, _>(io::ErrorKind::ConnectionRefused.into()) };
    let request = all()[0].ask(FIRST, 1.0, refused).await;
    assert_eq!((request.good, request.why.as_str()), (false, "connection refused"));
    let silent = all()[0].ask(FIRST, 100.0, std::future::pending::<io::Result<TcpStream>>()).await;
    assert_eq!((silent.good, silent.why.as_str()), (false, "no answer in time"));
}
