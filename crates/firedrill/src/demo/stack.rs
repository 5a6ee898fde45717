//! The three programs of the demo, their folder and their addresses.

use std::{
    net::TcpListener,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use checker::{
    clock::Clock,
    http::{HttpClient, Tls},
    transport::Tcp,
};
use engine::config::{HttpRequest, http_url};
use tempfile::TempDir;

use crate::{
    demo::{DemoError, Flags},
    out::say,
    programs::{Name, Program},
};

const CHECKS: &str = include_str!("checks.yaml");

/// How long a job of the demo takes, in seconds.
const JOB_SECONDS: u32 = 6;

/// The running stack.
#[derive(Debug)]
pub(crate) struct Stack {
    /// The address of the control panel, with a slash at the end.
    pub(crate) mockapp: String,
    /// The address of the board, with a slash at the end.
    pub(crate) dashboard: String,
    /// What the reader should know.
    pub(crate) notes: Vec<String>,
    folder: Folder,
    http: HttpClient,
    programs: Vec<Program>,
}

#[derive(Debug)]
enum Folder {
    Temporary(TempDir),
    Kept(PathBuf),
}

impl Stack {
    /// Starts the three programs and waits until they answer.
    pub(crate) async fn start(flags: &Flags) -> Result<Self, DemoError> {
        let folder = Folder::make(flags.data.clone())?;
        let mut notes = Vec::new();
        let mut ports = |name: &str, wanted| free_port(name, wanted, &mut notes);
        let (app_port, board_port) =
            (ports("mock app", flags.mockapp_port), ports("dashboard", flags.dashboard_port));
        let checks = folder.path().join("checks.yaml");
        std::fs::write(&checks, CHECKS).map_err(DemoError::setup("write checks.yaml"))?;

        let app_args =
            vec![format!("--addr=127.0.0.1:{app_port}"), format!("--job-seconds={JOB_SECONDS}")];
        let mut app = launch(Name::Mockapp, &app_args, folder.path(), &[])?;
        let mockapp = listening(&mut app).await?;
        let base = mockapp.trim_end_matches('/').to_owned();
        let vars = [("MOCKAPP_BASE", base), ("RUST_LOG", "warn".to_owned())];
        let checker = launch(Name::Checker, &[], folder.path(), &vars)?;
        let board_args = vec![format!("--addr=127.0.0.1:{board_port}")];
        let mut board = launch(Name::Dashboard, &board_args, folder.path(), &[])?;
        let dashboard = listening(&mut board).await?;
        let http = HttpClient::new(Arc::new(Tcp), Tls::new(Clock::system()));
        Ok(Self { mockapp, dashboard, notes, folder, http, programs: vec![checker, app, board] })
    }

    /// Where state and history are.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Posts JSON to the mock app; says whether it was accepted.
    pub(crate) async fn post(&self, path: &str, json: &str) -> bool {
        let Ok(url) = http_url(&format!("{}{path}", self.mockapp)) else {
            return false;
        };
        let request = HttpRequest {
            method: "POST".to_owned(),
            url,
            headers: vec![("content-type".to_owned(), "application/json".to_owned())],
            body: Some(json.to_owned()),
            follow_redirects: false,
            keep_alive: false,
        };
        let exchange = self.http.exchange(&request, Duration::from_secs(5)).await;
        exchange.result.is_ok_and(|response| (200..300).contains(&response.status))
    }

    /// Passes on what the checker prints, until it ends.
    pub(crate) async fn talk(&mut self) {
        if let Some(checker) = self.programs.first_mut() {
            while let Some(line) = checker.line().await {
                say(&format!("  checker | {line}"));
            }
        }
    }

    /// Stops the programs, the checker first, so that it does not see the others go.
    pub(crate) async fn stop(self) {
        for program in self.programs {
            program.stop().await;
        }
    }
}

impl Folder {
    fn make(wanted: Option<PathBuf>) -> Result<Self, DemoError> {
        match wanted {
            None => tempfile::Builder::new()
                .prefix("firedrill-demo-")
                .tempdir()
                .map(Self::Temporary)
                .map_err(DemoError::setup("make a temporary folder")),
            Some(path) => {
                let what = format!("make the folder {}", path.display());
                std::fs::create_dir_all(&path).map_err(DemoError::setup(&what))?;
                std::path::absolute(&path).map(Self::Kept).map_err(DemoError::setup(&what))
            }
        }
    }

    fn path(&self) -> &Path {
        match self {
            Self::Temporary(folder) => folder.path(),
            Self::Kept(path) => path,
        }
    }
}

fn launch(
    name: Name,
    args: &[String],
    folder: &Path,
    vars: &[(&str, String)],
) -> Result<Program, DemoError> {
    let what = format!("start the {}", name.word());
    Program::start(name, args, folder, vars).map_err(DemoError::setup(&what))
}

async fn listening(program: &mut Program) -> Result<String, DemoError> {
    let what = format!("wait for the {}", program.name.word());
    program.address().await.map_err(DemoError::setup(&what))
}

/// The wanted port, or 0 for any when somebody has it.
fn free_port(name: &str, wanted: u16, notes: &mut Vec<String>) -> u16 {
    if TcpListener::bind(("127.0.0.1", wanted)).is_ok() {
        return wanted;
    }
    notes.push(format!("port {wanted} is in use, so the {name} takes another one"));
    0
}
