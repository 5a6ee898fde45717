//! The top-level section `services`, in the words of a status monitor's own file. Every entry
//! becomes a check of type `service`; what it does not say comes from `global`. A null part is
//! one that does not apply.

use std::sync::Arc;

use crate::config::{
    check::{Names, build},
    global::Inherited,
    section::Section,
    service::{
        AUTO_RESTART, PORT, REQUIRE_PROCESS, RESTART_AFTER, STATUS, USE_SUDO, Words, read_as,
    },
    table::{
        Kind,
        Need::{Default, OneOf, Optional},
        Table,
    },
    tables::{LIMIT, POSITIVE, SEVERITIES, key},
    types::{Check, Spec},
};

pub(super) static SERVICES: Table = Table {
    name: "service",
    about: "A service to watch, with its address, port, unit and processes.",
    keys: &[
        key("key", Kind::Name, OneOf, "Its unique name in files. Absent: its `name`."),
        key("name", Kind::Text, OneOf, "Its name for people."),
        key("url", Kind::OrNull(&Kind::Url), Optional, "The address that is asked."),
        key(
            "expected_http",
            Kind::OrNull(&STATUS),
            Default("200"),
            "The status code that the address must answer with.",
        ),
        key("host", Kind::OrNull(&Kind::Text), Optional, "Where the port is."),
        key(
            "port",
            Kind::OrNull(&PORT),
            Optional,
            "A TCP port that must accept connections. It is never derived from the address.",
        ),
        key("systemd", Kind::OrNull(&Kind::Text), Optional, "A unit that must be active."),
        USE_SUDO,
        key(
            "process_match",
            Kind::OrNull(&Kind::TextOrTexts),
            Optional,
            "A part of the command line of its processes, or several of which one must fit.",
        ),
        REQUIRE_PROCESS,
        AUTO_RESTART,
        RESTART_AFTER,
        key("severity", Kind::Word(SEVERITIES), Default("\"P3\""), "How much a failure matters."),
        key(
            "interval_s",
            POSITIVE,
            Optional,
            "Seconds between two cycles. Absent: the global one.",
        ),
        key("timeout_s", LIMIT, Optional, "The limit of one attempt. Absent: the global one."),
    ],
};

/// Reads the list. Wrong entries have been reported and are left out.
pub(super) fn read(
    root: &Section<'_>,
    inherited: &Inherited,
    names: &mut Names<'_>,
) -> Vec<Arc<Check>> {
    let found = root.sections("services");
    found.iter().filter_map(|section| service(section, inherited, names)).collect()
}

fn service(
    section: &Section<'_>,
    inherited: &Inherited,
    names: &mut Names<'_>,
) -> Option<Arc<Check>> {
    let display_name = section.text("name");
    let key = if section.has("key") { "key" } else { "name" };
    let name = section.name_text(key);
    if let Some(name) = &name {
        names.take(&section.find(key)?, name);
    }
    let spec = read_as(section, &Words { status: "expected_http", unit: "systemd" })?;
    const PARTS: [&str; 4] = ["url", "port", "systemd", "process_match"];
    // What was written and is wrong has been reported.
    if !PARTS.iter().any(|part| section.get(part).is_some()) {
        let problem = section.problem("there is nothing to look at");
        section.context.report(problem.help(format!("it needs one of {}", PARTS.join(", "))));
    }
    build(section, "service", (name, display_name), |_| Some(Spec::Service(spec)), inherited)
}
