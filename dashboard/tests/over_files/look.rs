//! Fills folders with histories to look at with a browser:
//! `FIXTURES=/tmp/f cargo test -p dashboard --test over_files fills -- --ignored`, then
//! `dashboard --state /tmp/f/varied/state.json --results /tmp/f/varied/results.jsonl`.

use crate::stories;

#[test]
#[ignore = "writes files for people; needs FIXTURES"]
fn fills_folders_to_look_at() {
    let folder = std::path::PathBuf::from(std::env::var("FIXTURES").unwrap());
    let now = dashboard::Clock::system().now();
    for (name, history) in [
        ("four", stories::four(now)),
        ("varied", stories::varied(now)),
        ("large", stories::large(now, 1000)),
    ] {
        let folder = folder.join(name);
        std::fs::create_dir_all(&folder).unwrap();
        for (name, bytes) in [("results.jsonl", &history.results), ("state.json", &history.state())]
        {
            std::fs::write(folder.join("new"), bytes).unwrap();
            std::fs::rename(folder.join("new"), folder.join(name)).unwrap();
        }
    }
}
