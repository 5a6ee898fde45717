//! deadline-once: a missed deadline is told once for its window, or once for its job.

use std::collections::BTreeMap;

use engine::{EventKind, NoticeKind, config::Spec};

use super::{super::facts::Facts, Broken};
use crate::scenario::Ms;

pub(super) fn repeated(facts: &Facts<'_>) -> Vec<Broken> {
    let mut seen: BTreeMap<(String, String), Ms> = BTreeMap::new();
    let mut found = Vec::new();
    for (at, event) in &facts.played.journal {
        let EventKind::Notify(notice) = &event.kind else { continue };
        let (NoticeKind::DeadlineMiss, Some(name)) = (notice.kind, &notice.name) else { continue };
        let Some(check) = facts.check(name.as_str()) else { continue };
        let Spec::Job(job) = &check.spec else { continue };
        let day = notice.raised_at.to_jiff().to_zoned(check.timezone.clone()).date().to_string();
        let job_id = latest_job(facts, name.as_str(), *at);
        let window = match (job.success_by.is_some(), job.within.is_some()) {
            (true, false) => day,
            (false, _) => job_id,
            (true, true) => format!("{day} {job_id}"),
        };
        let earlier = seen.insert((name.to_string(), window.clone()), *at);
        if earlier.is_some_and(|earlier| !facts.forgot(earlier, *at)) {
            found.push(Broken::new(
                *at,
                format!("a second deadline_miss for {name} in the window {window}"),
            ));
        }
    }
    found
}

/// The job that a check was following.
fn latest_job(facts: &Facts<'_>, name: &str, at: Ms) -> String {
    let until = facts.played.journal.iter().rev().filter(|(when, _)| *when <= at);
    let mut ids = until.filter_map(|(_, event)| match &event.kind {
        EventKind::Check(done) if done.name.as_str() == name => done.job.as_ref()?.id.clone(),
        _ => None,
    });
    ids.next().unwrap_or_default()
}
