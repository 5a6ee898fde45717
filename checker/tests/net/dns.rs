//! Name servers: a real one, and one that answers whatever a test wants.

use std::{net::SocketAddr, path::Path, time::Duration};

use checker::{clock::Clock, http::Tls};
use engine::{Status, observation::TransportErrorKind as Kind};
use store::MemoryDisk;
use tokio::net::UdpSocket;

use crate::{
    dnsmasq::Dnsmasq,
    support::{check, found, found_with, free_port, hands, said},
};

/// The bits of a header that make an answer of a question.
const ANSWER: u8 = 0x80;
const TRUNCATED: u8 = 0x02;

/// Answers every question with what the script makes of it; nothing when that is empty.
async fn double(script: impl Fn(&[u8]) -> Vec<Vec<u8>> + Send + 'static) -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    tokio::spawn(async move {
        let mut buffer = [0; 2048];
        loop {
            let (length, from) = socket.recv_from(&mut buffer).await.unwrap();
            for answer in script(&buffer[..length]) {
                socket.send_to(&answer, from).await.unwrap();
            }
        }
    });
    address
}

/// The question as an answer without records, with these bits and this code.
fn answer(question: &[u8], bits: u8, code: u8) -> Vec<u8> {
    let mut answer = question.to_vec();
    answer[2] |= bits;
    answer[3] = code;
    answer
}

fn asking(port: u16, keys: &str) -> String {
    format!("type: dns, timeout_s: 5, server: '127.0.0.1:{port}', {keys}")
}

#[tokio::test]
async fn a_real_name_server_answers_for_every_type_of_record() {
    let Some(server) = Dnsmasq::start(free_port()).await else { return };
    for (keys, reason) in [
        ("query: svc.test", "A of svc.test is 192.0.2.10"),
        ("query: SVC.test., expect: 192.0.2.10", "A of SVC.test is 192.0.2.10"),
        (
            "query: svc.test, record: AAAA, expect: '2001:DB8:0::10'",
            "AAAA of svc.test is 2001:db8::10",
        ),
        ("query: alias.test, expect: [192.0.2.10]", "A of alias.test is 192.0.2.10"),
        ("query: alias.test, record: CNAME, expect: svc.test.", "CNAME of alias.test is svc.test"),
        ("query: test, record: MX, expect: 10 MAIL.test", "MX of test is 10 mail.test"),
        (
            "query: _sip._tcp.test, record: SRV, expect: 10 5 5060 svc.test",
            "SRV of _sip._tcp.test is 10 5 5060 svc.test",
        ),
        ("query: test, record: TXT, expect: v=spf1 -all", "TXT of test is v=spf1 -all"),
        ("query: 192.0.2.10, record: PTR, expect: svc.test", "PTR of 192.0.2.10 is svc.test"),
        ("query: nothing.test, expect: NXDOMAIN", "nothing.test does not exist (NXDOMAIN)"),
    ] {
        let (status, said) = said(&asking(server.port, keys)).await;
        assert_eq!(status, Status::Ok, "{said}");
        assert!(said.starts_with(&format!("{reason} in ")), "{said}");
    }
    let outcome = found(&asking(server.port, "query: two.test, expect: [192.0.2.2]")).await;
    assert_eq!(outcome.status, Status::Ok, "others may be there as well: {outcome:?}");
    let mut records: Vec<_> = outcome.details.facts["records"].as_array().unwrap().clone();
    records.sort_by_key(ToString::to_string);
    assert_eq!(records, ["192.0.2.1", "192.0.2.2"]);
}

#[tokio::test]
async fn a_missing_name_a_broken_server_a_refusal_and_a_wrong_answer_are_told_apart() {
    let broken = double(|question| vec![answer(question, ANSWER, 2)]).await;
    let Some(server) = Dnsmasq::start(broken.port()).await else { return };
    let port = server.port;
    for (keys, reason) in [
        ("query: nothing.test", "nothing.test does not exist (NXDOMAIN)".to_owned()),
        ("query: a.broken.test", format!("127.0.0.1:{port} could not find out (SERVFAIL)")),
        ("query: example.org", format!("127.0.0.1:{port} refuses to answer (REFUSED)")),
        (
            "query: svc.test, expect: 192.0.2.99",
            "A of svc.test is 192.0.2.10, expected 192.0.2.99".to_owned(),
        ),
        (
            "query: svc.test, expect: NXDOMAIN",
            "A of svc.test is 192.0.2.10, expected NXDOMAIN".to_owned(),
        ),
        ("query: svc.test, record: MX", "svc.test has no MX record".to_owned()),
    ] {
        let outcome = found(&asking(port, keys)).await;
        assert_eq!((outcome.status, &outcome.details.reason), (Status::Fail, &reason));
        assert!(outcome.retry);
    }
    drop(server);
    let (_, reason) = said(&asking(port, "query: svc.test")).await;
    assert_eq!(reason, format!("nobody answers at 127.0.0.1:{port}: connection refused"));
}

#[tokio::test]
async fn an_answer_that_does_not_fit_is_fetched_over_tcp() {
    let Some(server) = Dnsmasq::start(free_port()).await else { return };
    let outcome = found(&asking(server.port, "query: big.test, record: TXT")).await;
    assert_eq!(outcome.status, Status::Ok, "{outcome:?}");
    assert_eq!(outcome.details.facts["transport"], "tcp");
    let records = outcome.details.facts["records"].as_array().unwrap();
    assert_eq!(records[0].as_str().map(str::len), Some(750));
    let cut = double(|question| vec![answer(question, ANSWER | TRUNCATED, 0)]).await;
    let outcome = found(&asking(cut.port(), "query: a.test")).await;
    let reason = format!(
        "nobody answers at {cut} over TCP, where the rest of the answer is: connection refused"
    );
    assert_eq!((outcome.status, outcome.details.reason), (Status::Fail, reason));
}

#[tokio::test]
async fn silence_and_rubbish_end_at_the_limit_and_are_told_apart() {
    let keys = |server: SocketAddr| {
        format!("type: dns, timeout_s: 0.2, server: '{server}', query: a.test")
    };
    let silent = double(|_| Vec::new()).await;
    let outcome = found(&keys(silent)).await;
    assert_eq!(outcome.details.reason, format!("no answer from {silent} within 200 ms"));
    assert_eq!(outcome.details.error, Some(Kind::Timeout));
    let rubbish = double(|_| vec![b"hello".to_vec()]).await;
    let outcome = found(&keys(rubbish)).await;
    let reason = format!(
        "no proper answer from {rubbish} within 200 ms; what came was none: 5 bytes are no message"
    );
    assert_eq!((outcome.details.error, outcome.details.reason), (Some(Kind::Protocol), reason));
    let damaged = double(|question| {
        let mut damaged = answer(question, ANSWER, 0);
        damaged[7] = 9;
        vec![damaged]
    })
    .await;
    let (status, reason) = said(&keys(damaged)).await;
    assert!(status == Status::Fail && reason.contains("it is damaged: "), "{reason}");
}

#[tokio::test]
async fn answers_to_other_questions_are_passed_over() {
    let confused = double(|question| {
        let mut other = answer(question, ANSWER, 3);
        other[0] ^= 0xff;
        let mut another = answer(question, ANSWER, 3);
        another[13] = b'b';
        vec![other, question.to_vec(), another, answer(question, ANSWER, 5)]
    })
    .await;
    let (_, reason) = said(&asking(confused.port(), "query: a.test")).await;
    assert_eq!(reason, format!("{confused} refuses to answer (REFUSED)"));
}

#[tokio::test]
async fn latency_limits_hold_for_answers() {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let slow = socket.local_addr().unwrap();
    tokio::spawn(async move {
        let mut buffer = [0; 2048];
        let (length, from) = socket.recv_from(&mut buffer).await.unwrap();
        tokio::time::sleep(Duration::from_millis(60)).await;
        socket.send_to(&answer(&buffer[..length], ANSWER, 3), from).await.unwrap();
    });
    let keys = "query: a.test, expect: NXDOMAIN, warn_ms: 50, crit_ms: 4000";
    let (status, reason) = said(&asking(slow.port(), keys)).await;
    assert!(status == Status::Warn && reason.ends_with("warning from 50 ms"), "{reason}");
}

#[tokio::test]
async fn without_a_server_the_first_one_of_this_machine_is_asked() {
    let disk = MemoryDisk::default();
    let file = Path::new("/etc/resolv.conf");
    let hands_with = |disk| hands(Tls::new(Clock::system()), disk);
    let check = check("type: dns, timeout_s: 0.2, query: a.test");
    let outcome = found_with(&hands_with(disk.clone()), &check).await;
    assert_eq!(outcome.status, Status::Unknown, "{outcome:?}");
    assert!(outcome.details.reason.ends_with("; set `server`"), "{outcome:?}");
    disk.put(file, b"# none\nsearch test\n");
    let outcome = found_with(&hands_with(disk.clone()), &check).await;
    let reason = "/etc/resolv.conf names no name server; set `server`";
    assert_eq!((outcome.status, &*outcome.details.reason), (Status::Unknown, reason));
    disk.put(file, b"# mine\nnameserver 127.9.9.9\nnameserver ::1\n");
    let outcome = found_with(&hands_with(disk), &check).await;
    assert_eq!(outcome.details.facts["server"], "127.9.9.9:53");
}
