//! One self-contained page for people: counts, a table of all cases, and what happened in each.
//! Never loads anything, runs no script, and stays small however many cases there were.

mod case;
pub(crate) mod drawn;
pub(crate) mod svg;

use super::words::{count, cut, escaped, plural, real};
use crate::{
    judge::text_of,
    verdict::{Told, Verdict},
};

/// The most bytes of a page.
const LARGEST: usize = 195_000;
/// No case takes fewer bytes.
const SMALLEST: usize = 500;
/// So many cases are few.
const FEW: usize = 20;
/// The most rows of the table.
const ROWS: usize = 250;
const STYLE: &str =
    concat!(include_str!("style.css"), include_str!("picture.css"), include_str!("print.css"));

/// How the lanes are drawn, in the colours of the page around them.
pub(crate) const PICTURE: &str = include_str!("picture.css");

/// How much is told of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Depth {
    /// Everything.
    Full,
    /// The picture and little else.
    Light,
}

/// The whole page.
pub(crate) fn html(told: &[Told]) -> String {
    let head = head(told);
    let rows = listed(told);
    let frame = 2_000;
    let table_bytes = rows.iter().map(|at| row(*at, &told[*at], true).len()).sum::<usize>();
    let room = LARGEST.saturating_sub(head.len() + table_bytes + frame);
    let cases = cases(told, &rows, room);
    let table: String = rows.iter().map(|at| row(*at, &told[*at], cases[*at].is_some())).collect();
    let left = told.len() - rows.len();
    let left =
        if left > 0 { format!("<p>And {}.</p>", plural(left, "more case")) } else { String::new() };
    let bare = rows.iter().filter(|at| cases[**at].is_none()).count();
    format!(
        "{head}<h2>Cases</h2>\n<div class=\"wide\"><table><thead><tr><th scope=\"col\">Verdict</th>\
         <th scope=\"col\">Case</th><th scope=\"col\">What</th><th scope=\"col\">Run</th>\
         <th scope=\"col\">Took</th></tr></thead>\n<tbody>\n{table}</tbody></table></div>\n{left}{}{}\
         </main>\n</body>\n</html>\n",
        without(bare),
        sections(told, cases)
    )
}

/// What is left out to keep the page small.
fn without(bare: usize) -> String {
    if bare == 0 {
        return String::new();
    }
    let cases = plural(bare, "case");
    format!(
        "<p>To keep this page small, {cases} without a link stand in the table only; use <code>--filter</code> to see them.</p>\n"
    )
}

fn head(told: &[Told]) -> String {
    let summary = super::terminal::summary(told);
    let counts = [Verdict::Pass, Verdict::Fail, Verdict::Inconclusive].map(|verdict| {
        let word = verdict.word();
        format!("<span class=\"v {word}\">{word}</span> {}", count(told, verdict))
    });
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>firedrill: {summary}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n{}\
         <header><h1>firedrill</h1>\n<p class=\"sum\">{}</p></header>\n<main>\n",
        drawn::PATTERNS,
        counts.join(" &nbsp; ")
    )
}

/// The cases of the table, in order: what did not pass first, and as many as there is
/// room for.
fn listed(told: &[Told]) -> Vec<usize> {
    let mut room = LARGEST / 2;
    let fits = |at: &usize| {
        let bytes = row(*at, &told[*at], true).len();
        room = room.saturating_sub(bytes);
        room > 0
    };
    let mut rows: Vec<usize> = by_need(told).into_iter().take(ROWS).take_while(fits).collect();
    rows.sort_unstable();
    rows
}

/// All cases, the worst first.
fn by_need(told: &[Told]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..told.len()).collect();
    order.sort_by_key(|at| std::cmp::Reverse(told[*at].judged.verdict));
    order
}

fn row(at: usize, told: &Told, linked: bool) -> String {
    let word = told.judged.verdict.word();
    let title = escaped(&cut(&told.scenario.title(), 120));
    let title = if linked { format!("<a href=\"#c{}\">{title}</a>", at + 1) } else { title };
    let what = match told.judged.findings.as_slice() {
        [] => cut(&told.scenario.about, 90),
        [only] => cut(&only.message, 140),
        [first, rest @ ..] => format!("{} (and {} more)", cut(&first.message, 140), rest.len()),
    };
    format!(
        "<tr><td><span class=\"v {word}\">{word}</span></td><td>{title}</td><td>{}</td>\
         <td class=\"n\">{}</td><td class=\"n\">{}</td></tr>\n",
        escaped(&what),
        text_of(told.played.end),
        real(told.took)
    )
}

/// What is told of every case: little of all of them as long as there is room, the worst first,
/// and with the room that is left everything.
fn cases(told: &[Told], rows: &[usize], mut room: usize) -> Vec<Option<String>> {
    let mut cases: Vec<Option<String>> = vec![None; told.len()];
    let order: Vec<usize> = by_need(told).into_iter().filter(|at| rows.contains(at)).collect();
    for depth in [Depth::Light, Depth::Full] {
        for at in order.iter().copied() {
            let before = cases[at].as_ref().map_or(0, String::len);
            if room + before < SMALLEST || depth == Depth::Full && !wants_full(told, at) {
                continue;
            }
            let text = case::case(at, &told[at], depth);
            if text.len() <= room + before {
                room = room + before - text.len();
                cases[at] = Some(text);
            }
        }
    }
    cases
}

/// Passing cases are told in full only where there are few.
fn wants_full(told: &[Told], at: usize) -> bool {
    told[at].judged.verdict != Verdict::Pass || told.len() <= FEW
}

fn sections(told: &[Told], cases: Vec<Option<String>>) -> String {
    let (mut bad, mut good) = (String::new(), String::new());
    for (told, text) in told.iter().zip(cases) {
        let into = if told.judged.verdict == Verdict::Pass { &mut good } else { &mut bad };
        into.push_str(&text.unwrap_or_default());
    }
    let legend = drawn::legend();
    let section = |name: &str, text: String| {
        if text.is_empty() {
            text
        } else {
            format!("<section>\n<h2>{name}</h2>\n{text}</section>\n")
        }
    };
    format!("{legend}{}{}", section("Not as expected", bad), section("As expected", good))
}
