//! Files for other programs, in folders that others may write to.

use std::{
    fs, io,
    os::unix::fs::{PermissionsExt as _, symlink},
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use store::{Disk as _, RealDisk};

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_published_file_may_be_read_by_everybody_and_leaves_nothing_else_behind() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("status.json");
    for text in ["{}", "{\"ok\":true}"] {
        RealDisk.publish(&file, text.as_bytes()).unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), text);
    }
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o644);
    assert_eq!(names(folder.path()), ["status.json"]);
}

#[test]
fn a_link_is_replaced_and_what_it_points_to_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let (file, victim) = (folder.path().join("status.json"), folder.path().join("victim"));
    fs::write(&victim, "precious").unwrap();
    symlink(&victim, &file).unwrap();
    // Somebody guesses the name of the temporary file too.
    let process = std::process::id();
    let guess = folder.path().join(format!(".status.json.{process}.0.tmp"));
    symlink(&victim, &guess).unwrap();
    RealDisk.publish(&file, b"{}").unwrap();
    assert_eq!(fs::read_to_string(&victim).unwrap(), "precious");
    assert!(fs::symlink_metadata(&file).unwrap().is_file());
    assert!(fs::symlink_metadata(&guess).unwrap().is_symlink());
}

#[test]
fn what_cannot_be_written_is_an_error_and_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let missing = RealDisk.publish(&folder.path().join("no/such"), b"{}").unwrap_err();
    assert_eq!(missing.kind(), io::ErrorKind::NotFound);
    let taken = folder.path().join("taken");
    fs::create_dir_all(taken.join("full")).unwrap();
    RealDisk.publish(&taken, b"{}").unwrap_err();
    assert_eq!(names(folder.path()), ["taken"]);
}

#[test]
fn a_reader_beside_two_hundred_writes_never_sees_half_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("status.json");
    let text = |n: u32| format!("{{\"n\":{n},\"pad\":\"{}\"}}", "x".repeat(5000));
    RealDisk.publish(&file, text(0).as_bytes()).unwrap();
    let done = AtomicBool::new(false);
    let reads = thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut reads = 0;
            while reads < 200 || !done.load(Ordering::SeqCst) {
                let read = fs::read(&file).unwrap();
                serde_json::from_slice::<serde_json::Value>(&read).unwrap();
                reads += 1;
            }
            reads
        });
        for n in 1..=200 {
            RealDisk.publish(&file, text(n).as_bytes()).unwrap();
        }
        done.store(true, Ordering::SeqCst);
        reader.join().unwrap()
    });
    assert!(reads >= 200);
}
