//! `checker doctor`: looks the store over and says what is wrong with it; with `--repair` repairs
//! what can be repaired without loss. 0 healthy, 1 repairable, 2 beyond repair.

use std::{
    collections::BTreeSet,
    fs::{self, Permissions},
    io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use store::{
    Paths, RealDisk,
    doctor::{Examined, Finding, Grade, RepairError, examine, repair},
};

use crate::{clock::Clock, failure::Failure, out::say, settings::Settings};

/// Write permission for everybody.
const WORLD: u32 = 0o002;
/// In such a folder nobody removes what others made.
const STICKY: u32 = 0o1000;

pub(crate) fn doctor(settings: &Settings, mend: bool) -> Result<u8, Failure> {
    let paths =
        Paths { state: settings.state_path.clone(), results: settings.results_path.clone() };
    let unusable = |error: io::Error| {
        Failure::usage(format!(
            "{} cannot be looked over: {error}; run this as the user that runs the checker",
            paths.results.display()
        ))
    };
    let examined = if mend {
        let (done, examined) =
            repair(&paths, &RealDisk, Clock::system().now().wall).map_err(|error| match error {
                RepairError::Locked { .. } => Failure::locked(error.to_string()),
                RepairError::Io(error) => unusable(error),
            })?;
        done.iter().for_each(|what| say(&format!("[repaired] {what}")));
        close_to_others(&paths).map_err(unusable)?;
        examined
    } else {
        examine(&paths, &RealDisk).map_err(unusable)?
    };
    Ok(tell(&paths, &examined))
}

fn tell(paths: &Paths, examined: &Examined) -> u8 {
    say(&counted(paths, examined));
    if let Some(holder) = &examined.running {
        say(&format!("a checker writes it at present: {holder}; what changes was left out"));
    }
    let open = open_to_others(paths);
    let all: Vec<_> = open.into_iter().chain(examined.findings.iter().cloned()).collect();
    all.iter().for_each(show);
    let of = |grade| all.iter().filter(|finding| finding.grade == grade).count();
    match (of(Grade::Repairable), of(Grade::Beyond)) {
        (0, 0) => {
            say("healthy");
            0
        }
        (repairable, 0) => {
            say(&format!("{repairable} to repair without loss: checker doctor --repair"));
            1
        }
        (repairable, beyond) => {
            say(&format!("{beyond} beyond repair, {repairable} to repair without loss"));
            2
        }
    }
}

fn counted(paths: &Paths, examined: &Examined) -> String {
    let (state, results) = (paths.state.display(), paths.results.display());
    let Some((first, last)) = examined.seqs else {
        return format!("{state}, {results}: there is no history yet");
    };
    let Examined { checks, files, lines, .. } = examined;
    format!(
        "{state}: checks {checks}; {results} and closed days: files {files}, lines {lines}, \
         events {first} to {last}"
    )
}

fn show(finding: &Finding) {
    let word = match finding.grade {
        Grade::Note => "note",
        Grade::Repairable => "repairable",
        Grade::Beyond => "beyond repair",
    };
    let line = finding.line.map(|line| format!(":{line}")).unwrap_or_default();
    say(&format!("[{word}] {}{line}: {}", finding.file.display(), finding.what));
    say(&format!("    {}", finding.remedy));
}

/// Files and folders of the store that everybody may write.
fn open_to_others(paths: &Paths) -> Vec<Finding> {
    let open = written_by_all(paths).into_iter();
    let finding = |file| Finding {
        grade: Grade::Repairable,
        file,
        line: None,
        what: "every user of this machine may write it".to_owned(),
        remedy: "the permission is taken from others".to_owned(),
    };
    open.map(finding).collect()
}

fn close_to_others(paths: &Paths) -> io::Result<()> {
    for path in written_by_all(paths) {
        let mode = fs::metadata(&path)?.permissions().mode();
        fs::set_permissions(&path, Permissions::from_mode(mode & !WORLD))?;
        say(&format!("[repaired] only its user and group may write {}", path.display()));
    }
    Ok(())
}

fn written_by_all(paths: &Paths) -> BTreeSet<PathBuf> {
    let folder = |path: &Path| match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        Some(_) | None => PathBuf::from("."),
    };
    let files = [paths.state.clone(), paths.results.clone(), paths.lock(), paths.segments()];
    let folders = [folder(&paths.state), folder(&paths.results)];
    let open = |path: &PathBuf| {
        fs::metadata(path).is_ok_and(|found| {
            let mode = found.permissions().mode();
            mode & WORLD != 0 && mode & STICKY == 0
        })
    };
    files.into_iter().chain(folders).filter(open).collect()
}
