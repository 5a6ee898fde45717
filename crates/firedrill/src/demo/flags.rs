//! What can be said of the demo on the command line.

use std::path::PathBuf;

/// What can be said of the demo.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Flags {
    /// End after the story: 0 when every step was seen, 1 when not
    #[arg(long)]
    pub(crate) exit: bool,
    /// Keep state and history in this folder [default: a temporary one, removed at the end]
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// The port of the mock app; another free one is taken when it is in use
    #[arg(long, default_value_t = 8000, value_name = "PORT")]
    pub(crate) mockapp_port: u16,
    /// The port of the dashboard; another free one is taken when it is in use
    #[arg(long, default_value_t = 8501, value_name = "PORT")]
    pub(crate) dashboard_port: u16,
}
