//! Scores of whole exercises, as a team reads them: the golden text `tests/training/scores.txt`.
//! `BLESS=1` rewrites it.

use std::{fmt::Write as _, fs};

use super::{Baseline, Score, next_hint, score};
use crate::{
    scenario,
    train::{
        assemble::setting,
        desk::Deed,
        facts::Facts,
        record::{Ending, Span, Worth},
        simulate::{Company, simulate},
        tests::{LIMIT, M, S, case, checks, folder, nobody, scored},
    },
};

const OUTAGE: &str = "api-answers-503";
const QUIET: &str = "quiet-day";

/// A team that sees it at once, knows what it is, and does one thing.
fn good() -> Facts {
    nobody(OUTAGE)
        .acknowledged(2 * M + 55 * S, "api-availability")
        .deed(3 * M, Deed::Declare)
        .diagnosed(3 * M + 20 * S, "api", "http.status")
        .operated(3 * M + 30 * S, "rollback-deploy", Worth::Helped)
        .mended(3 * M + 40 * S)
        .deed(4 * M + 30 * S, Deed::Resolve)
        .ended(4 * M + 30 * S, Ending::Resolved)
}

/// A team that presses buttons.
fn bad() -> Facts {
    nobody(OUTAGE)
        .operated(4 * M, "restart-db", Worth::Harmful)
        .diagnosed(5 * M, "db", "db")
        .operated(5 * M + 30 * S, "flush-cache", Worth::Needless)
        .deed(6 * M, Deed::Hint)
        .diagnosed(7 * M, "api", "app.crash")
        .deed(8 * M, Deed::Hint)
        .diagnosed(9 * M, "queue", "queue")
        .operated(9 * M + 30 * S, "restart-api", Worth::Needless)
        .deed(10 * M, Deed::Resolve)
        .ended(10 * M, Ending::Resolved)
}

fn told(name: &str, score: &Score) -> String {
    let time = |time: Option<i64>| time.map_or("-".to_owned(), super::length);
    let mut text = format!("{name}: {} points\n", score.points);
    for part in &score.parts {
        let _ =
            writeln!(text, "  {:>3} of {:>2}  {}: {}", part.points, part.of, part.name, part.why);
    }
    let times = [score.detect, score.acknowledge, score.diagnose, score.mitigate].map(time);
    let _ = writeln!(
        text,
        "  detected {}, acknowledged {}, diagnosed {}, mitigated {}; {} min of pain, {} of {} \
         requests failed\n",
        times[0], times[1], times[2], times[3], score.pain_minutes, score.failed, score.requests
    );
    text
}

#[test]
fn every_part_of_a_score_has_its_reason() {
    let restless = nobody(QUIET)
        .operated(5 * M, "flush-cache", Worth::Needless)
        .deed(6 * M, Deed::Declare)
        .deed(9 * M, Deed::Leave)
        .ended(9 * M, Ending::Left);
    let stories = [
        ("well played", OUTAGE, good()),
        ("badly played", OUTAGE, bad()),
        ("nobody there", OUTAGE, nobody(OUTAGE)),
        (
            "seen and left",
            OUTAGE,
            nobody(OUTAGE).acknowledged(3 * M, "api-availability").ended(4 * M, Ending::Left),
        ),
        ("a quiet day, calmly", QUIET, nobody(QUIET).ended(10 * M, Ending::Left)),
        ("a quiet day, restlessly", QUIET, restless),
    ];
    let text: String =
        stories.iter().map(|(name, of, facts)| told(name, &scored(of, facts))).collect();
    let file = folder().join("scores.txt");
    if std::env::var_os("BLESS").is_some() {
        fs::write(&file, &text).unwrap();
    }
    assert_eq!(text, fs::read_to_string(&file).unwrap());
}

#[test]
fn who_does_nothing_has_the_score_of_nobody_there() {
    let alone = scored(OUTAGE, &nobody(OUTAGE));
    assert_eq!((alone.points, alone.detect, alone.mitigate), (0, None, Some(9 * M + 55 * S)));
    assert_eq!(scored(OUTAGE, &nobody(OUTAGE).ended(LIMIT, Ending::TimeUp)), alone);
    assert_eq!(scored(QUIET, &nobody(QUIET)).points, 100);
}

#[test]
fn every_shipped_incident_is_worth_nothing_to_who_does_nothing_and_every_quiet_day_all() {
    let folder = folder().join("../../../../scenarios/exercises");
    let checks = fs::read(folder.join("checks.yaml")).unwrap();
    for case in scenario::find(&[folder])
        .unwrap()
        .iter()
        .map(|file| scenario::load(file).unwrap().remove(0))
    {
        let nobody = simulate(&case, &checks, Company::Nobody, 12 * M).unwrap();
        let setting = setting(&case, &checks, 10.0).unwrap();
        let score = score(&nobody, &Baseline::of(&nobody, setting));
        let points = if nobody.causes.is_empty() { 100 } else { 0 };
        assert_eq!(score.points, points, "{}: {score:?}", case.name);
        let told = nobody.results.iter().any(|one| one.word == "FAIL");
        assert_eq!(told, !nobody.causes.is_empty(), "{}: somebody could know", case.name);
    }
}

#[test]
fn a_run_that_was_kinder_to_users_by_chance_is_nobodys_merit() {
    let mut kinder = nobody(OUTAGE);
    for (turn, asked) in kinder.users.iter_mut().enumerate() {
        asked.good |= turn % 2 == 0;
    }
    assert!(scored(OUTAGE, &kinder).pain_minutes < 2.0);
    assert_eq!(scored(OUTAGE, &kinder).points, 0);
}

#[test]
fn who_has_mended_what_can_be_mended_need_not_wait_for_the_mail_server() {
    let alone = nobody(OUTAGE);
    let silent = |mut facts: Facts| {
        let [what, why] = ["mail.refuse", ""].map(str::to_owned);
        facts.faults.push(Span { from: M, to: facts.ended, what, why });
        facts
    };
    let setting = setting(&case(OUTAGE), &checks(), 1.0).unwrap();
    let baseline = Baseline::of(&silent(alone), setting);
    let score = score(&silent(good()), &baseline);
    let closing = score.parts.iter().find(|part| part.name == "closing").unwrap();
    assert_eq!((closing.points, score.mitigate), (10, Some(95 * S)), "{score:?}");
    let part = |name: &str| score.parts.iter().find(|part| part.name == name);
    assert!(part("resolved too early").is_none());
}

#[test]
fn it_is_no_use_to_go_before_it_is_over() {
    let alone = scored(OUTAGE, &nobody(OUTAGE));
    for at in [M, 3 * M, 9 * M] {
        let left = scored(OUTAGE, &nobody(OUTAGE).ended(at, Ending::Left));
        assert_eq!(left.points, 0, "{left:?}");
        assert!((left.pain_minutes - alone.pain_minutes).abs() < 0.011, "the pain goes on");
        let resolved = nobody(OUTAGE).deed(at, Deed::Resolve).ended(at, Ending::Resolved);
        let resolved = scored(OUTAGE, &resolved);
        let early = resolved.parts.iter().any(|part| part.name == "resolved too early");
        assert!(early && resolved.points == 0, "{resolved:?}");
    }
}

#[test]
fn who_waits_for_the_checks_need_not_wait_for_the_next_user_too() {
    let at = 3 * M + 42 * S;
    // Users ask at 3:37.5, in vain, and again at 3:42.5.
    let mut facts = nobody(OUTAGE).mended(3 * M + 38 * S).deed(at, Deed::Resolve);
    facts = facts.ended(at, Ending::Resolved);
    let closing = |facts: &Facts| {
        let score = scored(OUTAGE, facts);
        score.parts.iter().find(|part| part.name == "closing").unwrap().points
    };
    for (word, points) in [("FAIL", 0), ("OK", 10)] {
        let last = facts.checks.iter_mut().filter_map(|lane| lane.spans.last_mut());
        last.for_each(|span| word.clone_into(&mut span.what));
        assert_eq!(closing(&facts), points, "the checks say {word}");
    }
    facts.users.iter_mut().filter(|asked| asked.at > at - 5 * S).for_each(|asked| {
        asked.at = at - 2 * S;
    });
    assert_eq!(closing(&facts), 0, "users feel it although the fault is gone");
}

#[test]
fn the_first_diagnosis_counts_most_and_a_wrong_one_never_as_right() {
    let points = |named: &[(&str, &str)]| {
        let mut facts = nobody(OUTAGE);
        for (turn, (component, fault)) in named.iter().enumerate() {
            facts = facts.diagnosed(3 * M + turn as i64 * S, component, fault);
        }
        let score = scored(OUTAGE, &facts);
        let of = |name: &str| {
            let part = score.parts.iter().find(|part| part.name == name);
            part.map_or(0, |part| part.points)
        };
        (of("diagnosis"), of("wrong diagnoses"), score.diagnose.is_some())
    };
    let (right, near, far) = (("api", "http.status"), ("api", "app.crash"), ("db", "db"));
    assert_eq!(points(&[right]), (30, 0, true));
    assert_eq!(points(&[near]), (12, 0, false));
    assert_eq!(points(&[far]), (0, 0, false));
    assert_eq!(points(&[far, right]), (18, 0, true));
    assert_eq!(points(&[far, far, right]), (18, 0, true), "the same word twice is one word");
    assert_eq!(points(&[far, near, right]), (12, -5, true));
    assert_eq!(points(&[right, near, far]), (30, -5, true));
    let early = nobody(OUTAGE).diagnosed(M, "api", "http.status");
    assert_eq!(scored(OUTAGE, &early).diagnose, None, "nothing was wrong yet");
}

#[test]
fn each_hint_costs_more_than_the_one_before() {
    let lost = |hints: usize| {
        let facts = (0..hints).fold(good(), |facts, _| facts.deed(4 * M, Deed::Hint));
        scored(OUTAGE, &good()).points - scored(OUTAGE, &facts).points
    };
    assert_eq!([0, 1, 2, 3].map(lost), [0, 5, 15, 30]);
    assert_eq!([0, 1, 2].map(next_hint), [5, 10, 15], "and that is what it says beforehand");
}
