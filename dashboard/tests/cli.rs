//! The program as a process: what it prints, how it ends.
#![expect(clippy::unwrap_used, reason = "helpers of tests, too, end on what they did not expect")]

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

fn dashboard(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dashboard"));
    command.args(args).current_dir(folder).env_clear();
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// The exit code and all that was said, for a program that ends by itself.
fn end_of(mut command: Command) -> (Option<i32>, String) {
    let output = command.output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(said).unwrap())
}

#[test]
fn bad_usage_ends_with_three_and_help_with_zero() {
    let folder = tempfile::tempdir().unwrap();
    for (args, code, says) in [
        (&["--help"][..], 0, "--results"),
        (&["--version"], 0, "dashboard 0."),
        (&["--nope"], 3, "--nope"),
        (&["--addr", "here"], 3, "'here' is not an address"),
        (&["-addr", "here"], 3, "'here' is not an address"),
        (&["-addr=here"], 3, "'here' is not an address"),
        (&["-config", "gone.yaml", "-addr", ":0"], 3, "gone.yaml"),
        (&["-help"], 0, "--results"),
        (&["-nope"], 3, "-n"),
        (&["--addr", "0.0.0.0:0"], 3, "API_KEY"),
    ] {
        let (ended, said) = end_of(dashboard(folder.path(), args));
        assert_eq!(ended, Some(code), "{args:?} {said}");
        assert!(said.contains(says), "{args:?} {said}");
    }
}

#[test]
fn a_port_in_use_ends_with_three_and_names_it() {
    let folder = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = listener.local_addr().unwrap();
    let (ended, said) = end_of(dashboard(folder.path(), &["--addr", &taken.to_string()]));
    assert_eq!(ended, Some(3), "{said}");
    assert!(said.contains(&format!("{taken} is in use")), "{said}");
    drop(listener);
}

#[test]
fn a_broken_dotenv_stops_the_start() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(".env"), "A=1\nSMTP_PASS=two words\n").unwrap();
    let (ended, said) = end_of(dashboard(folder.path(), &["--addr", ":0"]));
    assert_eq!(ended, Some(3), "{said}");
    assert!(said.contains(".env:2:") && !said.contains("two words"), "{said}");
}

/// A running dashboard with its address and what it printed of its files.
fn start(folder: &Path) -> (Child, String, String) {
    let mut child = dashboard(folder, &["--addr", ":0"]).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut line = || lines.next().unwrap().unwrap();
    let first = line();
    let address = first.strip_prefix("dashboard listening on http://").unwrap();
    let address = address.trim_end_matches('/').to_owned();
    (child, address, line() + "\n" + &line())
}

#[test]
fn it_says_where_it_listens_reads_dotenv_and_ends_promptly_with_connections_open() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(".env"), "STATE_PATH=elsewhere/state.json\n").unwrap();
    for signal in ["-TERM", "-INT"] {
        let (mut child, address, files) = start(folder.path());
        let wanted = folder.path().canonicalize().unwrap().join("elsewhere/state.json");
        assert!(files.contains(&wanted.display().to_string()), "{files}");
        let mut asked = TcpStream::connect(&address).unwrap();
        asked.write_all(b"GET / HTTP/1.1\r\nhost: here\r\n\r\n").unwrap();
        let mut head = [0; 15];
        asked.read_exact(&mut head).unwrap();
        assert_eq!(&head, b"HTTP/1.1 200 OK");
        let mut half = TcpStream::connect(&address).unwrap();
        half.write_all(b"GET / HTT").unwrap();
        let pid = child.id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
        half.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        // The end of the process closes the half-open request, however slow the machine is.
        let _ = half.read_to_end(&mut Vec::new());
        assert_eq!(child.wait().unwrap().code(), Some(0), "{signal}");
    }
}

#[test]
fn render_writes_a_page_that_stands_alone_and_replaces_it_as_a_whole() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("www/status");
    let args = ["render", "--out", "www/status", "--title", "Ours"];
    for state in ["{}", "{ torn"] {
        std::fs::write(folder.path().join("state.json"), state).unwrap();
        let (ended, said) = end_of(dashboard(folder.path(), &args));
        assert_eq!(ended, Some(0), "{said}");
        assert!(said.contains("wrote www/status/index.html"), "{said}");
        let names = std::fs::read_dir(&out).unwrap();
        let mut names: Vec<_> =
            names.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        assert_eq!(names, ["icon.svg", "index.html", "style.css"]);
        let page = std::fs::read_to_string(out.join("index.html")).unwrap();
        assert!(page.contains("<h1>Ours</h1>") && page.contains("No data yet"), "{page}");
    }
    std::fs::write(folder.path().join("file"), "").unwrap();
    let (ended, said) = end_of(dashboard(folder.path(), &["render", "--out", "file/below"]));
    assert_eq!(ended, Some(3), "{said}");
    assert!(said.contains("file/below: ") && said.contains("--out"), "{said}");
}
