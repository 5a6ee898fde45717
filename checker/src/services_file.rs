//! `status.json`: all services in one object, for programs that read files. Derived from the board
//! after every tick and replaced as a whole; nobody in here reads it. Written beside the driver:
//! a slow disk delays no check, and the newest state wins.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use engine::{
    Engine, Event, EventKind, Mono, Now, Status, Timestamp,
    board::{Board, Entry},
    service,
};
use serde_json::{Map, Value, json};
use store::disk::Disk;
use tokio::{sync::watch, task::JoinHandle};

/// Where it is written when the configuration has services and nobody says otherwise.
pub const DEFAULT: &str = "/var/lib/chatstack/status.json";

/// While checks are under way, the file is written at most this often.
const AT_MOST_EVERY: Duration = Duration::from_secs(1);

type Page = (PathBuf, Arc<[u8]>);

/// The file and the task that writes it.
#[derive(Debug)]
pub struct ServicesFile {
    named: Option<PathBuf>,
    host: String,
    dirty: bool,
    told_at: Mono,
    tell: watch::Sender<Option<Page>>,
    writer: JoinHandle<()>,
}

impl ServicesFile {
    /// Gets ready to write. Without a name there is a file only while the configuration has
    /// services, at [`DEFAULT`]. Must run inside the runtime.
    #[must_use]
    pub fn start(named: Option<PathBuf>, disk: Arc<dyn Disk>, now: Mono) -> Self {
        let (tell, told) = watch::channel(None);
        let writer = tokio::spawn(write(told, disk));
        let host = host_name();
        Self { named, host, dirty: false, told_at: now, tell, writer }
    }

    /// Takes notice of what is recorded.
    pub fn saw(&mut self, event: &Event) {
        self.dirty |= match &event.kind {
            EventKind::Check(_) | EventKind::Action(_) | EventKind::CheckRemoved(_) => true,
            EventKind::Config(_)
            | EventKind::Notify(_)
            | EventKind::Delivery(_)
            | EventKind::Skip(_)
            | EventKind::Start(_)
            | EventKind::Stop(_) => false,
        };
    }

    /// Has the file written if a tick has ended, or if the last one is long under way.
    pub fn tick(&mut self, engine: &Engine, now: Now) {
        let ready = engine.is_quiet() || now.mono.since(self.told_at) >= AT_MOST_EVERY;
        if self.dirty && ready {
            self.publish(engine, now);
        }
    }

    fn publish(&mut self, engine: &Engine, now: Now) {
        self.dirty = false;
        self.told_at = now.mono;
        let services = engine.setup().config.services;
        if let Some(path) = path(self.named.as_deref(), services) {
            let text = format!("{:#}\n", render(engine.board(), &self.host, now.wall));
            self.tell.send_replace(Some((path, text.into_bytes().into())));
        }
    }

    /// Writes what is still to be written, and ends.
    pub async fn close(mut self, engine: &Engine, now: Now) {
        if self.dirty {
            self.publish(engine, now);
        }
        drop(self.tell);
        if let Err(error) = self.writer.await {
            tracing::error!(%error, "the status file was not written");
        }
    }
}

/// Where the file is written, if it is.
#[must_use]
pub fn path(named: Option<&Path>, has_services: bool) -> Option<PathBuf> {
    named.map(Path::to_owned).or_else(|| has_services.then(|| DEFAULT.into()))
}

/// The content: the services by name, and how many of them are well. Without services the counts
/// are of all checks.
#[must_use]
pub fn render(board: &Board, host: &str, now: Timestamp) -> Value {
    let mut present: Vec<_> = board.entries.iter().filter(|(_, entry)| !entry.removed).collect();
    present.sort_by_key(|(name, entry)| (entry.position, *name));
    let is_service = |entry: &Entry| entry.type_word == service::TYPE;
    let any = present.iter().any(|(_, entry)| is_service(entry));
    let counted: Vec<_> = present.into_iter().filter(|(_, one)| !any || is_service(one)).collect();
    let count = |keep: fn(Status) -> bool| counted.iter().filter(|(_, e)| keep(e.status)).count();
    let services = counted.iter().filter(|(_, entry)| is_service(entry)).map(|(name, entry)| {
        let told = service::tell(name, entry, entry.status.is_up(), entry.status.word());
        (name.to_string(), told)
    });
    json!({
        "generated_at": now,
        "host": host,
        "version": env!("CARGO_PKG_VERSION"),
        "ok_count": count(Status::is_up),
        "fail_count": count(|status| status == Status::Fail),
        "total": counted.len(),
        "services": services.collect::<Map<String, Value>>(),
    })
}

fn host_name() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let name = name.trim();
    if name.is_empty() { "localhost".to_owned() } else { name.to_owned() }
}

/// Writes whatever is told, the newest first; complains once until it works again.
async fn write(mut told: watch::Receiver<Option<Page>>, disk: Arc<dyn Disk>) {
    let mut works = true;
    while told.changed().await.is_ok() {
        let Some((path, bytes)) = told.borrow_and_update().clone() else {
            continue;
        };
        let (disk, file) = (Arc::clone(&disk), path.clone());
        let done = tokio::task::spawn_blocking(move || put(&*disk, &file, &bytes)).await;
        let done = done.unwrap_or_else(|error| Err(io::Error::other(error)));
        if let (Err(error), true) = (&done, works) {
            let file = path.display();
            tracing::warn!(%file, %error, "the status file cannot be written; --status-file or CHATSTACK_STATUS_FILE names another");
        }
        works = done.is_ok();
    }
}

fn put(disk: &dyn Disk, path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        disk.create_dir_all(folder)?;
    }
    disk.replace(path, bytes)
}
