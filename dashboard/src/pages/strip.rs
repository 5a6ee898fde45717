//! The last cycles of a check as a row of cells, oldest first. Colour, height and words say the
//! same thing. Pure.

use store::read::StripCell;

use crate::{app::Look, query::STATUSES, shown::Shown, zone::Zone, zone::latency};

/// The last cycles of a check.
#[derive(Debug)]
pub(crate) struct Strip {
    pub(crate) cells: Vec<Cell>,
    /// The whole in words.
    pub(crate) summary: String,
    /// When the first of them ended.
    pub(crate) first: String,
    /// When the last of them ended.
    pub(crate) last: String,
}

/// One cycle.
#[derive(Debug)]
pub(crate) struct Cell {
    pub(crate) class: &'static str,
    pub(crate) title: String,
}

impl Strip {
    pub(crate) fn of(look: &Look<'_>, name: &str, cycles: usize) -> Self {
        let cells = look.view.strip(name, cycles);
        let end = |cell: Option<&StripCell>| {
            cell.map_or_else(String::new, |cell| look.zone.moment(cell.ts, look.now).clock)
        };
        Self {
            summary: summary(&cells),
            first: end(cells.first()),
            last: end(cells.last()),
            cells: cells.iter().map(|cell| Cell::of(cell, &look.zone)).collect(),
        }
    }
}

impl Cell {
    fn of(cell: &StripCell, zone: &Zone) -> Self {
        let mut title = format!("{} {}", zone.time(cell.ts), cell.status);
        if let Some(ms) = cell.latency_ms {
            title.push_str(&format!(" {}", latency(ms)));
        }
        if cell.attempts > 1 {
            title.push_str(&format!(", {} attempts", cell.attempts));
        }
        Self { class: Shown::from_status(cell.status).class(), title }
    }
}

fn summary(cells: &[StripCell]) -> String {
    if cells.is_empty() {
        return "No cycles yet".to_owned();
    }
    let count = |status| cells.iter().filter(|cell| cell.status == status).count();
    let counted = STATUSES.map(|status| (status, count(status)));
    let words = counted.iter().filter(|(_, n)| *n > 0).map(|(status, n)| format!("{n} {status}"));
    let words: Vec<_> = words.collect();
    format!("Last {} cycles: {}", cells.len(), words.join(", "))
}
