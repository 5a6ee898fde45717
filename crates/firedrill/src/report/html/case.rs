//! What the page tells of one case: the story, the findings, the lanes, and the lists.

use super::{Depth, svg};
use crate::{
    judge::text_of,
    report::{
        excerpt::excerpt,
        lanes::{SIGNS, action_sign, alert_sign, lanes},
        list,
        words::{cut, escaped, plural, real},
    },
    verdict::{Finding, Told, Verdict},
};

/// The most findings that are told in full.
const FINDINGS: usize = 8;

/// The case, open when it did not pass.
pub(super) fn case(at: usize, told: &Told, depth: Depth) -> String {
    let (id, word) = (at + 1, told.judged.verdict.word());
    let title = escaped(&cut(&told.scenario.title(), 300));
    let badge = format!("<span class=\"v {word}\">{word}</span> {title}");
    let inner = inner(told, depth);
    if told.judged.verdict == Verdict::Pass {
        return format!(
            "<details><summary>{badge}</summary>\n<div class=\"in\" id=\"c{id}\">{inner}</div></details>\n"
        );
    }
    format!("<article class=\"{word}\" id=\"c{id}\">\n<h3>{badge}</h3>\n{inner}</article>\n")
}

fn inner(told: &Told, depth: Depth) -> String {
    let picture = svg::svg(&lanes(told), &told.scenario.title(), depth);
    match depth {
        Depth::Full => [
            story(told),
            findings(told, FINDINGS),
            picture,
            alerts(told, SIGNS),
            actions(told, SIGNS),
            notes(told),
        ]
        .concat(),
        Depth::Light => [brief(told), findings(told, 1), picture, in_short(told)].concat(),
    }
}

/// The story in short.
fn brief(told: &Told) -> String {
    format!("<p>{}</p>\n", escaped(&cut(&told.scenario.about, 300)))
}

/// The first alerts in a line, instead of the tables.
fn in_short(told: &Told) -> String {
    let all = list::alerts(&told.played);
    let shown = all.iter().take(4).enumerate().map(|(at, alert)| {
        let (check, event) = (cut(alert.check(), 40), alert.event());
        format!("<b>{}</b> {} {event} {}", alert_sign(at), text_of(alert.at), escaped(&check))
    });
    let mut parts: Vec<String> = shown.collect();
    if all.len() > parts.len() {
        parts.push(format!("{} in all", plural(all.len(), "alert")));
    }
    let actions = list::actions(&told.played).len();
    parts.push(if actions == 0 { "no actions".to_owned() } else { plural(actions, "action") });
    format!("<p class=\"soft\">{}</p>\n", parts.join(" · "))
}

fn story(told: &Told) -> String {
    format!(
        "<p>{}</p>\n<p class=\"soft\"><code>{}</code> · {} in {}</p>\n",
        escaped(&cut(&told.scenario.about, 600)),
        escaped(&cut(&told.scenario.source.file, 200)),
        text_of(told.played.end),
        real(told.took)
    )
}

fn findings(told: &Told, most: usize) -> String {
    let all = &told.judged.findings;
    if all.is_empty() {
        return String::new();
    }
    let items: String = all.iter().take(most).map(|item| finding(told, item)).collect();
    let more = all.len().saturating_sub(most);
    let more = if more > 0 { format!("<li>and {more} more</li>\n") } else { String::new() };
    format!("<ol class=\"f\">\n{items}{more}</ol>\n")
}

fn finding(told: &Told, finding: &Finding) -> String {
    let source = &told.scenario.source;
    let mut out = format!(
        "<li><p><strong>{}: {}</strong></p>\n",
        escaped(&finding.rule),
        escaped(&cut(&finding.message, 600))
    );
    if let Some(place) = finding.place {
        let file = escaped(&cut(&source.file, 200));
        let at = format!("{file}:{}:{}", place.line, place.column);
        out.push_str(&format!("<p class=\"soft\"><code>{at}</code></p>\n"));
        if let Some(shown) = excerpt(source, place) {
            let [before, meant, after] =
                [&shown.before, &shown.meant, &shown.after].map(|text| escaped(text));
            let line = shown.line;
            out.push_str(&format!("<pre>{line} | {before}<mark>{meant}</mark>{after}</pre>\n"));
        }
    }
    out.push_str(&facts(finding));
    out.push_str("</li>\n");
    out
}

/// Expected, actual and help as a list of terms.
fn facts(finding: &Finding) -> String {
    let expected = finding.expected.iter().map(|text| ("expected", text));
    let actual = finding.actual.iter().map(|text| ("actual", text));
    let help = finding.help.iter().take(6).map(|text| ("help", text));
    let terms: String = expected
        .chain(actual)
        .chain(help)
        .map(|(name, text)| format!("<dt>{name}</dt><dd>{}</dd>", escaped(&cut(text, 1_200))))
        .collect();
    if terms.is_empty() { terms } else { format!("<dl>{terms}</dl>\n") }
}

fn alerts(told: &Told, most: usize) -> String {
    let all = list::alerts(&told.played);
    let rows = all.iter().take(most).enumerate().map(|(at, alert)| {
        let check = alert.check().to_owned();
        let subject = cut(&alert.copy.subject, 200);
        [alert_sign(at), text_of(alert.at), alert.event(), check, alert.over(), subject]
    });
    let names = ["#", "At", "Event", "Check", "Channel", "Subject"];
    table("alert", all.len(), names, rows.collect())
}

fn actions(told: &Told, most: usize) -> String {
    let all = list::actions(&told.played);
    let rows = all.iter().take(most).enumerate().map(|(at, action)| {
        let (check, label) = (action.done.name.to_string(), cut(&action.done.action, 200));
        let result = action.result().to_owned();
        [action_sign(at), text_of(action.at), result, check, label, cut(&action.remark(), 200)]
    });
    let names = ["#", "At", "Result", "Check", "Action", "Remark"];
    table("action", all.len(), names, rows.collect())
}

/// A headed table; only the head when there is nothing to tell.
fn table(what: &str, count: usize, names: [&str; 6], rows: Vec<[String; 6]>) -> String {
    if count == 0 {
        return format!("<p class=\"soft\">No {what}s.</p>\n");
    }
    let head: String = names.iter().map(|name| format!("<th scope=\"col\">{name}</th>")).collect();
    let more = count - rows.len();
    let row = |row: [String; 6]| {
        let cells = row.iter().enumerate().map(|(at, cell)| {
            let class = if at < 3 { " class=\"n\"" } else { "" };
            format!("<td{class}>{}</td>", escaped(&cut(cell, 300)))
        });
        format!("<tr>{}</tr>\n", cells.collect::<String>())
    };
    let body: String = rows.into_iter().map(row).collect();
    let more = if more > 0 { format!("<p>And {more} more.</p>\n") } else { String::new() };
    format!(
        "<h4>{}</h4>\n<div class=\"wide\"><table><thead><tr>{head}</tr></thead><tbody>\n{body}</tbody></table></div>\n{more}",
        plural(count, what)
    )
}

/// What went wrong on the stage itself.
fn notes(told: &Told) -> String {
    let item = |(at, note): &(i64, String)| {
        format!("<li>{} {}</li>\n", text_of(*at), escaped(&cut(note, 300)))
    };
    let items: String = told.played.notes.iter().take(10).map(item).collect();
    if items.is_empty() { items } else { format!("<h4>Notes</h4>\n<ul>\n{items}</ul>\n") }
}
