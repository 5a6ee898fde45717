//! Notices by mail: one message to one recipient, with an id and a date that are the same for
//! every attempt.

use engine::effect::DeliveryError;

use super::message::Message;
use crate::mailer::{Mail, MailError, Mailbox, Mailer};

/// Who writes to whom.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Letterhead {
    /// The sender.
    pub(super) from: Mailbox,
    /// The recipient.
    pub(super) to: Mailbox,
}

pub(super) async fn send(
    mailer: Option<&dyn Mailer>,
    head: &Letterhead,
    message: &Message<'_>,
) -> Result<(), DeliveryError> {
    let Some(mailer) = mailer else {
        return Err(failed(no_server()));
    };
    mailer.send(&mail(head, message)).await.map_err(failed)
}

fn no_server() -> MailError {
    MailError { message: "there is no mail server".to_owned(), refused: false }
}

fn failed(error: MailError) -> DeliveryError {
    DeliveryError { message: error.message, refused: error.refused, retry_after: None }
}

fn mail(head: &Letterhead, message: &Message<'_>) -> Mail {
    Mail {
        from: head.from.clone(),
        to: head.to.clone(),
        subject: message.subject.clone(),
        body: message.body.clone(),
        html: None,
        message_id: message_id(&message.key()),
        date: message.raised_at(),
    }
}

/// A key as a Message-ID: only characters that need no quoting, within one header line.
fn message_id(key: &str) -> String {
    let safe = |c: char| {
        if c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-') { c } else { '-' }
    };
    let local: String = key.chars().take(200).map(safe).collect();
    format!("<{}@firedrill>", local.replace("..", ".-").trim_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::message_id;

    #[test]
    fn a_message_id_holds_only_what_needs_no_quoting() {
        let cases = [
            (
                "41.1767580200120.first_fail.api-availability",
                "<41.1767580200120.first_fail.api-availability@firedrill>",
            ),
            ("1.2.test.größe und <x>@y\r\n..", "<1.2.test.gr--e-und--x--y--.-@firedrill>"),
        ];
        for (key, expected) in cases {
            assert_eq!(message_id(key), expected);
        }
    }
}
