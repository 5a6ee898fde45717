//! Lines of a file by their place: forwards, backwards, and by bisection on the head of a line.
//! A last line without its newline is still being written and is never handed out.

use std::{io, ops::ControlFlow};

use engine::Timestamp;

use crate::{
    disk::{ReadAt, read_up_to},
    line,
};

/// How much is read at once, in bytes.
const BLOCK: usize = 1 << 18;

/// Hands out every whole line between two places, the first of which is the beginning of a line.
/// Returns where the next line begins.
pub(crate) fn forwards(
    file: &dyn ReadAt,
    from: u64,
    until: u64,
    mut each: impl FnMut(u64, &[u8]) -> ControlFlow<()>,
) -> io::Result<u64> {
    let (mut at, mut block, mut searched) = (from, Vec::new(), 0);
    loop {
        let next = at + block.len() as u64;
        let want = BLOCK.min(usize::try_from(until.saturating_sub(next)).unwrap_or(BLOCK));
        let read = file.read_at(next, want)?;
        if read.is_empty() {
            return Ok(at);
        }
        block.extend_from_slice(&read);
        let mut begin = 0;
        while let Some(found) = newline(&block[searched..]) {
            let end = searched + found;
            searched = end + 1;
            if each(at + begin as u64, &block[begin..end]).is_break() {
                return Ok(at + searched as u64);
            }
            begin = searched;
        }
        block.drain(..begin);
        at += begin as u64;
        searched = block.len();
    }
}

/// Hands out every whole line before a place, the last one first.
pub(crate) fn backwards(
    file: &dyn ReadAt,
    until: u64,
    mut each: impl FnMut(u64, &[u8]) -> ControlFlow<()>,
) -> io::Result<()> {
    let (mut at, mut block) = (until, Vec::new());
    loop {
        while let Some(end) = last_newline(&block) {
            let begin = match last_newline(&block[..end]) {
                Some(before) => before + 1,
                None if at == 0 => 0,
                None => break,
            };
            if each(at + begin as u64, &block[begin..end]).is_break() {
                return Ok(());
            }
            block.truncate(begin);
        }
        if at == 0 {
            return Ok(());
        }
        let len = at.min(BLOCK as u64);
        at -= len;
        let mut read = read_up_to(file, at, usize::try_from(len).unwrap_or(BLOCK))?;
        read.append(&mut block);
        block = read;
    }
}

/// The place of the first line whose head passes, given that all lines after it pass too; `until`
/// when none does. Lines without a head are passed over, unless nothing but them comes before.
pub(crate) fn bisect(
    file: &dyn ReadAt,
    until: u64,
    passes: impl Fn(Timestamp, u64) -> bool,
) -> io::Result<u64> {
    let (mut low, mut high) = (0, until);
    while high - low > BLOCK as u64 {
        let middle = low + (high - low) / 2;
        match head_after(file, middle, high)? {
            Some((at, (ts, seq))) if !passes(ts, seq) => low = at,
            Some(_) | None => high = middle,
        }
    }
    let (mut found, mut after_some) = (until, false);
    forwards(file, low, until, |at, text| match line::peek(text) {
        Some((ts, seq)) if passes(ts, seq) => {
            found = at;
            ControlFlow::Break(())
        }
        head => {
            after_some |= head.is_some();
            ControlFlow::Continue(())
        }
    })?;
    Ok(if after_some { found } else { 0 })
}

type Head = (Timestamp, u64);

/// The first line that begins after `from` and has a head.
fn head_after(file: &dyn ReadAt, from: u64, until: u64) -> io::Result<Option<(u64, Head)>> {
    let mut found = None;
    forwards(file, from, until, |at, text| match line::peek(text) {
        Some(head) if at > from => {
            found = Some((at, head));
            ControlFlow::Break(())
        }
        Some(_) | None => ControlFlow::Continue(()),
    })?;
    Ok(found)
}

/// The head of the first line that has one.
pub(crate) fn first_head(file: &dyn ReadAt, until: u64) -> io::Result<Option<Head>> {
    let mut found = None;
    forwards(file, 0, until, |_, text| seek(&mut found, text))?;
    Ok(found)
}

/// The head of the last line that has one.
pub(crate) fn last_head(file: &dyn ReadAt, until: u64) -> io::Result<Option<Head>> {
    let mut found = None;
    backwards(file, until, |_, text| seek(&mut found, text))?;
    Ok(found)
}

fn seek(found: &mut Option<Head>, text: &[u8]) -> ControlFlow<()> {
    *found = line::peek(text);
    if found.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
}

fn newline(bytes: &[u8]) -> Option<usize> {
    bytes.iter().position(|byte| *byte == b'\n')
}

fn last_newline(bytes: &[u8]) -> Option<usize> {
    bytes.iter().rposition(|byte| *byte == b'\n')
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::{Disk as _, MemoryDisk};

    fn file(bytes: &[u8]) -> Box<dyn ReadAt> {
        let disk = MemoryDisk::default();
        disk.put(Path::new("f"), bytes);
        disk.open(Path::new("f")).unwrap()
    }

    fn all(bytes: &[u8]) -> (Vec<String>, Vec<String>) {
        let (mut there, mut back) = (Vec::new(), Vec::new());
        let text = |line: &[u8]| String::from_utf8_lossy(line).into_owned();
        let file = file(bytes);
        let keep = |list: &mut Vec<String>, at: u64, line: &[u8]| {
            assert!(bytes[usize::try_from(at).unwrap()..].starts_with(line));
            list.push(text(line));
            ControlFlow::Continue(())
        };
        let len = bytes.len() as u64;
        forwards(&*file, 0, len, |at, line| keep(&mut there, at, line)).unwrap();
        backwards(&*file, len, |at, line| keep(&mut back, at, line)).unwrap();
        (there, back)
    }

    #[test]
    fn both_directions_hand_out_the_same_whole_lines() {
        let long = format!("{}\n{}\n", "x".repeat(BLOCK + 7), "y".repeat(3 * BLOCK));
        for text in ["", "a", "a\n", "\n", "a\nb", "a\n\nb\n", &long, &format!("{long}torn")] {
            let (there, mut back) = all(text.as_bytes());
            back.reverse();
            assert_eq!(there, back);
            let whole = text.rfind('\n').map_or(String::new(), |end| text[..=end].into());
            assert_eq!(there.iter().map(|l| format!("{l}\n")).collect::<String>(), whole);
        }
    }

    #[test]
    fn bisection_finds_the_first_line_that_passes_in_a_file_of_any_size() {
        let head = |n: u64| {
            let ts = Timestamp::from_millis(i64::try_from(n).unwrap() * 1000);
            format!("{{\"ts\":\"{ts}\",\"seq\":{n},\"pad\":\"{}\"}}\n", "p".repeat(90))
        };
        let text: String =
            (1..=20_000).map(|n| if n % 50 == 0 { "no line\n".into() } else { head(n) }).collect();
        let file = file(text.as_bytes());
        for want in [0, 1, 2, 49, 50, 51, 9_999, 19_999, 20_001] {
            let at = bisect(&*file, text.len() as u64, |_, seq| seq >= want).unwrap();
            let expected = (want.max(1)..=20_000).find(|n| n % 50 != 0);
            let found = expected.and_then(|n| text.find(&head(n))).unwrap_or(text.len());
            assert_eq!(at, found as u64, "seq {want}");
        }
    }
}
