//! The record: what it holds, and that it comes back from its file as it went.

use super::*;

fn record(facts: Facts) -> Record {
    assemble::record(head(), facts, &case("queue-fills-up"), &checks()).unwrap()
}

#[test]
fn who_does_nothing_is_told_the_same_as_nobody_there_and_the_remedies_as_they_are() {
    let record = record(nobody("queue-fills-up"));
    assert_eq!(record.score, record.nobody);
    assert_eq!(record.score.points, 0);
    assert!(record.score.pain_minutes > 1.0, "{record:?}");
    let causes: Vec<_> = record.causes.iter().map(|cause| cause.component.as_str()).collect();
    assert_eq!(causes, ["queue"]);
    assert_eq!(record.resolution.as_deref(), Some(case("queue-fills-up").about.as_str()));
    assert_eq!(record.hints.len(), 3);
}

#[test]
fn a_record_comes_back_as_it_was_kept() {
    let record = record(nobody("queue-fills-up").acknowledged(7 * M, "queue-depth"));
    let folder = tempfile::tempdir().unwrap();
    let path = assemble::save(folder.path(), &record).unwrap();
    for way in [folder.path(), path.as_path()] {
        let back = assemble::load(way).unwrap();
        assert_eq!(serde_json::to_value(&back).unwrap(), serde_json::to_value(&record).unwrap());
    }
    let files = std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(files, 1, "nothing is left lying about");
}

#[test]
fn a_file_that_is_no_record_is_refused_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let missing = assemble::load(folder.path()).unwrap_err();
    assert!(
        missing.contains("exercise.json") && missing.contains("firedrill debrief"),
        "{missing}"
    );
    let path = folder.path().join("exercise.json");
    std::fs::write(&path, "{\"title\": \"x\",\n \"level\": true}").unwrap();
    let broken = assemble::load(&path).unwrap_err();
    let place = format!("{}:2:14: not the record of an exercise", path.display());
    assert!(broken.starts_with(&place), "{broken}");
    let nowhere = assemble::save(&folder.path().join("nowhere"), &record(nobody("queue-fills-up")));
    assert!(nowhere.unwrap_err().contains("cannot be written"));
}
