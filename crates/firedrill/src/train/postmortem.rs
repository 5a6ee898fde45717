//! The skeleton of a post-mortem in Markdown: what is known is filled in, the rest is asked of the
//! people who were there. Made from the record alone.

use std::fmt::Write as _;

use super::{
    desk::Deed,
    pages::debrief::{Entry, chronicle, minutes},
    record::{Record, Worth},
    words::{self, clock, ending, length, length_or_never, verdict},
};

/// The skeleton.
pub(crate) fn markdown(record: &Record) -> String {
    let sections = [
        head(record),
        summary(record),
        impact(record),
        timeline(record),
        detection(record),
        response(record),
        causes(record),
        lessons(record),
        actions(record),
    ];
    sections.join("\n")
}

/// Text that cannot break out of its line, of a table or of its paragraph.
fn text(raw: &str) -> String {
    let line = raw.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut out = String::with_capacity(line.len());
    let (mut before, mut rest) = (' ', line.chars().peekable());
    while let Some(c) = rest.next() {
        // Inside a word an underscore is only itself.
        let inside = |next: &char| before.is_alphanumeric() && next.is_alphanumeric();
        match c {
            '_' if rest.peek().is_some_and(inside) => out.push(c),
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '#' | '|' | '~' | '$' => {
                out.push('\\');
                out.push(c);
            }
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            c if c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
        before = c;
    }
    out
}

fn head(record: &Record) -> String {
    let day = record.began.to_jiff().strftime("%Y-%m-%d");
    format!(
        "# Post-mortem: {}\n\n\
         * Date: {day} (an exercise: {}, {} × real time)\n\
         * Team: {}\n\
         * Authors: TODO: who writes this\n\
         * Status: draft\n\n\
         All times are the exercise’s own, from its start.\n",
        text(&record.title),
        words::drawn(record.seed, record.level),
        record.speed,
        text(&record.team)
    )
}

fn summary(record: &Record) -> String {
    let story = match &record.resolution {
        Some(resolution) => format!("{}\n\n", text(resolution)),
        None => String::new(),
    };
    format!(
        "## Summary\n\n{}. {}\nIt ended after {}: {}.\n\n{story}\
         TODO: two or three sentences for somebody who was not there.\n",
        text(&words::wrong(record)),
        minutes(record).told,
        length(record.ended),
        text(&ending(&record.ending))
    )
}

fn impact(record: &Record) -> String {
    let (you, nobody, remedies) = (&record.score, &record.nobody, &record.remedies);
    let mut out = format!(
        "## Impact\n\n\
         | | as it was | nobody there | remedies alone |\n|---|---|---|---|\n\
         | failed requests | {} of {} | {} of {} | {} of {} |\n\
         | user pain | {} | {} | {} |\n\n",
        you.failed,
        you.requests,
        nobody.failed,
        nobody.requests,
        remedies.failed,
        remedies.requests,
        words::minutes(you.pain_minutes),
        words::minutes(nobody.pain_minutes),
        words::minutes(remedies.pain_minutes)
    );
    let hurt = record.users.iter().filter(|lane| !lane.spans.is_empty());
    for lane in hurt {
        let (first, last) = (lane.spans.first(), lane.spans.last());
        if let (Some(first), Some(last)) = (first, last) {
            let (from, to) = (clock(first.from), clock(last.to));
            let _ = writeln!(out, "* {}: {from} to {to}", text(&lane.name));
        }
    }
    out.push_str("\nTODO: what it meant for the people who use this.\n");
    out
}

fn timeline(record: &Record) -> String {
    let row = |entry: &Entry| {
        let by = if entry.by.is_empty() { String::new() } else { format!("{}: ", entry.by) };
        let outcome =
            if entry.outcome.is_empty() { String::new() } else { format!(" ({})", entry.outcome) };
        let what = text(&format!("{by}{}{outcome}", entry.what));
        format!("| {} | {} | {what} |\n", entry.clock(), entry.kind.word())
    };
    let rows: String = chronicle(record).iter().map(row).collect();
    format!("## Timeline\n\n| time | | what |\n|---:|---|---|\n{rows}")
}

fn detection(record: &Record) -> String {
    let mut out = format!(
        "## Detection\n\n\
         * Time to detect: {}\n* Time to acknowledge: {}\n",
        length_or_never(record.score.detect),
        length_or_never(record.score.acknowledge)
    );
    if let Some(sign) = &record.earliest {
        let (what, seen) = (text(&sign.what), text(&sign.seen_at));
        let _ =
            writeln!(out, "* Earliest sign: {what}, at {}; to be seen at {seen}", clock(sign.at));
    }
    out.push_str("\nTODO: how did you notice, and what did you look at first?\n");
    out
}

fn response(record: &Record) -> String {
    let mut out = format!(
        "## Response\n\n* Time to diagnose: {}\n* Time to mitigate: {}\n",
        length_or_never(record.score.diagnose),
        length_or_never(record.score.mitigate)
    );
    for used in &record.operations {
        let (label, by) = (text(&used.label), text(&used.by));
        let worth = words::worth(used.worth);
        let _ = writeln!(out, "* {} {by} used “{label}”, which {worth}", clock(used.from));
    }
    out.push_str("\nTODO: what was tried, in which order, and why.\n");
    out
}

fn causes(record: &Record) -> String {
    let mut out = "## Cause\n\n".to_owned();
    for cause in &record.causes {
        let (fault, part) = (text(&cause.fault), text(&cause.component));
        let _ = writeln!(out, "* {} ({fault} in {part})", text(&cause.plain));
    }
    if record.causes.is_empty() {
        out.push_str("* Nothing was wrong.\n");
    }
    out.push_str("\nTODO: why could it happen, and why was it not caught before?\n");
    out
}

/// What went well and what did not, as far as it can be known without asking.
fn lessons(record: &Record) -> String {
    let mut well = Vec::new();
    let mut badly = Vec::new();
    for part in record.score.parts.iter() {
        let into = if part.points > 0 && part.points == part.of { &mut well } else { &mut badly };
        into.push(format!("{}: {}", text(&part.name), text(&part.why)));
    }
    for done in &record.done {
        if let Deed::Diagnose { component, fault } = &done.deed {
            let (by, cause) = (text(&done.by), text(&format!("{fault} in {component}")));
            let verdict = verdict(&record.causes, component, fault);
            let line = format!("{} {by} named {cause}: {verdict}", clock(done.at));
            if verdict == words::RIGHT { well.push(line) } else { badly.push(line) }
        }
    }
    let harm = record.operations.iter().filter(|used| used.worth == Worth::Harmful);
    badly.extend(harm.map(|used| format!("{} did harm", text(&used.label))));
    let list =
        |items: &[String]| items.iter().map(|item| format!("* {item}\n")).collect::<String>();
    format!(
        "## What went well\n\n{}* TODO: what you would do again.\n\n\
         ## What went badly\n\n{}* TODO: what you would not.\n\n\
         ## Where you were lucky\n\n* TODO: what could have made it worse.\n",
        list(&well),
        list(&badly)
    )
}

fn actions(record: &Record) -> String {
    let mut out = "## Action items\n\n| what | who | until |\n|---|---|---|\n".to_owned();
    if let Some(sooner) = &record.sooner {
        let _ = writeln!(out, "| checks.yaml: {} | TODO: who | TODO: when |", text(sooner));
    }
    out.push_str("| TODO: what | TODO: who | TODO: when |\n");
    out
}

#[cfg(test)]
#[path = "postmortem_tests.rs"]
mod tests;
