//! How much of the checker's machine is used: the kernel's own texts below `/proc` in front of the
//! disk, and the root file system. The processors' counts go on with the time.

use std::{io, path::Path};

use checker::agent::Volume;
use engine::Timestamp;
use store::{
    Disk,
    disk::{Append, Lock, LockError, ReadAt, Stat},
};

use super::{Active, Outside, RESOLVER};
use crate::scenario::Ms;

/// Use of the processors when nothing is wrong, in percent.
const CPU: u64 = 12;
/// Of the memory.
const RAM: u64 = 40;
/// Of the root file system.
const DISK: u64 = 55;
/// The memory of the machine, in KiB.
const MEMORY: u64 = 8 << 20;
/// Processors.
const CORES: u64 = 4;
/// The kernel counts in hundredths of a second.
const TICK: Ms = 10;

/// The counts of the processors so far, of a hundredth of a tick each.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Ticks {
    until: Ms,
    busy: u64,
    idle: u64,
}

impl Ticks {
    /// The time went on to this instant with this use.
    pub(super) fn run_until(&mut self, now: Ms, cpu: u64) {
        let ticks = u64::try_from((now - self.until) / TICK).unwrap_or(0) * CORES;
        self.busy += ticks * cpu;
        self.idle += ticks * (100 - cpu.min(100));
        self.until = now;
    }
}

fn used(faults: &[Active], what: &str, usual: u64) -> u64 {
    let fault = faults.iter().rfind(|fault| fault.kind == "host" && fault.number(what).is_some());
    fault.and_then(|fault| fault.number(what)).unwrap_or(usual)
}

/// Use of the processors under these faults.
pub(super) fn cpu(faults: &[Active]) -> u64 {
    used(faults, "cpu", CPU)
}

/// Use of processors, memory and root file system under these faults.
pub(super) fn all(faults: &[Active]) -> (u64, u64, u64) {
    (cpu(faults), used(faults, "ram", RAM), used(faults, "disk", DISK))
}

/// The root file system of the checker's machine.
#[derive(Clone, Debug)]
pub(in super::super) struct Gauges(pub(in super::super) Outside);

impl Volume for Gauges {
    fn used_percent(&self) -> Option<f64> {
        let state = self.0.lock();
        meet(&state.host, "disk");
        Some(all(&state.host).2 as f64)
    }
}

/// Counts that faults of the machine were met, by whoever reads this part of it.
fn meet(faults: &[Active], what: &str) {
    let met = |fault: &&Active| fault.kind == "host" && fault.number(what).is_some();
    faults.iter().filter(met).for_each(|fault| {
        fault.chance.strikes();
    });
}

/// A disk with the texts of the kernel, and with the list of name servers.
#[derive(Debug)]
pub(in super::super) struct Kernel<D> {
    inner: D,
    outside: Outside,
}

impl<D> Kernel<D> {
    pub(in super::super) fn over(inner: D, outside: Outside) -> Self {
        Self { inner, outside }
    }

    fn text(&self, path: &Path) -> Option<String> {
        match path.to_str()? {
            "/proc/stat" => Some(self.outside.stat()),
            "/proc/meminfo" => Some(self.outside.meminfo()),
            "/proc/sys/kernel/hostname" => Some("rehearsed\n".to_owned()),
            "/etc/resolv.conf" => Some(format!("nameserver {RESOLVER}\n")),
            _ => None,
        }
    }
}

impl Outside {
    fn stat(&self) -> String {
        let now = self.watch.now();
        let mut state = self.lock();
        meet(&state.host, "cpu");
        let cpu = cpu(&state.host);
        state.ticks.run_until(now, cpu);
        let (busy, idle) = (state.ticks.busy / 100, state.ticks.idle / 100);
        format!("cpu  {busy} 0 0 {idle} 0 0 0 0 0 0\n")
    }

    fn meminfo(&self) -> String {
        let state = self.lock();
        meet(&state.host, "ram");
        let free = MEMORY * (100 - all(&state.host).1.min(100)) / 100;
        format!("MemTotal: {MEMORY} kB\nMemFree: {free} kB\nMemAvailable: {free} kB\n")
    }
}

/// A text of the kernel, as it was when it was opened.
#[derive(Debug)]
struct Text(Vec<u8>);

impl ReadAt for Text {
    fn stat(&self) -> io::Result<Stat> {
        Ok(Stat { len: 0, modified: None::<Timestamp>, identity: 0 })
    }

    fn read_at(&self, offset: u64, len: usize) -> io::Result<Vec<u8>> {
        let from = usize::try_from(offset).unwrap_or(usize::MAX).min(self.0.len());
        Ok(self.0[from..].iter().take(len).copied().collect())
    }
}

impl<D: Disk> Disk for Kernel<D> {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.text(path).map_or_else(|| self.inner.read(path), |text| Ok(text.into_bytes()))
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn ReadAt>> {
        match self.text(path) {
            Some(text) => Ok(Box::new(Text(text.into_bytes()))),
            None => self.inner.open(path),
        }
    }

    fn stat(&self, path: &Path) -> io::Result<Stat> {
        self.inner.stat(path)
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<String>> {
        self.inner.list(folder)
    }

    fn create_dir_all(&self, folder: &Path) -> io::Result<()> {
        self.inner.create_dir_all(folder)
    }

    fn append(&self, path: &Path) -> io::Result<Box<dyn Append>> {
        self.inner.append(path)
    }

    fn replace(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        self.inner.replace(path, bytes)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.inner.rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.inner.remove(path)
    }

    fn lock(&self, path: &Path, holder: &str) -> Result<Box<dyn Lock>, LockError> {
        self.inner.lock(path, holder)
    }
}
