//! What a terminal shows of a run: one line for what passed, and for the rest what a compiler
//! would say, with a timeline below.

mod ascii;
mod paint;

use self::paint::{Paint, Tone};
use super::{
    excerpt::excerpt,
    lanes::{SIGNS, action_sign, alert_sign},
    list,
    words::{self, count, plural, printable, printable_lines},
};
use crate::{
    judge::text_of,
    verdict::{Finding, Told, Verdict},
};

/// Everything about a case that did not pass; an empty line ends it.
pub(crate) fn failure(told: &Told, color: bool) -> String {
    let paint = Paint(color);
    let mut lines = vec![headline(told, paint)];
    for finding in &told.judged.findings {
        lines.push(String::new());
        lines.extend(finding_lines(told, finding, paint));
    }
    lines.push(String::new());
    lines.extend(ascii::picture(told).into_iter().map(|line| format!("  {line}")));
    lines.extend(fault_lines(told, paint));
    lines.extend(alert_lines(told, paint));
    lines.extend(action_lines(told, paint));
    lines.extend(note_lines(told, paint));
    lines.push(String::new());
    let ends: Vec<&str> = lines.iter().map(|line| line.trim_end()).collect();
    ends.join("\n")
}

/// A case in one line.
pub(crate) fn line(told: &Told, color: bool) -> String {
    headline(told, Paint(color))
}

/// The last line of a run.
pub(crate) fn summary(told: &[Told]) -> String {
    let [passed, failed, inconclusive] =
        [Verdict::Pass, Verdict::Fail, Verdict::Inconclusive].map(|verdict| count(told, verdict));
    format!("{passed} passed, {failed} failed, {inconclusive} inconclusive")
}

fn headline(told: &Told, paint: Paint) -> String {
    let verdict = told.judged.verdict;
    let tone = match verdict {
        Verdict::Pass => Tone::Good,
        Verdict::Inconclusive => Tone::Doubt,
        Verdict::Fail => Tone::Bad,
    };
    let title = paint.with(Tone::Strong, &printable(&told.scenario.title()));
    let (run, took) = (text_of(told.played.end), words::real(told.took));
    format!("{}  {title}   {run} in {took}", paint.with(tone, verdict.word()))
}

fn finding_lines(told: &Told, finding: &Finding, paint: Paint) -> Vec<String> {
    let source = &told.scenario.source;
    let at = finding.place.map(|place| format!(":{}:{}", place.line, place.column));
    let at = format!("{}{}", source.file, at.unwrap_or_default());
    let tone = if told.judged.verdict == Verdict::Inconclusive { Tone::Doubt } else { Tone::Bad };
    let mut lines = vec![format!(
        "{}: {}: {}",
        printable(&at),
        paint.with(tone, &printable(&finding.rule)),
        paint.with(Tone::Strong, &printable(&finding.message))
    )];
    if let Some(shown) = finding.place.and_then(|place| excerpt(source, place)) {
        let pad: String = shown.before.chars().map(blank).collect();
        let carets = paint.with(tone, &"^".repeat(shown.meant.chars().count()));
        let (bar, number) = (paint.with(Tone::Quiet, "|"), shown.line);
        lines.push(format!("{number:>5} {bar} {}{}{}", shown.before, shown.meant, shown.after));
        lines.push(format!("      {bar} {pad}{carets}"));
    }
    lines.extend(field("expected: ", finding.expected.as_deref()));
    lines.extend(field("actual:   ", finding.actual.as_deref()));
    for help in &finding.help {
        let equals = paint.with(Tone::Quiet, "=");
        lines.extend(block(&format!("      {equals} help: "), "              ", help));
    }
    lines
}

/// Keeps tabs, so that the caret stands where the reader sees the text.
fn blank(c: char) -> char {
    if c == '\t' { '\t' } else { ' ' }
}

fn field(name: &str, text: Option<&str>) -> Vec<String> {
    let indent = " ".repeat(6 + name.len());
    text.map(|text| block(&format!("      {name}"), &indent, text)).unwrap_or_default()
}

/// A text of several lines, the first behind a name and the rest below it.
fn block(first: &str, rest: &str, text: &str) -> Vec<String> {
    let lines = printable_lines(text).into_iter().enumerate();
    lines.map(|(at, line)| format!("{}{line}", if at == 0 { first } else { rest })).collect()
}

/// What was done to the world and whether it was noticed; nothing when nothing was done.
fn fault_lines(told: &Told, paint: Paint) -> Vec<String> {
    let faults = &told.played.faults;
    let rows = faults.iter().take(SIGNS).map(|fault| {
        let end = fault.end.map_or_else(|| "the end".to_owned(), text_of);
        let span = format!("{} to {end}", text_of(fault.start));
        let met = format!("met {}, struck {}", fault.matched, fault.injected);
        vec![fault.id.clone(), span, fault.kind.clone(), fault.on.clone(), met]
    });
    if faults.is_empty() {
        Vec::new()
    } else {
        section("fault", faults.len(), rows.collect(), paint)
    }
}

fn alert_lines(told: &Told, paint: Paint) -> Vec<String> {
    let alerts = list::alerts(&told.played);
    let rows = alerts.iter().take(SIGNS).enumerate().map(|(index, alert)| {
        vec![
            alert_sign(index),
            text_of(alert.at),
            alert.event(),
            alert.check().to_owned(),
            alert.over(),
        ]
    });
    section("alert", alerts.len(), rows.collect(), paint)
}

fn action_lines(told: &Told, paint: Paint) -> Vec<String> {
    let actions = list::actions(&told.played);
    let rows = actions.iter().take(SIGNS).enumerate().map(|(index, action)| {
        let (name, label) = (action.done.name.to_string(), action.done.action.clone());
        let result = action.result().to_owned();
        let remark = words::cut(&action.remark(), 100);
        vec![action_sign(index), text_of(action.at), result, name, label, remark]
    });
    section("action", actions.len(), rows.collect(), paint)
}

/// What went wrong on the stage itself; nothing when nothing did.
fn note_lines(told: &Told, paint: Paint) -> Vec<String> {
    let notes = &told.played.notes;
    let rows = notes.iter().take(SIGNS).map(|(at, note)| vec![text_of(*at), note.clone()]);
    if notes.is_empty() { Vec::new() } else { section("note", notes.len(), rows.collect(), paint) }
}

/// A headed list in columns.
fn section(what: &str, count: usize, rows: Vec<Vec<String>>, paint: Paint) -> Vec<String> {
    let head = if count == 0 { format!("no {what}s") } else { format!("{}:", plural(count, what)) };
    let mut lines = vec![String::new(), format!("  {}", paint.with(Tone::Strong, &head))];
    let more = count - rows.len();
    lines.extend(columns(rows));
    if more > 0 {
        lines.push(format!("    and {more} more"));
    }
    lines
}

fn columns(rows: Vec<Vec<String>>) -> Vec<String> {
    let shown: Vec<Vec<String>> =
        rows.into_iter().map(|row| row.iter().map(|cell| printable(cell)).collect()).collect();
    let width = |at: usize| {
        shown.iter().filter_map(|row| row.get(at)).map(|cell| cell.chars().count()).max()
    };
    // Signs and times stand to the right, names to the left.
    let signs = width(0).is_some_and(|width| width <= 2);
    let line = |row: &Vec<String>| {
        let cells = row.iter().enumerate().filter_map(|(at, cell)| {
            let width = width(at).filter(|width| *width > 0)?;
            Some(if signs && at < 2 {
                format!("{cell:>width$}")
            } else {
                format!("{cell:<width$}")
            })
        });
        format!("    {}", cells.collect::<Vec<_>>().join("  "))
    };
    shown.iter().map(line).collect()
}
