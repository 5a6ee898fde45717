//! Mail over SMTP, one connection a message.
//! The steps are taken one by one, so that a refusal of the message can be told from a refusal of
//! our connection or login: only the former is final, the latter a change of the settings mends.

use std::{path::Path, time::Duration};

use futures_util::future::BoxFuture;
use lettre::{
    Message,
    message::{
        Mailbox, MultiPart, SinglePart,
        header::{HeaderName, HeaderValue},
    },
    transport::smtp::{
        authentication::{Credentials, DEFAULT_MECHANISMS},
        client::{AsyncSmtpConnection, Certificate, TlsParameters},
        extension::ClientId,
    },
};
use tokio::time::timeout;

use super::{Mail, MailError, Mailer};
use crate::settings::{Smtp, SmtpTls};

/// The limit of one attempt, from the connection to the server's word that it has the message.
pub const SEND_LIMIT: Duration = Duration::from_secs(20);

/// How long the server may take to say goodbye to a message that it has accepted.
const GOODBYE_LIMIT: Duration = Duration::from_secs(1);

/// Sends mail to one server.
#[derive(Debug)]
pub struct SmtpMailer {
    host: String,
    port: u16,
    security: Security,
    login: Option<Credentials>,
    hello: ClientId,
    limit: Duration,
}

enum Security {
    None,
    StartTls(TlsParameters),
    Tls(TlsParameters),
}

impl std::fmt::Debug for Security {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            Self::StartTls(_) => "StartTls",
            Self::Tls(_) => "Tls",
        })
    }
}

/// Why no connection to the mail server can even be tried.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SmtpSetupError(String);

impl SmtpMailer {
    /// Prepares for the server of the settings. `ca_file` holds certificate authorities in PEM
    /// that are trusted besides those of the machine.
    ///
    /// # Errors
    /// Says what is wrong with the certificates.
    pub fn new(smtp: &Smtp, ca_file: Option<&Path>) -> Result<Self, SmtpSetupError> {
        let security = match smtp.tls {
            SmtpTls::None => Security::None,
            SmtpTls::StartTls => Security::StartTls(trust(&smtp.host, ca_file)?),
            SmtpTls::Tls => Security::Tls(trust(&smtp.host, ca_file)?),
        };
        let credentials = |login: &crate::settings::Login| {
            Credentials::new(login.user.clone(), login.pass.expose().to_owned())
        };
        Ok(Self {
            host: smtp.host.clone(),
            port: smtp.port,
            security,
            login: smtp.login.as_ref().map(credentials),
            hello: ClientId::default(),
            limit: SEND_LIMIT,
        })
    }

    /// The same with another limit of one attempt.
    #[must_use]
    pub fn with_limit(self, limit: Duration) -> Self {
        Self { limit, ..self }
    }

    async fn hand_over(&self, mail: &Mail) -> Result<AsyncSmtpConnection, MailError> {
        let message = compose(mail)?;
        let mut connection = self.connect().await?;
        self.log_in(&mut connection).await?;
        match connection.send(message.envelope(), &message.formatted()).await {
            Ok(_) => Ok(connection),
            Err(error) => {
                connection.abort().await;
                Err(MailError { refused: is_final(&error), message: self.said(mail, &error) })
            }
        }
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, MailError> {
        let at_once = match &self.security {
            Security::Tls(parameters) => Some(parameters.clone()),
            Security::None | Security::StartTls(_) => None,
        };
        let server = (self.host.as_str(), self.port);
        let limit = Some(self.limit);
        let connected =
            AsyncSmtpConnection::connect_tokio1(server, limit, &self.hello, at_once, None).await;
        let mut connection = connected.map_err(|error| self.broke("no connection to", &error))?;
        if let Security::StartTls(parameters) = &self.security {
            let secured = connection.starttls(parameters.clone(), &self.hello).await;
            secured.map_err(|error| self.broke("no TLS with", &error))?;
        }
        Ok(connection)
    }

    async fn log_in(&self, connection: &mut AsyncSmtpConnection) -> Result<(), MailError> {
        let Some(credentials) = &self.login else {
            return Ok(());
        };
        match connection.auth(DEFAULT_MECHANISMS, credentials).await {
            Ok(_) => Ok(()),
            Err(error) => {
                connection.abort().await;
                Err(self.broke("no login at", &error))
            }
        }
    }

    fn broke(&self, what: &str, error: &lettre::transport::smtp::Error) -> MailError {
        MailError::transient(format!("{what} {}:{}: {}", self.host, self.port, tell(error)))
    }

    fn said(&self, mail: &Mail, error: &lettre::transport::smtp::Error) -> String {
        format!(
            "{}:{} did not take mail to {}: {}",
            self.host,
            self.port,
            mail.recipient(),
            tell(error)
        )
    }
}

impl Mailer for SmtpMailer {
    fn send<'a>(&'a self, mail: &'a Mail) -> BoxFuture<'a, Result<(), MailError>> {
        Box::pin(async move {
            // lettre's own time-out covers the TCP connect only.
            let accepted = timeout(self.limit, self.hand_over(mail)).await;
            let late = |_| {
                MailError::transient(format!(
                    "{}:{} took longer than {} ms",
                    self.host,
                    self.port,
                    self.limit.as_millis()
                ))
            };
            let mut connection = accepted.map_err(late)??;
            // The message is accepted; how the goodbye ends changes nothing.
            let _ = timeout(GOODBYE_LIMIT, connection.quit()).await;
            Ok(())
        })
    }
}

fn trust(host: &str, ca_file: Option<&Path>) -> Result<TlsParameters, SmtpSetupError> {
    let mut builder = TlsParameters::builder(host.to_owned());
    if let Some(path) = ca_file {
        let bad = |error: String| SmtpSetupError(format!("CA_FILE {}: {error}", path.display()));
        let pem = std::fs::read(path).map_err(|error| bad(error.to_string()))?;
        let certificate = Certificate::from_pem(&pem).map_err(|error| bad(tell(&error)))?;
        builder = builder.add_root_certificate(certificate);
    }
    builder.build().map_err(|error| SmtpSetupError(format!("SMTP_TLS: {}", tell(&error))))
}

/// Whether the server refused this message, as opposed to us: 530 asks for TLS or a login.
fn is_final(error: &lettre::transport::smtp::Error) -> bool {
    error.is_permanent() && error.status().is_none_or(|code| code.to_string() != "530")
}

/// The server's own words where there are any. lettre's `Display` repeats its sources.
fn tell(error: &lettre::transport::smtp::Error) -> String {
    let source = std::error::Error::source(error);
    match (error.status(), source) {
        (Some(code), Some(words)) => format!("{code} {}", one_line(&words.to_string())),
        (Some(code), None) => code.to_string(),
        (None, Some(cause)) => one_line(&cause.to_string()),
        (None, None) => one_line(&error.to_string()),
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn compose(mail: &Mail) -> Result<Message, MailError> {
    let written = std::time::UNIX_EPOCH
        + Duration::from_millis(u64::try_from(mail.date.as_millis()).unwrap_or(0));
    let head = Message::builder()
        .from(mail.from.clone())
        .to(Mailbox::new(mail.to.name.clone(), mail.to.email.clone()))
        .subject(one_line(&mail.subject))
        .message_id(Some(mail.message_id.clone()))
        .date(written)
        .raw_header(HeaderValue::new(
            HeaderName::new_from_ascii_str("Auto-Submitted"),
            "auto-generated".to_owned(),
        ));
    let composed = match &mail.html {
        None => head.singlepart(SinglePart::plain(mail.body.clone())),
        Some(html) => head.multipart(both(mail, html)),
    };
    let refused =
        |error: lettre::error::Error| MailError { message: error.to_string(), refused: true };
    composed.map_err(refused)
}

/// Text and page in one message; the boundary follows from the message's own id.
fn both(mail: &Mail, html: &str) -> MultiPart {
    let letter = |c: &char| c.is_ascii_alphanumeric();
    let boundary: String = mail.message_id.chars().filter(letter).take(40).collect();
    MultiPart::alternative()
        .boundary(format!("=_firedrill_{boundary}"))
        .singlepart(SinglePart::plain(mail.body.clone()))
        .singlepart(SinglePart::html(html.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::time::Timestamp;

    fn mail(html: Option<&str>) -> Mail {
        Mail {
            from: "monitor@demo.local".parse().unwrap(),
            to: "Ops Team <ops@example.org>".parse().unwrap(),
            subject: "[P1][FIRST_FAIL] größer\r\nBcc: all@example.org".to_owned(),
            body: "first line\n.\nlast line\n".to_owned(),
            html: html.map(str::to_owned),
            message_id: "<41.1767580200120.first_fail.api@firedrill>".to_owned(),
            date: Timestamp::from_millis(1_767_580_200_120),
        }
    }

    #[test]
    fn a_message_is_the_same_text_every_time_and_its_subject_is_one_line() {
        for html in [None, Some("<p>page</p>")] {
            let texts = [(); 2].map(|()| compose(&mail(html)).unwrap().formatted());
            assert_eq!(texts[0], texts[1]);
            let text = String::from_utf8(texts[0].clone()).unwrap();
            assert!(text.contains("Message-ID: <41.1767580200120.first_fail.api@firedrill>\r\n"));
            assert!(text.contains("Date: Mon, 05 Jan 2026 02:30:00 +0000\r\n"), "{text}");
            assert!(text.contains("To: \"Ops Team\" <ops@example.org>\r\n"), "{text}");
            assert!(!text.contains("\nBcc:"), "{text}");
            assert_eq!(text.contains("<p>page</p>"), html.is_some());
        }
    }

    #[test]
    fn debug_output_shows_no_password() {
        let login = crate::settings::Login {
            user: "me".to_owned(),
            pass: crate::settings::Secret::new("canary".to_owned()),
        };
        let smtp = Smtp {
            host: "mx".to_owned(),
            port: 587,
            login: Some(login),
            tls: SmtpTls::None,
            from: "a@b.org".parse().unwrap(),
            to: Vec::new(),
        };
        let shown = format!("{:?}", SmtpMailer::new(&smtp, None).unwrap());
        assert!(!shown.contains("canary"), "{shown}");
    }

    #[test]
    fn a_bad_file_of_certificates_is_named() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "-----BEGIN CERTIFICATE-----\nAAAA\n-----END").unwrap();
        for path in [file.path(), Path::new("/nowhere/ca.pem")] {
            let error = trust("mx", Some(path)).map(|_| ()).unwrap_err().to_string();
            assert!(error.starts_with(&format!("CA_FILE {}: ", path.display())), "{error}");
        }
    }
}
