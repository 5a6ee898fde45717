//! Which expectation takes which happening. Each may be taken by several as long as every count is
//! right; where that is too many, each is taken by one only, the most urgent first.

use crate::scenario::Count;

/// What was taken: for every expectation how many it got, and what nobody took.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Taken {
    pub(super) got: Vec<Vec<usize>>,
    pub(super) left: Vec<usize>,
}

/// An expectation as far as taking is concerned.
#[derive(Debug)]
pub(super) struct Taker {
    /// The happenings that fit, in the order of time.
    pub(super) fits: Vec<usize>,
    /// How many are wanted.
    pub(super) count: Count,
    /// When its window closes.
    pub(super) until: i64,
}

impl Taker {
    fn is_content(&self, got: usize) -> bool {
        (self.count.min as usize..=self.count.max as usize).contains(&got)
    }
}

/// Takes so that everybody is content, if that can be.
pub(super) fn take(takers: &[Taker], happenings: usize) -> Taken {
    let shared = all(takers, happenings);
    if content(takers, &shared) {
        return shared;
    }
    let single = one_each(takers, happenings);
    if content(takers, &single) && single.left.is_empty() { single } else { shared }
}

fn content(takers: &[Taker], taken: &Taken) -> bool {
    takers.iter().zip(&taken.got).all(|(taker, got)| taker.is_content(got.len()))
}

fn all(takers: &[Taker], happenings: usize) -> Taken {
    let got: Vec<_> = takers.iter().map(|taker| taker.fits.clone()).collect();
    let left = (0..happenings).filter(|one| !got.iter().any(|got| got.contains(one))).collect();
    Taken { got, left }
}

fn one_each(takers: &[Taker], happenings: usize) -> Taken {
    let mut got = vec![Vec::new(); takers.len()];
    let mut left = Vec::new();
    for one in 0..happenings {
        let fitting = takers.iter().enumerate().filter(|(index, taker)| {
            taker.fits.contains(&one) && got[*index].len() < taker.count.max as usize
        });
        match fitting.min_by_key(|(index, taker)| (taker.until, *index)) {
            Some((index, _)) => got[index].push(one),
            None => left.push(one),
        }
    }
    Taken { got, left }
}
