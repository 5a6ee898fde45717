//! The figures of this machine, as counts and as ratios taken in one run:
//! `cargo bench -p firedrill`, or `cargo bench -p firedrill -- most` for one of them. The target is a process of its own; its time is not counted.

#![expect(clippy::unwrap_used, reason = "a meter for people stops where it is")]

mod bare;
mod boards;
mod discrete;
mod live;
mod meter;
mod once;
mod rehearsed;
mod target;

use std::process::ExitCode;

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1).filter(|arg| arg != "--bench");
    let only = args.next();
    if only.as_deref() == Some("target") {
        target::serve();
        return ExitCode::SUCCESS;
    }
    let wanted = |name: &str| only.as_deref().is_none_or(|only| name.contains(only));
    if wanted("engine") {
        meter::say("The engine alone, in virtual time");
        discrete::a_day(10);
        discrete::a_day(1000);
    }
    if wanted("day") {
        rehearsed::days();
    }
    if wanted("board") {
        boards::pages();
    }
    if wanted("once") {
        once::datum();
    }
    let target = target::Target::start();
    meter::say("\nLive, one HTTP check with two JSONPath rules, a new connection each");
    let live = [live::alert, live::paced, live::burst, live::most];
    for (name, figure) in ["alert", "paced", "burst", "most"].into_iter().zip(live) {
        if wanted(name) {
            figure(&target);
        }
    }
    ExitCode::SUCCESS
}
