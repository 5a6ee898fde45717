//! How a mock app is set up. Plain data with the defaults of the documentation.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Everything that can be set.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where the app listens; port 0 takes a free one.
    pub addr: SocketAddr,
    /// A second listener that stays up while `net.refuse` has closed the first.
    pub admin_addr: Option<SocketAddr>,
    /// The control plane stays reachable under `net.refuse`, so that the fault needs no `for`.
    pub control_survives_refuse: bool,
    /// Where the id of the latest job goes.
    pub job_id: JobIdSink,
    /// How long a job runs.
    pub job_lasts: Duration,
    /// Seed of all draws.
    pub seed: u64,
    /// Allows other addresses than loopback ones.
    pub allow_remote: bool,
    /// Asked for on the control plane when the app can be reached from elsewhere.
    pub api_key: Option<String>,
    /// Bearer token of `POST /api/heartbeat`.
    pub secret_key: Option<String>,
    /// For whom faults are to be found, not looked up: everything that shows or moves them needs
    /// `admin_key`, and is not there without it.
    pub operator: bool,
    /// The bearer token of the admin routes under `operator`; nobody has it when absent.
    pub admin_key: Option<String>,
    /// Under `operator`: `POST /admin/reset` needs no key, for a checker's own remedies.
    pub remedies: bool,
    /// How many times faster goes what takes time by itself, such as a restart; above 0.
    pub speed: f64,
    /// Whether answers carry a `Date`; off in virtual time, where it would be the machine's.
    pub date_header: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            addr: SocketAddr::from((Ipv4Addr::LOCALHOST, 8000)),
            admin_addr: None,
            control_survives_refuse: false,
            job_id: JobIdSink::Nowhere,
            job_lasts: Duration::from_secs(20),
            seed: 1,
            allow_remote: false,
            api_key: None,
            secret_key: None,
            operator: false,
            admin_key: None,
            remedies: false,
            speed: 1.0,
            date_header: true,
        }
    }
}

impl Options {
    /// Whether someone on another machine can reach the app.
    pub(crate) fn is_remote(&self) -> bool {
        [Some(self.addr), self.admin_addr].iter().flatten().any(|addr| !addr.ip().is_loopback())
    }

    /// The key that the control plane asks for, if it asks at all.
    pub(crate) fn required_key(&self) -> Option<&str> {
        self.api_key.as_deref().filter(|_| self.is_remote())
    }
}

type Teller = Arc<dyn Fn(Option<&str>) + Send + Sync>;

/// Where the id of the latest job is told, as `.last_job_id` tells it to the checker.
#[derive(Clone)]
pub enum JobIdSink {
    /// Nobody is told.
    Nowhere,
    /// A file, replaced atomically; removed at start.
    File(PathBuf),
    /// A function: `None` at start, then each id; for worlds without a disk.
    Tell(Teller),
}

impl fmt::Debug for JobIdSink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nowhere => f.write_str("Nowhere"),
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
            Self::Tell(_) => f.write_str("Tell(..)"),
        }
    }
}

impl JobIdSink {
    /// Forgets the id that an earlier run left.
    pub(crate) fn clear(&self) -> std::io::Result<()> {
        match self {
            Self::Nowhere => Ok(()),
            Self::Tell(tell) => {
                tell(None);
                Ok(())
            }
            Self::File(path) => match std::fs::remove_file(path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
                Ok(()) | Err(_) => Ok(()),
            },
        }
    }

    /// Tells the id; a reader of the file sees the old one or the new one, never half of one.
    pub(crate) fn put(&self, id: &str) -> std::io::Result<()> {
        match self {
            Self::Nowhere => Ok(()),
            Self::Tell(tell) => {
                tell(Some(id));
                Ok(())
            }
            Self::File(path) => {
                let mut name = path.file_name().unwrap_or_default().to_owned();
                name.push(".tmp");
                let temporary = path.with_file_name(name);
                std::fs::write(&temporary, id)?;
                std::fs::rename(&temporary, path)
            }
        }
    }
}
