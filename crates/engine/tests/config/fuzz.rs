//! No text makes the parser panic or hang, and every error has a place in the text.

use engine::config::Source;
use proptest::prelude::*;

use crate::support::{data, load};

/// Parses, prints what is wrong, and checks that each error lies in the text.
fn try_out(text: &str) -> Result<(), TestCaseError> {
    let Err(errors) = load(text) else {
        return Ok(());
    };
    prop_assert!(!errors.0.is_empty());
    let said = errors.to_string();
    prop_assert!(said.starts_with("checks.yaml:"));
    let lines = text.split('\n').count() + 1;
    for error in &errors.0 {
        prop_assert!((1..=lines).contains(&error.line), "{}", error);
        prop_assert!(error.column >= 1 && error.width >= 1);
    }
    let mut sorted = errors.0.clone();
    sorted.sort_by_key(|error| (error.line, error.column));
    prop_assert_eq!(sorted, errors.0);
    Ok(())
}

/// Pieces that matter to YAML or to us.
const PIECES: [&str; 40] = [
    "\n",
    "\n  ",
    "\n    ",
    "- ",
    ": ",
    ",",
    "[",
    "]",
    "{",
    "}",
    "&a ",
    "*a",
    "<<: ",
    "!x ",
    "|\n",
    ">-\n",
    "\"",
    "'",
    "#",
    "---\n",
    "...\n",
    "? ",
    "~",
    "\t",
    "\\",
    "{MOCKAPP_BASE}",
    "{NOPE}",
    "{{X}}",
    "name: ",
    "type: http",
    "type: job",
    "url: ",
    "checks:",
    "global:",
    "on_fail:",
    "actions:",
    "1e999",
    "-5",
    "ä",
    "\u{0}",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..<_>::default() })]

    #[test]
    fn any_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(source) = Source::from_bytes("checks.yaml", &bytes) {
            try_out(source.text)?;
        }
    }

    #[test]
    fn any_pieces_of_yaml_are_answered(picks in prop::collection::vec(0..PIECES.len(), 0..60)) {
        let text: String = picks.into_iter().map(|pick| PIECES[pick]).collect();
        try_out(&text)?;
    }

    #[test]
    fn a_damaged_example_is_answered(
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0..PIECES.len(), 0usize..6), 1..6),
    ) {
        let mut text: Vec<char> = data("seed.yaml").chars().collect();
        for (at, piece, cut) in edits {
            let from = at.index(text.len());
            let to = (from + cut).min(text.len());
            text.splice(from..to, PIECES[piece].chars());
        }
        try_out(&text.into_iter().collect::<String>())?;
    }

    #[test]
    fn a_cut_off_example_is_answered(at in any::<prop::sample::Index>()) {
        let text: Vec<char> = data("all_keys.yaml").chars().collect();
        try_out(&text[..at.index(text.len())].iter().collect::<String>())?;
    }
}
