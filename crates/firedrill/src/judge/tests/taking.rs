//! Which expectation takes which happening.

use super::super::takes::{Taken, Taker, take};
use crate::scenario::Count;

fn taker(wants: &str, fits: &[usize], min: u32, max: u32) -> Taker {
    Taker { fits: fits.to_vec(), count: Count { min, max }, wants: wants.to_owned() }
}

fn got(takers: &[Taker], happenings: usize) -> (Vec<Vec<usize>>, Vec<usize>) {
    let Taken { got, left } = take(takers, happenings);
    (got, left)
}

#[test]
fn what_fits_is_taken_and_the_rest_is_left() {
    assert_eq!(got(&[taker("a", &[1], 1, 1)], 3), (vec![vec![1]], vec![0, 2]));
}

#[test]
fn two_that_look_at_it_differently_share_a_happening() {
    let takers = [taker("a", &[0], 1, 1), taker("*", &[0], 1, 1)];
    assert_eq!(got(&takers, 1), (vec![vec![0], vec![0]], vec![]));
}

#[test]
fn two_that_want_the_same_take_one_each() {
    let takers = [taker("a", &[0], 1, 1), taker("a", &[0], 1, 1)];
    assert_eq!(got(&takers, 1), (vec![vec![0], vec![]], vec![]), "one came, two were wanted");
    let takers = [taker("a", &[0, 1], 1, 1), taker("a", &[0, 1], 1, 1)];
    let (got, left) = got(&takers, 2);
    assert_eq!((got.iter().map(Vec::len).collect::<Vec<_>>(), left), (vec![1, 1], vec![]));
}

#[test]
fn whoever_has_a_choice_makes_room_for_whoever_has_none() {
    let takers = [taker("a", &[0, 1], 1, 1), taker("a", &[0], 1, 1)];
    assert_eq!(got(&takers, 2), (vec![vec![1], vec![0]], vec![]));
}

#[test]
fn what_is_too_much_is_seen_by_the_first_whom_it_fits() {
    assert_eq!(got(&[taker("a", &[0, 1], 1, 1)], 2), (vec![vec![0, 1]], vec![]));
    let takers = [taker("a", &[0, 1, 2], 1, 1), taker("a", &[0, 1, 2], 1, 1)];
    let (got, left) = got(&takers, 3);
    assert_eq!((got.iter().map(Vec::len).sum::<usize>(), left), (3, vec![]));
}

#[test]
fn those_who_look_differently_take_one_each_where_sharing_is_too_much() {
    let takers = [taker("a", &[0], 1, 1), taker("*", &[0, 1], 1, 1)];
    assert_eq!(got(&takers, 2), (vec![vec![0], vec![1]], vec![]));
}

#[test]
fn one_that_may_be_missing_takes_what_is_there() {
    assert_eq!(got(&[taker("a", &[0], 0, 1)], 1), (vec![vec![0]], vec![]));
    assert_eq!(got(&[taker("a", &[], 0, 1)], 0), (vec![vec![]], vec![]));
}
