//! What a table of keys is: each section of the configuration is described once, by a table.
//! The reader takes allowed keys, types and limits from it, the JSON Schema is written from it.

/// A mapping of the configuration.
#[derive(Debug)]
pub(super) struct Table {
    /// Its name in the schema.
    pub(super) name: &'static str,
    /// What it is for.
    pub(super) about: &'static str,
    pub(super) keys: &'static [Key],
}

/// One key of a mapping.
#[derive(Debug)]
pub(super) struct Key {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) need: Need,
    /// What it means, in one sentence.
    pub(super) doc: &'static str,
}

/// Whether a key must be there.
#[derive(Debug)]
pub(super) enum Need {
    Required,
    Optional,
    /// At least one of the keys that say this must be there.
    OneOf,
    /// What holds when it is absent, as JSON.
    Default(&'static str),
}

/// What may stand behind a key.
#[derive(Debug)]
pub(super) enum Kind {
    Bool,
    Text,
    /// The name of a check or a channel.
    Name,
    /// An absolute http or https address.
    Url,
    /// The same, or nothing: then it switches its owner off.
    UrlOrNothing,
    /// An address with `{job_id}`.
    JobUrl,
    JsonPath,
    /// A regular expression.
    Regex,
    /// A host with an optional port.
    Endpoint,
    /// A host without a port.
    Host,
    Int {
        min: u64,
        max: u64,
    },
    /// Any finite number.
    Number,
    Seconds {
        min: f64,
        max: f64,
    },
    /// Whole milliseconds or null.
    Millis,
    /// A duration with its unit, at least one day.
    Span,
    /// A duration with its unit.
    Length,
    Zone,
    Cron,
    TimeOfDay,
    Word(&'static [&'static str]),
    Words(&'static [&'static str]),
    /// The `type` of a mapping, of which there are several.
    Type(&'static Family),
    Texts,
    TextOrTexts,
    Headers,
    Json,
    Body,
    /// A cron expression or the mapping.
    Report(&'static Table),
    Section(&'static Table),
    /// That, or null, which reads as absent.
    OrNull(&'static Kind),
    Sections(&'static Table),
    /// A list of mappings whose keys depend on their `type`.
    Variants(&'static Family),
}

/// Mappings that are told apart by `type`.
#[derive(Debug)]
pub(super) struct Family {
    /// What one of them is called.
    pub(super) what: &'static str,
    /// The keys of all of them, `type` included.
    pub(super) common: &'static Table,
    pub(super) types: &'static [(&'static str, &'static Table)],
}

impl Family {
    pub(super) fn words(&self) -> impl Iterator<Item = &'static str> {
        self.types.iter().map(|(word, _)| *word)
    }
}

impl Kind {
    /// What a value must be, to complete "`key` must be …".
    pub(super) fn expects(&self) -> String {
        let fixed = match self {
            Self::Bool => "true or false",
            Self::Text | Self::Type(_) => "text",
            Self::Name => "text of 1 to 100 characters",
            Self::Url | Self::UrlOrNothing => "an http or https address",
            Self::JobUrl => "an http or https address with {job_id}",
            Self::JsonPath => "a JSONPath such as $.status",
            Self::Regex => "text with a regular expression",
            Self::Endpoint => "a host with an optional port, such as db.local:5432 or [::1]:53",
            Self::Host => "a host name or an address",
            Self::Number => "a number",
            Self::Millis => "a whole number of milliseconds from 1 to 3600000, or null",
            Self::Span => "a duration of at least one day, such as 31d",
            Self::Length => "a duration such as 30s, 5m or 1h",
            Self::Zone => "a time zone such as Asia/Kolkata",
            Self::Cron => "a cron expression of 5 or 6 fields, in quotes",
            Self::TimeOfDay => "a time of day from 0:00 to 23:59, such as \"23:30\"",
            Self::Texts => "a list of text",
            Self::TextOrTexts => "text or a list of text",
            Self::Headers => "a mapping of header names to text",
            Self::Json => "any JSON value",
            Self::Body => "text, a mapping or a list",
            Self::Report(_) => "a cron expression or a mapping",
            Self::Section(_) => "a mapping",
            Self::Sections(_) | Self::Variants(_) => "a list of mappings",
            Self::OrNull(kind) => return format!("{}, or null", kind.expects()),
            Self::Int { min, max } => return format!("a whole number from {min} to {max}"),
            Self::Seconds { min, max } => {
                return format!("a number of seconds from {min} to {max}");
            }
            Self::Word(words) => return format!("one of {}", words.join(", ")),
            Self::Words(words) => return format!("a list of words from {}", words.join(", ")),
        };
        fixed.to_owned()
    }
}
