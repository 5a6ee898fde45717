//! The skeleton of a post-mortem as golden text, and with hostile texts.

use std::path::Path;

use super::markdown;
use crate::train::samples::{HOSTILE, hostile, quiet, record};

/// `BLESS=1` writes what is there now.
fn is_golden(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reports").join(name);
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let golden = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(text, golden, "{} differs; BLESS=1 writes it anew", path.display());
}

#[test]
fn what_is_known_is_filled_in_and_the_rest_is_asked_of_people() {
    is_golden("post-mortem.md", &markdown(&record()));
}

#[test]
fn a_quiet_day_has_a_post_mortem_too() {
    is_golden("post-mortem-quiet.md", &markdown(&quiet()));
}

#[test]
fn hostile_texts_break_out_of_no_line_and_no_table() {
    let text = markdown(&hostile());
    assert!(!text.contains(HOSTILE) && !text.contains("<script"), "{text}");
    assert!(!text.contains(|c: char| c.is_control() && c != '\n'), "{text}");
    assert!(!text.contains("\n# H"), "a line of its own:\n{text}");
    // A bar that is no border of a cell is escaped.
    let rows = text.lines().filter(|line| line.starts_with("| ") && line.contains("alert("));
    let cells = rows.map(|row| row.replace("\\|", "").matches('|').count());
    let cells: Vec<usize> = cells.collect();
    assert!(!cells.is_empty() && cells.iter().all(|bars| *bars == 4), "{cells:?} in\n{text}");
}
