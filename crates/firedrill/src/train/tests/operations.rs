//! What the use of a tool was worth, told by what came of it.

use super::*;
use crate::train::{operations, record::Span};

const OUTAGE: &str = "api-answers-503";

/// The worths of these operations, judged.
fn worths(mut facts: Facts) -> Vec<Worth> {
    operations::judge(&mut facts, &case(OUTAGE));
    facts.operations.iter().map(|one| one.worth).collect()
}

/// Requests on a route fail for a while.
fn put_out(mut facts: Facts, route: &str, from: Ms, to: Ms) -> Facts {
    let out = facts.users.iter_mut().filter(|asked| asked.route == route);
    out.filter(|asked| (from..to).contains(&asked.at)).for_each(|asked| asked.good = false);
    facts
}

#[test]
fn a_tool_helped_when_a_fault_ended_with_it_that_it_can_end() {
    let used = |tool| nobody(OUTAGE).operated(4 * M, tool, Worth::Needless).mended(4 * M + 10 * S);
    assert_eq!(worths(used("rollback-deploy")), [Worth::Helped]);
    assert_eq!(worths(used("flush-cache")), [Worth::Needless], "it ends no such fault");
    let late = nobody(OUTAGE).operated(4 * M, "rollback-deploy", Worth::Needless);
    assert_eq!(worths(late.mended(5 * M)), [Worth::Needless], "it ended later");
    let never = nobody(OUTAGE).operated(14 * M + 50 * S, "rollback-deploy", Worth::Needless);
    let never = never.ended(LIMIT, Ending::TimeUp);
    assert_eq!(worths(never), [Worth::Needless], "it had ended long before");
}

#[test]
fn one_fault_is_ended_by_one_tool_only() {
    let facts = nobody(OUTAGE).mended(4 * M + 10 * S);
    let both = facts.operated(4 * M, "rollback-deploy", Worth::Needless).operated(
        4 * M,
        "rollback-deploy",
        Worth::Needless,
    );
    assert_eq!(worths(both), [Worth::Helped, Worth::Needless]);
}

#[test]
fn a_tool_did_harm_when_it_put_users_out_who_were_well() {
    let used = nobody(OUTAGE).operated(4 * M, "restart-db", Worth::Needless);
    assert_eq!(worths(used.clone()), [Worth::Needless], "nobody felt it");
    let out = put_out(used, "GET /db/health", 4 * M, 4 * M + 10 * S);
    assert_eq!(worths(out.clone()), [Worth::Harmful]);
    let again = out.operated(6 * M, "restart-db", Worth::Needless);
    let again = put_out(again, "GET /db/health", 6 * M, 6 * M + 10 * S);
    assert_eq!(worths(again), [Worth::Harmful; 2], "the second time is no better");
}

#[test]
fn what_was_wrong_before_is_not_the_tools_doing() {
    let broken = nobody(OUTAGE).operated(4 * M, "restart-api", Worth::Needless);
    assert_eq!(worths(broken), [Worth::Needless], "the route had failed for two minutes");
    let mut begun = nobody(OUTAGE).operated(4 * M, "restart-db", Worth::Needless);
    let [what, why] = ["db", ""].map(str::to_owned);
    begun.faults.push(Span { from: 4 * M + 2 * S, to: 5 * M, what, why });
    let begun = put_out(begun, "GET /db/health", 4 * M + 2 * S, 5 * M);
    assert_eq!(worths(begun), [Worth::Needless], "a fault began while it ran");
}

#[test]
fn a_tool_that_makes_a_fault_worse_did_harm_though_nobody_feels_it_yet() {
    let mut case = case(OUTAGE);
    let exercise = case.exercise.as_mut().unwrap();
    let tools = [("scale-out", scenario::Effect::Harms), ("restart-api", scenario::Effect::Helps)];
    exercise.tools = tools.map(|(tool, effect)| (tool.to_owned(), effect)).into();
    let mut facts = nobody(OUTAGE)
        .operated(M, "scale-out", Worth::Needless)
        .operated(3 * M, "scale-out", Worth::Needless)
        .operated(4 * M, "restart-api", Worth::Needless)
        .mended(4 * M + 10 * S);
    operations::judge(&mut facts, &case);
    let worths: Vec<_> = facts.operations.iter().map(|one| one.worth).collect();
    assert_eq!(
        worths,
        [Worth::Needless, Worth::Harmful, Worth::Helped],
        "it was not there at first"
    );
}

#[test]
fn what_the_mock_app_said_itself_counts_for_more_than_the_times() {
    let said = nobody(OUTAGE).operated(4 * M, "flush-cache", Worth::Helped);
    assert_eq!(
        worths(said.operated(5 * M, "restart-db", Worth::Harmful)),
        [Worth::Helped, Worth::Harmful]
    );
}
