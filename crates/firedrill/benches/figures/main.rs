//! The figures of this machine, as counts and as ratios taken in one run:
//! `cargo bench -p firedrill`. The target is a process of its own; its time is not counted.

#![expect(clippy::unwrap_used, reason = "a meter for people stops where it is")]

mod bare;
mod discrete;
mod live;
mod meter;
mod target;

use std::process::ExitCode;

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    if args.next().as_deref() == Some("target") {
        target::serve();
        return ExitCode::SUCCESS;
    }
    meter::say("The engine alone, in virtual time");
    discrete::a_day(10);
    discrete::a_day(1000);
    let target = target::Target::start();
    meter::say("\nLive, one HTTP check with two JSONPath rules, a new connection each");
    live::alert(&target);
    live::beside_bare(&target, 100, "evenly spread, 100 a second");
    live::beside_bare(&target, 1000, "evenly spread, 1,000 a second");
    live::burst(&target, 1000);
    live::most(&target);
    ExitCode::SUCCESS
}
