//! Times in words, moments, and windows.

use super::super::times::{resolve, text, window, written};
use super::*;
use crate::scenario::{Edge, Moment, When, Within, duration};

#[test]
fn times_are_told_as_the_grammar_writes_them() {
    let table = [
        (0, "0s"),
        (1, "1ms"),
        (999, "999ms"),
        (1_000, "1s"),
        (190_000, "3m10s"),
        (3_600_000, "1h"),
        (90_061_001, "1d1h1m1s1ms"),
        (-30_000, "-30s"),
        (-90_000, "-1m30s"),
    ];
    for (ms, words) in table {
        assert_eq!(text(ms), words);
        let back = duration(words.trim_start_matches('-')).map(engine::time::millis);
        assert_eq!(back, Some(ms.abs()), "{words} does not read back");
    }
}

fn anchor(edge: Edge, offset: Ms) -> Moment {
    Moment::Anchor { id: "outage".to_owned(), edge, offset }
}

#[test]
fn moments_are_told_as_they_stand_in_the_file() {
    assert_eq!(written(&Moment::At(2 * M)), "2m");
    assert_eq!(written(&anchor(Edge::Start, 0)), "outage.start");
    assert_eq!(written(&anchor(Edge::End, 30 * S)), "outage.end+30s");
    assert_eq!(written(&anchor(Edge::End, -30 * S)), "outage.end-30s");
}

/// A run with a step from 2m until `end`.
fn with_step(end: Option<Ms>) -> Played {
    Played { steps: [("outage".to_owned(), (2 * M, end))].into(), ..run(10 * M) }
}

fn resolved(played: &Played, moment: &Moment) -> Result<Ms, String> {
    let scenario = scenario("");
    resolve(&Facts::new(&scenario, played), moment)
}

#[test]
fn anchors_are_where_their_steps_really_were() {
    let played = with_step(Some(5 * M));
    assert_eq!(resolved(&played, &anchor(Edge::Start, -S)), Ok(2 * M - S));
    assert_eq!(resolved(&played, &anchor(Edge::End, 30 * S)), Ok(5 * M + 30 * S));
    assert_eq!(resolved(&played, &Moment::At(7)), Ok(7));
}

#[test]
fn an_anchor_that_never_came_says_why() {
    let still = resolved(&with_step(None), &anchor(Edge::End, 30 * S));
    assert_eq!(
        still.unwrap_err(),
        "`outage.end+30s` never came: it still held at the end of the run"
    );
    let never = resolved(&run(10 * M), &anchor(Edge::Start, 0));
    assert_eq!(never.unwrap_err(), "`outage.start` never came: the run ended before this step");
}

/// From, until, words.
fn of(when: &When, event: NoticeKind, slack: Ms) -> (Ms, Ms, String) {
    let played = Played { slack, ..with_step(Some(5 * M)) };
    let scenario = scenario("");
    let facts = Facts::new(&scenario, &played);
    let check = facts.check(API).unwrap();
    let window = window(&facts, when, Some(check), Some(event)).unwrap();
    (window.from, window.until, window.words)
}

#[test]
fn at_is_a_second_and_a_span_is_what_it_says() {
    let fail = NoticeKind::FirstFail;
    assert_eq!(of(&When::At(Moment::At(M)), fail, 0), (M, M + 999, "at 1m".to_owned()));
    let between = When::Between(Moment::At(M), anchor(Edge::End, 0));
    assert_eq!(of(&between, fail, 0), (M, 5 * M, "between 1m and 5m".to_owned()));
    let after =
        When::After(anchor(Edge::Start, 0), Within::Span(std::time::Duration::from_secs(35)));
    let words = "between 2m and 2m35s, outage.start being 2m".to_owned();
    assert_eq!(of(&after, fail, 0), (2 * M, 2 * M + 35 * S, words));
}

#[test]
fn the_bound_is_that_of_the_check_and_the_event_with_a_second_for_delivery() {
    let start = When::After(anchor(Edge::Start, 0), Within::Bound);
    let (from, until, words) = of(&start, NoticeKind::FirstFail, 0);
    assert_eq!((from, until), (2 * M, 2 * M + 56 * S));
    let sum = "30s interval + 3 × 5s timeout + 2 × 5s back-off";
    assert_eq!(words, format!("between 2m and 2m55s (the bound, {sum}), outage.start being 2m"));
    let end = When::After(anchor(Edge::End, 0), Within::Bound);
    let (from, until, words) = of(&end, NoticeKind::Recovered, 0);
    assert_eq!((from, until), (5 * M, 5 * M + 36 * S));
    let sum = "30s interval + 5s timeout";
    assert_eq!(words, format!("between 5m and 5m35s (the bound, {sum}), outage.end being 5m"));
}

#[test]
fn live_every_window_is_wider_by_the_slack() {
    let (_, until, _) = of(&When::At(Moment::At(M)), NoticeKind::FirstFail, 2 * S);
    assert_eq!(until, M + 999 + 2 * S);
    let (from, until, _) =
        of(&When::Between(Moment::At(M), Moment::At(2 * M)), NoticeKind::FirstFail, 2 * S);
    assert_eq!((from, until), (M, 2 * M + 2 * S));
}
