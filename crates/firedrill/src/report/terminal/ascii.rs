//! Swim lanes in characters, at most 98 columns wide.

use crate::{
    judge::text_of,
    report::{
        lanes::{self, Kind, Lane, Lanes, Look, Mark},
        words::{cut, printable},
    },
    scenario::Ms,
    verdict::Told,
};

/// How wide the picture is.
const WIDTH: usize = 96;
/// How wide a label may be.
const LABEL: usize = 30;
/// How many rows marks may need that stand too close for one.
const ROWS: usize = 4;

/// The timeline of a case, line by line.
pub(super) fn picture(told: &Told) -> Vec<String> {
    let lanes = lanes::lanes(told);
    let longest = lanes.lanes.iter().map(|lane| label(lane).chars().count()).max();
    let label_width = longest.unwrap_or_default().max(4);
    let scale = Scale { from: lanes.from, to: lanes.to, cells: WIDTH - label_width - 2 };
    let row =
        |label: &str, cells: &str| format!("{label:<label_width$}  {cells}").trim_end().to_owned();
    let [times, axis] = axis(&scale);
    let mut lines = vec![row("", &times), row("time", &axis)];
    for lane in &lanes.lanes {
        for (at, cells) in rows(lane, &scale).iter().enumerate() {
            lines.push(row(if at == 0 { label(lane) } else { String::new() }.as_str(), cells));
        }
    }
    lines.extend(legend(&lanes, told.played.end));
    lines
}

fn label(lane: &Lane) -> String {
    let word = match lane.kind {
        Kind::Fault => "fault",
        Kind::Truth => "truth",
        Kind::State => "state",
        Kind::Users => "users",
        Kind::Down | Kind::Alerts | Kind::Actions | Kind::Findings | Kind::Deeds | Kind::Tools => {
            ""
        }
    };
    cut(printable(&format!("{word} {}", lane.label)).trim(), LABEL)
}

/// Which cell an instant falls in.
struct Scale {
    from: Ms,
    to: Ms,
    cells: usize,
}

impl Scale {
    fn cell(&self, at: Ms) -> usize {
        let (at, length) = (at.clamp(self.from, self.to) - self.from, (self.to - self.from).max(1));
        let cells = i128::try_from(self.cells).unwrap_or(1);
        let cell = i128::from(at) * cells / i128::from(length);
        usize::try_from(cell).unwrap_or(0).min(self.cells - 1)
    }

    fn shows(&self, at: Ms) -> bool {
        (self.from..=self.to).contains(&at)
    }
}

fn axis(scale: &Scale) -> [String; 2] {
    let room = Ms::try_from(scale.cells / 9).unwrap_or(1);
    let mut times = vec![' '; scale.cells];
    let mut axis = vec!['-'; scale.cells];
    for at in lanes::ticks(scale.from, scale.to, room) {
        let (cell, text) = (scale.cell(at), text_of(at));
        axis[cell] = '+';
        let start = cell.min(scale.cells.saturating_sub(text.len()));
        if times[start.saturating_sub(1)..].iter().all(|c| *c == ' ') {
            put(&mut times, start, &text);
        }
    }
    [times.into_iter().collect(), axis.into_iter().collect()]
}

fn put(cells: &mut [char], start: usize, text: &str) {
    for (cell, c) in cells.iter_mut().skip(start).zip(text.chars()) {
        *cell = c;
    }
}

fn rows(lane: &Lane, scale: &Scale) -> Vec<String> {
    if lane.spans.is_empty() {
        return marks(&lane.marks, scale);
    }
    let cells = match lane.kind {
        Kind::Fault | Kind::Down | Kind::Tools => brackets(lane, scale),
        Kind::Truth
        | Kind::State
        | Kind::Alerts
        | Kind::Actions
        | Kind::Findings
        | Kind::Users
        | Kind::Deeds => letters(lane, scale),
    };
    vec![cells]
}

/// `[=====]`; a single cell is `#`, and what never ended goes on with `>`.
fn brackets(lane: &Lane, scale: &Scale) -> String {
    let mut cells = vec![' '; scale.cells];
    for span in &lane.spans {
        let to = span.to.unwrap_or(scale.to);
        let (first, last) = (scale.cell(span.from), scale.cell(to));
        put(&mut cells, first, &"=".repeat(last - first + 1));
        cells[first] = '[';
        cells[last] = match (first == last, span.to) {
            (true, _) => '#',
            (false, None) => '>',
            (false, Some(_)) => ']',
        };
    }
    cells.into_iter().collect()
}

/// One letter a cell: of several the one that tells most.
fn letters(lane: &Lane, scale: &Scale) -> String {
    let mut cells: Vec<Option<Look>> = vec![None; scale.cells];
    for span in &lane.spans {
        let to = span.to.unwrap_or(scale.to);
        if to < scale.from || span.from > scale.to {
            continue;
        }
        let last = scale.cell((to - 1).max(span.from));
        for cell in &mut cells[scale.cell(span.from)..=last] {
            *cell = (*cell).max(Some(span.look));
        }
    }
    cells.into_iter().map(|look| look.map_or(' ', |look| letter(lane.kind, look))).collect()
}

fn letter(kind: Kind, look: Look) -> char {
    let truth = kind == Kind::Truth;
    match look {
        Look::Pending => ' ',
        Look::Good => '.',
        Look::Retrying => 'r',
        Look::Slow if truth => '~',
        Look::Slow => 'w',
        Look::Unsure => '?',
        Look::Bad if truth => '#',
        Look::Bad => 'F',
        Look::Fault => '=',
    }
}

/// The marks, below each other when they are too close; what finds no room becomes a `+`.
fn marks(marks: &[Mark], scale: &Scale) -> Vec<String> {
    let mut rows: Vec<Vec<char>> = Vec::new();
    for mark in marks.iter().filter(|mark| scale.shows(mark.at)) {
        let width = mark.sign.chars().count();
        let start = scale.cell(mark.at).min(scale.cells.saturating_sub(width));
        let around = start.saturating_sub(1)..(start + width + 1).min(scale.cells);
        let free = rows.iter().position(|row| row[around.clone()].iter().all(|c| *c == ' '));
        match free {
            Some(row) => put(&mut rows[row], start, &mark.sign),
            None if rows.len() < ROWS => {
                let mut row = vec![' '; scale.cells];
                put(&mut row, start, &mark.sign);
                rows.push(row);
            }
            None => put(&mut rows[ROWS - 1], start, &"+".repeat(width)),
        }
    }
    rows.into_iter().map(|row| row.into_iter().collect()).collect()
}

/// What the signs mean that are used.
fn legend(lanes: &Lanes, end: Ms) -> Vec<String> {
    let has = |kind: Kind| lanes.lanes.iter().any(|lane| lane.kind == kind);
    let mut lines = Vec::new();
    if has(Kind::Truth) {
        lines.push("truth, what a user got: . good  ~ slow  # bad  ? unsure".to_owned());
    }
    if has(Kind::State) {
        lines.push(
            "state, what the checker said: . OK  w WARN  F FAIL  ? UNKNOWN  r retrying".to_owned(),
        );
    }
    if lanes.from > 0 || lanes.to < end {
        let (from, to) = (text_of(lanes.from), text_of(lanes.to));
        lines.push(format!("shown: {from} to {to} of {}", text_of(end)));
    }
    lines
}
