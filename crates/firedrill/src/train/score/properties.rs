//! What holds of every score, whatever a team did.

use std::collections::BTreeSet;

use proptest::{
    collection::vec,
    prelude::{Just, Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest},
};

use super::{Baseline, Setting, score};
use crate::{
    scenario::Ms,
    train::{
        desk::{Deed, Mail},
        facts::{EVERY, Facts, Request},
        record::{Cause, Ending, Span, Worth},
        users::turns,
    },
};

const LIMIT: Ms = 600_000;
const ROUTES: [&str; 2] = ["GET /api/ping", "GET /db/health"];
const NAMES: [(&str, &str); 5] = [
    ("api", "http.status"),
    ("db", "db"),
    ("api", "app.crash"),
    ("db", "db.partial"),
    ("queue", "queue"),
];

fn causes() -> impl Strategy<Value = Vec<Cause>> {
    let cause = |at: usize| {
        let (component, fault) = NAMES[at];
        let [component, fault, plain] = [component, fault, "something"].map(str::to_owned);
        Cause { component, fault, plain }
    };
    (0_usize..3).prop_map(move |number| (0..number).map(cause).collect())
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        Just(Deed::Acknowledge { check: "api".to_owned() }),
        Just(Deed::Declare),
        Just(Deed::Note { text: "hm".to_owned() }),
        Just(Deed::Hint),
        (0..NAMES.len()).prop_map(named),
    ]
}

fn named(at: usize) -> Deed {
    let (component, fault) = NAMES[at];
    Deed::Diagnose { component: component.to_owned(), fault: fault.to_owned() }
}

fn ending() -> impl Strategy<Value = Ending> {
    prop_oneof![
        Just(Ending::Resolved),
        Just(Ending::Left),
        Just(Ending::TimeUp),
        Just(Ending::Broken("the checker died".to_owned())),
    ]
}

/// Requests on both routes until the end, some of which failed.
fn users(ended: Ms, failed: &[bool]) -> Vec<Request> {
    let asked = turns().take_while(|at| *at < ended).flat_map(|at| ROUTES.map(|route| (at, route)));
    let request = |((at, route), failed): ((Ms, &str), &bool)| Request {
        at,
        route: route.to_owned(),
        good: !failed,
        ..Request::default()
    };
    asked.zip(failed.iter().cycle()).map(request).collect()
}

fn span(from: Ms, to: Ms) -> Span {
    Span { from, to: to.max(from), what: "db".to_owned(), why: String::new() }
}

/// Any exercise: what was wrong, what users felt, what the team did.
fn facts() -> impl Strategy<Value = Facts> {
    let times = (100_000..LIMIT, 0_i64..300_000, 0_i64..LIMIT);
    let deeds = vec((0..LIMIT, deed()), 0..8);
    let tools = vec((0..LIMIT, 0..3_usize), 0..4);
    (times, causes(), vec(any::<bool>(), 1..60), deeds, tools, ending()).prop_map(
        |((ended, from, to), causes, failed, deeds, tools, ending)| {
            let mut facts = Facts {
                causes,
                faults: if from < ended { vec![span(from, to.min(ended))] } else { Vec::new() },
                users: users(ended, &failed),
                checks: Vec::new(),
                results: Vec::new(),
                alerts: vec![alert(from + 40_000)],
                done: Vec::new(),
                operations: Vec::new(),
                ended,
                ending,
            };
            for (at, deed) in deeds {
                facts = facts.deed(at.min(ended), deed);
            }
            for (at, worth) in tools {
                let worth = [Worth::Helped, Worth::Needless, Worth::Harmful][worth];
                facts = facts.operated(at.min(ended), "restart-db", worth);
            }
            facts
        },
    )
}

/// The kinds of fault that can be ended.
fn kinds(curable: bool) -> BTreeSet<String> {
    curable.then(|| "db".to_owned()).into_iter().collect()
}

fn alert(at: Ms) -> Mail {
    let [check, event] = ["api", "first_fail"].map(|word| Some(word.to_owned()));
    Mail { at, check, event, subject: String::new(), body: String::new() }
}

/// The same incident with nobody there, which need not resemble what the team made of it.
fn baseline() -> impl Strategy<Value = Baseline> {
    (vec(any::<bool>(), 1..60), any::<bool>(), 0_i64..300_000).prop_map(
        |(failed, curable, from)| {
            let nobody = Facts {
                causes: Vec::new(),
                faults: vec![span(from, LIMIT)],
                users: users(LIMIT, &failed),
                checks: Vec::new(),
                results: Vec::new(),
                alerts: Vec::new(),
                done: Vec::new(),
                operations: Vec::new(),
                ended: LIMIT,
                ending: Ending::TimeUp,
            };
            Baseline::of(&nobody, Setting::new(30_000, 10.0, kinds(curable)))
        },
    )
}

proptest! {
    #[test]
    fn a_score_is_the_sum_of_its_parts_and_between_0_and_100(
        facts in facts(), baseline in baseline()
    ) {
        let score = score(&facts, &baseline);
        let sum: i32 = score.parts.iter().map(|part| part.points).sum();
        let of: i32 = score.parts.iter().map(|part| part.of).sum();
        prop_assert_eq!(score.points, sum);
        prop_assert!((0..=100).contains(&score.points));
        prop_assert_eq!(of, 100);
        prop_assert!(score.parts.iter().all(|part| part.why.ends_with('.')));
    }

    #[test]
    fn more_pain_never_scores_more(
        facts in facts(), baseline in baseline(), at in any::<proptest::sample::Index>()
    ) {
        let mut worse = facts.clone();
        let index = at.index(worse.users.len());
        worse.users[index].good = false;
        let (before, after) = (score(&facts, &baseline), score(&worse, &baseline));
        prop_assert!(after.points <= before.points, "{before:?} {after:?}");
        prop_assert!(after.pain_minutes >= before.pain_minutes);
    }

    #[test]
    fn a_wrong_diagnosis_never_scores_more_than_a_right_one(
        facts in facts(), baseline in baseline(), at in 0..LIMIT, wrong in 2..NAMES.len()
    ) {
        // Said twice, the right word adds nothing.
        let mut facts = facts;
        facts.done.retain(|done| done.deed != named(0));
        let at = at.min(facts.ended);
        let (right, wrong) = (facts.clone().deed(at, named(0)), facts.clone().deed(at, named(wrong)));
        let sorted = |mut facts: Facts| {
            facts.done.sort_by_key(|done| done.at);
            score(&facts, &baseline)
        };
        if !facts.causes.is_empty() {
            let (right, wrong) = (sorted(right), sorted(wrong));
            prop_assert!(wrong.points <= right.points, "{right:?} {wrong:?}");
        }
    }

    #[test]
    fn a_tool_that_did_not_help_never_adds_to_a_score(
        facts in facts(), baseline in baseline(), at in 0..LIMIT, harm in any::<bool>()
    ) {
        let worth = if harm { Worth::Harmful } else { Worth::Needless };
        let more = facts.clone().operated(at, "flush-cache", worth);
        prop_assert!(score(&more, &baseline).points <= score(&facts, &baseline).points);
    }

    #[test]
    fn a_thought_changes_nothing(facts in facts(), baseline in baseline(), at in 0..LIMIT) {
        let noted = facts.clone().deed(at, Deed::Note { text: "hm".to_owned() });
        prop_assert_eq!(score(&noted, &baseline), score(&facts, &baseline));
    }

    #[test]
    fn with_nobody_there_an_incident_is_worth_nothing(facts in facts()) {
        let nobody = Facts {
            done: Vec::new(), operations: Vec::new(), ending: Ending::TimeUp, ..facts
        };
        let baseline = Baseline::of(&nobody, Setting::new(30_000, 1.0, kinds(true)));
        let points = score(&nobody, &baseline).points;
        prop_assert_eq!(points, if nobody.causes.is_empty() { 100 } else { 0 });
    }

    #[test]
    fn pain_is_a_share_of_the_time(failed in vec(any::<bool>(), 1..60)) {
        let users = users(LIMIT, &failed);
        let pain: f64 = super::pain::hurts(&users).iter().map(|hurt| hurt.minutes).sum();
        let share = users.iter().filter(|asked| !asked.good).count() as f64 / users.len() as f64;
        let all = (LIMIT / EVERY * EVERY) as f64 / 60_000.0;
        prop_assert!((pain - share * all).abs() < 1e-6, "{pain} {share}");
    }
}
