//! How much of this machine is used, by the kernel's own counts. The texts of `/proc` are parsed
//! here and nowhere else.

use std::path::Path;

use store::disk::Disk;

/// The most that is read of one of these files, in bytes.
const CAP: usize = 256 * 1024;

/// The times of all processors together since the start of the machine, in ticks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Processors {
    total: u64,
    idle: u64,
}

impl Processors {
    /// The times so far.
    pub(crate) fn read(disk: &dyn Disk) -> Option<Self> {
        Self::parse(&text(disk, "/proc/stat")?)
    }

    /// The first line is the sum of all processors. Guests are counted in user time already.
    fn parse(stat: &str) -> Option<Self> {
        let numbers = stat.lines().next()?.strip_prefix("cpu ")?.split_whitespace().take(8);
        let ticks: Vec<u64> = numbers.map(|number| number.parse().ok()).collect::<Option<_>>()?;
        let (idle, waiting) = (*ticks.get(3)?, ticks.get(4).copied().unwrap_or(0));
        Some(Self { total: ticks.iter().sum(), idle: idle + waiting })
    }

    /// The share of time since `earlier` in which they worked, 0 to 100; absent when no time has
    /// passed.
    pub(crate) fn used_since(self, earlier: Self) -> Option<f64> {
        let total = self.total.checked_sub(earlier.total).filter(|total| *total > 0)?;
        let idle = self.idle.saturating_sub(earlier.idle).min(total);
        Some(percent((total - idle) as f64, total as f64))
    }
}

/// The use of the memory.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Memory {
    pub(crate) percent: f64,
    pub(crate) used_mb: f64,
}

impl Memory {
    /// The use now.
    pub(crate) fn read(disk: &dyn Disk) -> Option<Self> {
        Self::parse(&text(disk, "/proc/meminfo")?)
    }

    /// What is not available to programs is used.
    fn parse(meminfo: &str) -> Option<Self> {
        let kib = |name: &str| {
            let line = meminfo.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
            line?.trim().strip_suffix("kB")?.trim().parse::<f64>().ok()
        };
        let (total, free) = (kib("MemTotal")?, kib("MemAvailable")?);
        let used = (total - free).max(0.0);
        Some(Self { percent: percent(used, total), used_mb: rounded(used / 1024.0) })
    }
}

/// A file system as a whole.
pub trait Volume: std::fmt::Debug + Send + Sync {
    /// Its use, 0 to 100; absent when it cannot be told.
    fn used_percent(&self) -> Option<f64>;
}

/// The root file system of this machine.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Root;

impl Volume for Root {
    /// As `df` counts it: what is kept for root is neither used nor free.
    fn used_percent(&self) -> Option<f64> {
        let found = rustix::fs::statvfs("/").ok()?;
        let used = found.f_blocks.saturating_sub(found.f_bfree) as f64;
        Some(percent(used, used + found.f_bavail as f64))
    }
}

/// What this machine calls itself.
pub(crate) fn host_name(disk: &dyn Disk) -> Option<String> {
    Some(text(disk, "/proc/sys/kernel/hostname")?.trim().to_owned())
}

fn text(disk: &dyn Disk, path: &str) -> Option<String> {
    let bytes = disk.open(Path::new(path)).and_then(|file| file.read_at(0, CAP)).ok()?;
    String::from_utf8(bytes).ok()
}

fn percent(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { rounded((100.0 * part / whole).clamp(0.0, 100.0)) } else { 0.0 }
}

/// To two decimals: more is noise.
pub(crate) fn rounded(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_use_of_the_processors_is_what_was_not_idle_between_two_looks() {
        let one = Processors::parse("cpu  100 0 50 800 50 0 0 0 30 0\ncpu0 1 1\n").unwrap();
        let two = Processors::parse("cpu  150 0 50 840 60 0 0 0 30 0\n").unwrap();
        assert_eq!(two.used_since(one), Some(50.0));
        assert_eq!(one.used_since(one), None, "no time has passed");
        assert_eq!(one.used_since(two), None, "the counts went backwards");
        assert_eq!(Processors::parse("intr 5"), None);
        assert_eq!(Processors::parse("cpu  a b c d"), None);
    }

    #[test]
    fn memory_that_is_not_available_is_used() {
        let text = "MemTotal:  8192 kB\nMemFree:  1 kB\nMemAvailable:  2048 kB\n";
        assert_eq!(Memory::parse(text), Some(Memory { percent: 75.0, used_mb: 6.0 }));
        assert_eq!(Memory::parse("MemTotal: 1 kB\n"), None);
    }

    #[test]
    fn the_counts_of_this_machine_are_read() {
        let disk = store::RealDisk;
        assert!(Processors::read(&disk).unwrap().total > 0);
        let memory = Memory::read(&disk).unwrap();
        assert!((0.0..=100.0).contains(&memory.percent) && memory.used_mb > 0.0, "{memory:?}");
        assert!((0.0..=100.0).contains(&Root.used_percent().unwrap()));
        assert!(!host_name(&disk).unwrap().is_empty());
    }
}
