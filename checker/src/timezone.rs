//! The machine's own time zone, in which its programs write their logs. Read once at the start.

use std::{fs, path::Path};

use jiff::tz::TimeZone;

/// The zone that `TZ` names, else that of `/etc/localtime`; UTC when there is no such file, as
/// the C library has it. Nothing when it cannot be told.
pub(crate) fn machine_zone(tz: Option<&str>) -> Option<TimeZone> {
    match tz {
        Some(tz) => named(tz),
        None => of_file(Path::new("/etc/localtime")),
    }
}

fn of_file(file: &Path) -> Option<TimeZone> {
    if !file.exists() {
        return Some(TimeZone::UTC);
    }
    let linked = fs::canonicalize(file).ok().and_then(|path| named(path.to_str()?));
    linked.or_else(|| {
        let bytes = fs::read(file).ok()?;
        TimeZone::tzif("machine", &bytes).ok()
    })
}

/// A zone by its name, `:name`, `/usr/share/zoneinfo/name` or POSIX rule.
fn named(text: &str) -> Option<TimeZone> {
    let name = text.trim_start_matches(':');
    let name = name.split_once("/zoneinfo/").map_or(name, |(_, name)| name);
    if name.starts_with('/') {
        return None;
    }
    TimeZone::get(name).ok().or_else(|| TimeZone::posix(name).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_zone_comes_from_the_variable_in_all_of_its_forms() {
        let lima = TimeZone::get("America/Lima").ok();
        for text in ["America/Lima", ":America/Lima", "/usr/share/zoneinfo/America/Lima"] {
            assert_eq!(machine_zone(Some(text)), lima, "{text}");
        }
        assert_eq!(machine_zone(Some("EST5EDT")), TimeZone::get("EST5EDT").ok());
        assert!(machine_zone(Some("JST-9")).is_some());
        assert_eq!(machine_zone(Some("/no/such/file")), None);
    }

    #[test]
    fn the_zone_of_a_machine_without_a_file_is_utc_and_a_link_names_it() {
        assert_eq!(of_file(Path::new("/no/such/file")), Some(TimeZone::UTC));
        let folder = tempfile::tempdir().expect("a folder");
        let zoneinfo = folder.path().join("zoneinfo");
        fs::create_dir_all(zoneinfo.join("America")).expect("a folder");
        fs::write(zoneinfo.join("America/Lima"), "").expect("a file");
        let link = folder.path().join("localtime");
        std::os::unix::fs::symlink(zoneinfo.join("America/Lima"), &link).expect("a link");
        assert_eq!(of_file(&link), TimeZone::get("America/Lima").ok());
    }
}
