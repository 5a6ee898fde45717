//! `checker run`: watches until it is stopped.

use std::path::Path;

use engine::{
    config::Nodes,
    effect::{Input, Setup},
};
use store::{StoreThread, Writer};
use tokio::{net::TcpListener, sync::mpsc};

use crate::{
    app::{App, block_on, stop_signal},
    failure::Failure,
    flags::Flags,
    housekeeping::Housekeeping,
    listen,
    live::Window,
    out::{complain, say},
    services_file,
    settings::Settings,
};

/// Watches until it is stopped.
pub(crate) fn run(flags: &Flags, settings: Settings) -> Result<u8, Failure> {
    block_on(async {
        let key = settings.api_key.clone();
        let listener = listener(flags, key.is_some()).await?;
        let app = App::new(flags, settings)?;
        let (store, opened) = app.open()?;
        greet(&app, &opened.notes);
        let clock = app.clock.clone();
        let thread = StoreThread::spawn(store, move || clock.now().mono);
        let thread =
            thread.map_err(|error| Failure::usage(format!("no thread for the store: {error}")))?;
        let writer = Writer::Thread(thread);
        let stop = stop_signal()?;
        let setup = app.loaded.setup.clone();
        let agents = app.agents.clone();
        let (driver, inbox) = app.driver(writer, (opened.board, opened.next_seq), setup);
        let window = Window::new(driver.world.live.clone(), inbox.clone());
        let door = listener.map(|listener| tokio::spawn(listen::serve(listener, window, key)));
        let housekeeping = keep_house(inbox).await;
        driver.run(stop).await;
        agents.flush();
        if let Some(door) = door {
            door.abort();
        }
        if let Some(housekeeping) = housekeeping {
            housekeeping.stop().await;
        }
        Ok(0)
    })
}

/// The socket of `--listen`, and a line that says where it is.
async fn listener(flags: &Flags, has_key: bool) -> Result<Option<TcpListener>, Failure> {
    let Some(text) = &flags.listen else {
        return Ok(None);
    };
    let address = listen::address(text, has_key, flags.allow_remote).map_err(Failure::usage)?;
    let listener = listen::bind(address).await.map_err(Failure::usage)?;
    let bound = listener.local_addr().map_err(|error| Failure::usage(error.to_string()))?;
    say(&format!("checker listening on http://{bound}/"));
    Ok(Some(listener))
}

fn greet(app: &App, notes: &[String]) {
    let setup = &app.loaded.setup;
    let routes: Vec<_> = setup.routes.iter().map(|route| route.channel.as_str()).collect();
    say(&format!(
        "checker {} runs {} checks of {}\n  state    {}\n  results  {}\n  alerts   {}",
        env!("CARGO_PKG_VERSION"),
        setup.config.enabled().count(),
        absolute(Path::new(&setup.file)),
        absolute(&app.paths.state),
        absolute(&app.paths.results),
        routes.join(", "),
    ));
    let services = setup.config.services;
    if let Some(status) = services_file::path(app.status_file.as_deref(), services) {
        say(&format!("  status   {}", absolute(&status)));
    }
    tell_node(setup);
    for note in notes {
        tracing::warn!("{note}");
    }
}

/// How many services a node watches and what it is called, where the configuration speaks of nodes.
fn tell_node(setup: &Setup) {
    let nodes = &setup.config.nodes;
    if *nodes != Nodes::default() {
        let id = nodes.id.clone().unwrap_or_else(hostname);
        let (services, file) = (nodes.targets.len(), &setup.file);
        complain(&format!("Loaded {services} service(s) from {file} (node {id})"));
    }
}

fn hostname() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    name.trim().to_owned()
}

fn absolute(path: &Path) -> String {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).display().to_string()
}

/// Passes the housekeeper's question on. Without a housekeeper checks and alerts go on.
async fn keep_house(inbox: mpsc::Sender<Input>) -> Option<Housekeeping> {
    let (wake, mut woken) = mpsc::channel(1);
    match Housekeeping::start(wake).await {
        Err(error) => {
            tracing::error!(%error, "no housekeeping: no morning report, no retention");
            None
        }
        Ok(housekeeping) => {
            tokio::spawn(async move {
                while woken.recv().await.is_some() {
                    if inbox.send(Input::Housekeeping).await.is_err() {
                        break;
                    }
                }
            });
            Some(housekeeping)
        }
    }
}
