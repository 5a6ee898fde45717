//! Names of systemd units, wherever they may stand.

use crate::config::section::Section;

/// The unit that stands under one of these keys, which all mean the same.
/// What is wrong has been reported; that none is there is for the caller to say.
pub(super) fn read(section: &Section<'_>, keys: &[&'static str]) -> Option<String> {
    let mut written = keys.iter().copied().filter(|key| section.has(key));
    let key = written.next()?;
    if let Some(other) = written.next() {
        let node = section.find(other)?;
        let problem = node.problem(format!("`{key}` and `{other}` mean the same"));
        return node.refuse(problem.help("remove one of them"));
    }
    let unit = section.text(key)?;
    if is_unit(&unit) {
        return Some(unit);
    }
    let node = section.find(key)?;
    let problem = node.problem("this is no name of a systemd unit");
    node.refuse(problem.help("letters, digits and : - _ . \\ @, not beginning with a dash"))
}

/// A unit name that systemd would accept and that cannot be taken for an option.
fn is_unit(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || ":-_.\\@".contains(c);
    !name.is_empty() && name.chars().all(allowed) && !name.starts_with('-')
}
