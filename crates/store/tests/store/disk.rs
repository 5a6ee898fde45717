//! What both disks promise alike, and what the one in memory forgets in a crash.

use std::{io::ErrorKind, path::Path};

use store::{
    Disk, MemoryDisk, RealDisk,
    disk::{Failure, LockError},
};

use crate::stories::at;

fn on_both(test: impl Fn(&dyn Disk, &Path)) {
    let folder = tempfile::tempdir().unwrap();
    test(&RealDisk, folder.path());
    let memory = MemoryDisk::default();
    memory.create_dir_all(Path::new("/m")).unwrap();
    test(&memory, Path::new("/m"));
}

#[test]
fn files_are_appended_read_in_ranges_and_cut() {
    on_both(|disk, folder| {
        let path = folder.join("f");
        let mut end = disk.append(&path).unwrap();
        end.append(b"hello ").unwrap();
        end.append(b"world").unwrap();
        end.sync().unwrap();
        assert_eq!((end.len().unwrap(), disk.stat(&path).unwrap().len), (11, 11));
        let file = disk.open(&path).unwrap();
        assert_eq!(file.read_at(6, 3).unwrap(), b"wor");
        assert_eq!(file.read_at(9, 50).unwrap(), b"ld");
        assert_eq!(file.read_at(90, 5).unwrap(), b"");
        end.truncate(5).unwrap();
        end.append(b"!").unwrap();
        assert_eq!(disk.read(&path).unwrap(), b"hello!");
    });
}

#[test]
fn an_open_file_outlives_its_name_and_keeps_its_identity() {
    on_both(|disk, folder| {
        let (old, new) = (folder.join("old"), folder.join("sub").join("new"));
        disk.append(&old).unwrap().append(b"kept").unwrap();
        let identity = disk.stat(&old).unwrap().identity;
        let file = disk.open(&old).unwrap();
        disk.create_dir_all(&folder.join("sub")).unwrap();
        disk.rename(&old, &new).unwrap();
        assert_eq!(disk.stat(&new).unwrap().identity, identity);
        disk.remove(&new).unwrap();
        disk.append(&old).unwrap();
        assert_ne!(disk.stat(&old).unwrap().identity, identity);
        assert_eq!(file.read_at(0, 9).unwrap(), b"kept");
        assert_eq!(file.stat().unwrap().identity, identity);
    });
}

#[test]
fn a_replaced_file_leaves_nothing_beside_it() {
    on_both(|disk, folder| {
        let path = folder.join("f");
        disk.append(&folder.join(".f.tmp")).unwrap().append(b"left by a crash").unwrap();
        disk.replace(&path, b"one").unwrap();
        disk.replace(&path, b"two").unwrap();
        assert_eq!(disk.read(&path).unwrap(), b"two");
        assert_eq!(disk.list(folder).unwrap(), ["f"]);
    });
}

#[test]
fn what_is_not_there_is_not_found() {
    on_both(|disk, folder| {
        let path = folder.join("nothing");
        let kinds = [
            disk.read(&path).unwrap_err().kind(),
            disk.open(&path).unwrap_err().kind(),
            disk.stat(&path).unwrap_err().kind(),
            disk.list(&path).unwrap_err().kind(),
            disk.remove(&path).unwrap_err().kind(),
            disk.rename(&path, &folder.join("x")).unwrap_err().kind(),
        ];
        assert_eq!(kinds, [ErrorKind::NotFound; 6]);
    });
}

#[test]
fn a_lock_is_held_once_and_names_its_holder_until_it_is_dropped() {
    on_both(|disk, folder| {
        let path = folder.join("lock");
        let first = disk.lock(&path, "pid 1, a longer story").unwrap();
        match disk.lock(&path, "pid 2").unwrap_err() {
            LockError::Held { holder } => assert_eq!(holder, "pid 1, a longer story"),
            LockError::Io(error) => panic!("{error}"),
        }
        drop(first);
        drop(disk.lock(&path, "pid 2").unwrap());
        assert_eq!(disk.read(&path).unwrap(), b"pid 2");
    });
}

#[test]
fn a_crash_forgets_what_was_not_synced() {
    let (disk, path) = (MemoryDisk::default(), Path::new("f"));
    let mut end = disk.append(path).unwrap();
    end.append(b"safe").unwrap();
    end.sync().unwrap();
    end.append(b" lost").unwrap();
    let lock = disk.lock(Path::new("lock"), "me").unwrap();
    disk.crash_keeping(2);
    assert_eq!(disk.read(path).unwrap(), b"safe l");
    assert!(end.append(b"from the grave").is_err());
    let again = disk.lock(Path::new("lock"), "the next").unwrap();
    drop((lock, end));
    assert!(disk.lock(Path::new("lock"), "a third").is_err());
    drop(again);
}

#[test]
fn a_cut_that_was_not_synced_is_undone_by_a_crash() {
    let (disk, path) = (MemoryDisk::default(), Path::new("f"));
    disk.put(path, b"0123456789");
    let mut end = disk.append(path).unwrap();
    end.truncate(6).unwrap();
    end.truncate(4).unwrap();
    end.append(b"new").unwrap();
    assert_eq!(disk.read(path).unwrap(), b"0123new");
    disk.crash();
    assert_eq!(disk.read(path).unwrap(), b"0123456789");
}

#[test]
fn a_replacement_that_is_stopped_anywhere_leaves_the_old_or_the_new_file() {
    for steps in 0..6 {
        let (disk, path) = (MemoryDisk::default(), Path::new("f"));
        disk.put(path, b"old");
        disk.halt_after(Some(steps));
        let done = disk.replace(path, b"new").is_ok();
        disk.crash();
        let expected: &[u8] = if done { b"new" } else { b"old" };
        assert_eq!(disk.read(path).unwrap(), expected, "after {steps} steps");
        assert_eq!(done, steps >= 5);
    }
}

#[test]
fn a_broken_disk_says_what_is_wrong_and_can_be_repaired() {
    let (disk, path) = (MemoryDisk::default(), Path::new("f"));
    disk.set_now(at(77));
    let mut end = disk.append(path).unwrap();
    disk.set_failure(Some(Failure::Full));
    assert_eq!(end.append(b"abcd").unwrap_err().kind(), ErrorKind::StorageFull);
    assert_eq!(disk.replace(path, b"abcd").unwrap_err().kind(), ErrorKind::StorageFull);
    assert_eq!(disk.read(path).unwrap(), b"ab");
    disk.set_failure(Some(Failure::Sync));
    assert!(end.append(b"cd").is_ok() && end.sync().is_err());
    disk.set_failure(Some(Failure::Io));
    assert!(disk.read(path).is_err() && end.append(b"x").is_err());
    disk.set_failure(None);
    assert_eq!((end.sync().is_ok(), disk.files().len()), (true, 1));
    assert_eq!(disk.stat(path).unwrap().modified, Some(at(77)));
}
