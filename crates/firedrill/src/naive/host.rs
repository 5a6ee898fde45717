//! What the state of a machine is worth for a check of it, by the limits of the check alone.

use engine::config::{HostLimits, HostSpec};

use super::{Worth, bad};
use crate::{played::Truth, world::Sight};

/// The worth of what could be seen; `steady` says that it had been so for a while, without which
/// the use of the processors, a mean over the time between two looks, is anybody's guess.
pub(crate) fn machine(spec: &HostSpec, seen: Sight, steady: bool) -> Worth {
    let limited = spec.cpu.warn.is_some() || spec.cpu.crit.is_some();
    if spec.require_internet || (limited && !steady) {
        return (Truth::Unsure, "it has just changed".to_owned());
    }
    let parts =
        [("cpu", seen.cpu, spec.cpu), ("ram", seen.ram, spec.ram), ("disk", seen.disk, spec.disk)];
    let over = |limit: Option<u32>, used: u64| limit.is_some_and(|limit| used >= u64::from(limit));
    let worst = |pick: fn(HostLimits) -> Option<u32>| {
        parts.iter().find(|(_, used, limits)| over(pick(*limits), *used))
    };
    if let Some((what, used, _)) = worst(|limits| limits.crit) {
        return bad(format!("{what} {used} %"));
    }
    match (spec.min_containers, seen.running) {
        (Some(least), Some(running)) if running < u64::from(least) => {
            return bad(format!("{running} containers run"));
        }
        (Some(_), None) => return (Truth::Slow, "nobody knows what runs".to_owned()),
        _ => {}
    }
    match worst(|limits| limits.warn) {
        Some((what, used, _)) => (Truth::Slow, format!("{what} {used} %")),
        None => (Truth::Good, "within its limits".to_owned()),
    }
}
