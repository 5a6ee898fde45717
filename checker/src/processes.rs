//! The seam to the processes of the machine. `ProcFs` reads `/proc`; `Listed` is a list for a
//! virtual world. Neither says anything of the checker itself, of those who started it and of
//! what it has started: their command lines may hold what is looked for.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Debug,
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use futures_util::future::BoxFuture;
use tokio::{sync::Mutex, time::Instant};

/// How long a list is good for: the checks of one tick share it.
const FRESH_FOR: Duration = Duration::from_millis(500);

/// A list of processes, by number.
pub type Processes = Arc<[Process]>;

/// Lists the processes of a machine.
pub trait ProcessTable: Debug + Send + Sync {
    /// All processes that have a command line, but those of the checker's own family.
    ///
    /// The error says why they cannot be listed.
    fn list(&self) -> BoxFuture<'_, Result<Processes, String>>;
}

/// A process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Process {
    /// Its number.
    pub pid: u32,
    /// The number of the one that started it.
    pub parent: u32,
    /// Its program and arguments, with blanks between.
    pub command_line: String,
}

/// The processes of this machine.
#[derive(Debug)]
pub struct ProcFs {
    root: PathBuf,
    own: u32,
    last: Mutex<Option<(Instant, Processes)>>,
}

impl Default for ProcFs {
    fn default() -> Self {
        Self::at(Path::new("/proc"), std::process::id())
    }
}

impl ProcFs {
    /// Reads another folder in the form of `/proc`, as the process of that number.
    #[must_use]
    pub fn at(root: &Path, own: u32) -> Self {
        Self { root: root.to_owned(), own, last: Mutex::new(None) }
    }

    async fn look(&self) -> Result<Processes, String> {
        // Held over the reading, so that those who ask meanwhile get the same list.
        let mut last = self.last.lock().await;
        if let Some((at, list)) = last.as_ref()
            && at.elapsed() < FRESH_FOR
        {
            return Ok(Arc::clone(list));
        }
        let (root, own) = (self.root.clone(), self.own);
        let read = tokio::task::spawn_blocking(move || read(&root, own)).await;
        let list: Processes = read.map_err(|error| error.to_string())??.into();
        *last = Some((Instant::now(), Arc::clone(&list)));
        Ok(list)
    }
}

impl ProcessTable for ProcFs {
    fn list(&self) -> BoxFuture<'_, Result<Processes, String>> {
        Box::pin(self.look())
    }
}

/// A list that was written down, or the reason why there is none.
#[derive(Clone, Debug)]
pub struct Listed(Result<Processes, String>);

impl Listed {
    /// These processes.
    #[must_use]
    pub fn new(processes: Vec<Process>) -> Self {
        Self(Ok(processes.into()))
    }

    /// A table that cannot be read, for this reason.
    #[must_use]
    pub fn unreadable(reason: &str) -> Self {
        Self(Err(reason.to_owned()))
    }
}

impl ProcessTable for Listed {
    fn list(&self) -> BoxFuture<'_, Result<Processes, String>> {
        Box::pin(async { self.0.clone() })
    }
}

fn read(root: &Path, own: u32) -> Result<Vec<Process>, String> {
    let at = |error: io::Error| format!("{} cannot be read: {error}", root.display());
    let mut all = BTreeMap::new();
    for entry in fs::read_dir(root).map_err(at)? {
        let entry = entry.map_err(at)?;
        let pid = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok());
        if let Some(pid) = pid
            && let Some(process) = process(&entry.path(), pid)
        {
            all.insert(pid, process);
        }
    }
    // Process 1 is always there. Who does not see it, sees no other user's processes either.
    if !all.contains_key(&1) {
        return Err(format!(
            "{} does not show the processes of other users (mounted with hidepid?)",
            root.display()
        ));
    }
    let family = family(&all, own);
    let others = all.into_values().filter(|process| !family.contains(&process.pid));
    Ok(others.filter(|process| !process.command_line.is_empty()).collect())
}

/// A process, unless it has ended meanwhile or hides from us.
fn process(folder: &Path, pid: u32) -> Option<Process> {
    let words = fs::read(folder.join("cmdline")).ok()?;
    let stat = fs::read_to_string(folder.join("stat")).ok()?;
    // The name of the program stands in parentheses and may hold some itself.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
    let state = fields.next()?;
    let parent = fields.next()?.parse().ok()?;
    // A zombie has ended; its parent has only not asked for it yet.
    let words = if matches!(state, "Z" | "X") { Vec::new() } else { words };
    let words = words.split(|byte| *byte == 0).filter(|word| !word.is_empty());
    let words: Vec<_> = words.map(String::from_utf8_lossy).collect();
    Some(Process { pid, parent, command_line: words.join(" ") })
}

/// The process itself, those above it and those below it.
fn family(all: &BTreeMap<u32, Process>, own: u32) -> BTreeSet<u32> {
    let mut family: BTreeSet<u32> = above(all, own).collect();
    let is_below = |pid: &u32| above(all, *pid).any(|one| one == own);
    family.extend(all.keys().copied().filter(is_below));
    family
}

/// The process and those above it. Parents of a list that was read piece by piece might form a
/// ring, so that the way is bounded.
fn above(all: &BTreeMap<u32, Process>, pid: u32) -> impl Iterator<Item = u32> {
    let parent = |pid: &u32| all.get(pid).map(|one| one.parent).filter(|parent| *parent > 0);
    std::iter::successors(Some(pid), parent).take(all.len() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder in the form of `/proc`.
    fn machine(processes: &[(u32, u32, &str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for (pid, parent, state, words) in processes {
            let folder = root.path().join(pid.to_string());
            fs::create_dir(&folder).unwrap();
            fs::write(folder.join("cmdline"), words.replace(' ', "\0")).unwrap();
            let stat = format!("{pid} (a ) (b) {state} {parent} 1 1 0 -1 4194560");
            fs::write(folder.join("stat"), stat).unwrap();
        }
        fs::create_dir(root.path().join("sys")).unwrap();
        root
    }

    const MACHINE: [(u32, u32, &str, &str); 8] = [
        (1, 0, "S", "/sbin/init"),
        (2, 0, "S", ""),
        (10, 1, "S", "sh -c checker"),
        (11, 10, "S", "checker run worker.py"),
        (12, 11, "S", "systemctl is-active worker.py"),
        (13, 12, "S", "pager worker.py"),
        (20, 1, "R", "python3 worker.py"),
        (21, 20, "Z", "python3 worker.py"),
    ];

    #[tokio::test]
    async fn the_checker_those_above_it_and_those_below_it_are_not_listed() {
        let root = machine(&MACHINE);
        let list = ProcFs::at(root.path(), 11).list().await.unwrap();
        let listed: Vec<_> = list.iter().map(|one| (one.pid, &*one.command_line)).collect();
        assert_eq!(listed, [(20, "python3 worker.py")]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_list_is_shared_for_half_a_second_of_monotonic_time() {
        let root = machine(&MACHINE);
        let table = ProcFs::at(root.path(), 11);
        let first = table.list().await.unwrap();
        fs::remove_dir_all(root.path().join("20")).unwrap();
        assert_eq!(table.list().await.unwrap(), first);
        tokio::time::advance(FRESH_FOR).await;
        assert!(table.list().await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn a_table_that_cannot_be_read_or_hides_others_says_so() {
        let missing = ProcFs::at(Path::new("/nowhere"), 1).list().await.unwrap_err();
        assert!(missing.starts_with("/nowhere cannot be read: "), "{missing}");
        let root = machine(&MACHINE[3..]);
        let hidden = ProcFs::at(root.path(), 11).list().await.unwrap_err();
        assert!(hidden.contains("processes of other users"), "{hidden}");
    }
}
