//! `dashboard render`: writes the public page as files that any web server can hand out. Each file
//! is replaced as a whole, the page last, so that a visitor sees an old page or a new one.

use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use store::{Paths, RealDisk};

use crate::{app::App, assets, clock::Clock, pages};

/// Why a page could not be written.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// The folder or a file in it.
    #[error("{}: {error}; name a folder that can be written with --out", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// The page itself.
    #[error("the page cannot be made: {0}")]
    Page(String),
}

/// The files of the public page: their names and contents, the page itself last.
///
/// # Errors
/// When the page cannot be made.
pub fn public_files(app: &App, title: &str) -> Result<[(&'static str, String); 3], RenderError> {
    app.look(|look| {
        let page = pages::public(look, title);
        let page = page.map_err(|error| RenderError::Page(error.to_string()))?;
        let icon = assets::icon_of(crate::overview::Overview::of(look).colour);
        Ok([
            ("style.css", assets::public_style()),
            ("icon.svg", icon.to_owned()),
            ("index.html", page),
        ])
    })
}

/// Reads the files of a checker, running or not, and writes the page into a folder, which is made
/// when it is missing.
///
/// # Errors
/// When the folder cannot be written. The page that is there then stays.
pub fn render(paths: Paths, out: &Path, title: &str) -> Result<(), RenderError> {
    let app = App::new(paths, Arc::new(RealDisk), Clock::system(), None);
    let files = public_files(&app, title)?;
    fs::create_dir_all(out).map_err(at(out))?;
    for (name, text) in files {
        let path = out.join(name);
        replace(&path, &out.join(format!(".{name}.tmp")), text.as_bytes()).map_err(at(&path))?;
    }
    Ok(())
}

/// Made anew each time, with the rights that the umask leaves: other programs hand it out.
fn replace(path: &Path, temporary: &Path, bytes: &[u8]) -> io::Result<()> {
    let written = File::create(temporary).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(temporary, path)
    });
    if written.is_err() {
        // The first error is the one worth telling.
        let _ = fs::remove_file(temporary);
    }
    written
}

fn at(path: &Path) -> impl Fn(io::Error) -> RenderError {
    move |error| RenderError::File { path: path.to_owned(), error }
}
