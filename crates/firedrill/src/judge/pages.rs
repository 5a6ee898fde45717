//! `expect.page`: what the board must have shown.

use super::{
    Weight,
    facts::Facts,
    times::{resolve, text},
};
use crate::{scenario::PageExpect, verdict::Finding};

/// The most of a page that is quoted.
const QUOTED: usize = 200;

pub(super) fn findings(facts: &Facts<'_>) -> Vec<(Weight, Finding)> {
    let asked = facts.scenario.expect.pages.iter().zip(&facts.played.pages);
    asked
        .filter_map(|(page, seen)| {
            let finding = match seen {
                None => {
                    let why = resolve(facts, &page.at).err();
                    let why = why.unwrap_or_else(|| "the run ended before".to_owned());
                    finding(page, format!("{} was never asked for: {why}", page.path), None)
                }
                Some(seen) if seen.status != 200 => {
                    let message = format!("{} answered {} at {}", page.path, seen.status, text(seen.at));
                    let help = "pages of the board: /, /check/NAME, /kiosk, /api/state, /api/status, /metrics";
                    Finding { help: vec![help.to_owned()], ..finding(page, message, Some(quote(&seen.body))) }
                }
                Some(seen) => {
                    let message = wrong(page, &seen.body)?;
                    finding(page, message, Some(quote(&seen.body)))
                }
            };
            Some((Weight::Wrong, finding))
        })
        .collect()
}

fn wrong(page: &PageExpect, body: &str) -> Option<String> {
    let plain = plain(body);
    let has = |text: &String| body.contains(text.as_str()) || plain.contains(text.as_str());
    if let Some(missing) = page.contains.iter().find(|text| !has(text)) {
        return Some(format!("{} does not contain \"{missing}\"", page.path));
    }
    let there = page.lacks.iter().find(|text| has(text))?;
    Some(format!("{} contains \"{there}\"", page.path))
}

fn finding(page: &PageExpect, message: String, actual: Option<String>) -> Finding {
    let (rule, place) = ("page".to_owned(), Some(page.place));
    Finding { rule, place, message, expected: None, actual, help: Vec::new(), at: None }
}

/// The text of a page as people read it: without tags, blanks drawn together.
fn plain(body: &str) -> String {
    let mut text = String::new();
    let mut inside = false;
    for c in body.chars() {
        match c {
            '<' => inside = true,
            '>' if inside => {
                inside = false;
                text.push(' ');
            }
            _ if !inside => text.push(c),
            _ => {}
        }
    }
    let text = text.replace("&amp;", "&").replace("&#39;", "'").replace("&quot;", "\"");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn quote(body: &str) -> String {
    let text = plain(body);
    let cut: String = text.chars().take(QUOTED).collect();
    if cut.len() < text.len() { format!("{cut}…") } else { cut }
}
