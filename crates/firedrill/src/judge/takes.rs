//! Which expectation takes which happening. Lines that want the same thing take one each; lines that
//! look at the same thing in different ways (another channel, `"*"`) may share it.

use crate::scenario::Count;

/// What was taken: for every expectation what it got, and what nobody took.
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
    /// What it wants: takers that say the same compete.
    pub(super) wants: String,
}

impl Taker {
    fn is_content(&self, got: usize) -> bool {
        (self.count.min as usize..=self.count.max as usize).contains(&got)
    }
}

/// Takes so that everybody is content, if that can be.
pub(super) fn take(takers: &[Taker], happenings: usize) -> Taken {
    let by_wish = taken(takers, happenings, |one, other| one.wants == other.wants);
    if content(takers, &by_wish) {
        return by_wish;
    }
    let single = taken(takers, happenings, |_, _| true);
    if content(takers, &single) && single.left.is_empty() { single } else { by_wish }
}

fn content(takers: &[Taker], taken: &Taken) -> bool {
    takers.iter().zip(&taken.got).all(|(taker, got)| taker.is_content(got.len()))
}

/// Lets those who compete take one each, group by group.
fn taken(takers: &[Taker], happenings: usize, compete: impl Fn(&Taker, &Taker) -> bool) -> Taken {
    let mut got = vec![Vec::new(); takers.len()];
    let mut done = vec![false; takers.len()];
    for first in 0..takers.len() {
        if done[first] {
            continue;
        }
        let group: Vec<_> =
            (first..takers.len()).filter(|one| compete(&takers[first], &takers[*one])).collect();
        group.iter().for_each(|one| done[*one] = true);
        share_out(takers, &group, &mut got);
    }
    let left = (0..happenings).filter(|one| !got.iter().any(|got| got.contains(one))).collect();
    Taken { got, left }
}

/// Gives every happening that fits somebody of the group to one of them: first what each must have,
/// then what each may have, and what is too much to the first whom it fits.
fn share_out(takers: &[Taker], group: &[usize], got: &mut [Vec<usize>]) {
    let must = group.iter().flat_map(|one| vec![*one; takers[*one].count.min as usize]);
    let may = group.iter().flat_map(|one| {
        let more = takers[*one].count.max.saturating_sub(takers[*one].count.min) as usize;
        vec![*one; more.min(takers[*one].fits.len())]
    });
    let slots: Vec<usize> = must.chain(may).collect();
    let mut owner: std::collections::BTreeMap<usize, usize> = <_>::default();
    for slot in 0..slots.len() {
        place(takers, &slots, slot, &mut owner, &mut Vec::new());
    }
    for one in group {
        for happening in &takers[*one].fits {
            let of = owner.get(happening).map(|slot| slots[*slot]);
            let spare = of.is_none() && !got.iter().any(|got| got.contains(happening));
            let first = group.iter().find(|other| takers[**other].fits.contains(happening));
            if of == Some(*one) || (spare && first == Some(one)) {
                got[*one].push(*happening);
            }
        }
    }
}

/// Finds a happening for a slot, moving others out of the way where they have a choice.
fn place(
    takers: &[Taker],
    slots: &[usize],
    slot: usize,
    owner: &mut std::collections::BTreeMap<usize, usize>,
    tried: &mut Vec<usize>,
) -> bool {
    for happening in &takers[slots[slot]].fits {
        if tried.contains(happening) {
            continue;
        }
        tried.push(*happening);
        let free = match owner.get(happening).copied() {
            None => true,
            Some(other) => place(takers, slots, other, owner, tried),
        };
        if free {
            owner.insert(*happening, slot);
            return true;
        }
    }
    false
}
