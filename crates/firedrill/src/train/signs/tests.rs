//! Signs of simulated incidents, and of readings made up by hand.

use serde_json::json;

use super::{
    Study, earliest,
    leaves::{Leaf, Rule, round_up},
    study,
};
use crate::train::{
    facts::{Facts, Reading, Request},
    tests::{M, S, case, checks, nobody},
};

#[test]
fn the_earliest_sign_is_with_the_users_until_a_check_has_looked() {
    let sign = earliest(&nobody("api-answers-503"), None).unwrap();
    assert_eq!((sign.at, sign.what.as_str()), (122_500, "GET /api/ping failed: 503"));
    let seen = "with the users only; at 2:10 on the board, at the tile of api-availability: \
                api-availability was FAIL: status 503, expected 200";
    assert_eq!(sign.seen_at, seen);
    assert_eq!(earliest(&nobody("quiet-day"), None), None);
}

#[test]
fn slower_answers_are_a_sign_when_they_come_twice_in_a_row() {
    let mut facts = nobody("api-answers-503");
    facts.users = [(60, 10), (65, 12), (122, 400), (127, 20), (132, 900), (137, 950)]
        .map(|(at, took)| Request {
            at: at * S,
            route: "GET /api/ping".to_owned(),
            good: true,
            took,
            ..Request::default()
        })
        .to_vec();
    facts.results = Vec::new();
    let sign = earliest(&facts, None).unwrap();
    assert_eq!(
        (sign.at, sign.what.as_str()),
        (132 * S, "GET /api/ping took 900 ms instead of 12 ms")
    );
    assert_eq!(sign.seen_at, "with the users only; no check has shown it");
    let reading = |at, latency| Reading {
        at,
        check: "api".to_owned(),
        word: "OK",
        latency: Some(latency),
        why: String::new(),
    };
    facts.results = vec![reading(M, 10), reading(125 * S, 900), reading(155 * S, 900)];
    let sign = earliest(&facts, None).unwrap();
    assert_eq!((sign.at, sign.what.as_str()), (125 * S, "api took 900 ms instead of 10 ms"));
    assert_eq!(sign.seen_at, "in the history of the check, /check/api");
}

/// What is found out about an incident of `tests/training`.
fn studied(name: &'static str) -> Study {
    study(&case(name), &checks(), &nobody(name))
}

#[test]
fn a_rule_on_a_value_that_grew_would_have_told_it_sooner() {
    let study = studied("queue-fills-up");
    let words = study.sooner.unwrap();
    let rule = "`expect_jsonpath: {path: \"$.oldest_age_s\", lt: 20}` on queue-depth";
    assert_eq!(
        words,
        format!(
            "{rule} would have told it 3 min 30 s sooner: with nobody there, at 2:40 instead of 6:10."
        )
    );
}

#[test]
fn what_no_rule_could_tell_sooner_is_told_sooner_without_retries_and_a_quiet_day_never() {
    let outage = case("api-answers-503");
    let nobody = nobody("api-answers-503");
    let words = study(&outage, &checks(), &nobody).sooner.unwrap();
    let change = "`retries: 0`, at the price of an alarm for every blip, on api-availability";
    assert!(words.starts_with(&format!("{change} would have told it 10 s sooner")), "{words}");
    assert_eq!(studied("quiet-day"), Study::default());
    let calm = Facts { causes: Vec::new(), ..nobody };
    assert_eq!(study(&outage, &checks(), &calm), Study::default());
}

#[test]
fn rules_follow_from_what_was_usual_and_never_from_a_counter() {
    let leaf = |before: &[serde_json::Value], after: &[serde_json::Value]| Leaf {
        before: before.to_vec(),
        after: after.iter().map(|value| (M, value.clone())).collect(),
    };
    let cases = [
        (leaf(&[json!(3), json!(3)], &[json!(4), json!(12)]), Some(Rule::Lt(10.0))),
        (leaf(&[json!(3), json!(3)], &[json!(4)]), None),
        (leaf(&[json!(1), json!(2), json!(3)], &[json!(90)]), None),
        (leaf(&[json!(true), json!(true)], &[json!(false)]), Some(Rule::Equals(json!(true)))),
        (leaf(&[json!("a"), json!("b")], &[json!("c")]), None),
        (leaf(&[], &[json!("c")]), None),
    ];
    for (leaf, rule) in cases {
        assert_eq!(leaf.rule(), rule, "{leaf:?}");
    }
    assert_eq!([0.0, 7.0, 10.0, 11.0, 130.0].map(round_up), [1.0, 10.0, 10.0, 20.0, 200.0]);
}
