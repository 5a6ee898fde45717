//! Makes up a text that a regular expression matches: the heartbeat of a log, the output of a
//! program. What it makes up is held against the expression before anybody sees it.

use jiff::{Timestamp, tz::TimeZone};
use regex::Regex;
use regex_syntax::{
    ParserBuilder,
    hir::{Class, Hir, HirKind},
};

/// How times may be written, the usual way first.
const TIMES: [&str; 5] = [
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%dT%H:%M:%S%:z",
    "%Y-%m-%d %H:%M:%S.000",
    "%Y-%m-%d %H:%M:%S,000",
];

/// Heartbeats of one form.
#[derive(Clone, Debug)]
pub(super) struct Form {
    tree: Hir,
    zone: TimeZone,
    time: &'static str,
    optional: bool,
}

impl Form {
    /// The form of a pattern with the groups `time` and `clients`; none when nothing can be made up.
    pub(super) fn of(pattern: &Regex, zone: &TimeZone, at: Timestamp) -> Option<Self> {
        let tree = tree(pattern)?;
        let forms = TIMES.iter().flat_map(|time| [(*time, true), (*time, false)]);
        let mut forms = forms.map(|(time, optional)| {
            let (tree, zone) = (tree.clone(), zone.clone());
            Self { tree, zone, time, optional }
        });
        forms.find(|form| form.fits(pattern, at))
    }

    /// The heartbeat of an instant.
    pub(super) fn line(&self, at: Timestamp, clients: u64) -> String {
        let (time, clients) = (self.written(at), clients.to_string());
        let groups = [("time", time.as_str()), ("clients", clients.as_str())];
        Making { groups: &groups, optional: self.optional }.text(&self.tree)
    }

    fn written(&self, at: Timestamp) -> String {
        at.to_zoned(self.zone.clone()).strftime(self.time).to_string()
    }

    fn fits(&self, pattern: &Regex, at: Timestamp) -> bool {
        let line = self.line(at, 12);
        let found = pattern.captures(&line);
        let group = |name| found.as_ref()?.name(name).map(|group| group.as_str());
        group("time") == Some(&*self.written(at)) && group("clients") == Some("12")
    }
}

/// A text that an expression matches; none when nothing can be made up.
pub(super) fn text_for(pattern: &Regex) -> Option<String> {
    let tree = tree(pattern)?;
    let texts = [true, false].map(|optional| Making { groups: &[], optional }.text(&tree));
    texts.into_iter().find(|text| pattern.is_match(text))
}

fn tree(pattern: &Regex) -> Option<Hir> {
    ParserBuilder::new().multi_line(true).build().parse(pattern.as_str()).ok()
}

/// How a text is made up.
struct Making<'a> {
    /// What stands in groups of these names.
    groups: &'a [(&'a str, &'a str)],
    /// Whether what may be absent is there.
    optional: bool,
}

impl Making<'_> {
    fn text(&self, tree: &Hir) -> String {
        let mut text = String::new();
        self.add(tree, &mut text);
        text
    }

    fn add(&self, tree: &Hir, text: &mut String) {
        match tree.kind() {
            HirKind::Empty | HirKind::Look(_) => {}
            HirKind::Literal(literal) => text.push_str(&String::from_utf8_lossy(&literal.0)),
            HirKind::Class(class) => text.push(member(class)),
            HirKind::Repetition(again) => {
                let least = if self.optional { again.min.max(1) } else { again.min };
                (0..least).for_each(|_| self.add(&again.sub, text));
            }
            HirKind::Capture(group) => {
                let name = group.name.as_deref().unwrap_or_default();
                match self.groups.iter().find(|(known, _)| *known == name) {
                    Some((_, given)) => text.push_str(given),
                    None => self.add(&group.sub, text),
                }
            }
            HirKind::Concat(parts) => parts.iter().for_each(|part| self.add(part, text)),
            HirKind::Alternation(parts) => {
                parts.iter().take(1).for_each(|part| self.add(part, text));
            }
        }
    }
}

/// A character of a class: a blank where anything goes, else a letter or a digit where there is one.
fn member(class: &Class) -> char {
    let has = |wanted: char| match class {
        Class::Unicode(class) => {
            class.iter().any(|range| (range.start()..=range.end()).contains(&wanted))
        }
        Class::Bytes(class) => class
            .iter()
            .any(|range| (char::from(range.start())..=char::from(range.end())).contains(&wanted)),
    };
    let first = match class {
        Class::Unicode(class) => class.iter().next().map(|range| range.start()),
        Class::Bytes(class) => class.iter().next().map(|range| char::from(range.start())),
    };
    if has(' ') && has('x') {
        return ' ';
    }
    ['x', 'A', '0', ' '].into_iter().find(|wanted| has(*wanted)).or(first).unwrap_or(' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: &str = "2026-01-05T02:30:20Z";

    #[test]
    fn a_heartbeat_is_made_up_for_every_pattern_that_a_log_may_have() {
        let patterns = [
            (
                r"(?P<time>\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:[.,]\d+)?).*\bServer stats:\s+(?P<clients>\d+) clients?\b",
                "2026-01-05 08:00:20 Server stats: 2 clients",
            ),
            (
                "(?P<time>[0-9: -]+) alive, (?P<clients>[0-9]+) clients",
                "2026-01-05 08:00:20 alive, 2 clients",
            ),
            (
                r#"^\{"at":"(?P<time>[^"]+T[^"]+)","n":(?P<clients>\d+)[,}]"#,
                r#"{"at":"2026-01-05T08:00:20","n":2,"#,
            ),
            (
                r"^(?P<clients>\d+) (ok|fine) (?P<time>\S+\+\d\d:\d\d)$",
                "2 ok 2026-01-05T08:00:20+05:30",
            ),
        ];
        let zone = TimeZone::get("Asia/Kolkata").unwrap();
        for (pattern, line) in patterns {
            let regex = regex::RegexBuilder::new(pattern).multi_line(true).build().unwrap();
            let form = Form::of(&regex, &zone, AT.parse().unwrap()).unwrap();
            assert_eq!(form.line(AT.parse().unwrap(), 2), line);
        }
    }

    #[test]
    fn what_cannot_be_made_up_is_not_guessed() {
        let zone = TimeZone::UTC;
        let hours = Regex::new("(?P<time>[a-z]+) (?P<clients>[0-9]+)").unwrap();
        assert!(Form::of(&hours, &zone, AT.parse().unwrap()).is_none());
    }

    #[test]
    fn a_text_is_made_up_for_what_a_program_must_say() {
        for pattern in ["^ready$", r"\d+ files?, no errors", "(?i)OK|fine", "[^a-z]{3}", ""] {
            let regex = Regex::new(pattern).unwrap();
            assert!(regex.is_match(&text_for(&regex).unwrap()), "{pattern}");
        }
    }
}
