//! Where in the text each key and value stands. Built by a second, position-keeping parse, and
//! only once something is to be reported. Gives places, never values.

use saphyr_parser::{Event, Parser, ScalarStyle, Span};

/// Line and column, from 1, and the number of characters.
pub type Place = (usize, usize, usize);

/// Which part of a mapping entry is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    Key,
    Value,
}

/// The places of a document.
#[derive(Debug, Default)]
pub struct Marks {
    nodes: Vec<Mark>,
    documents: Vec<Place>,
}

#[derive(Debug)]
struct Mark {
    place: Place,
    shape: Shape,
    /// Items in order; for a mapping key, value, key, value …
    children: Vec<usize>,
    anchor: usize,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Shape {
    Scalar,
    List,
    Map,
    Alias(usize),
}

impl Marks {
    /// Reads as far as the text can be read.
    pub fn of(text: &str) -> Self {
        let (mut marks, mut open) = (Self::default(), Vec::new());
        let lines: Vec<_> = text.lines().collect();
        let mut parser = Parser::new_from_str(text);
        while let Some(Ok((event, span))) = parser.next_event() {
            marks.take(&event, span, &mut open);
            if let (Event::Scalar(_, style, ..), Some(mark)) = (&event, marks.nodes.last_mut()) {
                mark.place.2 = width(&lines, mark.place, *style);
            }
        }
        marks
    }

    fn take(&mut self, event: &Event<'_>, span: Span, open: &mut Vec<usize>) {
        match event {
            Event::DocumentStart(_) => self.documents.push(place(span)),
            Event::Alias(anchor) => self.add(Shape::Alias(*anchor), span, 0, open),
            Event::Scalar(_, _, anchor, _) => self.add(Shape::Scalar, span, *anchor, open),
            Event::SequenceStart(anchor, _) => {
                self.add(Shape::List, span, *anchor, open);
                open.push(self.nodes.len() - 1);
            }
            Event::MappingStart(anchor, _) => {
                self.add(Shape::Map, span, *anchor, open);
                open.push(self.nodes.len() - 1);
            }
            Event::SequenceEnd | Event::MappingEnd => {
                open.pop();
            }
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
        }
    }

    fn add(&mut self, shape: Shape, span: Span, anchor: usize, open: &[usize]) {
        let index = self.nodes.len();
        self.nodes.push(Mark { place: place(span), shape, children: Vec::new(), anchor });
        if let Some(parent) = open.last() {
            self.nodes[*parent].children.push(index);
        }
    }

    /// The place of what `path` leads to, or of the nearest thing on the way that has one.
    pub fn place(&self, path: &[usize], part: Part) -> Place {
        let (mut at, mut key) = (0, None);
        for step in path {
            let Some((next_key, next)) = self.step(at, *step) else {
                break;
            };
            (at, key) = (next, next_key);
        }
        let wanted = if part == Part::Key { key.unwrap_or(at) } else { at };
        self.nodes.get(wanted).map_or((1, 1, 1), |mark| mark.place)
    }

    fn step(&self, from: usize, step: usize) -> Option<(Option<usize>, usize)> {
        let mark = self.nodes.get(from)?;
        match mark.shape {
            Shape::Scalar => None,
            Shape::List => mark.children.get(step).map(|item| (None, *item)),
            Shape::Map => {
                let key = mark.children.get(step * 2)?;
                mark.children.get(step * 2 + 1).map(|value| (Some(*key), *value))
            }
            Shape::Alias(anchor) => {
                let target = self.nodes[..from].iter().rposition(|mark| mark.anchor == anchor)?;
                self.step(target, step)
            }
        }
    }

    /// Where the second document begins.
    pub fn second_document(&self) -> Place {
        self.documents.get(1).copied().unwrap_or((1, 1, 1))
    }
}

/// A span that goes over the end of the line is cut there when it is shown.
fn place(span: Span) -> Place {
    (span.start.line(), span.start.col() + 1, span.len().max(1))
}

/// How far a scalar really goes: the parser counts blanks and a comment behind it.
fn width(lines: &[&str], (line, column, width): Place, style: ScalarStyle) -> usize {
    let line = lines.get(line.saturating_sub(1)).copied().unwrap_or_default();
    let text: Vec<char> = line.chars().skip(column - 1).take(width).collect();
    let end = match style {
        ScalarStyle::Plain => {
            text.windows(2).position(|pair| pair[0].is_whitespace() && pair[1] == '#')
        }
        ScalarStyle::DoubleQuoted => closing(&text, '"', '\\'),
        ScalarStyle::SingleQuoted => closing(&text, '\'', '\''),
        ScalarStyle::Literal | ScalarStyle::Folded => Some(1),
    };
    let text = &text[..end.unwrap_or(text.len())];
    text.iter().rposition(|c| !c.is_whitespace()).map_or(1, |last| last + 1)
}

/// The end of a quoted text, its closing quote included.
fn closing(text: &[char], quote: char, escape: char) -> Option<usize> {
    let mut at = 1;
    while at < text.len() {
        if text[at] == escape && (escape != quote || text.get(at + 1) == Some(&quote)) {
            at += 2;
        } else if text[at] == quote {
            return Some(at + 1);
        } else {
            at += 1;
        }
    }
    None
}
