//! The results of every check, a month of them, as runs: what was found alike and at a steady pace
//! is one entry, however often it was found. Quiet history costs next to nothing, and no page has
//! to go through a journal. Knows nothing of files and decides nothing about uptime.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use engine::{Status, Timestamp};

/// How far back runs are kept: a month, and a day for its edges.
pub const MONTH: Duration = Duration::from_secs(31 * 24 * 3600);

/// The most different reasons that are remembered; what comes later has none.
const WORDS_MAX: usize = 20_000;

/// The longest reason that is remembered, in characters.
const REASON: usize = 200;

/// Results of a check that are alike and follow one another at a steady pace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// When the first of them was measured.
    pub first: Timestamp,
    /// When the last of them was measured; the others lie evenly between.
    pub last: Timestamp,
    /// How many there are, at least 1.
    pub count: u32,
    /// What they found.
    pub status: Status,
    /// The target's own word for its state, where its type has one.
    pub state: Option<Arc<str>>,
    /// Why, unless the status is OK.
    pub reason: Option<Arc<str>>,
}

/// One result.
#[derive(Clone, Copy, Debug)]
pub struct Sample<'a> {
    /// When the cycle ended.
    pub ts: Timestamp,
    /// What it found.
    pub status: Status,
    /// The target's own word for its state, where its type has one.
    pub state: Option<&'a str>,
    /// Why.
    pub reason: &'a str,
}

/// The results of all checks.
#[derive(Debug, Default)]
pub struct Runs {
    of: BTreeMap<Arc<str>, VecDeque<Run>>,
    words: Vec<Word>,
    numbers: BTreeMap<Word, u32>,
}

#[derive(Clone, Copy, Debug)]
struct Run {
    first: Timestamp,
    last: Timestamp,
    count: u32,
    word: u32,
    status: Status,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Word {
    state: Option<Arc<str>>,
    reason: Option<Arc<str>>,
}

impl Runs {
    /// Takes a result. One that is not later than the last of its check is left out, because the
    /// clock was set back over a time that is told of already.
    pub fn push(&mut self, name: &str, sample: Sample<'_>) {
        let word = self.number(sample);
        let (ts, status) = (sample.ts, sample.status);
        let run = Run { first: ts, last: ts, count: 1, word, status };
        let Some(own) = self.of.get_mut(name) else {
            self.of.insert(name.into(), VecDeque::from([run]));
            return;
        };
        match own.back_mut() {
            Some(last) if ts <= last.last => {}
            Some(last) if last.goes_on(&run) => (last.last, last.count) = (ts, last.count + 1),
            Some(_) | None => own.push_back(run),
        }
    }

    /// Forgets what ended before an instant.
    pub fn trim(&mut self, before: Timestamp) {
        for own in self.of.values_mut() {
            while own.front().is_some_and(|run| run.last < before) {
                own.pop_front();
            }
        }
    }

    /// What was found of a check from one instant to another, both included, oldest first.
    #[must_use]
    pub fn stretches(&self, name: &str, from: Timestamp, until: Timestamp) -> Vec<Stretch> {
        let Some(own) = self.of.get(name) else {
            return Vec::new();
        };
        let begin = own.partition_point(|run| run.last < from);
        let reaching = own.range(begin..).take_while(|run| run.first <= until);
        reaching.filter_map(|run| self.stretch(run)?.within(from, until)).collect()
    }

    fn stretch(&self, run: &Run) -> Option<Stretch> {
        let Word { state, reason } = self.words.get(run.word as usize)?.clone();
        let Run { first, last, count, status, .. } = *run;
        Some(Stretch { first, last, count, status, state, reason })
    }

    fn number(&mut self, sample: Sample<'_>) -> u32 {
        let reason = (sample.status != Status::Ok).then(|| clip(sample.reason).into());
        let mut word = Word { state: sample.state.map(|state| clip(state).into()), reason };
        if let Some(number) = self.numbers.get(&word) {
            return *number;
        }
        if self.words.len() >= WORDS_MAX {
            word = Word::default();
            if let Some(number) = self.numbers.get(&word) {
                return *number;
            }
        }
        let number = u32::try_from(self.words.len()).unwrap_or(u32::MAX);
        self.words.push(word.clone());
        self.numbers.insert(word, number);
        number
    }
}

impl Run {
    /// Whether a result belongs to the run: alike, and at its pace.
    fn goes_on(&self, next: &Self) -> bool {
        let alike = self.status == next.status && self.word == next.word;
        let pace = pace(self.first, self.last, self.count);
        let gap = next.first.since(self.last);
        let steady = self.count == 1 || (gap * 3 >= pace * 2 && gap * 2 <= pace * 3);
        alike && steady && self.count < u32::MAX
    }
}

impl Stretch {
    /// The time from one result to the next; zero when there is only one.
    #[must_use]
    pub fn pace(&self) -> Duration {
        pace(self.first, self.last, self.count)
    }

    /// When each of them was measured.
    pub fn instants(&self) -> impl Iterator<Item = Timestamp> + use<> {
        let (first, pace, last) = (self.first, self.pace(), self.last);
        let count = self.count;
        (0..count).map(move |n| if n + 1 == count { last } else { first + pace * n })
    }

    /// The part of it between two instants, both included; `None` when that is empty.
    #[must_use]
    pub fn within(mut self, from: Timestamp, until: Timestamp) -> Option<Self> {
        let pace = self.pace().as_millis().max(1);
        let steps = |span: Duration| span.as_millis().div_ceil(pace);
        let cut = |count: u32, span| u32::try_from(steps(span)).ok().filter(|n| *n < count);
        let step = self.pace();
        if self.first < from {
            let off = cut(self.count, from.since(self.first))?;
            (self.first, self.count) = (self.first + step * off, self.count - off);
        }
        if self.last > until {
            let off = cut(self.count, self.last.since(until))?;
            (self.last, self.count) = (self.last - step * off, self.count - off);
        }
        (self.first <= self.last).then_some(self)
    }
}

fn pace(first: Timestamp, last: Timestamp, count: u32) -> Duration {
    let gaps = count.saturating_sub(1);
    if gaps == 0 { Duration::ZERO } else { last.since(first) / gaps }
}

fn clip(text: &str) -> &str {
    text.char_indices().nth(REASON).map_or(text, |(end, _)| &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(s: i64) -> Timestamp {
        Timestamp::from_millis(s * 1000)
    }

    fn push(runs: &mut Runs, s: i64, status: Status, reason: &str) {
        runs.push("a", Sample { ts: at(s), status, state: None, reason });
    }

    fn all(runs: &Runs, from: i64, until: i64) -> Vec<(i64, i64, u32, Status)> {
        let found = runs.stretches("a", at(from), at(until));
        let s = |ts: Timestamp| ts.as_millis() / 1000;
        found.iter().map(|one| (s(one.first), s(one.last), one.count, one.status)).collect()
    }

    #[test]
    fn what_is_alike_and_steady_is_one_run_and_a_gap_or_a_change_begins_another() {
        let mut runs = Runs::default();
        for s in [0, 30, 61, 90] {
            push(&mut runs, s, Status::Ok, &format!("200 in {s} ms"));
        }
        push(&mut runs, 300, Status::Ok, "");
        push(&mut runs, 330, Status::Fail, "refused");
        push(&mut runs, 360, Status::Fail, "reset");
        let expected = [
            (0, 90, 4, Status::Ok),
            (300, 300, 1, Status::Ok),
            (330, 330, 1, Status::Fail),
            (360, 360, 1, Status::Fail),
        ];
        assert_eq!(all(&runs, 0, 400), expected);
        let reasons: Vec<_> =
            runs.stretches("a", at(0), at(400)).iter().map(|one| one.reason.clone()).collect();
        assert_eq!(reasons, [None, None, Some("refused".into()), Some("reset".into())]);
    }

    #[test]
    fn a_question_gets_only_what_lies_between_its_instants() {
        let mut runs = Runs::default();
        (0..10).for_each(|n| push(&mut runs, n * 30, Status::Ok, ""));
        assert_eq!(all(&runs, 31, 100), [(60, 90, 2, Status::Ok)]);
        assert_eq!(all(&runs, 60, 90), [(60, 90, 2, Status::Ok)]);
        assert_eq!(all(&runs, 271, 300), []);
        assert_eq!(all(&runs, 61, 89), []);
        runs.trim(at(300));
        assert_eq!(all(&runs, 0, 300), []);
    }

    #[test]
    fn a_clock_that_was_set_back_tells_no_time_twice() {
        let mut runs = Runs::default();
        [0, 30, 60, 0, 30, 60, 90].iter().for_each(|s| push(&mut runs, *s, Status::Ok, ""));
        assert_eq!(all(&runs, 0, 100), [(0, 90, 4, Status::Ok)]);
    }
}
