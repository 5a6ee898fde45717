//! What a notice says once it leaves: secrets masked, the subject one line, lateness told.
//! Shared by all channels, so that they agree.

use std::time::Duration;

use engine::{
    effect::Delivery,
    event::Notice,
    status::{NoticeKind, Status},
    time::{Timestamp, humane},
};
use jiff::tz::TimeZone;

use crate::settings::Settings;

/// A notice as it leaves.
#[derive(Debug)]
pub(super) struct Message<'a> {
    notice: &'a Notice,
    /// The subject: one line.
    pub(super) subject: String,
    /// The text.
    pub(super) body: String,
    /// What was found, in one sentence.
    pub(super) reason: String,
    /// How late it is, when that is worth telling.
    pub(super) late: Option<Duration>,
}

/// How a notice feels, for colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    /// Something is broken.
    Bad,
    /// Something is not as it should be.
    Warning,
    /// Something works again.
    Good,
    /// Neither.
    Plain,
}

impl<'a> Message<'a> {
    pub(super) fn of(delivery: &'a Delivery, settings: &Settings, zone: &TimeZone) -> Self {
        let notice = &*delivery.notice;
        let mark = if delivery.late.is_some() { " (late)" } else { "" };
        Self {
            notice,
            subject: one_line(&settings.mask(&notice.subject)) + mark,
            body: lateness(delivery, zone) + &settings.mask(&notice.body),
            reason: settings.mask(&notice.facts.reason),
            late: delivery.late,
        }
    }

    /// The same for every attempt of this notice, and for no other notice.
    pub(super) fn key(&self) -> String {
        self.notice.key()
    }

    /// Subject and text as one, for channels that know no subject.
    pub(super) fn whole(&self) -> String {
        format!("{}\n\n{}", self.subject, self.body.trim_end())
    }

    pub(super) fn check(&self) -> Option<&str> {
        self.notice.name.as_ref().map(engine::CheckName::as_str)
    }

    /// Everything else, as the engine gave it. Its texts are not masked.
    pub(super) const fn notice(&self) -> &Notice {
        self.notice
    }

    pub(super) const fn raised_at(&self) -> Timestamp {
        self.notice.raised_at
    }

    pub(super) const fn tone(&self) -> Tone {
        match self.notice.kind {
            NoticeKind::FirstFail
            | NoticeKind::DeadlineMiss
            | NoticeKind::Reminder
            | NoticeKind::RemedyExhausted => Tone::Bad,
            NoticeKind::Recovered => Tone::Good,
            NoticeKind::Warn | NoticeKind::Unknown => Tone::Warning,
            NoticeKind::Change => tone_of(self.notice.facts.to),
            NoticeKind::Test | NoticeKind::Report => Tone::Plain,
        }
    }
}

const fn tone_of(status: Status) -> Tone {
    match status {
        Status::Ok => Tone::Good,
        Status::Warn | Status::Unknown => Tone::Warning,
        Status::Fail => Tone::Bad,
        Status::Pending => Tone::Plain,
    }
}

fn lateness(delivery: &Delivery, zone: &TimeZone) -> String {
    let Some(late) = delivery.late else {
        return String::new();
    };
    let raised = delivery.notice.raised_at.in_zone(zone);
    format!(
        "LATE by {}: this was raised at {raised} and could not be delivered before.\n\n",
        humane(late)
    )
}

/// Without line breaks or any other control character: nothing may end a header or a line early.
pub(super) fn one_line(text: &str) -> String {
    let plain = |c: char| if c.is_control() { ' ' } else { c };
    text.chars().map(plain).collect::<String>().trim().to_owned()
}

/// As much of a text as has at most so many UTF-16 units, as Telegram and Twilio count, with a mark
/// when there was more.
pub(super) fn clipped_units(text: &str, most: usize) -> String {
    if text.encode_utf16().count() <= most {
        return text.to_owned();
    }
    let mut room = most - 1;
    let fits = |c: &char| {
        let left = room.checked_sub(c.len_utf16());
        room = left.unwrap_or(room);
        left.is_some()
    };
    text.chars().take_while(fits).collect::<String>() + "…"
}

/// The first `most` characters, with a mark when there were more.
pub(super) fn clipped(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
