//! What a fault is on: a route (`GET /api/*`), a component (`db`, `queue`, `job`, `job:NAME`) or `net`.
//! Owns parsing and matching; refuses what could never match, so that a typing error is not a silent no-op.

use super::fields::{Invalid, shown, unknown};
use super::kind::Domain;

/// The routes that faults may be on, as globs; the control plane is not among them.
const ROUTES: [(&str, &str); 7] = [
    ("GET", "/api/ping"),
    ("GET", "/db/health"),
    ("GET", "/queue/health"),
    ("POST", "/jobs/run"),
    ("GET", "/jobs/*/status"),
    ("POST", "/api/heartbeat"),
    ("POST", "/webhook/*"),
];
const METHODS: [&str; 8] = ["*", "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/// A parsed `on:`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Selector {
    Route { method: String, path: String },
    Db,
    Queue,
    Job(Option<String>),
    Net,
    App,
    Remedy,
}

impl Selector {
    pub(crate) fn parse(text: &str) -> Result<Self, Invalid> {
        if text.len() > 200 {
            return Err(Invalid::at("on", "`on` is longer than 200 characters"));
        }
        match text.trim() {
            "db" => Ok(Self::Db),
            "queue" => Ok(Self::Queue),
            "job" => Ok(Self::Job(None)),
            "net" => Ok(Self::Net),
            "app" => Ok(Self::App),
            "remedy" => Ok(Self::Remedy),
            route if route.contains('/') || route.ends_with('*') => Self::parse_route("on", route),
            other => match other.strip_prefix("job:").filter(|name| !name.is_empty()) {
                Some(name) => Ok(Self::Job(Some(name.to_owned()))),
                None => Err(unknown(
                    "on",
                    "target in `on`:",
                    other,
                    &["METHOD /path", "db", "queue", "job", "job:NAME", "net", "app", "remedy"],
                )),
            },
        }
    }

    /// Reads a route that stands under `key`.
    pub(super) fn parse_route(key: &str, text: &str) -> Result<Self, Invalid> {
        let (method, path) = match text.split_once(char::is_whitespace) {
            Some((method, path)) => (method.to_ascii_uppercase(), path.trim()),
            None => ("*".to_owned(), text),
        };
        if !METHODS.contains(&method.as_str()) {
            return Err(unknown(key, &format!("method in `{key}`:"), &method, &METHODS));
        }
        if is_control(path) {
            return Err(Invalid::at(
                "on",
                format!(
                    "`{key}` names {path}: the control plane (/, /panel/*, /admin/*, /static/*) is always exempt from faults"
                ),
            ));
        }
        let route = Self::Route { method, path: path.to_owned() };
        if ROUTES.iter().any(|(method, path)| route.overlaps(method, path)) {
            return Ok(route);
        }
        let known: Vec<String> =
            ROUTES.iter().map(|(method, path)| format!("{method} {path}")).collect();
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        // The hint is for the route with its method, the text is as it was given.
        let meant = format!("GET {path}");
        let meant = if text == path { &meant } else { text };
        let problem = unknown(key, "", meant, &known);
        Err(Invalid { message: format!("unknown route in `{key}`: `{}`", shown(text)), ..problem })
    }

    fn overlaps(&self, other_method: &str, other_path: &str) -> bool {
        match self {
            Self::Route { method, path } => {
                (method == "*" || method == other_method)
                    && globs_meet(path.as_bytes(), other_path.as_bytes())
            }
            Self::Db | Self::Queue | Self::Job(_) | Self::Net | Self::App | Self::Remedy => false,
        }
    }

    /// Whether a request is selected. The caller has already exempted the control plane.
    pub(crate) fn takes_request(&self, method: &str, path: &str) -> bool {
        match self {
            Self::Net => true,
            Self::Route { method: wanted, path: pattern } => {
                (wanted == "*" || wanted == method) && glob(pattern.as_bytes(), path.as_bytes())
            }
            Self::Db | Self::Queue | Self::Job(_) | Self::App | Self::Remedy => false,
        }
    }

    /// Whether a job of this name is selected.
    pub(crate) fn takes_job(&self, name: Option<&str>) -> bool {
        match self {
            Self::Job(None) => true,
            Self::Job(Some(wanted)) => name == Some(wanted.as_str()),
            Self::Route { .. } => self.is_everything(),
            Self::Db | Self::Queue | Self::Net | Self::App | Self::Remedy => false,
        }
    }

    /// Whether a fault of this domain can be on this target.
    pub(crate) fn suits(&self, domain: Domain) -> bool {
        match domain {
            _ if self.is_everything() => true,
            Domain::Requests => matches!(self, Self::Route { .. } | Self::Net),
            Domain::Listener | Domain::Net => matches!(self, Self::Net),
            Domain::App => matches!(self, Self::App),
            Domain::Db => matches!(self, Self::Db),
            Domain::Queue => matches!(self, Self::Queue),
            Domain::Job => matches!(self, Self::Job(_)),
            Domain::Remedy => matches!(self, Self::Remedy),
            Domain::Anything => true,
        }
    }

    /// `*`: whatever the fault can be on.
    fn is_everything(&self) -> bool {
        matches!(self, Self::Route { method, path } if method == "*" && matches!(path.as_str(), "*" | "/*"))
    }

    pub(crate) fn text(&self) -> String {
        match self {
            Self::Route { method, path } => format!("{method} {path}"),
            Self::Db => "db".to_owned(),
            Self::Queue => "queue".to_owned(),
            Self::Job(None) => "job".to_owned(),
            Self::Job(Some(name)) => format!("job:{name}"),
            Self::Net => "net".to_owned(),
            Self::App => "app".to_owned(),
            Self::Remedy => "remedy".to_owned(),
        }
    }
}

/// The panel, the admin and operator routes and their assets: never faulted, whatever a selector says.
pub(crate) fn is_control(path: &str) -> bool {
    path == "/"
        || ["/admin", "/panel", "/static", "/ops"].iter().any(|root| {
            path.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
}

/// Whether `text` is matched by a pattern whose `*` stands for any run of characters.
fn glob(pattern: &[u8], text: &[u8]) -> bool {
    let (mut at, mut from, mut retry) = (0, 0, None);
    while from < text.len() {
        if pattern.get(at) == Some(&b'*') {
            retry = Some((at, from));
            at += 1;
        } else if pattern.get(at) == Some(&text[from]) {
            at += 1;
            from += 1;
        } else if let Some((star, seen)) = retry {
            retry = Some((star, seen + 1));
            at = star + 1;
            from = seen + 1;
        } else {
            return false;
        }
    }
    pattern[at..].iter().all(|byte| *byte == b'*')
}

/// Whether two patterns have a text in common: one row of the usual table at a time.
fn globs_meet(left: &[u8], right: &[u8]) -> bool {
    let mut below = vec![false; right.len() + 1];
    for i in (0..=left.len()).rev() {
        let mut row = vec![false; right.len() + 1];
        for j in (0..=right.len()).rev() {
            let (a, b) = (left.get(i), right.get(j));
            let next = |line: &Vec<bool>| line.get(j + 1).copied().unwrap_or(false);
            row[j] = match (a, b) {
                (None, None) => true,
                (Some(b'*'), _) => below[j] || next(&row),
                (_, Some(b'*')) => next(&row) || (a.is_some() && below[j]),
                (Some(a), Some(b)) => a == b && next(&below),
                (Some(_), None) | (None, Some(_)) => false,
            };
        }
        below = row;
    }
    below[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_selector_takes_what_its_globs_say() {
        let table = [
            ("GET /api/ping", "GET", "/api/ping", true),
            ("GET /api/ping", "POST", "/api/ping", false),
            ("/db/*", "GET", "/db/health", true),
            ("* /jobs/*/status", "GET", "/jobs/job-1/status", true),
            ("get /*", "GET", "/queue/health", true),
            ("GET /api/ping", "GET", "/api/pingx", false),
            ("*", "PUT", "/whatever", true),
        ];
        for (selector, method, path, taken) in table {
            let parsed = Selector::parse(selector).unwrap();
            assert_eq!(parsed.takes_request(method, path), taken, "{selector} / {method} {path}");
        }
    }

    #[test]
    fn a_selector_that_could_never_match_is_refused_with_a_hint() {
        let table = [
            ("GET /api/pong", "did you mean `GET /api/ping`"),
            ("GTE /api/ping", "did you mean `GET`"),
            ("GET /admin/state", "always exempt"),
            ("GET /", "always exempt"),
            ("dbb", "did you mean `db`"),
            ("job:", "Allowed:"),
        ];
        for (selector, hint) in table {
            let said = Selector::parse(selector).unwrap_err().to_string();
            assert!(said.contains(hint), "{selector}: {said}");
        }
    }

    #[test]
    fn a_pattern_full_of_stars_costs_no_time() {
        let stars = format!("/{}x", "*".repeat(150));
        assert!(Selector::parse(&stars).is_ok(), "/webhook/x");
        assert!(!glob(stars.as_bytes(), "a".repeat(5_000).as_bytes()));
    }
}
