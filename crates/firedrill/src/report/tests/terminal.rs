//! What a terminal shows, word for word: `tests/reports/*.txt`.

use std::{fs, path::Path};

use super::{all, hostile, inconclusive, mismatch, missing, passed, unexpected};
use crate::{
    report::terminal::{failure, line, summary},
    verdict::Told,
};

/// Compares with the file; `FIREDRILL_GOLDEN=write` writes it.
fn compare(name: &str, told: &Told) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reports").join(name);
    let text = failure(told, false);
    if std::env::var("FIREDRILL_GOLDEN").is_ok_and(|word| word == "write") {
        fs::write(&file, &text).unwrap();
    }
    let golden = fs::read_to_string(&file).unwrap();
    assert_eq!(text, golden, "{} differs: FIREDRILL_GOLDEN=write takes it over", file.display());
}

#[test]
fn failures_read_like_those_of_a_compiler() {
    let cases = [
        ("missing.txt", missing()),
        ("unexpected.txt", unexpected()),
        ("mismatch.txt", mismatch()),
        ("inconclusive.txt", inconclusive()),
    ];
    for (name, told) in &cases {
        compare(name, told);
    }
}

#[test]
fn a_case_fits_in_a_line_and_a_run_in_three_counts() {
    assert_eq!(line(&passed(), false), "PASS  outage [code=503 seed=7]   8m in 4 ms");
    assert_eq!(summary(&all()), "1 passed, 4 failed, 1 inconclusive");
    assert_eq!(summary(&[]), "0 passed, 0 failed, 0 inconclusive");
}

#[test]
fn colour_changes_nothing_but_the_colour() {
    let colour = regex::Regex::new("\u{1b}\\[[0-9;]*m").unwrap();
    for told in [missing(), inconclusive(), mismatch()] {
        let painted = failure(&told, true);
        assert_ne!(painted, failure(&told, false));
        assert_eq!(colour.replace_all(&painted, ""), failure(&told, false));
    }
}

#[test]
fn nothing_in_a_scenario_steers_the_terminal() {
    let text = failure(&hostile(), false);
    assert!(text.contains("<script>"), "it is shown as it is:\n{text}");
    let steering: Vec<char> = text.chars().filter(|c| c.is_control() && *c != '\n').collect();
    assert!(steering.is_empty(), "{steering:?}");
}

#[test]
fn the_timeline_is_at_most_a_hundred_columns_wide() {
    let mut long = missing();
    long.played.faults[0].id = "a-very-long-name-".repeat(9);
    let receipt = long.played.receipts[0].clone();
    for n in 0..60 {
        let mut copy = receipt.clone();
        (copy.at, copy.key) = (130_000 + n * 3_000, format!("{n}"));
        long.played.receipts.push(copy);
    }
    let text = failure(&long, false);
    let picture: Vec<&str> = text
        .lines()
        .skip_while(|line| !line.starts_with("  time"))
        .take_while(|line| !line.is_empty())
        .collect();
    assert!(picture.len() > 6, "{text}");
    assert!(picture.iter().all(|line| line.chars().count() <= 100), "{text}");
    assert!(text.contains("and 42 more"), "{text}");
}

#[test]
fn a_short_outage_in_a_long_run_is_shown_from_near_by() {
    let mut week = missing();
    week.played.end = 7 * 86_400_000;
    let text = failure(&week, false);
    assert!(text.contains("shown: 1m30s to 6m50s of 7d"), "{text}");
}
