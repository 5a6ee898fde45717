//! `/api/results`: the lines of the journal that fit, newest first, as they stand in the file.

use engine::Event;
use serde_json::{Value, json};

use crate::{
    app::Look,
    pages::{PER_PAGE, query},
    query::Filter,
};

pub(crate) fn page(look: &Look<'_>, filter: &Filter) -> Value {
    let query = query(filter, look.now);
    let page = look.view.page(&query);
    json!({
        "from": query.from,
        "until": query.until,
        "page": page.page,
        "pages": page.pages,
        "per_page": PER_PAGE,
        "total": page.total,
        "results": page.rows.iter().filter_map(line).collect::<Vec<_>>(),
    })
}

fn line(event: &Event) -> Option<Value> {
    let mut line = Vec::new();
    store::line::encode(event, &mut line);
    serde_json::from_slice(&line).ok()
}
