//! `when:` a fault that strikes only while another is active, or only certain requests.
//! Owns its parsing and the rule for requests; which faults are active is the ledger's to know.

use super::fields::{Fields, Invalid};
use super::selector::Selector;
use http::{HeaderMap, HeaderName};

const KEY: &str = "when";

/// What may be a match of a fault.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Occasion<'a> {
    Request(Asked<'a>),
    /// A new connection while so many others are open.
    Connection {
        links: u64,
    },
    /// A part of the stack at work: the database, the queue, a job, the remedy.
    Part,
}

/// The parts of a request that faults may ask for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    /// Without the question mark.
    pub(crate) query: &'a str,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a [u8],
    /// The serial of the latest fault when its connection was opened.
    pub(crate) born: Option<u64>,
    /// It is for the control plane, which no fault acts on.
    pub(crate) exempt: bool,
}

impl Asked<'_> {
    /// How often it was redirected here.
    pub(crate) fn hop(&self) -> u64 {
        let hop = self.query.split('&').find_map(|pair| pair.strip_prefix("hop="));
        hop.and_then(|text| text.parse().ok()).unwrap_or(0)
    }
}

/// All that is given must hold.
#[derive(Debug, Clone, Default)]
pub(crate) struct Condition {
    /// The id of another fault, which must be active.
    pub(crate) active: Option<String>,
    route: Option<Selector>,
    headers: Vec<(HeaderName, String)>,
    /// What the request's body contains.
    body: Option<String>,
}

impl Condition {
    pub(crate) fn take(fields: &mut Fields) -> Result<Option<Self>, Invalid> {
        match fields.object(KEY)? {
            None => Ok(None),
            Some(inner) => read(inner).map(Some).map_err(|error| error.inside(KEY)),
        }
    }

    /// Whether it asks for anything of a request.
    pub(crate) fn is_on_requests(&self) -> bool {
        self.route.is_some() || !self.headers.is_empty() || self.body.is_some()
    }

    /// Whether the request is as wanted; jobs and connections are no requests.
    pub(crate) fn takes(&self, occasion: &Occasion<'_>) -> bool {
        match occasion {
            Occasion::Request(asked) => self.takes_request(asked),
            Occasion::Connection { .. } | Occasion::Part => !self.is_on_requests(),
        }
    }

    fn takes_request(&self, asked: &Asked<'_>) -> bool {
        let has = |(name, text): &(HeaderName, String)| {
            asked.headers.get_all(name).iter().any(|value| value == text.as_str())
        };
        let route = self.route.as_ref();
        route.is_none_or(|route| route.takes_request(asked.method, asked.path))
            && self.headers.iter().all(has)
            && self
                .body
                .as_ref()
                .is_none_or(|text| String::from_utf8_lossy(asked.body).contains(text.as_str()))
    }
}

fn read(mut fields: Fields) -> Result<Condition, Invalid> {
    fields.only(&["active", "method", "path", "header", "body"])?;
    let (active, body) = (fields.text("active")?, fields.text("body")?);
    let (method, path) = (fields.text("method")?, fields.text("path")?);
    let route = (method.is_some() || path.is_some()).then(|| {
        let (method, path) = (method.as_deref().unwrap_or("*"), path.as_deref().unwrap_or("/*"));
        Selector::parse_route(KEY, &format!("{method} {path}"))
    });
    let headers = fields.texts("header")?.unwrap_or_default().into_iter().map(header);
    let condition = Condition {
        active,
        body,
        route: route.transpose()?,
        headers: headers.collect::<Result<_, _>>()?,
    };
    match condition.active.is_some() || condition.is_on_requests() {
        true => Ok(condition),
        false => Err(Invalid::at(KEY, "`when` needs one of active, method, path, header, body")),
    }
}

fn header((name, text): (String, String)) -> Result<(HeaderName, String), Invalid> {
    match name.parse::<HeaderName>() {
        Ok(parsed) => Ok((parsed, text)),
        Err(_) => Err(Invalid::at(KEY, format!("`{name}` is no name of a header"))),
    }
}
