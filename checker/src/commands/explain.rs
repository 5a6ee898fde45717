//! `checker explain NAME`: why, who was told, what comes next. Reads files only; the checker may
//! run or not.

use std::sync::Arc;

use engine::explain::{self, Question};
use store::read::{View, ledger};

use crate::{
    app::{App, block_on},
    failure::Failure,
    flags::Flags,
    out::say,
    settings::Settings,
};

/// The most lines of the ledger that are told.
const LEDGER: usize = 20;

/// Explains a check.
pub(crate) fn explain(flags: &Flags, settings: Settings, name: &str) -> Result<u8, Failure> {
    block_on(async {
        let app = App::new(flags, settings)?;
        let now = app.clock.now().wall;
        let config = &app.loaded.setup.config;
        let check = config.check(name).ok_or_else(|| {
            let known: Vec<_> = config.checks.iter().map(|check| check.name.as_str()).collect();
            Failure::usage(format!("no check `{name}`; there are {}", known.join(", ")))
        })?;
        let mut view = View::open(app.paths.clone(), Arc::clone(&app.disk));
        view.refresh(now);
        let mut events = ledger(&app.paths, &*app.disk, name, LEDGER);
        events.sort_by_key(|event| event.seq);
        let entry = view.board().entries.get(name);
        say(explain::explain(&Question { check, entry, ledger: &events, now }).trim_end());
        Ok(0)
    })
}
