//! What a tile says of a check: the stored status, or RETRYING or STALE where those are nearer to
//! the truth. Pure; the only place that decides between the words and their colours.

use std::time::Duration;

use engine::{Status, Timestamp, board::Entry};

/// The shortest silence that counts as stale.
const STALE_FLOOR: Duration = Duration::from_secs(90);

/// The word on a tile, worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Shown {
    /// The last cycle ended FAIL.
    Fail,
    /// An attempt of the cycle under way has failed and more follow.
    Retrying,
    /// Works, but worse than wanted.
    Warn,
    /// Not measured for too long: nothing is known of the present.
    Stale,
    /// The checker could not measure.
    Unknown,
    /// Not run yet.
    Pending,
    /// Works.
    Ok,
}

/// The colour that goes with a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Colour {
    /// Works.
    Green,
    /// Works, but look at it.
    Amber,
    /// Does not work.
    Red,
    /// Not known.
    Grey,
}

impl Shown {
    /// All of them, worst first.
    pub(crate) const ALL: [Self; 7] = [
        Self::Fail,
        Self::Retrying,
        Self::Warn,
        Self::Stale,
        Self::Unknown,
        Self::Pending,
        Self::Ok,
    ];

    /// What to show of `entry`. `awake_since` is when the checker last took up its work: from
    /// then on even a check that was never measured should have been.
    #[must_use]
    pub(crate) fn of(entry: &Entry, awake_since: Option<Timestamp>, now: Timestamp) -> Self {
        let retry_due = entry.retrying.as_ref().map(|retrying| retrying.next_at);
        let heard_of = entry.last_checked_at.or(awake_since).max(retry_due);
        if heard_of.is_some_and(|at| now.since(at) > stale_after(entry)) {
            return Self::Stale;
        }
        match entry.status {
            Status::Fail => Self::Fail,
            Status::Ok | Status::Warn | Status::Unknown | Status::Pending
                if entry.retrying.is_some() =>
            {
                Self::Retrying
            }
            Status::Ok | Status::Warn | Status::Unknown | Status::Pending => {
                Self::from_status(entry.status)
            }
        }
    }

    /// The word of a stored status.
    #[must_use]
    pub(crate) const fn from_status(status: Status) -> Self {
        match status {
            Status::Pending => Self::Pending,
            Status::Ok => Self::Ok,
            Status::Warn => Self::Warn,
            Status::Fail => Self::Fail,
            Status::Unknown => Self::Unknown,
        }
    }

    /// The word itself.
    #[must_use]
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Fail => "FAIL",
            Self::Retrying => "RETRYING",
            Self::Warn => "WARN",
            Self::Stale => "STALE",
            Self::Unknown => "UNKNOWN",
            Self::Pending => "PENDING",
            Self::Ok => "OK",
        }
    }

    /// The CSS class that carries shape and ink.
    #[must_use]
    pub(crate) const fn class(self) -> &'static str {
        match self {
            Self::Fail => "s-fail",
            Self::Retrying => "s-retrying",
            Self::Warn => "s-warn",
            Self::Stale => "s-stale",
            Self::Unknown => "s-unknown",
            Self::Pending => "s-pending",
            Self::Ok => "s-ok",
        }
    }

    /// The colour of the field behind the word.
    #[must_use]
    pub(crate) const fn colour(self) -> Colour {
        match self {
            Self::Ok => Colour::Green,
            Self::Warn => Colour::Amber,
            Self::Fail | Self::Retrying => Colour::Red,
            Self::Unknown | Self::Pending | Self::Stale => Colour::Grey,
        }
    }

    /// How people count it: `2 failing`, `1 warning`.
    #[must_use]
    pub(crate) const fn counted(self) -> &'static str {
        match self {
            Self::Fail => "failing",
            Self::Retrying => "retrying",
            Self::Warn => "warning",
            Self::Stale => "stale",
            Self::Unknown => "unknown",
            Self::Pending => "pending",
            Self::Ok => "OK",
        }
    }

    /// Whether the watched thing is known to work.
    #[must_use]
    pub(crate) const fn is_up(self) -> bool {
        matches!(self, Self::Ok | Self::Warn)
    }

    /// Whether it wants attention.
    #[must_use]
    pub(crate) const fn is_trouble(self) -> bool {
        !matches!(self, Self::Ok | Self::Pending)
    }
}

impl Colour {
    /// The word on the tile.
    #[must_use]
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Green => "GREEN",
            Self::Amber => "AMBER",
            Self::Red => "RED",
            Self::Grey => "GREY",
        }
    }

    /// The CSS class of the field.
    #[must_use]
    pub(crate) const fn class(self) -> &'static str {
        match self {
            Self::Green => "green",
            Self::Amber => "amber",
            Self::Red => "red",
            Self::Grey => "grey",
        }
    }
}

/// After how long a silence a check is stale: three intervals, or 90 s where that is longer.
#[must_use]
pub(crate) fn stale_after(entry: &Entry) -> Duration {
    Duration::from_millis(entry.interval_ms.saturating_mul(3)).max(STALE_FLOOR)
}
