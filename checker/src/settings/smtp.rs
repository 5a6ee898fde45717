//! The mail server of the environment: which one, how it is secured, who writes to whom.

use lettre::message::Mailbox;

use super::{Reader, secret::Secret};

/// How mail is sent.
#[derive(Clone, Debug)]
pub struct Smtp {
    /// The server's name or address; its certificate must be for it.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// What the server is told of who is sending, when it wants to know.
    pub login: Option<Login>,
    /// How the connection is secured.
    pub tls: SmtpTls,
    /// The sender.
    pub from: Mailbox,
    /// The recipients; empty when `MAIL_TO` is not set.
    pub to: Vec<Mailbox>,
}

/// A user of the mail server.
#[derive(Clone, Debug)]
pub struct Login {
    /// The name.
    pub user: String,
    /// The password.
    pub pass: Secret,
}

/// How the connection to the mail server is secured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SmtpTls {
    /// In the clear first, then TLS; without TLS nothing is sent.
    StartTls,
    /// TLS from the first byte.
    Tls,
    /// In the clear, the password included.
    None,
}

/// The port on which servers speak TLS from the first byte.
const SMTPS_PORT: u16 = 465;

pub(super) fn read(reader: &mut Reader<'_>) -> Option<Smtp> {
    let wanted = tls(reader);
    let port = port(reader).unwrap_or(match wanted {
        Some(SmtpTls::Tls) => SMTPS_PORT,
        Some(SmtpTls::StartTls | SmtpTls::None) | None => 587,
    });
    let usual = if port == SMTPS_PORT { SmtpTls::Tls } else { SmtpTls::StartTls };
    let from = addresses(reader, "MAIL_FROM", "monitor@demo.local").into_iter().next();
    let to = addresses(reader, "MAIL_TO", "");
    let (login, host) = (login(reader), host(reader));
    Some(Smtp { host: host?, port, login, tls: wanted.unwrap_or(usual), from: from?, to })
}

fn host(reader: &mut Reader<'_>) -> Option<String> {
    let host = reader.text("SMTP_HOST")?;
    if host.chars().any(|c| c.is_whitespace() || matches!(c, '/' | '@')) || host.contains("://") {
        reader.refuse("SMTP_HOST", &host, "a host name or address; the port goes to SMTP_PORT");
    } else if host.matches(':').count() == 1 {
        reader.refuse("SMTP_HOST", &host, "a host name without a port; the port goes to SMTP_PORT");
    }
    Some(host)
}

fn port(reader: &mut Reader<'_>) -> Option<u16> {
    let text = reader.text("SMTP_PORT")?;
    let port = text.parse().ok().filter(|port| *port != 0);
    if port.is_none() {
        reader.refuse("SMTP_PORT", &text, "a number from 1 to 65535");
    }
    port
}

fn tls(reader: &mut Reader<'_>) -> Option<SmtpTls> {
    let word = reader.text("SMTP_TLS")?;
    let known = match word.to_ascii_lowercase().as_str() {
        "starttls" => Some(SmtpTls::StartTls),
        "tls" => Some(SmtpTls::Tls),
        "none" => Some(SmtpTls::None),
        _ => None,
    };
    if known.is_none() {
        reader.refuse("SMTP_TLS", &word, "starttls (the default), tls (port 465), none");
    }
    known
}

fn login(reader: &mut Reader<'_>) -> Option<Login> {
    let user = reader.text("SMTP_USER")?;
    let pass = reader.verbatim("SMTP_PASS");
    if pass.is_none() {
        let problem = "SMTP_PASS: not set although SMTP_USER is; set it, or unset SMTP_USER to send without login";
        reader.problems.push(problem.to_owned());
    }
    Some(Login { user, pass: Secret::new(pass?) })
}

fn addresses(reader: &mut Reader<'_>, name: &str, default: &str) -> Vec<Mailbox> {
    let list = reader.text(name).unwrap_or_else(|| default.to_owned());
    let written = list.split(',').map(str::trim).filter(|address| !address.is_empty());
    let mut parsed = Vec::new();
    for address in written {
        match mailbox(address) {
            Some(mailbox) => parsed.push(mailbox),
            None => {
                reader.refuse(name, address, "addresses such as ops@example.org, comma separated")
            }
        }
    }
    if name == "MAIL_FROM" && parsed.len() > 1 {
        reader.refuse(name, &list, "one address");
    }
    parsed
}

/// One address, with or without a name before it. lettre ignores what follows a good beginning,
/// so the address must also be how the text ends.
#[must_use]
pub(crate) fn mailbox(text: &str) -> Option<Mailbox> {
    let mailbox: Mailbox = text.parse().ok()?;
    let address = mailbox.email.to_string();
    let whole = text == address || text.ends_with(&format!("<{address}>"));
    whole.then_some(mailbox)
}
