//! Whether `state.json` is what the history comes to. With the whole history every field is compared;
//! with the beginning gone, what the kept days say of each check.

use engine::board::{Board, Entry};

use super::{Finding, Grade, history::Folds};
use crate::{Paths, snapshot::Reading};

pub(super) fn judge(paths: &Paths, state: &Reading, folds: &Folds, quiet: bool) -> Option<Finding> {
    let found =
        |grade, what: String, remedy: &str| Some(Finding::new(grade, &paths.state, what, remedy));
    let last = folds.seqs.map_or(0, |(_, last)| last);
    let board = match state {
        Reading::Absent if last == 0 => return None,
        Reading::Absent => {
            let what = "it is missing although there is a history".to_owned();
            return found(Grade::Repairable, what, "it is made from the history");
        }
        Reading::Corrupt(why) => {
            let what = format!("it does not parse: {why}");
            return found(Grade::Repairable, what, "it is moved aside and made from the history");
        }
        Reading::Board(board) => board,
    };
    if board.last_seq() > last {
        let what = format!("it knows event {}, the history ends with {last}", board.last_seq());
        return found(Grade::Beyond, what, "the end of the journal is lost; a backup may have it");
    }
    if let Some(name) = difference(board, &folds.seen, folds.whole) {
        let what = format!("`{name}` is not what the history comes to");
        return if folds.whole {
            found(Grade::Repairable, what, "it is moved aside and made from the history")
        } else {
            let why = "the history is not whole, so that neither can be trusted; compare them, or \
                       delete state.json to take what the history says";
            found(Grade::Beyond, what, why)
        };
    }
    let behind = quiet && folds.whole && difference(board, &folds.all, true).is_some();
    if behind {
        let what = format!("it has not seen everything up to event {last}");
        return found(Grade::Repairable, what, "the rest is folded in, as at every start");
    }
    None
}

/// The first check of which the two say different things.
fn difference<'a>(state: &'a Board, fold: &'a Board, whole: bool) -> Option<&'a str> {
    let differs =
        |name: &&engine::CheckName| match (state.entries.get(*name), fold.entries.get(*name)) {
            (Some(state), Some(fold)) if whole => !same(state, fold),
            (Some(state), Some(fold)) => !agrees(state, fold),
            (None, None) => false,
            (Some(_), None) | (None, Some(_)) => whole,
        };
    let names = state.entries.keys().chain(fold.entries.keys());
    names.into_iter().find(differs).map(|name| name.as_str())
}

/// Attempts under way are no part of the fold.
fn same(state: &Entry, fold: &Entry) -> bool {
    let settled = |entry: &Entry| Entry { retrying: None, ..entry.clone() };
    settled(state) == settled(fold)
}

fn agrees(state: &Entry, fold: &Entry) -> bool {
    fold.last_checked_at.is_none()
        || (state.status, state.last_checked_at, state.seq)
            == (fold.status, fold.last_checked_at, fold.seq)
}
