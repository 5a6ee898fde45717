//! A `log_heartbeat` check: the end of a log, from the journal or from a file. A file that was
//! just rotated is read together with the one before it, so that no heartbeat is lost in between.

use std::{io, path::Path, time::Duration};

use engine::{
    config::{LogHeartbeatSpec, LogSource},
    observation::{LogSeen, Observation},
};
use store::Disk;

use crate::{journalctl, world::Hands};

/// The most that is read of the end of a file, in bytes.
const TAIL: usize = 1 << 20;

/// What the log says.
///
/// # Errors
/// Says why it could not be read.
pub(super) async fn fetch(
    hands: &Hands,
    spec: &LogHeartbeatSpec,
    timeout: Duration,
) -> Result<Observation, String> {
    let zone = hands.tools.zone.clone();
    let seen = match &spec.source {
        LogSource::Journal(unit) => {
            let minutes = spec.lookback.as_secs().div_ceil(60);
            let (command, tools) = (&*hands.command, &hands.tools);
            let lines = journalctl::read(command, tools, unit, minutes, timeout).await?;
            LogSeen { text: lines.text, cut: lines.cut, absent: None, zone }
        }
        LogSource::File(path) => LogSeen { zone, ..file(&*hands.disk, Path::new(path))? },
    };
    Ok(Observation::Log(seen))
}

fn file(disk: &dyn Disk, path: &Path) -> Result<LogSeen, String> {
    let failed = |error: &io::Error| format!("{}: {error}", path.display());
    let now = tail(disk, path, TAIL).map_err(|error| failed(&error))?;
    let room = TAIL - now.as_ref().map_or(0, |(bytes, _)| bytes.len());
    let rotated = path
        .with_file_name(format!("{}.1", path.file_name().unwrap_or_default().to_string_lossy()));
    // Whatever is wrong with an old file says nothing of the log.
    let before = tail(disk, &rotated, room).unwrap_or_default();
    let absent = now.is_none().then(|| "there is no such file".to_owned());
    let (old, _) = before.unwrap_or_default();
    let (new, cut) = now.unwrap_or_default();
    let text = String::from_utf8_lossy(&[old, new].concat()).into_owned();
    Ok(LogSeen { text, cut, absent, zone: None })
}

/// The last bytes of a file and whether it has more; nothing when there is no such file.
fn tail(disk: &dyn Disk, path: &Path, room: usize) -> io::Result<Option<(Vec<u8>, bool)>> {
    let opened = match disk.open(path) {
        Ok(opened) => opened,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let len = opened.stat()?.len;
    let from = len.saturating_sub(room as u64);
    Ok(Some((opened.read_at(from, room)?, from > 0)))
}
