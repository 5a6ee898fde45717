//! Which expectation takes which happening.

use super::super::takes::{Taken, Taker, take};
use crate::scenario::Count;

fn wants(fits: &[usize], min: u32, max: u32, until: i64) -> Taker {
    Taker { fits: fits.to_vec(), count: Count { min, max }, until }
}

#[test]
fn what_fits_is_taken_and_the_rest_is_left() {
    let taken = take(&[wants(&[1], 1, 1, 5)], 3);
    assert_eq!(taken, Taken { got: vec![vec![1]], left: vec![0, 2] });
}

#[test]
fn two_that_are_content_share_a_happening() {
    let taken = take(&[wants(&[0], 1, 1, 5), wants(&[0], 1, 1, 9)], 1);
    assert_eq!(taken, Taken { got: vec![vec![0], vec![0]], left: vec![] });
}

#[test]
fn two_that_would_get_too_many_take_one_each_and_the_most_urgent_first() {
    let taken = take(&[wants(&[0, 1], 1, 1, 9), wants(&[0, 1], 1, 1, 5)], 2);
    assert_eq!(taken, Taken { got: vec![vec![1], vec![0]], left: vec![] });
}

#[test]
fn equally_urgent_ones_take_in_the_order_of_the_file() {
    let taken = take(&[wants(&[0, 1], 1, 1, 5), wants(&[0, 1], 1, 1, 5)], 2);
    assert_eq!(taken, Taken { got: vec![vec![0], vec![1]], left: vec![] });
}

#[test]
fn where_nobody_can_be_content_everybody_keeps_what_fits() {
    let taken = take(&[wants(&[0, 1], 1, 1, 5)], 2);
    assert_eq!(taken, Taken { got: vec![vec![0, 1]], left: vec![] });
    let taken = take(&[wants(&[], 1, 1, 5), wants(&[0], 1, 1, 5)], 1);
    assert_eq!(taken, Taken { got: vec![vec![], vec![0]], left: vec![] });
}

#[test]
fn one_each_is_not_chosen_when_it_would_leave_something_over() {
    // Three came and two were wanted: all are shown as taken twice, not one as unexpected.
    let taken = take(&[wants(&[0, 1, 2], 1, 1, 5), wants(&[0, 1, 2], 1, 1, 9)], 3);
    assert_eq!(taken, Taken { got: vec![vec![0, 1, 2], vec![0, 1, 2]], left: vec![] });
}

#[test]
fn one_that_may_be_missing_takes_what_is_there() {
    let taken = take(&[wants(&[0], 0, 1, 5)], 1);
    assert_eq!(taken, Taken { got: vec![vec![0]], left: vec![] });
    assert_eq!(take(&[wants(&[], 0, 1, 5)], 0), Taken { got: vec![vec![]], left: vec![] });
}
