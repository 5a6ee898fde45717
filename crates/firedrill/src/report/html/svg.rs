//! Swim lanes as inline SVG.

use std::collections::BTreeMap;

use super::Depth;
use crate::{
    judge::text_of,
    report::{
        lanes::{Kind, Lane, Lanes, Look, Mark, Span, ticks},
        words::{cut, escaped},
    },
    scenario::Ms,
};

/// Where the time begins, how long it is, and how wide the picture is.
const LEFT: i64 = 210;
const LONG: i64 = 775;
const WIDE: i64 = 1000;
/// How high the axis and a row are.
const AXIS: i64 = 24;
const ROW: i64 = 24;
/// More spans than these are drawn as so many columns.
const SPANS: usize = 60;
/// How many rows marks may need that stand too close for one, and how many are drawn.
const ROWS: usize = 4;
const MARKS: usize = 40;

/// The picture of a case; light ones have fewer words on them.
pub(crate) fn svg(lanes: &Lanes, title: &str, depth: Depth) -> String {
    let scale = Scale { from: lanes.from, to: lanes.to };
    let (mut body, mut y) = (String::new(), AXIS);
    for lane in &lanes.lanes {
        let (text, rows) = drawn(lane, &scale, y, depth);
        body.push_str(&name(lane, y));
        body.push_str(&text);
        y += rows * ROW;
    }
    let (from, to) = (text_of(lanes.from), text_of(lanes.to));
    let about = escaped(&format!("Timeline of {}, from {from} to {to}", cut(title, 150)));
    // It scrolls sideways on a phone, which a keyboard must be able to do, too.
    let (ticks, reach) = match depth {
        Depth::Full => (10, " tabindex=\"0\" role=\"group\" aria-label=\"Timeline\""),
        Depth::Light => (5, ""),
    };
    let axis = axis(&scale, y, ticks);
    format!(
        "<div class=\"wide\"{reach}><svg class=\"l\" viewBox=\"0 0 {WIDE} {}\" role=\"img\" aria-label=\"{about}\">\n{axis}{body}</svg></div>\n",
        y + 4
    )
}

struct Scale {
    from: Ms,
    to: Ms,
}

impl Scale {
    fn x(&self, at: Ms) -> i64 {
        let (at, length) = (at.clamp(self.from, self.to) - self.from, (self.to - self.from).max(1));
        let x = i128::from(at) * i128::from(LONG) / i128::from(length);
        LEFT + i64::try_from(x).unwrap_or(0)
    }

    fn shows(&self, at: Ms) -> bool {
        (self.from..=self.to).contains(&at)
    }
}

fn axis(scale: &Scale, bottom: i64, room: Ms) -> String {
    let tick = |at: Ms| {
        let x = scale.x(at);
        let anchor = if x > WIDE - 40 { " text-anchor=\"end\"" } else { "" };
        format!(
            "<path class=\"g\" d=\"M{x} 16V{bottom}\"/><text class=\"t\" x=\"{x}\" y=\"12\"{anchor}>{}</text>\n",
            text_of(at)
        )
    };
    ticks(scale.from, scale.to, room).into_iter().map(tick).collect()
}

fn name(lane: &Lane, y: i64) -> String {
    let word = match lane.kind {
        Kind::Fault => "fault ",
        Kind::Truth => "truth ",
        Kind::State => "state ",
        Kind::Users => "users ",
        Kind::Down | Kind::Alerts | Kind::Actions | Kind::Findings | Kind::Deeds | Kind::Tools => {
            ""
        }
    };
    let full = format!("{word}{}", lane.label);
    let short = cut(&full, 32);
    let tip = if short == full { String::new() } else { tip(&full) };
    format!("<text y=\"{}\">{}{tip}</text>\n", y + 16, escaped(&short))
}

fn tip(text: &str) -> String {
    format!("<title>{}</title>", escaped(&cut(text, 160)))
}

/// What stands on a lane, and how many rows it needs.
fn drawn(lane: &Lane, scale: &Scale, y: i64, depth: Depth) -> (String, i64) {
    if lane.spans.is_empty() {
        return marks(lane, scale, y, depth);
    }
    let merged = if lane.spans.len() > SPANS { merged(lane, scale) } else { lane.spans.clone() };
    let shown = merged
        .iter()
        .filter(|span| span.from <= scale.to && span.to.is_none_or(|to| to >= scale.from));
    (picture(lane, shown.collect(), scale, y, depth), 1)
}

fn picture(lane: &Lane, spans: Vec<&Span>, scale: &Scale, y: i64, depth: Depth) -> String {
    if depth == Depth::Light {
        return light(lane.kind, &spans, scale, y);
    }
    spans.into_iter().map(|one| span(lane.kind, one, scale, y)).collect()
}

/// All spans of a look as one shape, with a letter where there is room.
fn light(kind: Kind, spans: &[&Span], scale: &Scale, y: i64) -> String {
    let mut shapes: BTreeMap<&str, String> = BTreeMap::new();
    let mut letters = String::new();
    for span in spans {
        let Some(class) = class(kind, span.look) else { continue };
        let (x, width) = extent(span, scale);
        let (top, height) = band(class, y);
        let shape = shapes.entry(class).or_default();
        shape.push_str(&format!("M{x} {top}h{width}v{height}h-{width}z"));
        let (letter, _) = words(kind, span.look);
        if width >= 14 && !letter.is_empty() {
            let (middle, y) = (x + width / 2, y + 16);
            letters
                .push_str(&format!("<text class=\"p\" x=\"{middle}\" y=\"{y}\">{letter}</text>"));
        }
    }
    let shapes: String =
        shapes.iter().map(|(class, d)| format!("<path class=\"{class}\" d=\"{d}\"/>")).collect();
    format!("{shapes}{letters}\n")
}

/// How a look is drawn; not at all when nothing is known yet.
const fn class(kind: Kind, look: Look) -> Option<&'static str> {
    Some(match (kind, look) {
        (_, Look::Pending) => return None,
        (_, Look::Good) => "o",
        (_, Look::Retrying) => "r",
        (_, Look::Slow) => "s",
        (_, Look::Unsure) => "u",
        (_, Look::Bad) => "b",
        (Kind::Down, Look::Fault) => "d",
        (_, Look::Fault) => "f",
    })
}

/// Where a span begins and how long it is.
fn extent(span: &Span, scale: &Scale) -> (i64, i64) {
    let (x, end) = (scale.x(span.from), scale.x(span.to.unwrap_or(scale.to)));
    (x, (end - x).max(2))
}

/// Top and height; what is good is thin.
fn band(class: &str, y: i64) -> (i64, i64) {
    if class == "o" { (y + 10, 4) } else { (y + 3, ROW - 6) }
}

/// The letter and the word of a look.
const fn words(kind: Kind, look: Look) -> (&'static str, &'static str) {
    match (kind, look) {
        (Kind::Truth | Kind::Users, Look::Bad) => ("#", "bad"),
        (Kind::Truth | Kind::Users, Look::Slow) => ("~", "slow"),
        (_, Look::Bad) => ("F", "FAIL"),
        (_, Look::Slow) => ("W", "WARN"),
        (Kind::Truth, Look::Unsure) => ("?", "unsure"),
        (_, Look::Unsure) => ("?", "UNKNOWN"),
        (_, Look::Retrying) => ("r", "retrying"),
        (_, Look::Pending | Look::Good | Look::Fault) => ("", ""),
    }
}

fn span(kind: Kind, span: &Span, scale: &Scale, y: i64) -> String {
    let Some(class) = class(kind, span.look) else { return String::new() };
    let ((x, width), (top, height)) = (extent(span, scale), band(class, y));
    let tip = tip(&span.title);
    format!(
        "<rect class=\"{class}\" x=\"{x}\" y=\"{top}\" width=\"{width}\" height=\"{height}\">{tip}</rect>{}\n",
        word(kind, span, (x, width), y)
    )
}

/// The letter or word on a span that has room for it.
fn word(kind: Kind, span: &Span, (x, width): (i64, i64), y: i64) -> String {
    if matches!(kind, Kind::Fault | Kind::Tools) {
        return kind_of(span, x, width, y);
    }
    let (letter, word) = words(kind, span.look);
    if width < 14 || letter.is_empty() {
        return String::new();
    }
    let room = 8 * i64::try_from(word.len()).unwrap_or(0) + 20;
    let text = if width >= room { word } else { letter };
    // A plate keeps the word legible on a pattern.
    let plate = 8 * i64::try_from(text.len()).unwrap_or(0) + 6;
    let (middle, top) = (x + width / 2, y + 5);
    format!(
        "<rect class=\"plate\" x=\"{}\" y=\"{top}\" width=\"{plate}\" height=\"14\" rx=\"3\"/><text class=\"m\" x=\"{middle}\" y=\"{}\">{text}</text>",
        middle - plate / 2,
        y + 16
    )
}

/// The kind of a fault or the name of a tool, when there is room for it.
fn kind_of(span: &Span, x: i64, width: i64, y: i64) -> String {
    let room = 8 * i64::try_from(span.what.chars().count()).unwrap_or(width) + 10;
    if width < room {
        return String::new();
    }
    format!("<text x=\"{}\" y=\"{}\">{}</text>", x + 6, y + 16, escaped(&span.what))
}

/// The spans as columns: in each the look that tells most, neighbours that look alike as one.
fn merged(lane: &Lane, scale: &Scale) -> Vec<Span> {
    let length = scale.to - scale.from;
    let count = Ms::try_from(SPANS).unwrap_or(1);
    let mut spans: Vec<Span> = Vec::new();
    for column in 0..count {
        let (from, to) =
            (scale.from + length * column / count, scale.from + length * (column + 1) / count);
        let inside = |span: &&Span| span.from < to && span.to.is_none_or(|end| end > from);
        let Some(look) = lane.spans.iter().filter(inside).map(|span| span.look).max() else {
            continue;
        };
        match spans.last_mut() {
            Some(last) if last.look == look && last.to == Some(from) => last.to = Some(to),
            _ => spans.push(Span {
                from,
                to: Some(to),
                look,
                what: String::new(),
                title: "many in turn".to_owned(),
            }),
        }
    }
    spans
}

fn marks(lane: &Lane, scale: &Scale, y: i64, depth: Depth) -> (String, i64) {
    let mut rows: Vec<i64> = Vec::new();
    let mut out = String::new();
    for mark in lane.marks.iter().filter(|mark| scale.shows(mark.at)).take(MARKS) {
        let x = scale.x(mark.at);
        let free = rows.iter().position(|last| x - last >= 20);
        let row = match free {
            Some(row) => row,
            None if rows.len() < ROWS => {
                rows.push(x);
                rows.len() - 1
            }
            None => ROWS - 1,
        };
        rows[row] = x;
        let row = i64::try_from(row).unwrap_or(0);
        out.push_str(&sign(lane.kind, mark, x, y + row * ROW, depth));
    }
    (out, i64::try_from(rows.len().max(1)).unwrap_or(1))
}

fn sign(kind: Kind, mark: &Mark, x: i64, y: i64, depth: Depth) -> String {
    let middle = y + ROW / 2;
    if depth == Depth::Light {
        let (y, sign) = (y + 16, escaped(&mark.sign));
        return format!("<text class=\"p\" x=\"{x}\" y=\"{y}\">{sign}</text>\n");
    }
    let (shape, class) = match kind {
        Kind::Actions | Kind::Deeds => (
            format!(
                "<rect class=\"a\" x=\"{}\" y=\"{}\" width=\"16\" height=\"16\"/>",
                x - 8,
                middle - 8
            ),
            "m",
        ),
        Kind::Findings => {
            (format!("<path class=\"x\" d=\"M{x} {}l10 17h-20z\"/>", middle - 10), "m xm")
        }
        Kind::Fault
        | Kind::Truth
        | Kind::State
        | Kind::Down
        | Kind::Alerts
        | Kind::Users
        | Kind::Tools => (format!("<circle class=\"a\" cx=\"{x}\" cy=\"{middle}\" r=\"9\"/>"), "m"),
    };
    let tip = tip(&mark.title);
    format!(
        "<g>{tip}{shape}<text class=\"{class}\" x=\"{x}\" y=\"{}\">{}</text></g>\n",
        middle + 4,
        escaped(&mark.sign)
    )
}
