//! What people and machines get to read of a run.

pub(crate) mod terminal {
    use crate::verdict::{Told, Verdict};
    pub(crate) fn failure(told: &Told, _: bool) -> String {
        format!("{} {} {:#?}", told.judged.verdict.word(), told.scenario.title(), told.judged.findings)
    }
    pub(crate) fn line(told: &Told, _: bool) -> String {
        format!("{} {} {:?}", told.judged.verdict.word(), told.scenario.title(), told.took)
    }
    pub(crate) fn summary(told: &[Told]) -> String {
        let n = |v: Verdict| told.iter().filter(|t| t.judged.verdict == v).count();
        format!("{} passed, {} failed, {} inconclusive", n(Verdict::Pass), n(Verdict::Fail), n(Verdict::Inconclusive))
    }
}
pub(crate) mod junit { pub(crate) fn junit(_: &[crate::verdict::Told]) -> String { String::new() } }
pub(crate) mod json { pub(crate) fn json(_: &[crate::verdict::Told]) -> String { String::new() } }
pub(crate) mod html { pub(crate) fn html(_: &[crate::verdict::Told]) -> String { String::new() } }
