//! The ranking, its file, and the past exercises.

use std::{fs, path::Path};

use http::StatusCode;
use tempfile::TempDir;

use super::{acted, get, is_closed, is_tame};
use crate::train::{
    desk::Desk,
    pages::{Archive, ranking::append, router},
    record::Record,
    samples::{hostile, quiet, record},
};

/// A team's exercise.
fn by(team: &str, points: i32, seed: u64) -> Record {
    let mut record = record();
    (record.team, record.seed, record.score.points) = (team.to_owned(), seed, points);
    record
}

fn keep(folder: &Path, name: &str, record: &Record) {
    let folder = folder.join(name);
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("exercise.json"), serde_json::to_string(record).unwrap()).unwrap();
}

/// Pages after an exercise, when nobody keeps the desk any more.
fn after(archive: Archive) -> axum::Router {
    let (desk, asked) = Desk::new();
    drop(asked);
    router(desk, archive)
}

#[tokio::test]
async fn teams_of_the_same_incident_are_ranked_and_equal_points_are_equal_ranks() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("ranking.jsonl");
    for (team, points, seed) in
        [("Low", 12, 7), ("High", 90, 7), ("Twin A", 58, 7), ("Twin B", 58, 7), ("Alone", 1, 8)]
    {
        append(&file, &by(team, points, seed), folder.path()).unwrap();
    }
    let page = get(&after(Archive::new(None, Some(file))), "/ranking").await;
    let rows =
        regex::Regex::new(r#"<td class="r">(\d+)</td><th scope="row">([^<]*)</th>"#).unwrap();
    let rows: Vec<(String, String)> =
        rows.captures_iter(&page.text).map(|row| (row[1].to_owned(), row[2].to_owned())).collect();
    let expected = [("1", "High"), ("2", "Twin A"), ("2", "Twin B"), ("4", "Low"), ("1", "Alone")];
    assert_eq!(rows, expected.map(|(rank, team)| (rank.to_owned(), team.to_owned())));
    page.says(&[
        "The pool runs dry <span class=\"quiet\">level 2, seed 7</span>",
        "2 min 10 s",
        "10 ×",
    ]);
    is_closed(&page.text);
}

#[tokio::test]
async fn broken_lines_are_passed_over_and_counted_and_a_torn_one_swallows_no_other() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("ranking.jsonl");
    fs::write(&file, "not json\n\n{\"team\": 5}\n\u{0}\n{\"team\":\"torn").unwrap();
    append(&file, &hostile(), folder.path()).unwrap();
    append(&file, &by("Blue", 58, 7), folder.path()).unwrap();
    assert_eq!(fs::read_to_string(&file).unwrap().lines().count(), 7);
    let page = get(&after(Archive::new(None, Some(file.clone()))), "/ranking").await;
    page.says(&["4 of the lines of the file are no entries", "<th scope=\"row\">Blue</th>"]);
    is_tame(&page.text);
    is_closed(&page.text);
    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();
    let page = get(&after(Archive::new(None, Some(file.clone()))), "/ranking").await;
    page.says(&["cannot be read"]);
    assert!(append(&file, &record(), folder.path()).is_err());
}

#[tokio::test]
async fn past_exercises_are_listed_with_their_debriefs() {
    let folder = TempDir::new().unwrap();
    keep(folder.path(), "20260105-0800-blue", &record());
    keep(folder.path(), "20260106-0800-red", &quiet());
    fs::create_dir(folder.path().join("20260107-0800-broken")).unwrap();
    fs::write(folder.path().join("20260107-0800-broken/exercise.json"), "{\n  oh").unwrap();
    fs::create_dir(folder.path().join("not-played")).unwrap();
    let pages = after(Archive::new(Some(folder.path().to_owned()), None));
    let page = get(&pages, "/ranking").await;
    page.says(&[
        "There is no ranking file.",
        "<a href=\"/debrief/1\">The pool runs dry, Blue</a>",
        "<a href=\"/debrief/2\">A quiet day, Blue</a>",
        "exercise.json:2:3: not the record of an exercise",
    ]);
    assert!(!page.text.contains("not-played"));
    get(&pages, "/debrief/1").await.says(&["the database has no free connections"]);
    get(&pages, "/debrief/2").await.says(&["so no minutes were lost", "/debrief/2/post-mortem.md"]);
    get(&pages, "/debrief/2/post-mortem.md").await.says(&["# Post-mortem: A quiet day"]);
    let broken = get(&pages, "/debrief/3").await;
    assert_eq!(broken.status, StatusCode::INTERNAL_SERVER_ERROR);
    broken.says(&["exercise.json:2:3"]);
    for path in ["/debrief/0", "/debrief/4", "/debrief/x", "/debrief/-1"] {
        assert_eq!(get(&pages, path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn while_an_exercise_goes_on_the_past_tells_nothing_of_it() {
    let folder = TempDir::new().unwrap();
    keep(folder.path(), "20260105-0800-blue", &record());
    let file = folder.path().join("ranking.jsonl");
    append(&file, &record(), folder.path()).unwrap();
    let (desk, view) = acted::desk();
    let archive = Archive::new(Some(folder.path().to_owned()), Some(file));
    let pages = router(desk, archive);
    let sealed = get(&pages, "/ranking").await;
    sealed.says(&["An exercise is under way", "level 2, seed 7", "<th scope=\"row\">Blue</th>"]);
    for word in ["pool", "/debrief/1", "connection"] {
        assert!(!sealed.text.contains(word), "{word} in\n{}", sealed.text);
    }
    for path in ["/debrief/1", "/debrief/1/post-mortem.md"] {
        assert_eq!(get(&pages, path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    view.lock().unwrap().over = true;
    get(&pages, "/ranking").await.says(&["The pool runs dry", "/debrief/1"]);
}
