//! Mail servers that misbehave below the level of SMTP.

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic")]

use std::{io, time::Duration};

use checker::{
    mailer::{Mail, Mailer, SmtpMailer},
    settings::{Smtp, SmtpTls},
};
use engine::time::Timestamp;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    time::{Instant, timeout},
};

fn mailer(port: u16, tls: SmtpTls) -> SmtpMailer {
    let smtp = Smtp {
        host: "127.0.0.1".to_owned(),
        port,
        login: None,
        tls,
        from: "monitor@demo.local".parse().unwrap(),
        to: Vec::new(),
    };
    SmtpMailer::new(&smtp, None).unwrap().with_limit(Duration::from_millis(300))
}

fn mail() -> Mail {
    Mail {
        from: "monitor@demo.local".parse().unwrap(),
        to: "ops@example.org".parse().unwrap(),
        subject: "subject".to_owned(),
        body: "body".to_owned(),
        html: None,
        message_id: "<1@firedrill>".to_owned(),
        date: Timestamp::default(),
    }
}

/// Speaks SMTP until a line begins with `mute_at`, which it does not answer.
async fn serve(
    stream: TcpStream,
    mute_at: &'static str,
    extension: &'static str,
) -> io::Result<()> {
    let mut stream = BufReader::new(stream);
    stream.write_all(b"220 mx\r\n").await?;
    let mut line = String::new();
    while stream.read_line(&mut line).await? > 0 {
        if line.starts_with(mute_at) {
            std::future::pending::<()>().await;
        }
        let answer = match line.get(..4) {
            Some("EHLO") => format!("250-mx\r\n250 {extension}\r\n"),
            Some("DATA") => "354 go\r\n".to_owned(),
            Some("MAIL" | "RCPT" | "QUIT" | ".\r\n") => "250 ok\r\n".to_owned(),
            _ if line == ".\r\n" => "250 ok\r\n".to_owned(),
            _ => String::new(),
        };
        stream.write_all(answer.as_bytes()).await?;
        line.clear();
    }
    Ok(())
}

async fn server(mute_at: &'static str, extension: &'static str) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, mute_at, extension));
        }
    });
    port
}

#[tokio::test]
async fn a_server_that_never_greets_is_given_up_at_our_own_limit() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    for tls in [SmtpTls::None, SmtpTls::StartTls, SmtpTls::Tls] {
        let (mailer, mail) = (mailer(port, tls), mail());
        let sent = timeout(Duration::from_secs(30), mailer.send(&mail)).await;
        let error = sent.expect("the mailer gives up").unwrap_err();
        assert_eq!(error.message, format!("127.0.0.1:{port} took longer than 300 ms"));
        assert!(!error.refused);
    }
}

#[tokio::test]
async fn a_server_that_falls_silent_in_the_middle_may_be_asked_again() {
    for mute_at in ["EHLO", "MAIL", "RCPT", "DATA", ".\r\n"] {
        let port = server(mute_at, "8BITMIME").await;
        let error = mailer(port, SmtpTls::None).send(&mail()).await.unwrap_err();
        assert!(error.message.contains("took longer") && !error.refused, "{mute_at:?}: {error}");
    }
}

#[tokio::test]
async fn a_message_that_was_accepted_stays_so_when_the_goodbye_is_never_answered() {
    let port = server("QUIT", "8BITMIME").await;
    let start = Instant::now();
    assert_eq!(mailer(port, SmtpTls::None).send(&mail()).await, Ok(()));
    assert!(start.elapsed() < Duration::from_secs(20));
}

#[tokio::test]
async fn nothing_is_sent_in_the_clear_when_the_server_offers_no_tls() {
    let port = server("never", "8BITMIME").await;
    let error = mailer(port, SmtpTls::StartTls).send(&mail()).await.unwrap_err();
    assert!(error.message.contains("STARTTLS is not supported") && !error.refused, "{error}");
}

#[tokio::test]
async fn a_port_that_nobody_listens_on_may_be_asked_again() {
    let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let error = mailer(port, SmtpTls::StartTls).send(&mail()).await.unwrap_err();
    assert!(error.message.starts_with(&format!("no connection to 127.0.0.1:{port}: ")), "{error}");
    assert!(!error.refused);
}
